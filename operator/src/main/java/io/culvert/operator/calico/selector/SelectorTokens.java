package io.culvert.operator.calico.selector;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Cuts a selector into tokens. */
final class SelectorTokens {

    private static final Set<String> PAIRS = Set.of("==", "!=", "&&", "||");

    private final String text;
    private int at;

    private SelectorTokens(String text) {
        this.text = text;
    }

    /**
     * The tokens, with an {@link Sort#END} last.
     *
     * @throws IllegalArgumentException for a character that starts no token, or a quote that is not closed
     */
    static List<Token> of(String selector) {
        SelectorTokens rest = new SelectorTokens(selector);
        List<Token> tokens = new ArrayList<>();
        do {
            tokens.add(rest.next());
        } while (tokens.get(tokens.size() - 1).sort() != Sort.END);
        return tokens;
    }

    private Token next() {
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        if (at == text.length()) {
            return new Token(Sort.END, "the end", at);
        }
        char first = text.charAt(at);
        if (isWord(first)) {
            return word();
        }
        return first == '\'' || first == '"' ? quoted(first) : symbol();
    }

    private Token word() {
        int start = at;
        while (at < text.length() && isWord(text.charAt(at))) {
            at++;
        }
        return new Token(Sort.WORD, text.substring(start, at), start);
    }

    private Token quoted(char quote) {
        int start = at;
        int end = text.indexOf(quote, start + 1);
        if (end < 0) {
            throw new IllegalArgumentException(
                    "is no selector: the quote at character " + (start + 1) + " is not closed");
        }
        at = end + 1;
        return new Token(Sort.QUOTED, text.substring(start + 1, end), start);
    }

    private Token symbol() {
        int start = at;
        String pair = text.substring(start, Math.min(start + 2, text.length()));
        String symbol = PAIRS.contains(pair) ? pair : pair.substring(0, 1);
        if (symbol.length() == 1 && "(){},!".indexOf(symbol.charAt(0)) < 0) {
            String hint = symbol.equals("=") ? "; equality is written ==" : "";
            throw new IllegalArgumentException(
                    "is no selector: '" + symbol + "' at character " + (start + 1) + " has no meaning" + hint);
        }
        at += symbol.length();
        return new Token(Sort.SYMBOL, symbol, start);
    }

    /** Only these two: Calico refuses a selector with a line break. */
    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t';
    }

    private static boolean isWord(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "_./-".indexOf(c) >= 0;
    }

    /** What a token is. */
    enum Sort {
        WORD,
        QUOTED,
        SYMBOL,
        END
    }

    /**
     * A piece of a selector.
     *
     * @param text without quotes
     * @param position of its first character, from 0
     */
    record Token(Sort sort, String text, int position) {

        boolean isSymbol(String symbol) {
            return sort == Sort.SYMBOL && text.equals(symbol);
        }

        boolean isWord(String word) {
            return sort == Sort.WORD && text.equals(word);
        }
    }
}
