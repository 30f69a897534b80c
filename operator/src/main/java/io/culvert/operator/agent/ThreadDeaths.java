package io.culvert.operator.agent;

import java.lang.Thread.UncaughtExceptionHandler;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of an agent one of whose threads dies of what nobody thought of: it ends, for without that thread it would go on as
 * if all were well; whatever supervises it starts it anew, and the kernel keeps what it holds meanwhile. Threads of libraries are
 * only told of: they are pooled and replaced.
 */
final class ThreadDeaths implements UncaughtExceptionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(ThreadDeaths.class);

    /** How the names of all threads begin that an agent starts itself. */
    private static final String OURS = "culvert-";

    private final CompletableFuture<Integer> ended;

    /** @param ended is completed with exit code 1 when a thread of ours dies */
    ThreadDeaths(CompletableFuture<Integer> ended) {
        this.ended = ended;
    }

    @Override
    public void uncaughtException(Thread thread, Throwable cause) {
        if (thread.getName().startsWith(OURS)) {
            LOG.error("the thread {} died, so the agent ends to be started anew", thread.getName(), cause);
            ended.complete(1);
        } else {
            LOG.error("the thread {} died", thread.getName(), cause);
        }
    }
}
