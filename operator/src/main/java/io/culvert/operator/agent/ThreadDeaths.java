package io.culvert.operator.agent;

import java.lang.Thread.UncaughtExceptionHandler;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the agent when a thread of ours dies of an unexpected error, so that the supervisor restarts it; the kernel keeps its
 * state meanwhile. Deaths of library threads are only logged: their pools replace them.
 */
final class ThreadDeaths implements UncaughtExceptionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(ThreadDeaths.class);

    /** Prefix of the names of the agent's own threads. */
    private static final String OURS = "culvert-";

    private final CompletableFuture<Integer> ended;

    /** @param ended is completed with exit code 1 when a thread of ours dies */
    ThreadDeaths(CompletableFuture<Integer> ended) {
        this.ended = ended;
    }

    @Override
    public void uncaughtException(Thread thread, Throwable cause) {
        if (thread.getName().startsWith(OURS)) {
            LOG.error("thread {} died; exiting so that the supervisor restarts the agent", thread.getName(), cause);
            ended.complete(1);
        } else {
            LOG.error("thread {} died", thread.getName(), cause);
        }
    }
}
