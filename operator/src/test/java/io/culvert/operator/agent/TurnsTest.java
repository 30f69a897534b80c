package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TurnsTest {

    private static final long NEVER = -1;

    private final Vertx vertx = Agent.vertx();
    private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();
    private final AtomicLong dueMillis = new AtomicLong(NEVER);
    private final CountDownLatch held = new CountDownLatch(1);
    private volatile boolean holds;
    private final Turns turns = new Turns(this::turn);

    private OptionalLong turn() {
        taken.add(Thread.currentThread().getName());
        if (holds) {
            try {
                held.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return dueMillis.get() == NEVER ? OptionalLong.empty() : OptionalLong.of(dueMillis.get());
    }

    private String start() {
        return Agent.join(vertx.deployVerticle(
                new VerticleBase() {
                    @Override
                    public Future<?> start() {
                        turns.start(context);
                        return Future.succeededFuture();
                    }
                },
                Workers.turning("turns")));
    }

    private String next() throws InterruptedException {
        return String.valueOf(taken.poll(20, TimeUnit.SECONDS));
    }

    private void noMore() throws InterruptedException {
        assertThat(taken.poll(100, TimeUnit.MILLISECONDS)).isNull();
    }

    @AfterEach
    void close() {
        held.countDown();
        Agent.join(vertx.close());
    }

    @Test
    void begins_with_a_turn_on_its_worker() throws InterruptedException {
        turns.mark();
        start();
        assertThat(next()).startsWith("turns-");
        noMore();
    }

    @Test
    void marks_while_a_turn_is_under_way_become_one_more_turn() throws InterruptedException {
        holds = true;
        start();
        next();
        for (int i = 0; i < 1000; i++) {
            turns.mark();
        }
        held.countDown();
        next();
        noMore();
    }

    @Test
    void a_turn_that_is_due_comes_unasked() throws InterruptedException {
        dueMillis.set(20);
        start();
        next();
        next();
        dueMillis.set(0);
        next();
        next();
    }

    @Test
    void a_turn_that_is_due_earlier_than_thought_comes_earlier() throws InterruptedException {
        dueMillis.set(TimeUnit.HOURS.toMillis(1));
        start();
        next();
        dueMillis.set(20);
        turns.mark();
        next();
        next();
    }

    @Test
    void knows_how_long_a_turn_has_been_under_way() throws InterruptedException {
        start();
        next();
        noMore();
        assertThat(turns.hangFor(Duration.ZERO)).isFalse();
        holds = true;
        turns.mark();
        next();
        assertThat(turns.hangFor(Duration.ofMinutes(1))).isFalse();
        assertThat(turns.hangFor(Duration.ZERO)).isTrue();
    }

    @Test
    void no_turn_begins_after_the_end() throws InterruptedException {
        dueMillis.set(20);
        start();
        next();
        turns.end();
        taken.clear();
        turns.mark();
        noMore();
    }
}
