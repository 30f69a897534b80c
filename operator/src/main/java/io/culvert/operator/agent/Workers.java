package io.culvert.operator.agent;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import java.util.concurrent.TimeUnit;

/** How verticles that block are deployed: each with a pool of one thread, named after what it does. */
final class Workers {

    private Workers() {}

    /** For a verticle that works in turns: its context is the worker, and no turn takes longer than {@link KernelVerticle#LIMIT}. */
    static DeploymentOptions turning(String name) {
        return pool(name, KernelVerticle.LIMIT.toMillis()).setThreadingModel(ThreadingModel.WORKER);
    }

    /** For a verticle that holds its worker for as long as it lives. */
    static DeploymentOptions following(String name) {
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
