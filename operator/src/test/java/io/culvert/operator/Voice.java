package io.culvert.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Words that Culvert does not use, in text, comments and names, because network engineers do not. */
public final class Voice {

    // Between two words of a phrase there may be a line break with the marks of a comment or of joined string literals.
    private static final String GAP = "[\\s*/#\"+]+";

    /**
     * A word or phrase that is not used.
     *
     * @param instead what to write
     */
    private record Forbidden(Pattern pattern, String instead) {}

    private static final List<Forbidden> FORBIDDEN = List.of(
            new Forbidden(Pattern.compile("(?i)wish"), "desired"),
            word("look(?:s|ed|ing)?", "observe, read, check", "up", "like", "Up", "Like"),
            word("told", "reported"),
            word("tells?", "report, say"),
            word("mend(?:s|ed|ing)?", "fix, restore"),
            word("anew", "again"),
            word("patience", "timeout, hold"),
            word("duty", "the name of what it does"),
            word("duties", "the name of what it does"),
            name("Equipment", "NodeObjects"),
            name("Ways", "NextHopIndex"),
            name("Recollection", "FibView"),
            name("Touched", "AffectedPrefixes"),
            new Forbidden(Pattern.compile("\"sort\""), "\"type\""),
            phrase("pass(?:es|ed) over", "skip, ignore"),
            phrase("beyond all bounds", "out of range"),
            phrase("(?:is|are) not to be", "must not be"),
            phrase("what(?:ever)? becomes", "name the result"),
            phrase("comes upon", "finds"),
            phrase("by hand of", "by"),
            phrase("nobody thought", "unexpected"),
            phrase("in the way any more", "all changes applied"),
            phrase("is there twice", "duplicate"),
            phrase("must stand alone", "cannot be combined"));

    private Voice() {}

    /** One line for each forbidden word: where it is, what it is, what to write. */
    public static List<String> faults(String source, String text) {
        List<String> faults = new ArrayList<>();
        for (Forbidden forbidden : FORBIDDEN) {
            Matcher found = forbidden.pattern.matcher(text);
            while (found.find()) {
                long line = 1
                        + text.substring(0, found.start())
                                .chars()
                                .filter(c -> c == '\n')
                                .count();
                faults.add(source + ":" + line + ": '" + found.group() + "'; write: " + forbidden.instead);
            }
        }
        return faults;
    }

    /** A word in prose, in a camel-case name or in a constant's name. */
    private static Forbidden word(String word, String instead, String... exceptBefore) {
        String start = word.substring(0, 1).toUpperCase(Locale.ROOT);
        String notBefore =
                exceptBefore.length == 0 ? "" : "(?!(?:" + GAP + ")?(?:" + String.join("|", exceptBefore) + "))";
        return new Forbidden(
                Pattern.compile("(?:(?<![A-Za-z])" + word + "|(?<![A-Z])" + start + word.substring(1) + ")(?![a-z])"
                        + notBefore + "|(?<![A-Z])" + word.toUpperCase(Locale.ROOT) + "(?![A-Z])"),
                instead);
    }

    private static Forbidden name(String name, String instead) {
        return new Forbidden(Pattern.compile("(?<![A-Za-z])" + name + "(?![a-z])"), instead);
    }

    private static Forbidden phrase(String phrase, String instead) {
        return new Forbidden(Pattern.compile("(?i)\\b" + phrase.replace(" ", GAP)), instead);
    }
}
