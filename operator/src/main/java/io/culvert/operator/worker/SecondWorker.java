package io.culvert.operator.worker;

import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** A Vert.x worker of its own for one thing that runs beside a verticle's worker. Any thread. */
public final class SecondWorker implements Executor {

    private final WorkerExecutor pool;

    /** @param name of the thread */
    public SecondWorker(Vertx vertx, String name) {
        pool = vertx.createSharedWorkerExecutor(name, 1);
    }

    @Override
    public void execute(Runnable task) {
        pool.executeBlocking(
                () -> {
                    task.run();
                    return null;
                },
                false);
    }

    /**
     * Starts the work at once.
     *
     * @return waits for the result; throws what the work threw, in a {@link java.util.concurrent.CompletionException}
     */
    public <T> Supplier<T> ahead(Supplier<T> work) {
        // Vert.x's own future would complete on the caller's context, whose worker may be waiting for it.
        return CompletableFuture.supplyAsync(work, this)::join;
    }
}
