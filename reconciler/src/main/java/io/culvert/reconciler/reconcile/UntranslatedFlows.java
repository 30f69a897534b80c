package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.diff.FailureClass;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Flows that began before the rule that translates them: they go on untranslated while they live, and their packets are lost. When
 * the rule appears or covers more, they are deleted from connection tracking once. So at the start, because the last agent may
 * have ended between the two. Not for more than one thread.
 */
final class UntranslatedFlows {

    private static final long NEVER = Long.MAX_VALUE;

    /** Multicast and the broadcast address: they are not translated, or have no single other end. */
    private static final List<Prefix> NOBODY = List.of(Prefix.parse("224.0.0.0/4"), Prefix.parse("255.255.255.255/32"));

    private final Kernel kernel;
    private final Backoff backoff;
    private long dueMillis = Long.MIN_VALUE;
    private int failures;
    private Optional<Obstacle> obstacle = Optional.empty();
    private Optional<String> warning = Optional.empty();

    UntranslatedFlows(Kernel kernel, Backoff backoff) {
        this.kernel = kernel;
        this.backoff = backoff;
    }

    /** There may be some from now on. */
    void untranslated() {
        dueMillis = Long.MIN_VALUE;
    }

    boolean areDue(long nowMillis) {
        return nowMillis >= dueMillis;
    }

    /** When to try again what failed. */
    OptionalLong nextDueMillis() {
        return failures == 0 ? OptionalLong.empty() : OptionalLong.of(dueMillis);
    }

    /** Deletes them; the outcome if there were any. */
    Optional<Outcome> forget(Ruleset ruleset, long nowMillis) {
        try {
            int count = kernel.forgetFlows(ruleset.natPools(), untouched(ruleset));
            settled();
            return count == 0
                    ? Optional.empty()
                    : Optional.of(Outcome.done(new Change.ForgetFlows(ruleset.natPools(), count)));
        } catch (KernelException e) {
            if (e.errno() == Errno.EOPNOTSUPP) {
                settled();
                warning = Optional.of(
                        "this kernel cannot delete flows from connection tracking, so a workload's flow that began before "
                                + "natOutgoing did stays untranslated while it lives; load the module: "
                                + "modprobe nf_conntrack_netlink");
                return Optional.empty();
            }
            failures++;
            dueMillis = nowMillis + backoff.millisAfter(failures);
            obstacle = Optional.of(new Obstacle(Change.FLOWS, FailureClass.TRANSIENT, String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    private void settled() {
        dueMillis = NEVER;
        failures = 0;
        obstacle = Optional.empty();
        warning = Optional.empty();
    }

    /** Where an untranslated flow may end: what the rule exempts, and this node itself, whose packets never pass the rule. */
    private Set<Prefix> untouched(Ruleset ruleset) {
        Set<Prefix> kept = new HashSet<>(ruleset.pools());
        if (ruleset.sourcesExempt()) {
            kept.addAll(ruleset.tunnelSources());
        }
        kernel.observeLinks().links().stream()
                .flatMap(link -> link.addresses().stream())
                .map(InterfaceAddress::address)
                .map(Prefix::host)
                .forEach(kept::add);
        kept.addAll(NOBODY);
        return kept;
    }

    List<Obstacle> obstacles() {
        return obstacle.stream().toList();
    }

    List<String> warnings() {
        return warning.stream().toList();
    }
}
