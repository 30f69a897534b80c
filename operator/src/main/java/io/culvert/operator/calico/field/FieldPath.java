package io.culvert.operator.calico.field;

import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.KnownFields;
import io.culvert.operator.calico.Spelling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A field of a kind, named as {@code ippool.spec.ipipMode}; with no names the resource as a whole.
 *
 * @param names from the outermost object on
 */
public record FieldPath(Kind kind, List<String> names) {

    public FieldPath {
        names = List.copyOf(names);
    }

    /** Whether the text means a field and not an address: no address begins with a letter. */
    public static boolean isMeantBy(String text) {
        return !text.isEmpty() && Character.isLetter(text.charAt(0));
    }

    /**
     * Reads a path of a field that is known.
     *
     * @throws IllegalArgumentException if there is no such kind or field; the message names the nearest one
     */
    public static FieldPath parse(String text) {
        List<String> words = Arrays.asList(text.split("\\.", -1));
        Kind kind = Kind.called(words.get(0)).orElseThrow(() -> noKind(words.get(0)));
        KnownFields fields = KnownFields.of(kind);
        for (int i = 1; i < words.size(); i++) {
            String name = words.get(i);
            if (!fields.below().containsKey(name)) {
                String object = kind.singular() + "." + String.join(".", words.subList(1, i));
                throw noField(
                        i == 1 ? kind.singular() : object, name, fields.below().keySet());
            }
            fields = fields.field(name);
        }
        return new FieldPath(kind, words.subList(1, words.size()));
    }

    private static IllegalArgumentException noKind(String word) {
        List<String> kinds = Arrays.stream(Kind.values())
                .flatMap(kind -> kind.words().stream())
                .toList();
        return new IllegalArgumentException("'" + word + "' is neither an IPv4 address nor a kind (ippool, node)"
                + meant(Spelling.nearest(word, kinds)));
    }

    private static IllegalArgumentException noField(String object, String name, Collection<String> names) {
        Optional<String> near = Spelling.nearest(name, names).map(other -> object + "." + other);
        String fields =
                names.isEmpty() ? "it has no fields" : "its fields are " + String.join(", ", new TreeSet<>(names));
        return new IllegalArgumentException(
                "unknown field " + object + "." + name + (near.isEmpty() ? ": " + fields : meant(near)));
    }

    private static String meant(Optional<String> near) {
        return near.map(Spelling::question).orElse("");
    }

    /** Its documentation. */
    public FieldDoc doc() {
        FieldDoc doc = FieldDocs.byPath().get(toString());
        if (doc == null) {
            throw new IllegalStateException(this + " is not documented");
        }
        return doc;
    }

    /** The fields of the object, or of the objects in the list, by name; none for anything else. */
    public List<FieldPath> below() {
        KnownFields fields = KnownFields.of(kind);
        for (String name : names) {
            fields = fields.field(name);
        }
        List<FieldPath> below = new ArrayList<>();
        for (String name : new TreeSet<>(fields.below().keySet())) {
            List<String> longer = new ArrayList<>(names);
            longer.add(name);
            below.add(new FieldPath(kind, longer));
        }
        return below;
    }

    @Override
    public String toString() {
        return names.isEmpty() ? kind.singular() : kind.singular() + "." + String.join(".", names);
    }
}
