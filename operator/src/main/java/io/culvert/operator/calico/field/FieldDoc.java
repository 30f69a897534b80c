package io.culvert.operator.calico.field;

/**
 * What there is to know of a field.
 *
 * @param type what stands there, such as {@code text} or {@code list of objects}
 * @param absent what counts when it is left out: a value, {@code required}, or {@code none}
 * @param rule what may stand there, as the end of a sentence and as a fault would say it; empty if anything of the type may
 * @param immutable whether it stays as it is for the resource's life
 * @param meaning one sentence
 */
public record FieldDoc(String type, String absent, String rule, boolean immutable, String meaning) {

    static FieldDoc of(String type, String absent, String rule, String meaning) {
        return new FieldDoc(type, absent, rule, false, meaning);
    }

    /** One that Calico's programs have and Culvert keeps without acting upon it. */
    static FieldDoc kept(String type, String meaning) {
        return of(type, "none", "", meaning + " Culvert keeps it and does not act upon it.");
    }

    FieldDoc fixed() {
        return new FieldDoc(type, absent, rule, true, meaning);
    }
}
