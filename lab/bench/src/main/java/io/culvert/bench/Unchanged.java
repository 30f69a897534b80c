package io.culvert.bench;

import io.culvert.netlink.NetlinkKernel;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.reconcile.Reconciler;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.Snapshot;
import java.util.List;

/**
 * Resolve and diff with nothing changed: {@code Unchanged ROUTES PEERS RUNS}. The kernel is filled once and seen once; from then on
 * every look shows that again. Every snapshot is a new object, so all of it is resolved anew.
 */
final class Unchanged {

    private static final int WARM_UP = 50;

    private Unchanged() {}

    /** What was seen, for ever. */
    private record Still(LinkState observeLinks, FibState observeFib) implements Kernel {

        @Override
        public List<Outcome> apply(List<Change> changes) {
            throw new IllegalStateException(changes.size() + " changes, first " + changes.get(0));
        }
    }

    public static void main(String[] args) {
        Fleet fleet = new Fleet(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
        Snapshot snapshot = fleet.snapshot(EncapsulationMode.NEVER);
        try (NetlinkKernel kernel = NetlinkKernel.open(null)) {
            Bench.reconcile(Bench.reconciler(kernel), snapshot);
            Reconciler reconciler = Bench.reconciler(new Still(kernel.observeLinks(), kernel.observeFib()));
            for (int run = -WARM_UP; run < Integer.parseInt(args[2]); run++) {
                Report report = Bench.reconcile(reconciler, copy(snapshot));
                if (run >= 0) {
                    long resolve = report.nanos().getOrDefault(Report.Phase.RESOLVE, 0L);
                    long diff = report.nanos().getOrDefault(Report.Phase.DIFF, 0L);
                    Bench.sample("resolve", resolve);
                    Bench.sample("diff", diff);
                    Bench.sample("both", resolve + diff);
                }
            }
        }
    }

    private static Snapshot copy(Snapshot other) {
        return new Snapshot(
                other.revision() + 1,
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
