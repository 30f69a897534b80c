package io.culvert.operator.agent;

import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.node.AgentConfig;
import io.culvert.operator.node.NodeKernel;
import io.culvert.operator.snapshot.DatastoreWatcher;
import io.culvert.operator.worker.Workers;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** An agent that only observes: prints the plan whenever it changes, and never writes to kernel or etcd. */
public final class DryRun {

    private DryRun() {}

    /** Runs until the process ends or the kernel's announcements cannot be read any more. Blocks. */
    public static void run(AgentConfig config, Consumer<String> print) {
        Vertx vertx = Agent.vertx();
        CompletableFuture<Void> failed = new CompletableFuture<>();
        try (NodeKernel kernel = NodeKernel.open(config);
                EtcdConnection etcd = EtcdConnection.open(config.etcd())) {
            PlanVerticle plans = new PlanVerticle(kernel, config, print, failed);
            DatastoreWatcher watcher = new DatastoreWatcher(etcd, plans, Clock.systemUTC());
            Agent.join(vertx.deployVerticle(plans, Workers.worker("culvert-kernel")));
            plans.begin();
            Agent.join(vertx.deployVerticle(
                    new DatastoreVerticle(watcher, Optional.empty()), Workers.following("culvert-datastore")));
            failed.join();
        } finally {
            Agent.join(vertx.close());
        }
    }
}
