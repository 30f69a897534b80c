package io.culvert.operator.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
final class ThreadDeathsTest {

    private final CompletableFuture<Integer> ended = new CompletableFuture<>();

    @Test
    void the_death_of_a_thread_of_ours_ends_the_agent() throws InterruptedException {
        die("culvert-kernel");

        assertEquals(1, ended.getNow(0));
    }

    @Test
    void the_death_of_a_librarys_thread_does_not() throws InterruptedException {
        die("vert.x-worker-thread-0");

        assertFalse(ended.isDone());
    }

    private void die(String name) throws InterruptedException {
        Thread thread = new Thread(
                () -> {
                    throw new IllegalStateException("nobody thought of this");
                },
                name);
        thread.setUncaughtExceptionHandler(new ThreadDeaths(ended));
        thread.start();
        thread.join();
    }
}
