package io.culvert.operator.cli.input;

import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.Spelling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A kind and names given as {@code KIND [NAME...]} or {@code KIND/NAME...}.
 *
 * @param names none if all are meant
 */
public record ResourceArguments(Kind kind, List<String> names) {

    /** @throws Refusal if a word is no kind, or kinds are mixed */
    public static ResourceArguments parse(List<String> words) {
        if (words.isEmpty()) {
            throw Refusal.invalid("missing kind: ippool or node");
        }
        int slash = words.get(0).indexOf('/');
        Kind kind = kind(slash < 0 ? words.get(0) : words.get(0).substring(0, slash));
        List<String> names = new ArrayList<>();
        for (String word : slash < 0 ? words.subList(1, words.size()) : words) {
            names.add(slash < 0 ? word : nameOf(kind, word));
        }
        return new ResourceArguments(kind, names);
    }

    private static String nameOf(Kind kind, String word) {
        int slash = word.indexOf('/');
        if (slash < 0 || slash == word.length() - 1 || kind(word.substring(0, slash)) != kind) {
            throw Refusal.invalid("'" + word + "' is not of the form " + kind.singular() + "/NAME");
        }
        return word.substring(slash + 1);
    }

    private static Kind kind(String word) {
        List<String> known = Arrays.stream(Kind.values())
                .flatMap(kind -> kind.words().stream())
                .toList();
        Optional<String> meant = Spelling.nearest(word, known);
        return Kind.called(word)
                .orElseThrow(() -> Refusal.invalid("unknown kind '" + word + "'"
                        + meant.map(Spelling::question)
                                .orElse(": must be ippool or node; use calicoctl for Calico's other kinds")));
    }
}
