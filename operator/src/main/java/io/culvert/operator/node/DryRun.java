package io.culvert.operator.node;

import io.culvert.netlink.KernelMonitor;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.operator.snapshot.DatastoreState;
import io.culvert.operator.snapshot.DatastoreWatcher;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.node.RouteProtocols;
import io.culvert.reconciler.plan.Plan;
import io.culvert.reconciler.resource.Snapshot;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An agent that only looks: prints the plan whenever it becomes another, and never writes to kernel or etcd. */
public final class DryRun {

    private final BlockingQueue<Boolean> news = new ArrayBlockingQueue<>(1);
    private final AtomicReference<@Nullable Snapshot> snapshot = new AtomicReference<>();

    private DryRun() {}

    /**
     * Runs until the process is ended. Blocks.
     *
     * @throws InterruptedException if the thread is told to end
     */
    public static void run(AgentConfig config, Consumer<String> print) throws InterruptedException {
        new DryRun().watch(config, print);
    }

    // The monitor only has to be there.
    @SuppressWarnings("try")
    private void watch(AgentConfig config, Consumer<String> print) throws InterruptedException {
        KernelMonitor.Interest interest =
                new KernelMonitor.Interest(0, config.routeProtocol().orElse(RouteProtocols.DEFAULT), "culvert");
        try (NodeKernel kernel = NodeKernel.open(config, Duration.ZERO);
                EtcdConnection etcd = EtcdConnection.open(config.etcd());
                DatastoreWatcher watcher = new DatastoreWatcher(etcd, new FromEtcd(print), Clock.systemUTC());
                KernelMonitor monitor = KernelMonitor.start(null, interest, new FromKernel(print))) {
            new Thread(watcher::run, "culvert-watch").start();
            Plan told = new Plan(List.of(), List.of());
            while (news.take()) {
                Snapshot latest = snapshot.get();
                if (latest != null) {
                    Plan plan = kernel.plan(latest);
                    if (!plan.equals(told)) {
                        told = plan;
                        print.accept("# revision " + latest.revision() + ": "
                                + plan.changes().size() + " changes");
                        OneCycle.print(plan, print);
                    }
                }
            }
        }
    }

    private void mark(boolean goOn) {
        if (!news.offer(goOn) && !goOn) {
            news.clear();
            news.add(false);
        }
    }

    private final class FromEtcd implements DatastoreWatcher.Listener {

        private final Consumer<String> print;

        FromEtcd(Consumer<String> print) {
            this.print = print;
        }

        @Override
        public void snapshot(Snapshot newest, long receivedNanos) {
            if (newest.locked()) {
                print.accept("# " + DatastoreLock.LOCKED);
            } else {
                snapshot.set(newest);
                mark(true);
            }
        }

        @Override
        public void recalled(Snapshot kept) {
            throw new IllegalStateException("nothing is kept");
        }

        @Override
        public void state(DatastoreState state) {
            if (state.phase() == DatastoreState.Phase.DOWN) {
                print.accept("# datastore down: " + state.detail());
            }
        }
    }

    private final class FromKernel implements KernelMonitor.Listener {

        private final Consumer<String> print;

        FromKernel(Consumer<String> print) {
            this.print = print;
        }

        @Override
        public void changed(KernelNews news) {
            mark(true);
        }

        @Override
        public void failed(KernelException failure) {
            print.accept("# " + failure.getMessage());
            mark(false);
        }
    }
}
