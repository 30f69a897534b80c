package io.culvert.operator.agent;

import io.culvert.netlink.KernelMonitor;
import io.culvert.operator.node.AgentConfig;
import io.culvert.operator.node.NodeKernel;
import io.culvert.operator.node.OneCycle;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.operator.snapshot.DatastoreState;
import io.culvert.operator.snapshot.DatastoreWatcher;
import io.culvert.operator.worker.Turns;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.node.RouteProtocols;
import io.culvert.reconciler.plan.Plan;
import io.culvert.reconciler.resource.Snapshot;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The kernel's part of a dry run: plans a cycle for each change in etcd or in the kernel, and prints a plan that differs. */
final class PlanVerticle extends VerticleBase implements DatastoreWatcher.Listener, KernelMonitor.Listener {

    private final NodeKernel kernel;
    private final AgentConfig config;
    private final Consumer<String> print;
    private final CompletableFuture<Void> failed;
    private final Turns turns = new Turns(this::turn);
    private @Nullable KernelMonitor monitor;
    private volatile @Nullable Snapshot snapshot;
    private Plan printed = new Plan(List.of(), List.of());

    /** @param failed is completed when the kernel's announcements cannot be read any more */
    PlanVerticle(NodeKernel kernel, AgentConfig config, Consumer<String> print, CompletableFuture<Void> failed) {
        this.kernel = kernel;
        this.config = config;
        this.print = print;
        this.failed = failed;
    }

    @Override
    public Future<?> start() {
        monitor = KernelMonitor.start(
                null,
                new KernelMonitor.Interest(0, config.routeProtocol().orElse(RouteProtocols.DEFAULT), "culvert"),
                this);
        return Future.succeededFuture();
    }

    /** Plans may be made from now on, once the deployment is complete. */
    void begin() {
        turns.start(context);
    }

    private OptionalLong turn() {
        Snapshot latest = snapshot;
        if (latest != null) {
            Plan plan = kernel.plan(latest);
            if (!plan.equals(printed)) {
                printed = plan;
                print.accept("# revision " + latest.revision() + ": "
                        + plan.changes().size() + " changes");
                OneCycle.print(plan, print);
            }
        }
        return OptionalLong.empty();
    }

    @Override
    public void snapshot(Snapshot newest, long receivedNanos) {
        if (newest.locked()) {
            print.accept("# " + DatastoreLock.LOCKED);
        } else {
            snapshot = newest;
            turns.mark();
        }
    }

    @Override
    public void recalled(Snapshot kept) {
        throw new IllegalStateException("a dry run keeps nothing");
    }

    @Override
    public void state(DatastoreState state) {
        if (state.phase() == DatastoreState.Phase.DOWN) {
            print.accept("# datastore down: " + state.detail());
        }
    }

    @Override
    public void changed(KernelNews news) {
        turns.mark();
    }

    @Override
    public void failed(KernelException failure) {
        print.accept("# " + failure.getMessage());
        failed.complete(null);
    }

    @Override
    public Future<?> stop() {
        turns.end();
        KernelMonitor listening = monitor;
        if (listening != null) {
            listening.close();
        }
        return Future.succeededFuture();
    }
}
