package io.culvert.operator.node;

import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.operator.snapshot.KeptSnapshot;
import io.culvert.operator.snapshot.SnapshotReader;
import io.culvert.operator.status.Instance;
import io.culvert.operator.status.StatusReader;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.node.NodeAddress;
import io.culvert.reconciler.plan.Plan;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.reconcile.Trigger;
import io.culvert.reconciler.resource.Snapshot;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** One cycle, run or only planned, printed for a person. Blocks, on the caller's thread. */
public final class OneCycle {

    private OneCycle() {}

    /**
     * One complete cycle: the node's own resources, then its kernel.
     *
     * @param print takes what was done, a line at a time
     * @return whether the kernel holds all that it should
     * @throws IOException if what a later agent has to know cannot be kept in the state directory
     */
    public static boolean run(AgentConfig config, Consumer<String> print) throws IOException {
        try (NodeKernel kernel = NodeKernel.open(config);
                EtcdConnection etcd = EtcdConnection.open(config.etcd())) {
            if (isLocked(read(config, etcd), print)) {
                return false;
            }
            Optional<String> contest = contest(config, kernel, etcd);
            if (contest.isPresent()) {
                print.accept("failing: " + contest.get());
                return false;
            }
            List<String> problems = settle(new NodeResources(etcd, config, given -> {}), kernel.address(), etcd);
            Snapshot snapshot = SnapshotReader.read(etcd);
            kernel.remember(snapshot);
            Report report = kernel.reconciler().reconcile(snapshot, Trigger.START, KernelNews.NONE, 0);
            if (report.awaitsConfirmation()) {
                snapshot = SnapshotReader.read(etcd);
                kernel.reconciler().confirm(snapshot.revision());
                report = kernel.reconciler().reconcile(snapshot, Trigger.START, KernelNews.NONE, 0);
            }
            report.outcomes().forEach(outcome -> print.accept(text(outcome)));
            report.obstacles().forEach(obstacle -> print.accept("failing: " + obstacle));
            report.desired()
                    .unrouted()
                    .forEach(one -> print.accept("no route to " + one.prefix() + ": " + one.reason()));
            problems.forEach(problem -> print.accept("failing: " + problem));
            report.warnings().forEach(warning -> print.accept("warning: " + warning));
            print.accept((report.converged() ? "converged" : "not converged") + " at revision " + snapshot.revision()
                    + ", " + report.outcomes().size() + " changes");
            return report.converged() && problems.isEmpty();
        }
    }

    /** That an agent elsewhere has this node's name. One that runs here is this node's. */
    private static Optional<String> contest(AgentConfig config, NodeKernel kernel, EtcdConnection etcd) {
        String address = kernel.address().address().toString();
        return new StatusReader(etcd)
                .of(config.nodeName())
                .filter(other -> Instance.ofThisProcess().yieldsTo(other, address, false))
                .map(other -> other.contest(address));
    }

    /** A node that is new has to be seen in a snapshot before it can be given anything. */
    private static List<String> settle(NodeResources resources, NodeAddress address, EtcdConnection etcd) {
        resources.reconcile(SnapshotReader.read(etcd), address);
        return resources.reconcile(SnapshotReader.read(etcd), address);
    }

    /**
     * The plan of a cycle, which is not run: nothing is written to kernel or etcd.
     *
     * @param print takes the plan, a change a line
     * @return whether there is nothing to do and nothing in the way
     */
    public static boolean plan(AgentConfig config, Consumer<String> print) {
        try (NodeKernel kernel = NodeKernel.open(config);
                EtcdConnection etcd = EtcdConnection.open(config.etcd())) {
            Snapshot snapshot = read(config, etcd);
            return !isLocked(snapshot, print) && print(kernel.plan(snapshot), print);
        }
    }

    /** An agent refuses the same stores. */
    private static Snapshot read(AgentConfig config, EtcdConnection etcd) {
        return SnapshotReader.read(etcd, new KeptSnapshot(config.stateDirectory(), config.nodeName(), config.etcd()));
    }

    private static boolean isLocked(Snapshot snapshot, Consumer<String> print) {
        if (snapshot.locked()) {
            print.accept("# " + DatastoreLock.LOCKED);
        }
        return snapshot.locked();
    }

    /** Prints a plan, and what is in its way as comments. */
    public static boolean print(Plan plan, Consumer<String> print) {
        plan.changes().forEach(change -> print.accept(change.toString()));
        plan.obstacles().forEach(obstacle -> print.accept("# " + obstacle));
        return plan.changes().isEmpty() && plan.obstacles().isEmpty();
    }

    private static String text(Outcome outcome) {
        return outcome.succeeded()
                ? outcome.change().toString()
                : outcome.change() + "   # " + Errno.name(outcome.errno()) + " " + outcome.text();
    }
}
