package io.culvert.operator.calico.selector;

import io.culvert.operator.calico.selector.LabelExpression.Place;
import io.culvert.operator.calico.selector.SelectorTokens.Token;
import io.culvert.operator.calico.selector.SelectorTokens.TokenType;
import io.culvert.reconciler.resource.NodeSelector;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Parses Calico's selector language ({@code libcalico-go/lib/selector}):
 *
 * <pre>
 * or        = and { "||" and }
 * and       = operand { "&amp;&amp;" operand }
 * operand   = { "!" } ( "(" or ")" | "all()" | "has(" label ")" | condition )
 * condition = label ( "==" | "!=" | "contains" | "starts with" | "ends with" ) value
 *           | label [ "not" ] "in" "{" [ value { "," value } [ "," ] ] "}"
 * value     = quoted by ' or ", without escapes
 * </pre>
 *
 * <p>Spaces and tabs may separate tokens, but not precede the parenthesis of a function, where Calico reads a label. The two
 * words of an operator may be written as one.
 */
public final class SelectorParser {

    // Nobody nests deeper; a stored selector must not exhaust the stack.
    private static final int DEEPEST = 100;

    private final List<Token> tokens;
    private int at;
    private int depth;

    private SelectorParser(List<Token> tokens) {
        this.tokens = tokens;
    }

    /**
     * The selector in the text. Text without tokens selects everything, and that is {@link NodeSelector#ALL}, as for
     * {@code all()}.
     *
     * @throws IllegalArgumentException for an invalid selector, with the position and what is expected there
     */
    public static NodeSelector parse(String text) {
        SelectorParser parser = new SelectorParser(SelectorTokens.of(text));
        if (parser.peek().type() == TokenType.END) {
            return NodeSelector.ALL;
        }
        NodeSelector selector = parser.or();
        if (parser.peek().type() != TokenType.END) {
            throw parser.expected("&&, || or the end");
        }
        return selector;
    }

    private NodeSelector or() {
        List<NodeSelector> operands = separated("||", this::and);
        return operands.size() == 1 ? operands.get(0) : new LabelExpression.Or(operands);
    }

    private NodeSelector and() {
        List<NodeSelector> operands = separated("&&", this::operand);
        return operands.size() == 1 ? operands.get(0) : new LabelExpression.And(operands);
    }

    private List<NodeSelector> separated(String separator, Supplier<NodeSelector> operand) {
        List<NodeSelector> operands = new ArrayList<>();
        do {
            operands.add(operand.get());
        } while (taken(separator));
        return List.copyOf(operands);
    }

    private NodeSelector operand() {
        if (++depth > DEEPEST) {
            throw new IllegalArgumentException("invalid selector: nested more than " + DEEPEST + " levels deep");
        }
        NodeSelector operand;
        if (taken("!")) {
            operand = new LabelExpression.Not(operand());
        } else if (taken("(")) {
            operand = or();
            take(")");
        } else {
            operand = condition();
        }
        depth--;
        return operand;
    }

    private NodeSelector condition() {
        Token start = peek();
        String word = word("a label, has(), all(), ! or (");
        boolean function = peek().isSymbol("(") && peek().position() == start.position() + word.length();
        if (!function) {
            return comparison(word);
        }
        String place = " at character " + (start.position() + 1);
        return switch (word) {
            case "all" -> all();
            case "has" -> has();
            case "global" ->
                throw new IllegalArgumentException("must not use global()" + place + ", which selects no node");
            default -> throw new IllegalArgumentException("invalid selector: unknown function " + word + "()" + place);
        };
    }

    private NodeSelector all() {
        take("(");
        take(")");
        return NodeSelector.ALL;
    }

    private NodeSelector has() {
        take("(");
        NodeSelector has = new LabelExpression.Has(word("a label"));
        take(")");
        return has;
    }

    private NodeSelector comparison(String label) {
        if (taken("==")) {
            return new LabelExpression.In(label, Set.of(value()));
        }
        if (taken("!=")) {
            return new LabelExpression.Not(new LabelExpression.In(label, Set.of(value())));
        }
        return switch (word("==, !=, in, not in, contains, starts with or ends with")) {
            case "in" -> new LabelExpression.In(label, values());
            case "not" -> {
                takeWord("in");
                yield new LabelExpression.Not(new LabelExpression.In(label, values()));
            }
            case "notin" -> new LabelExpression.Not(new LabelExpression.In(label, values()));
            case "startswith" -> new LabelExpression.Part(label, Place.START, value());
            case "endswith" -> new LabelExpression.Part(label, Place.END, value());
            case "contains" -> new LabelExpression.Part(label, Place.ANYWHERE, value());
            case "starts" -> {
                takeWord("with");
                yield new LabelExpression.Part(label, Place.START, value());
            }
            case "ends" -> {
                takeWord("with");
                yield new LabelExpression.Part(label, Place.END, value());
            }
            default -> {
                at--;
                throw expected("==, !=, in, not in, contains, starts with or ends with");
            }
        };
    }

    private Set<String> values() {
        Set<String> values = new TreeSet<>();
        take("{");
        while (!peek().isSymbol("}")) {
            values.add(value());
            if (!taken(",")) {
                break;
            }
        }
        take("}");
        return values;
    }

    private String value() {
        if (peek().type() != TokenType.QUOTED) {
            throw expected("a value in quotes");
        }
        return tokens.get(at++).text();
    }

    private String word(String what) {
        if (peek().type() != TokenType.WORD) {
            throw expected(what);
        }
        return tokens.get(at++).text();
    }

    private void takeWord(String word) {
        if (!peek().isWord(word)) {
            throw expected("'" + word + "'");
        }
        at++;
    }

    private void take(String symbol) {
        if (!taken(symbol)) {
            throw expected("'" + symbol + "'");
        }
    }

    private boolean taken(String symbol) {
        boolean there = peek().isSymbol(symbol);
        if (there) {
            at++;
        }
        return there;
    }

    private Token peek() {
        return tokens.get(at);
    }

    private IllegalArgumentException expected(String what) {
        Token found = peek();
        String there = found.type() == TokenType.END ? "the end" : "'" + found.text() + "'";
        return new IllegalArgumentException(
                "invalid selector: expected " + what + " at character " + (found.position() + 1) + ", found " + there);
    }
}
