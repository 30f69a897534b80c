package io.culvert.operator.cli.status;

import io.culvert.operator.cli.terminal.NameList;
import io.culvert.operator.status.NodeStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Something wrong with the overlay.
 *
 * @param subject the key, prefix, pool or kernel object; may be empty
 * @param text the reason
 * @param failureClass of a failing change, in lower case; else empty
 * @param nodes the live nodes that report it; none if it shows in the datastore itself
 */
record Problem(Type type, String subject, String text, String failureClass, List<String> nodes) {

    Problem(Type type, String subject, String text, List<String> nodes) {
        this(type, subject, text, "", nodes);
    }

    /** The worst first. */
    enum Type {
        /** A Node without a live agent. */
        DOWN,
        REJECTED,
        FAILING,
        /** Behind a pool's last change, without a reported reason. */
        LAGGING,
        /** Live, but its lease is not kept as it should be. */
        SILENT,
        UNROUTED,
        WARNING,
        UNSUPPORTED;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whether its subject is, or as a sentence names, that one. */
    private boolean isAbout(String other) {
        return !other.isEmpty() && (subject + " ").contains(other + " ");
    }

    private Problem saidBy(List<String> names) {
        return new Problem(type, subject, text, failureClass, List.copyOf(names));
    }

    /** {@code subject: text [class] (n1, n2)}. */
    @Override
    public String toString() {
        String plain = subject.isEmpty() || text.isEmpty() ? subject + text : subject + ": " + text;
        String said = failureClass.isEmpty() ? plain : plain + " [" + failureClass + "]";
        return nodes.isEmpty() ? said : said + " (" + NameList.of(nodes) + ")";
    }

    /** Gathers what nodes report, the same from several nodes once. Not for more than one thread. */
    static final class Collector {

        private final Map<Problem, List<String>> nodesBySaying = new LinkedHashMap<>();

        /** Everything that a node reports. */
        void add(NodeStatus status) {
            String node = status.node();
            for (NodeStatus.Rejection rejection : status.rejected()) {
                String kept = rejection.lastGoodKept() ? "; its last good value stays in force" : "";
                say(Type.REJECTED, rejection.key(), rejection.reason() + kept, node);
            }
            status.failing().forEach(one -> say(failing(one), node));
            status.unrouted().forEach(one -> say(Type.UNROUTED, unrouted(one), one.reason(), node));
            status.warnings().forEach(text -> say(Type.WARNING, "", text, node));
            status.unsupported().forEach((pool, reason) -> say(Type.UNSUPPORTED, "ippool/" + pool, reason, node));
        }

        private static Problem failing(NodeStatus.Failure one) {
            String failureClass = one.failureClass().toLowerCase(Locale.ROOT);
            return new Problem(Type.FAILING, one.subject(), one.text(), failureClass, List.of());
        }

        private static String unrouted(NodeStatus.Unrouted one) {
            return one.pool().isEmpty() ? one.prefix() : one.prefix() + " of ippool/" + one.pool();
        }

        /** A problem of one node, reported by it or seen from outside. */
        void say(Type type, String subject, String text, String node) {
            say(new Problem(type, subject, text, List.of()), node);
        }

        private void say(Problem problem, String node) {
            nodesBySaying.computeIfAbsent(problem, saying -> new ArrayList<>()).add(node);
        }

        /** A problem that nodes may have reported already. */
        void addUnlessSaid(Problem problem) {
            boolean said = nodesBySaying.keySet().stream()
                    .anyMatch(other -> other.type == problem.type && problem.isAbout(other.subject));
            if (!said) {
                nodesBySaying.putIfAbsent(problem, List.of());
            }
        }

        /** All of them, the worst type first, else in the order of arrival. */
        List<Problem> problems() {
            return nodesBySaying.entrySet().stream()
                    .map(saying -> saying.getKey().saidBy(saying.getValue()))
                    .sorted((a, b) -> a.type.compareTo(b.type))
                    .toList();
        }
    }
}
