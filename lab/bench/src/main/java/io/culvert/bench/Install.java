package io.culvert.bench;

import io.culvert.netlink.NetlinkKernel;
import io.culvert.reconciler.reconcile.Reconciler;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A snapshot in memory to the last route acknowledged, into a kernel without routes. {@code Install ROUTES PEERS RUNS
 * COMMAND...}: after each run, and after the routes are gone again, COMMAND is run, which prints the baseline's own milliseconds
 * and leaves no route behind. The first run is called {@code cold}; then come some that warm the JVM and are not printed: as many
 * as install {@value #WARM_UP_ROUTES} routes, so that few routes are not held up by code that many would have had compiled.
 */
final class Install {

    private static final int WARM_UP_ROUTES = 300_000;

    private Install() {}

    public static void main(String[] args) throws Exception {
        Fleet fleet = new Fleet(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
        int runs = Integer.parseInt(args[2]);
        List<String> baseline = Arrays.asList(args).subList(3, args.length);
        int warmUp = Math.max(1, WARM_UP_ROUTES / fleet.blocks());
        Snapshot snapshot = fleet.snapshot(EncapsulationMode.NEVER);
        try (NetlinkKernel kernel = NetlinkKernel.open(null)) {
            for (int run = -1 - warmUp; run < runs; run++) {
                Reconciler reconciler = Bench.reconciler(kernel);
                long start = System.nanoTime();
                Report report = Bench.reconcile(reconciler, snapshot);
                long nanos = System.nanoTime() - start;
                int found = kernel.observeFib().routes().size();
                if (found < fleet.blocks()) {
                    throw new IllegalStateException("the kernel has " + found + " routes of " + fleet.blocks());
                }
                reconciler.cleanUp();
                if (run == -1 - warmUp) {
                    Bench.sample("cold", nanos);
                } else if (run >= 0) {
                    Bench.sample("culvert", nanos);
                    phases(report.nanos());
                }
                if (run >= 0 && !baseline.isEmpty()) {
                    run(baseline);
                }
            }
        }
    }

    private static void phases(Map<Report.Phase, Long> nanos) {
        nanos.forEach((phase, spent) -> Bench.sample("phase." + phase, spent));
    }

    private static void run(List<String> command) throws Exception {
        System.out.flush();
        int status = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IllegalStateException(command + " ends with " + status);
        }
    }
}
