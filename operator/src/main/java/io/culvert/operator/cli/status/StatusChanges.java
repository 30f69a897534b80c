package io.culvert.operator.cli.status;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What there is to tell when a status turns into another, one line each. Pure. */
final class StatusChanges {

    private StatusChanges() {}

    /** What a cluster's status comes to: a sentence by subject. Revisions and ages are left out: they change all the time. */
    static Map<String, String> facts(ClusterStatus status) {
        Map<String, String> facts = new LinkedHashMap<>();
        for (ClusterStatus.Pool pool : status.pools()) {
            String mode = pool.cidr() + " " + pool.mode() + (pool.natOutgoing() ? ", NAT" : "");
            facts.put(
                    "ippool/" + pool.name(),
                    pool.leftAlone() ? mode : mode + ", " + pool.convergence().summary());
        }
        for (ClusterStatus.Member node : status.nodes()) {
            facts.put("node/" + node.name(), node.status().isPresent() ? "live" : "down: no agent tells its status");
        }
        for (Problem problem : status.problems()) {
            if (problem.sort() != Problem.Sort.DOWN && problem.sort() != Problem.Sort.LAGGING) {
                facts.put(problem.sort() + ": " + problem, "");
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
