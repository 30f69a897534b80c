package io.culvert.reconciler.firewall;

import io.culvert.reconciler.kernel.Change.Backend;
import io.culvert.reconciler.kernel.Change.ForwardRule;
import java.util.List;
import java.util.Set;

/**
 * The packet filters of others as observed once.
 *
 * @param tables those with a chain that our packets meet; without our own table
 * @param closed where iptables' FORWARD chain has the policy drop
 * @param forwardRules our rules in these chains, each as often as it is there
 * @param unread what could not be read, and why: one sentence each
 */
public record FirewallState(
        List<Table> tables, Set<Backend> closed, List<ForwardRule> forwardRules, List<String> unread) {

    public static final FirewallState OPEN = new FirewallState(List.of(), Set.of(), List.of(), List.of());

    public FirewallState {
        tables = List.copyOf(tables);
        closed = Set.copyOf(closed);
        forwardRules = List.copyOf(forwardRules);
        unread = List.copyOf(unread);
    }
}
