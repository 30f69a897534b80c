package io.culvert.bench;

import io.culvert.netlink.NetlinkKernel;
import io.culvert.reconciler.reconcile.Reconciler;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Map;

/**
 * Always to CrossSubnet and back, decision included: {@code ModeChange ROUTES PEERS RUNS}. Every peer is in the node's subnet, so
 * every route changes its device. There has to be a device culvert0 with the tunnel's MTU and address.
 */
final class ModeChange {

    private static final int WARM_UP = 4;

    private ModeChange() {}

    public static void main(String[] args) {
        Fleet fleet = new Fleet(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
        Snapshot always = fleet.snapshot(EncapsulationMode.ALWAYS);
        Snapshot crossSubnet = fleet.snapshot(EncapsulationMode.CROSS_SUBNET);
        try (NetlinkKernel kernel = NetlinkKernel.open(null)) {
            Reconciler reconciler = Bench.reconciler(kernel);
            Bench.reconcile(reconciler, always);
            for (int run = -WARM_UP; run < 2 * Integer.parseInt(args[2]); run++) {
                boolean direct = Math.floorMod(run, 2) == 0;
                long start = System.nanoTime();
                Report report = Bench.reconcile(reconciler, direct ? crossSubnet : always);
                long nanos = System.nanoTime() - start;
                if (report.outcomes().size() < fleet.blocks()) {
                    throw new IllegalStateException("only " + report.outcomes().size() + " changes");
                }
                if (run >= 0) {
                    Bench.sample("culvert", nanos);
                    for (Map.Entry<Report.Phase, Long> phase : report.nanos().entrySet()) {
                        Bench.sample("phase." + phase.getKey(), phase.getValue());
                    }
                }
            }
        }
    }
}
