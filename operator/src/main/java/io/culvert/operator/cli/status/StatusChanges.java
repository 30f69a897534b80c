package io.culvert.operator.cli.status;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The differences between two statuses, one line each. Pure. */
final class StatusChanges {

    private StatusChanges() {}

    /** A cluster's status as one sentence per subject, without revisions and ages, which change all the time. */
    static Map<String, String> facts(ClusterStatus status) {
        Map<String, String> facts = new LinkedHashMap<>();
        for (ClusterStatus.Pool pool : status.pools()) {
            String mode = pool.cidr() + " " + pool.mode() + (pool.natOutgoing() ? ", NAT" : "");
            facts.put(
                    "ippool/" + pool.name(),
                    pool.leftAlone() ? mode : mode + ", " + pool.convergence().summary());
        }
        for (ClusterStatus.Member node : status.nodes()) {
            facts.put("node/" + node.name(), node.status().isPresent() ? "live" : "down: no agent status in etcd");
        }
        for (Problem problem : status.problems()) {
            if (problem.type() != Problem.Type.DOWN && problem.type() != Problem.Type.LAGGING) {
                facts.put(problem.type() + ": " + problem, "");
            }
        }
        return facts;
    }

    /** One line for each fact that is new, different or gone, in the order of the facts. */
    static List<String> between(Map<String, String> before, Map<String, String> after) {
        List<String> lines = new ArrayList<>();
        before.forEach((subject, sentence) -> {
            if (!after.containsKey(subject)) {
                lines.add(sentence.isEmpty() ? "no longer " + subject : subject + ": gone");
            }
        });
        after.forEach((subject, sentence) -> {
            if (!sentence.equals(before.get(subject))) {
                lines.add(sentence.isEmpty() ? subject : subject + ": " + sentence);
            }
        });
        return lines;
    }
}
