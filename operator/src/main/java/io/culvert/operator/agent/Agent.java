package io.culvert.operator.agent;

import io.culvert.operator.node.AgentConfig;
import io.culvert.operator.state.AgentLock;
import io.culvert.operator.state.StateFile;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.reconcile.FatalException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * The running agent: one {@link Vertx} and the verticles on it. Event loops are never blocked for {@link #EVENT_LOOP_LIMIT_MILLIS} ms;
 * Vert.x's blocked-thread checker warns otherwise.
 */
public final class Agent {

    static final long EVENT_LOOP_LIMIT_MILLIS = 100;

    private Agent() {}

    /**
     * Runs an agent until the process gets SIGTERM or the agent cannot go on. Blocks.
     *
     * @param started is called when all parts are deployed
     * @return the exit code: 1 when it cannot go on; after SIGTERM the JVM itself answers 143
     * @throws FatalException if it cannot start; the message says what to do
     * @throws KernelException if the kernel cannot be observed
     */
    public static int run(AgentConfig config, String version, Runnable started) {
        StateFile.sweep(config.stateDirectory(), config.nodeName());
        AgentLock lock = AgentLock.take(config.stateDirectory(), config.nodeName());
        try {
            return runLocked(config, version, started);
        } finally {
            lock.close();
        }
    }

    private static int runLocked(AgentConfig config, String version, Runnable started) {
        Vertx vertx = vertx();
        CompletableFuture<Void> gone = new CompletableFuture<>();
        try {
            AgentVerticle agent = new AgentVerticle(vertx, config, version);
            vertx.exceptionHandler(agent::died);
            Thread.setDefaultUncaughtExceptionHandler(new ThreadDeaths(agent.exitCode()));
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(
                            () -> {
                                agent.exitCode().complete(0);
                                gone.join();
                            },
                            "culvert-stop"));
            try {
                join(vertx.deployVerticle(agent));
                started.run();
                return agent.exitCode().join();
            } finally {
                agent.end();
            }
        } finally {
            join(vertx.close());
            gone.complete(null);
        }
    }

    /** One with a thread for events, and two for scrapes and {@code /state}. */
    static Vertx vertx() {
        return Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(1)
                .setMaxEventLoopExecuteTime(EVENT_LOOP_LIMIT_MILLIS)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS));
    }

    /** Waits; throws what failed. Not on a thread of Vert.x. */
    static <T> T join(Future<T> done) {
        try {
            return done.toCompletionStage().toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }
}
