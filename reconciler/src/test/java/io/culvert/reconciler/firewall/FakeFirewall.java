package io.culvert.reconciler.firewall;

import io.culvert.reconciler.firewall.Table.Chain;
import io.culvert.reconciler.firewall.Table.Hook;
import io.culvert.reconciler.firewall.Table.Tool;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Change.Backend;
import io.culvert.reconciler.kernel.Change.ForwardRule;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.Outcome;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** iptables' FORWARD chains in memory: their policies, and our rules in them. */
public final class FakeFirewall implements HostFirewall {

    private final Map<Backend, Boolean> drops = new EnumMap<>(Backend.class);
    private final List<ForwardRule> rules = new ArrayList<>();
    private final FakeKernel kernel;
    private boolean unreadable;
    private int reads;

    /** @param kernel counts the changes, and lets some fail */
    public FakeFirewall(FakeKernel kernel) {
        this.kernel = kernel;
    }

    /** Makes a chain, or changes its policy. */
    public void setPolicy(Backend backend, boolean drop) {
        drops.put(backend, drop);
    }

    /** Removes every rule of the chain, as {@code iptables -F} does. */
    public void flush(Backend backend) {
        rules.removeIf(rule -> rule.backend() == backend);
    }

    /** As {@code iptables-restore -n} may do. */
    public void repeatRules() {
        rules.addAll(List.copyOf(rules));
    }

    public void setUnreadable(boolean unreadableNow) {
        unreadable = unreadableNow;
    }

    public List<ForwardRule> rules() {
        return List.copyOf(rules);
    }

    /** How often it was observed. */
    public int reads() {
        return reads;
    }

    @Override
    public FirewallState observe() {
        reads++;
        if (unreadable) {
            throw new KernelException("nft does not answer", Errno.EIO);
        }
        Set<Backend> closed = new HashSet<>();
        drops.forEach((backend, drop) -> {
            if (drop) {
                closed.add(backend);
            }
        });
        return new FirewallState(tables(), closed, rules, List.of());
    }

    private List<Table> tables() {
        List<Table> tables = new ArrayList<>();
        drops.forEach((backend, drop) -> {
            List<Table.Rule> accepting = rules.stream()
                    .filter(rule -> rule.backend() == backend)
                    .map(FakeFirewall::modelled)
                    .toList();
            tables.add(new Table(
                    backend == Backend.NFT ? Tool.IPTABLES : Tool.IPTABLES_LEGACY,
                    "filter",
                    Map.of("FORWARD", new Chain(Optional.of(Hook.FORWARD), drop, accepting))));
        });
        return tables;
    }

    private static Table.Rule modelled(ForwardRule rule) {
        Match.Field field = rule.side() == Change.Side.SOURCE ? Match.Field.SOURCE : Match.Field.DESTINATION;
        Match match = new Match.NumberIn(field, List.of(Match.Range.of(rule.pool())), false);
        return new Table.Rule(List.of(match), new Table.Verdict.Accept());
    }

    @Override
    public Outcome apply(Change change) {
        return kernel.carryOut(change, this::carryOut);
    }

    private int carryOut(Change change) {
        if (change instanceof Change.AddForwardRule add) {
            rules.add(0, add.rule());
        } else if (change instanceof Change.DeleteForwardRule delete) {
            rules.remove(delete.rule());
        } else {
            throw new AssertionError("not a change of the firewall: " + change);
        }
        return 0;
    }
}
