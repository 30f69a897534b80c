package io.culvert.operator.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class TurnsTest {

    private static final long NEVER = -1;

    /** Where turns run. */
    enum Where {
        CONTEXT(Workers.worker("turns")),
        POOL(Workers.turning("turns"));

        private final DeploymentOptions options;

        Where(DeploymentOptions options) {
            this.options = options;
        }
    }

    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();
    private final AtomicLong dueMillis = new AtomicLong(NEVER);
    private final CountDownLatch held = new CountDownLatch(1);
    private volatile boolean holds;
    private volatile @Nullable Error failure;
    private final Turns turns = new Turns(this::turn);

    private OptionalLong turn() {
        taken.add(Thread.currentThread().getName());
        Error planted = failure;
        if (planted != null) {
            throw planted;
        }
        if (holds) {
            try {
                held.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return dueMillis.get() == NEVER ? OptionalLong.empty() : OptionalLong.of(dueMillis.get());
    }

    private void start(Where where) {
        CompletableFuture<Context> deployed = new CompletableFuture<>();
        done(vertx.deployVerticle(
                new VerticleBase() {
                    @Override
                    public Future<?> start() {
                        deployed.complete(context);
                        return Future.succeededFuture();
                    }
                },
                where.options));
        turns.start(deployed.join());
    }

    private static void done(Future<?> future) {
        future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    private String next() throws InterruptedException {
        return String.valueOf(taken.poll(20, TimeUnit.SECONDS));
    }

    private void noMore() throws InterruptedException {
        assertThat(taken.poll(100, TimeUnit.MILLISECONDS)).isNull();
    }

    @AfterEach
    void close() {
        turns.end();
        held.countDown();
        done(vertx.close());
    }

    @ParameterizedTest
    @EnumSource
    void begins_with_a_turn_on_its_worker(Where where) throws InterruptedException {
        turns.mark();
        start(where);
        assertThat(next()).startsWith("turns-");
        noMore();
    }

    @ParameterizedTest
    @EnumSource
    void marks_while_a_turn_is_under_way_become_one_more_turn(Where where) throws InterruptedException {
        holds = true;
        start(where);
        next();
        for (int i = 0; i < 1000; i++) {
            turns.mark();
        }
        held.countDown();
        next();
        noMore();
    }

    @ParameterizedTest
    @EnumSource
    void a_turn_that_is_due_comes_unasked(Where where) throws InterruptedException {
        dueMillis.set(20);
        start(where);
        next();
        next();
        dueMillis.set(0);
        next();
        next();
    }

    @ParameterizedTest
    @EnumSource
    void a_turn_that_is_due_earlier_than_thought_comes_earlier(Where where) throws InterruptedException {
        dueMillis.set(TimeUnit.HOURS.toMillis(1));
        start(where);
        next();
        dueMillis.set(20);
        turns.mark();
        next();
        next();
    }

    @ParameterizedTest
    @EnumSource
    void knows_how_long_a_turn_has_been_under_way(Where where) throws InterruptedException {
        start(where);
        next();
        noMore();
        assertThat(turns.hangFor(Duration.ZERO)).isFalse();
        holds = true;
        turns.mark();
        next();
        assertThat(turns.hangFor(Duration.ofMinutes(1))).isFalse();
        assertThat(turns.hangFor(Duration.ZERO)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void no_turn_begins_after_the_end(Where where) throws InterruptedException {
        dueMillis.set(20);
        start(where);
        next();
        turns.end();
        taken.clear();
        turns.mark();
        noMore();
    }

    @ParameterizedTest
    @EnumSource
    void an_unexpected_error_reaches_who_ends_the_agent(Where where) throws Exception {
        CompletableFuture<Throwable> died = new CompletableFuture<>();
        vertx.exceptionHandler(died::complete);
        start(where);
        next();
        failure = new AssertionError("planted");
        turns.mark();
        assertThat(died.get(20, TimeUnit.SECONDS)).hasStackTraceContaining("planted");
        assertThat(turns.hangFor(Duration.ZERO)).as("alive").isTrue();
    }
}
