package io.culvert.operator.ipam;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.IpPoolCodec;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.etcd.PrefixWatch;
import io.culvert.operator.etcd.Stored;
import io.culvert.operator.resource.ResourceOutcome;
import io.culvert.operator.snapshot.DatastoreWatcherTest;
import io.culvert.reconciler.resource.IpPool;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PoolRemovalTest {

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer();

    /** The events of a watch, and their times. */
    private record Seen(String what, long nanos) {}

    @Test
    void a_watch_sees_it_disabled_and_half_a_second_later_gone() throws InterruptedException {
        BlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
        try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()));
                EtcdConnection watched = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()))) {
            etcd.put(
                    Keys.pool("p"),
                    DatastoreWatcherTest.pool("p", "192.168.0.0/16").getBytes(UTF_8),
                    0);
            Thread watch = new Thread(() -> follow(watched, seen), "watch");
            watch.start();
            assertThat(next(seen).what()).isEqualTo("listed 1");

            // The list is there before the watch is: a change that is seen shows that it is, too.
            etcd.put(
                    Keys.pool("p"),
                    DatastoreWatcherTest.pool("p", "192.168.0.0/16").getBytes(UTF_8),
                    0);
            assertThat(next(seen).what()).isEqualTo("modified, disabled: false");
            assertThat(new PoolRemoval(etcd).delete("p")).isInstanceOf(ResourceOutcome.Changed.class);
            Seen modified = next(seen);
            Seen deleted = next(seen);
            watch.interrupt();
            watch.join();

            assertThat(modified.what()).isEqualTo("modified, disabled: true");
            assertThat(deleted.what()).isEqualTo("deleted");
            // The writes are 500 ms apart; news of the first may have been on its way for longer than that of the
            // second.
            assertThat(TimeUnit.NANOSECONDS.toMillis(deleted.nanos() - modified.nanos()))
                    .isGreaterThan(400);
            assertThat(seen).isEmpty();
        }
    }

    private static Seen next(BlockingQueue<Seen> seen) throws InterruptedException {
        Seen next = seen.poll(10, TimeUnit.SECONDS);
        assertThat(next).as("something within 10 s").isNotNull();
        return next;
    }

    private static void follow(EtcdConnection etcd, BlockingQueue<Seen> seen) {
        try {
            new PrefixWatch(etcd, Keys.pool(""), new PrefixWatch.Listener() {
                        @Override
                        public void listed(List<Stored> entries) {
                            add("listed " + entries.size());
                        }

                        @Override
                        public void written(Stored entry) {
                            IpPool pool = ((Decoded.Valid<IpPool>) IpPoolCodec.decode(entry.value())).value();
                            add("modified, disabled: " + pool.disabled());
                        }

                        @Override
                        public void removed(String key) {
                            add("deleted");
                        }

                        private void add(String what) {
                            seen.add(new Seen(what, System.nanoTime()));
                        }
                    })
                    .follow();
        } catch (InterruptedException done) {
            // the end of the test
        }
    }
}
