package io.culvert.operator.worker;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** How verticles that block are deployed: each with a pool of one thread, named after what it does. */
public final class Workers {

    /** Longer than any turn takes: what lasts longer hangs, in the kernel or in a command. */
    public static final Duration LIMIT = Duration.ofMinutes(2);

    private Workers() {}

    /** For a verticle whose context is its worker: one hand-over from whoever marks a turn. */
    public static DeploymentOptions worker(String name) {
        return turning(name).setThreadingModel(ThreadingModel.WORKER);
    }

    /**
     * For a verticle whose turns wait for etcd: jetcd completes its answers on the caller's context, which must be an event
     * loop then, since the worker waits.
     */
    public static DeploymentOptions turning(String name) {
        return pool(name, LIMIT.toMillis());
    }

    /** For a verticle that holds its worker for as long as it lives. */
    public static DeploymentOptions following(String name) {
        return pool(name, TimeUnit.NANOSECONDS.toMillis(Long.MAX_VALUE));
    }

    private static DeploymentOptions pool(String name, long longestMillis) {
        return new DeploymentOptions()
                .setWorkerPoolName(name)
                .setWorkerPoolSize(1)
                .setMaxWorkerExecuteTime(longestMillis)
                .setMaxWorkerExecuteTimeUnit(TimeUnit.MILLISECONDS);
    }
}
