package io.culvert.operator.ipam.check;

import java.util.Collection;
import java.util.Comparator;
import java.util.stream.Collectors;

/**
 * Something inconsistent in IPAM. Ordered by key, then by rule.
 *
 * @param rule what does not hold
 * @param key the etcd key where it shows
 * @param what what is there, and what should be
 * @param advice what to do
 */
public record Finding(Rule rule, String key, String what, String advice) implements Comparable<Finding> {

    private static final int NAMED = 5;
    private static final Comparator<Finding> ORDER =
            Comparator.comparing(Finding::key).thenComparing(Finding::rule).thenComparing(Finding::what);

    /** The first few of many in a sentence: {@code 0, 1, 2, 3, 4 and 59 more}. */
    static String few(Collection<?> all) {
        String first = all.stream().limit(NAMED).map(String::valueOf).collect(Collectors.joining(", "));
        return all.size() <= NAMED ? first : first + " and " + (all.size() - NAMED) + " more";
    }

    @Override
    public int compareTo(Finding other) {
        return ORDER.compare(this, other);
    }

    /** One line: {@code rule: key: what; advice}. */
    @Override
    public String toString() {
        return rule + ": " + key + ": " + what + "; " + advice;
    }
}
