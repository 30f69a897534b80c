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
     * The tokens, with an {@link TokenType#END} last.
     *
     * @throws IllegalArgumentException for a character that starts no token, or a quote that is not closed
     */
    static List<Token> of(String selector) {
        SelectorTokens rest = new SelectorTokens(selector);
        List<Token> tokens = new ArrayList<>();
        do {
            tokens.add(rest.next());
        } while (tokens.get(tokens.size() - 1).type() != TokenType.END);
        return tokens;
    }

    private Token next() {
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        if (at == text.length()) {
            return new Token(TokenType.END, "the end", at);
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
        return new Token(TokenType.WORD, text.substring(start, at), start);
    }

    private Token quoted(char quote) {
        int start = at;
        int end = text.indexOf(quote, start + 1);
        if (end < 0) {
            throw new IllegalArgumentException("invalid selector: unclosed quote at character " + (start + 1));
        }
        at = end + 1;
        return new Token(TokenType.QUOTED, text.substring(start + 1, end), start);
    }

    private Token symbol() {
        int start = at;
        String pair = text.substring(start, Math.min(start + 2, text.length()));
        String symbol = PAIRS.contains(pair) ? pair : pair.substring(0, 1);
        if (symbol.length() == 1 && "(){},!".indexOf(symbol.charAt(0)) < 0) {
            String hint = symbol.equals("=") ? "; use == for equality" : "";
            throw new IllegalArgumentException(
                    "invalid selector: unexpected '" + symbol + "' at character " + (start + 1) + hint);
        }
        at += symbol.length();
        return new Token(TokenType.SYMBOL, symbol, start);
    }

    /** Only these two: Calico refuses a selector with a line break. */
    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t';
    }

    private static boolean isWord(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "_./-".indexOf(c) >= 0;
    }

    /** What a token is. */
    enum TokenType {
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
    record Token(TokenType type, String text, int position) {

        boolean isSymbol(String symbol) {
            return type == TokenType.SYMBOL && text.equals(symbol);
        }

        boolean isWord(String word) {
            return type == TokenType.WORD && text.equals(word);
        }
    }
}
