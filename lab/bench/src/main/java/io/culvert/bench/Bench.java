package io.culvert.bench;

import io.culvert.reconciler.firewall.HostFirewall;
import io.culvert.reconciler.kernel.Kernel;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.kernel.StandInTunnel;
import io.culvert.reconciler.node.NodeSettings;
import io.culvert.reconciler.reconcile.Reconciler;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.reconcile.Trigger;
import io.culvert.reconciler.resource.Snapshot;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** What the programs share: a reconciler for {@link Fleet#SELF}, a cycle that must succeed, one line per sample. */
final class Bench {

    private Bench() {}

    static Reconciler reconciler(Kernel kernel) {
        return new Reconciler(
                new StandInTunnel(kernel, Fleet.TUNNEL_DEVICE, Fleet.ADDRESS.address()),
                Aside.filter(),
                HostFirewall.NONE,
                Aside.SYSCTLS,
                new NodeSettings(
                        Fleet.SELF,
                        Fleet.ADDRESS,
                        Fleet.TUNNEL_DEVICE,
                        Set.of(),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        Set.of(),
                        0,
                        Set.of(),
                        true),
                attempt -> 100,
                System::nanoTime,
                work -> CompletableFuture.supplyAsync(work)::join);
    }

    /** One cycle towards the snapshot. */
    static Report reconcile(Reconciler reconciler, Snapshot snapshot) {
        Report report =
                reconciler.reconcile(snapshot, Trigger.DATASTORE, KernelNews.NONE, System.nanoTime() / 1_000_000);
        if (!report.converged()) {
            throw new IllegalStateException(
                    "not converged: " + report.obstacles().size() + " obstacles, first "
                            + report.obstacles().get(0));
        }
        return report;
    }

    /** Prints a sample. */
    static void sample(String name, long nanos) {
        System.out.printf(java.util.Locale.ROOT, "%s\t%.4f%n", name, nanos / 1e6);
    }
}
