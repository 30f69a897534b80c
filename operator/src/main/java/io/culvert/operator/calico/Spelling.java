package io.culvert.operator.calico;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the word that was probably meant by a misspelt one. */
public final class Spelling {

    private Spelling() {}

    /**
     * The candidate nearest to the word: equal but for case and separators, else at most one edit per three letters away.
     *
     * @return empty if none is near, or if the word is far longer than any name
     */
    public static Optional<String> nearest(String word, Collection<String> candidates) {
        if (word.length() > 64) {
            return Optional.empty();
        }
        String bare = bare(word);
        return candidates.stream()
                .filter(candidate -> distance(bare, bare(candidate)) <= Math.max(1, bare.length() / 3))
                .filter(candidate -> !bare.isEmpty())
                .min(Comparator.comparingInt(candidate -> distance(bare, bare(candidate))));
    }

    /** {@code ; did you mean X?} for the end of a message, empty if no candidate is near. */
    public static String hint(String word, Collection<String> candidates) {
        return nearest(word, candidates).map(Spelling::question).orElse("");
    }

    /** {@code ; did you mean X?}. */
    public static String question(String meant) {
        return "; did you mean " + meant + "?";
    }

    private static String bare(String word) {
        return word.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
    }

    /** Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other. */
    private static int distance(String from, String to) {
        int[][] cost = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                cost[i][j] = i == 0 || j == 0 ? i + j : cheapest(cost, from, to, i, j);
            }
        }
        return cost[from.length()][to.length()];
    }

    private static int cheapest(int[][] cost, String from, String to, int i, int j) {
        int replaced = cost[i - 1][j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        int best = Math.min(replaced, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
        boolean swapped =
                i > 1 && j > 1 && from.charAt(i - 1) == to.charAt(j - 2) && from.charAt(i - 2) == to.charAt(j - 1);
        return swapped ? Math.min(best, 1 + cost[i - 2][j - 2]) : best;
    }
}
