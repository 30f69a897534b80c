package io.culvert.reconciler.firewall;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Change.Backend;
import io.culvert.reconciler.kernel.Change.ForwardRule;
import io.culvert.reconciler.kernel.Change.Side;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Our accept rules: desired against actual. Pure. They exist only where iptables' FORWARD chain drops what no rule accepts, so a
 * host that opens its firewall again gets rid of them.
 */
public final class FirewallDiff {

    private FirewallDiff() {}

    /**
     * The changes that leave each desired rule there once, and no other rule of ours.
     *
     * @param pools whose traffic is accepted; empty for none
     */
    public static List<Change> of(SortedSet<Prefix> pools, FirewallState actual) {
        NavigableSet<ForwardRule> missing = desired(pools, actual.closed());
        List<Change> deletes = new ArrayList<>();
        for (ForwardRule rule : actual.forwardRules()) {
            if (!missing.remove(rule)) {
                // Not desired, or there once more: each delete removes one.
                deletes.add(new Change.DeleteForwardRule(rule));
            }
        }
        List<Change> changes = new ArrayList<>();
        missing.forEach(rule -> changes.add(new Change.AddForwardRule(rule)));
        changes.addAll(deletes);
        return changes;
    }

    private static NavigableSet<ForwardRule> desired(SortedSet<Prefix> pools, Set<Backend> closed) {
        NavigableSet<ForwardRule> rules = new TreeSet<>();
        for (Backend backend : closed) {
            for (Prefix pool : pools) {
                rules.add(new ForwardRule(backend, Side.SOURCE, pool));
                rules.add(new ForwardRule(backend, Side.DESTINATION, pool));
            }
        }
        return rules;
    }
}
