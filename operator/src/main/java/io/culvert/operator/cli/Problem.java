package io.culvert.operator.cli;

import io.culvert.operator.status.NodeStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Something that is not as it should be.
 *
 * @param subject the key, prefix, pool or kernel object; may be empty
 * @param text the reason
 * @param nodes the live nodes that say so; none if it shows in the datastore itself
 */
record Problem(Sort sort, String subject, String text, List<String> nodes) {

    /** What sort of problem, the gravest first. */
    enum Sort {
        REJECTED,
        FAILING,
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

    /** {@code subject: text (n1, n2)}. */
    @Override
    public String toString() {
        String said = subject.isEmpty() || text.isEmpty() ? subject + text : subject + ": " + text;
        return nodes.isEmpty() ? said : said + " (" + NameList.of(nodes) + ")";
    }

    /** Gathers what nodes say, the same from several of them once. Not for more than one thread. */
    static final class Collector {

        private final Map<Problem, List<String>> nodesBySaying = new LinkedHashMap<>();

        /** Everything that a node complains of. */
        void add(NodeStatus status) {
            String node = status.node();
            for (NodeStatus.Rejection rejection : status.rejected()) {
                String kept = rejection.lastGoodKept() ? "; its last good value stays in force" : "";
                say(Sort.REJECTED, rejection.key(), rejection.reason() + kept, node);
            }
            status.failing().forEach(one -> say(Sort.FAILING, one.subject(), one.text(), node));
            status.unrouted().forEach(one -> say(Sort.UNROUTED, unrouted(one), one.reason(), node));
            status.warnings().forEach(text -> say(Sort.WARNING, "", text, node));
            status.unsupported().forEach((pool, reason) -> say(Sort.UNSUPPORTED, "ippool/" + pool, reason, node));
        }

        private static String unrouted(NodeStatus.Unrouted one) {
            return one.pool().isEmpty() ? one.prefix() : one.prefix() + " of ippool/" + one.pool();
        }

        private void say(Sort sort, String subject, String text, String node) {
            nodesBySaying
                    .computeIfAbsent(new Problem(sort, subject, text, List.of()), saying -> new ArrayList<>())
                    .add(node);
        }

        /** A problem that nodes may have named already. */
        void addUnlessSaid(Problem problem) {
            boolean said = nodesBySaying.keySet().stream()
                    .anyMatch(other -> other.sort == problem.sort && problem.isAbout(other.subject));
            if (!said) {
                nodesBySaying.put(problem, List.of());
            }
        }

        /** All of them, the gravest sort first, else as they came. */
        List<Problem> problems() {
            return nodesBySaying.entrySet().stream()
                    .map(saying -> new Problem(
                            saying.getKey().sort, saying.getKey().subject, saying.getKey().text, saying.getValue()))
                    .sorted((a, b) -> a.sort.compareTo(b.sort))
                    .toList();
        }
    }
}
