package io.culvert.operator.agent;

import io.culvert.netlink.NetlinkKernel;
import io.culvert.operator.nft.NftTable;
import io.culvert.operator.sysctl.OriginalValues;
import io.culvert.operator.sysctl.ProcSysctls;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.kernel.StandInTunnel;
import io.culvert.reconciler.node.NodeSettings;
import io.culvert.reconciler.plan.Planner;
import io.culvert.reconciler.reconcile.Reconciler;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.reconcile.Trigger;
import io.culvert.reconciler.resource.Snapshot;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What of an agent writes to the kernel, as a process that is there to be killed: the reconciler over netlink, nft and {@code /proc/sys}
 * in the network namespace it is started in. Reads moments of a {@link MovingCluster} from its standard input and drives the kernel to
 * each; prints a line {@value #READY} at its start, a {@value #STEP} before each step, and a line that begins with {@value #REACHED}
 * when nothing is left to do, with what is in the way.
 */
final class DoomedNode {

    static final String READY = "ready";
    static final char STEP = '.';
    static final String REACHED = "reached";

    private static final int MOST_CYCLES = 10;

    private static final NodeSettings SETTINGS = new NodeSettings(
            MovingCluster.SELF,
            MovingCluster.ADDRESS,
            MovingCluster.TUNNEL,
            Set.of(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            Set.of(),
            0,
            Set.of(),
            true);

    private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);
    private final MovingCluster cluster;
    private final Path stateDirectory;
    private final NetlinkKernel netlink;

    private DoomedNode(MovingCluster cluster, Path stateDirectory, NetlinkKernel netlink) {
        this.cluster = cluster;
        this.stateDirectory = stateDirectory;
        this.netlink = netlink;
    }

    /** Takes the cluster's seed and the state directory. */
    public static void main(String[] args) throws IOException {
        try (NetlinkKernel netlink = NetlinkKernel.open(null)) {
            new DoomedNode(new MovingCluster(Long.parseLong(args[0])), Path.of(args[1]), netlink).obey();
        }
    }

    private void obey() throws IOException {
        // A plan loads the classes that the first order needs, while others are at work.
        planner(ports(() -> {})).plan(cluster.at(0), Optional.empty());
        tell(READY + "\n");
        SteppedPorts ports = ports(() -> tell(String.valueOf(STEP)));
        Planner planner = planner(ports);
        Reconciler reconciler = new Reconciler(ports, ports, ports, SETTINGS, attempt -> 100, System::nanoTime);
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Trigger trigger = Trigger.START;
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            Report report = reach(reconciler, planner, cluster.at(Integer.parseInt(order)), trigger);
            tell(REACHED + " " + report.obstacles() + "\n");
            trigger = Trigger.DATASTORE;
        }
    }

    private SteppedPorts ports(Runnable step) {
        return new SteppedPorts(
                new StandInTunnel(netlink, MovingCluster.TUNNEL, MovingCluster.ADDRESS.address()),
                new NftTable(List.of("setpriv", "--pdeathsig", "KILL", "nft"), MovingCluster.TUNNEL),
                new ProcSysctls(Path.of("/proc/sys"), new OriginalValues(stateDirectory, MovingCluster.SELF)),
                new Random(cluster.seed()),
                step);
    }

    private static Planner planner(SteppedPorts ports) {
        return new Planner(ports, ports, ports, SETTINGS);
    }

    private static Report reach(Reconciler reconciler, Planner planner, Snapshot snapshot, Trigger first) {
        Trigger trigger = first;
        for (int cycle = 1; ; cycle++) {
            long nowMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
            Report report = reconciler.reconcile(snapshot, trigger, KernelNews.NONE, nowMillis);
            if (planner.plan(snapshot, Optional.empty()).changes().isEmpty()) {
                return report;
            } else if (cycle == MOST_CYCLES) {
                throw new IllegalStateException("after " + cycle + " cycles: " + report.obstacles());
            } else if (report.awaitsConfirmation()) {
                reconciler.confirm(snapshot.revision());
            }
            trigger = Trigger.RESYNC;
        }
    }

    private void tell(String text) {
        try {
            out.write(text.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
