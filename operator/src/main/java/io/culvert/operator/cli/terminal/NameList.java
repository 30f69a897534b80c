package io.culvert.operator.cli.terminal;

import java.util.Collection;

/** A few names in a sentence. */
public final class NameList {

    private static final int NAMED = 5;

    private NameList() {}

    /** {@code n1, n2, n3, n4, n5 and 7 more}. */
    public static String of(Collection<String> names) {
        String first = String.join(", ", names.stream().limit(NAMED).toList());
        return names.size() <= NAMED ? first : first + " and " + (names.size() - NAMED) + " more";
    }
}
