package io.culvert.operator.calico.selector;

import io.culvert.reconciler.resource.NodeSelector;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A parsed selector. Equal ones have the same structure; the text is the selector in canonical form.
 *
 * <p>A label that is absent differs from every value: {@code !=} and {@code not in} select nodes without the label.
 */
sealed interface LabelExpression extends NodeSelector {

    /** {@code has(label)}. */
    record Has(String label) implements LabelExpression {
        @Override
        public boolean matches(Map<String, String> labels) {
            return labels.containsKey(label);
        }

        @Override
        public String toString() {
            return "has(" + label + ")";
        }
    }

    /** {@code label in {'a', 'b'}}, and {@code label == 'a'} as the set of one. */
    record In(String label, Set<String> values) implements LabelExpression {

        public In {
            values = Set.copyOf(values);
        }

        @Override
        public boolean matches(Map<String, String> labels) {
            String value = labels.get(label);
            return value != null && values.contains(value);
        }

        @Override
        public String toString() {
            return label + " in "
                    + new TreeSet<>(values)
                            .stream().map(LabelExpression::quoted).collect(Collectors.joining(", ", "{", "}"));
        }
    }

    /** {@code label contains 'part'}, {@code starts with}, {@code ends with}. */
    record Part(String label, Place place, String part) implements LabelExpression {
        @Override
        public boolean matches(Map<String, String> labels) {
            String value = labels.get(label);
            return value != null
                    && switch (place) {
                        case START -> value.startsWith(part);
                        case END -> value.endsWith(part);
                        case ANYWHERE -> value.contains(part);
                    };
        }

        @Override
        public String toString() {
            return label + " " + place.words + " " + quoted(part);
        }
    }

    /** {@code !operand}. */
    record Not(NodeSelector operand) implements LabelExpression {
        @Override
        public boolean matches(Map<String, String> labels) {
            return !operand.matches(labels);
        }

        @Override
        public String toString() {
            return "!(" + text(operand) + ")";
        }
    }

    /** {@code a && b && …}. */
    record And(List<NodeSelector> operands) implements LabelExpression {
        @Override
        public boolean matches(Map<String, String> labels) {
            return operands.stream().allMatch(operand -> operand.matches(labels));
        }

        @Override
        public String toString() {
            return operands.stream().map(LabelExpression::text).collect(Collectors.joining(" && ", "(", ")"));
        }
    }

    /** {@code a || b || …}. */
    record Or(List<NodeSelector> operands) implements LabelExpression {
        @Override
        public boolean matches(Map<String, String> labels) {
            return operands.stream().anyMatch(operand -> operand.matches(labels));
        }

        @Override
        public String toString() {
            return operands.stream().map(LabelExpression::text).collect(Collectors.joining(" || ", "(", ")"));
        }
    }

    /** Where in a value a part has to stand. */
    enum Place {
        START("starts with"),
        END("ends with"),
        ANYWHERE("contains");

        private final String words;

        Place(String words) {
            this.words = words;
        }
    }

    private static String text(NodeSelector selector) {
        return selector == ALL ? "all()" : selector.toString();
    }

    // The language has no escapes: a value holds at most one of the two quotes.
    private static String quoted(String value) {
        return value.indexOf('\'') < 0 ? "'" + value + "'" : "\"" + value + "\"";
    }
}
