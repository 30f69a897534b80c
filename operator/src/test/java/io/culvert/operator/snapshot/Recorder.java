package io.culvert.operator.snapshot;

import io.culvert.operator.snapshot.DatastoreState.Phase;
import io.culvert.reconciler.resource.Snapshot;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what a watcher says. */
public final class Recorder implements DatastoreWatcher.Listener {

    public final List<Snapshot> snapshots = new CopyOnWriteArrayList<>();
    final List<Long> readAgain = new CopyOnWriteArrayList<>();
    final List<Snapshot> recalled = new CopyOnWriteArrayList<>();
    final List<DatastoreState> states = new CopyOnWriteArrayList<>();

    @Override
    public void snapshot(Snapshot snapshot, long receivedNanos) {
        snapshots.add(snapshot);
    }

    @Override
    public void readAgain(long revision) {
        readAgain.add(revision);
    }

    @Override
    public void recalled(Snapshot snapshot) {
        recalled.add(snapshot);
    }

    @Override
    public void state(DatastoreState state) {
        states.add(state);
    }

    public Snapshot last() {
        return snapshots.get(snapshots.size() - 1);
    }

    public boolean isInSync() {
        return !states.isEmpty() && states.get(states.size() - 1).phase() == Phase.IN_SYNC;
    }
}
