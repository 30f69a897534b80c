package io.culvert.operator.calico.field;

/**
 * The documentation of a field.
 *
 * @param type such as {@code string} or {@code list of objects}
 * @param absent the default: a value, {@code required}, or {@code none}
 * @param rule the rule for its value, worded as in a fault; empty if any value of the type is allowed
 * @param immutable whether it cannot change
 * @param meaning one sentence
 */
public record FieldDoc(String type, String absent, String rule, boolean immutable, String meaning) {

    static FieldDoc of(String type, String absent, String rule, String meaning) {
        return new FieldDoc(type, absent, rule, false, meaning);
    }

    /** A field that Culvert keeps for Calico's programs. */
    static FieldDoc kept(String type, String meaning) {
        return of(type, "none", "", meaning + " Culvert keeps it and ignores it.");
    }

    FieldDoc fixed() {
        return new FieldDoc(type, absent, rule, true, meaning);
    }
}
