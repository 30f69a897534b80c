package io.culvert.reconciler.firewall;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A table of rules.
 *
 * @param tool which program a person edits it with
 * @param name as that program names it: {@code inet fw} for nft, {@code filter} for iptables
 * @param chains by name
 */
public record Table(Tool tool, String name, Map<String, Chain> chains) {

    public Table {
        chains = Collections.unmodifiableMap(new LinkedHashMap<>(chains));
    }

    /** Programs that people edit tables with. */
    public enum Tool {
        NFT,
        FIREWALLD,
        IPTABLES,
        IPTABLES_LEGACY
    }

    /** Where the kernel hands packets to a chain. */
    public enum Hook {
        PREROUTING,
        INPUT,
        FORWARD,
        OUTPUT,
        POSTROUTING
    }

    /**
     * A list of rules.
     *
     * @param hook empty for a chain that other chains jump to
     * @param policyDrop whether a packet that passed all rules is dropped; false without a hook
     */
    public record Chain(Optional<Hook> hook, boolean policyDrop, List<Rule> rules) {

        public Chain {
            rules = List.copyOf(rules);
        }
    }

    /** What happens to a packet for which all matches hold. */
    public record Rule(List<Match> matches, Verdict verdict) {

        public Rule {
            matches = List.copyOf(matches);
        }
    }

    /** What a rule does with a packet. */
    public sealed interface Verdict {

        /** Nothing that ends its way: it counts, logs or marks. */
        record Continue() implements Verdict {}

        record Accept() implements Verdict {}

        record Drop() implements Verdict {}

        record Return() implements Verdict {}

        /** Continues in another chain, and after that chain here. */
        record Jump(String chain) implements Verdict {}

        /** Continues in another chain, and does not come back. */
        record Goto(String chain) implements Verdict {}

        /** Something that this model does not know, such as a queue to a program. */
        record Unknown() implements Verdict {}
    }
}
