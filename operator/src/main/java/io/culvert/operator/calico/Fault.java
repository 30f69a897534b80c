package io.culvert.operator.calico;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One thing wrong with a document.
 *
 * @param path the field, as {@code spec.allowedUses[1]}; empty for the document as a whole
 * @param value its value as JSON; empty if it has none
 * @param rule the broken rule, as the end of a sentence: {@code must be true or false}
 * @param suggestion the value that was probably meant
 */
public record Fault(String path, String value, String rule, Optional<String> suggestion) {

    private static final int LONGEST_VALUE = 80;
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\u2028\\u2029]");

    /** A fault of the document as a whole. */
    public static Fault ofDocument(String rule) {
        return new Fault("", "", rule, Optional.empty());
    }

    /** A fault without a suggestion; a long value is cut. */
    public static Fault at(String path, JsonNode value, String rule) {
        return new Fault(path, text(value), rule, Optional.empty());
    }

    /** The same fault with a value that was probably meant. */
    public Fault suggesting(Optional<String> meant) {
        return new Fault(path, value, rule, meant);
    }

    private static String text(JsonNode value) {
        String json = value.isMissingNode() ? "" : value.toString();
        return json.length() <= LONGEST_VALUE ? json : json.substring(0, LONGEST_VALUE) + "…";
    }

    /** One line: {@code spec.ipipMode: "Crosssubnet": must be Always, CrossSubnet or Never; did you mean CrossSubnet?} */
    @Override
    public String toString() {
        StringBuilder line = new StringBuilder();
        if (!path.isEmpty()) {
            line.append(path).append(": ");
        }
        if (!value.isEmpty()) {
            line.append(value).append(": ");
        }
        line.append(rule);
        suggestion.map(Spelling::question).ifPresent(line::append);
        return printable(line.toString());
    }

    /** Escapes control characters: names and values are the document's, and must not break lines or command a terminal. */
    public static String printable(String text) {
        return CONTROL.matcher(text)
                .replaceAll(found -> "\\\\u%04x".formatted((int) found.group().charAt(0)));
    }
}
