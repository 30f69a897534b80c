package io.culvert.bench;

import io.culvert.netlink.NetlinkKernel;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.reconcile.Reconciler;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Collection;
import java.util.List;

/**
 * Resolve and diff with nothing changed: {@code Unchanged ROUTES PEERS RUNS}. The kernel is filled and observed once; every later
 * observation returns the same. Every snapshot is new and shares nothing with the one before, so all of it is resolved again;
 * {@code shared} is a snapshot that shares everything with the one before, as when only the revision changes.
 */
final class Unchanged {

    private static final int WARM_UP = 50;

    private Unchanged() {}

    /** A kernel that never changes. */
    private record Still(LinkState observeLinks, FibState observeFib) implements Kernel {

        @Override
        public List<Outcome> apply(List<Change> changes) {
            throw new IllegalStateException(changes.size() + " changes, first " + changes.get(0));
        }

        @Override
        public int forgetFlows(Collection<Prefix> sources, Collection<Prefix> kept) {
            return 0;
        }
    }

    public static void main(String[] args) {
        Fleet fleet = new Fleet(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
        Snapshot snapshot = fleet.snapshot(EncapsulationMode.NEVER);
        try (NetlinkKernel kernel = NetlinkKernel.open(null)) {
            Bench.reconcile(Bench.reconciler(kernel), snapshot);
            Reconciler reconciler = Bench.reconciler(new Still(kernel.observeLinks(), kernel.observeFib()));
            for (int run = -WARM_UP; run < Integer.parseInt(args[2]); run++) {
                Snapshot fresh = renumbered(fleet.snapshot(EncapsulationMode.NEVER), 2L * (run + WARM_UP + 1));
                Report unshared = Bench.reconcile(reconciler, fresh);
                Report shared = Bench.reconcile(reconciler, renumbered(fresh, fresh.revision() + 1));
                if (run >= 0) {
                    Bench.sample("resolve", nanos(unshared, Report.Phase.RESOLVE));
                    Bench.sample("diff", nanos(unshared, Report.Phase.DIFF));
                    Bench.sample("both", nanos(unshared, Report.Phase.RESOLVE) + nanos(unshared, Report.Phase.DIFF));
                    Bench.sample("shared", nanos(shared, Report.Phase.RESOLVE) + nanos(shared, Report.Phase.DIFF));
                }
            }
        }
    }

    private static long nanos(Report report, Report.Phase phase) {
        return report.nanos().getOrDefault(phase, 0L);
    }

    private static Snapshot renumbered(Snapshot other, long revision) {
        return new Snapshot(
                revision,
                other.pools(),
                other.nodes(),
                other.blocks(),
                other.affinities(),
                other.felix(),
                other.locked(),
                other.unsupported(),
                other.rejected());
    }
}
