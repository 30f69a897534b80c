package io.culvert.operator.etcd;

import io.culvert.reconciler.resource.Snapshot;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Reads one snapshot, by the way the agent reads its first. Blocks; any thread. */
public final class SnapshotReader {

    private static final Duration LIMIT = Duration.ofSeconds(15);

    private SnapshotReader() {}

    /** @throws DatastoreException if etcd does not answer */
    public static Snapshot read(EtcdConnection etcd) {
        CompletableFuture<Snapshot> first = new CompletableFuture<>();
        DatastoreWatcher.Listener listener = new DatastoreWatcher.Listener() {
            @Override
            public void snapshot(Snapshot snapshot, long receivedNanos) {
                first.complete(snapshot);
            }

            @Override
            public void state(DatastoreState state) {
                if (state.phase() == DatastoreState.Phase.DOWN) {
                    first.completeExceptionally(
                            new DatastoreException(DatastoreException.Kind.UNREACHABLE, state.detail()));
                }
            }
        };
        try (DatastoreWatcher watcher = new DatastoreWatcher(etcd, listener, Clock.systemUTC())) {
            watcher.start();
            return first.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DatastoreException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new DatastoreException(
                    DatastoreException.Kind.UNREACHABLE,
                    "etcd at " + etcd.config().endpointText() + " did not answer within " + LIMIT.toSeconds() + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DatastoreException(DatastoreException.Kind.REFUSED, "interrupted while reading etcd", e);
        }
    }
}
