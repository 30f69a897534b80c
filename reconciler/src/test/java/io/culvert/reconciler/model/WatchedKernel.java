package io.culvert.reconciler.model;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter;
import io.culvert.reconciler.kernel.Sysctls;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * The ports as the agent sees them: with faults, and with changes by others between an observation and a change. Checks L1 at
 * every single change.
 */
final class WatchedKernel implements Kernel, PacketFilter, Sysctls {

    private final Host host;
    private final IntPredicate ownMark;
    private final Faults faults;
    private final List<Done> log = new ArrayList<>();
    private Runnable meddling = () -> {};
    private int meddlesAfter = -1;
    private boolean observed;

    /**
     * A change that the agent made or tried.
     *
     * @param lost prefixes that had a route of ours before and have none now
     */
    record Done(Change change, int errno, Set<Prefix> lost) {}

    WatchedKernel(Host host, IntPredicate ownMark, Faults faults) {
        this.host = host;
        this.ownMark = ownMark;
        this.faults = faults;
    }

    /** The changes since the last call. */
    List<Done> takeLog() {
        List<Done> taken = List.copyOf(log);
        log.clear();
        return taken;
    }

    /** Whether routes were observed since the last call. */
    boolean takeObserved() {
        boolean taken = observed;
        observed = false;
        return taken;
    }

    /** Once, shortly before a change after some others. */
    void meddleBeforeChange(int after, Runnable meddling) {
        this.meddlesAfter = after;
        this.meddling = meddling;
    }

    boolean meddlingAwaited() {
        return meddlesAfter >= 0;
    }

    @Override
    public LinkState observeLinks() {
        faults.onObservation();
        return host.kernel().observeLinks();
    }

    @Override
    public FibState observeFib() {
        observed = true;
        faults.onObservation();
        return host.kernel().observeFib();
    }

    @Override
    public int forgetFlows(Collection<Prefix> sources, Collection<Prefix> kept) {
        return host.kernel().forgetFlows(sources, kept);
    }

    @Override
    public List<Outcome> apply(List<Change> changes) {
        List<Outcome> outcomes = new ArrayList<>();
        for (Change change : changes) {
            outcomes.add(
                    watch(change, () -> host.kernel().apply(List.of(change)).get(0)));
        }
        return outcomes;
    }

    @Override
    public FilterState observe() {
        faults.onObservation();
        return host.filter().observe();
    }

    @Override
    public Outcome apply(Change change) {
        return watch(change, () -> host.filter().apply(change));
    }

    @Override
    public OptionalInt read(String name) {
        return host.sysctls().read(name);
    }

    @Override
    public Outcome apply(Change.SetSysctl change) {
        String tunnel = "net/ipv4/conf/" + Sight.TUNNEL;
        if (!Set.of("net/ipv4/ip_forward", tunnel + "/rp_filter", tunnel + "/forwarding")
                .contains(change.name())) {
            throw new LawBroken("L1: '" + change + "' sets a sysctl that is not Culvert's");
        }
        return watch(change, () -> host.sysctls().apply(change));
    }

    private Outcome watch(Change change, java.util.function.Supplier<Outcome> apply) {
        if (meddlesAfter >= 0 && meddlesAfter-- == 0) {
            meddling.run();
        }
        int errno = faults.onChange(change);
        if (errno != 0) {
            log.add(new Done(change, errno, Set.of()));
            return new Outcome(change, errno, "");
        }
        Sight before = Sight.of(host.kernel(), ownMark);
        Outcome outcome = apply.get();
        Sight after = Sight.of(host.kernel(), ownMark);
        if (!after.foreign().equals(expected(before.foreign(), change))) {
            throw new LawBroken("L1: '" + change + "' makes of what is foreign, " + before.foreign() + ", this: "
                    + after.foreign());
        }
        Set<Prefix> lost = new HashSet<>(before.ownPrefixes());
        lost.removeAll(after.ownPrefixes());
        log.add(new Done(change, outcome.errno(), lost));
        return outcome;
    }

    /** A next hop that stands on our device goes with it, whoever made it; no route does. */
    private static Sight.Foreign expected(Sight.Foreign before, Change change) {
        return change instanceof Change.DeleteLink delete ? before.withoutNextHopsOn(delete.index()) : before;
    }
}
