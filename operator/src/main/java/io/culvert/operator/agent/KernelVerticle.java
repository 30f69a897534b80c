package io.culvert.operator.agent;

import io.culvert.netlink.KernelMonitor;
import io.culvert.operator.http.Health;
import io.culvert.operator.loop.CycleListener;
import io.culvert.operator.loop.CycleSchedule;
import io.culvert.operator.loop.KernelInbox;
import io.culvert.operator.node.AgentConfig;
import io.culvert.operator.node.NodeKernel;
import io.culvert.operator.worker.Turns;
import io.culvert.operator.worker.Workers;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.node.RouteProtocols;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Owns the kernel: the only writer, on a worker of its own. A turn takes what the inbox holds and runs a cycle if one is due.
 * The netlink monitor waits in C on a thread of its own and leaves its news in the inbox.
 */
final class KernelVerticle extends VerticleBase {

    private final CycleSchedule schedule;
    private final Turns turns = new Turns(this::turn);
    private final KernelInbox inbox = new KernelInbox(turns::mark);
    private final KernelMonitor monitor;

    /**
     * The monitor listens from now on, so nothing is missed before the first cycle.
     *
     * @param kernel remains the caller's to close
     * @param failed receives the failure of the monitor, on the monitor's thread
     */
    KernelVerticle(NodeKernel kernel, AgentConfig config, CycleListener listener, Consumer<KernelException> failed) {
        schedule = new CycleSchedule(kernel.reconciler(), config::resyncPeriod, listener);
        KernelMonitor.Interest interest = new KernelMonitor.Interest(
                kernel.netlink().port(), config.routeProtocol().orElse(RouteProtocols.DEFAULT), "culvert");
        monitor = KernelMonitor.start(null, interest, new KernelMonitor.Listener() {
            @Override
            public void changed(KernelNews news) {
                inbox.put(news);
            }

            @Override
            public void failed(KernelException failure) {
                failed.accept(failure);
            }
        });
    }

    /** Cycles may run from now on. Not before the deployment is complete, which would wait for the first cycle. */
    void begin() {
        turns.start(context);
    }

    private OptionalLong turn() {
        return schedule.attend(inbox.take());
    }

    /** Where work for the kernel goes. Any thread. */
    KernelInbox inbox() {
        return inbox;
    }

    /** How often the kernel's announcements were lost. Any thread. */
    long overruns() {
        return monitor.overruns();
    }

    /** Whether turns come to an end. Any thread. */
    Health live() {
        return turns.hangFor(Workers.LIMIT)
                ? new Health(false, "the kernel worker hangs: a command or the kernel does not answer")
                : new Health(true, "alive");
    }

    /** No cycle begins any more. Any thread. */
    void end() {
        turns.end();
        monitor.close();
    }

    @Override
    public Future<?> stop() {
        end();
        return Future.succeededFuture();
    }
}
