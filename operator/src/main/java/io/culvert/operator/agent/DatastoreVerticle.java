package io.culvert.operator.agent;

import io.culvert.operator.snapshot.DatastoreWatcher;
import io.culvert.operator.snapshot.SnapshotKeeper;
import io.culvert.operator.worker.Turns;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.Optional;

/**
 * Follows etcd on the only thread of its worker pool, for as long as the agent lives: the watch's events wait in one queue for
 * that thread, so an event reaches the kernel with two hand-overs.
 */
final class DatastoreVerticle extends VerticleBase {

    private final DatastoreWatcher watcher;
    private final Optional<SnapshotKeeper> keeper;
    private Future<?> following = Future.succeededFuture();

    /** @param keeper is closed when the watcher has ended, so that it writes the last snapshot */
    DatastoreVerticle(DatastoreWatcher watcher, Optional<SnapshotKeeper> keeper) {
        this.watcher = watcher;
        this.keeper = keeper;
    }

    @Override
    public Future<?> start() {
        Promise<Void> ended = Promise.promise();
        following = ended.future();
        vertx.executeBlocking(() -> {
                    try {
                        watcher.run();
                        keeper.ifPresent(SnapshotKeeper::close);
                    } finally {
                        ended.complete();
                    }
                    return null;
                })
                .onFailure(Turns.DIED);
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        watcher.close();
        return following;
    }
}
