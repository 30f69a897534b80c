package io.culvert.operator.snapshot;

import io.culvert.operator.etcd.DatastoreException.Kind;
import io.culvert.operator.snapshot.DatastoreState.Phase;
import java.time.Clock;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The state of the watch on etcd, in the log and for whoever asks. Changed by one thread, read by any. */
final class WatchStatus {

    private static final Logger LOG = LoggerFactory.getLogger(DatastoreWatcher.class);

    private final String endpoints;
    private final Clock clock;
    private final Consumer<DatastoreState> changed;
    private final Map<WatchRestart, LongAdder> restarts = new EnumMap<>(WatchRestart.class);
    private final Set<Kind> reported = EnumSet.noneOf(Kind.class);
    private volatile DatastoreState state;

    /** @param changed gets each new state */
    WatchStatus(String endpoints, Clock clock, Consumer<DatastoreState> changed) {
        this.endpoints = endpoints;
        this.clock = clock;
        this.changed = changed;
        for (WatchRestart reason : WatchRestart.values()) {
            restarts.put(reason, new LongAdder());
        }
        this.state = new DatastoreState(Phase.CONNECTING, clock.instant(), "");
    }

    DatastoreState state() {
        return state;
    }

    long restarts(WatchRestart reason) {
        LongAdder count = restarts.get(reason);
        return count == null ? 0 : count.sum();
    }

    void restart(WatchRestart reason) {
        LongAdder count = restarts.get(reason);
        if (count != null) {
            count.increment();
        }
        LOG.info("watch on etcd opened again: {}", reason);
    }

    void enter(Phase phase) {
        change(phase, "");
        if (phase == Phase.IN_SYNC) {
            reported.clear();
        }
    }

    /**
     * An attempt failed. Of an outage, each kind of failure is logged once.
     *
     * @param revision of the last snapshot, 0 if there is none
     */
    void down(Kind kind, String detail, long revision) {
        change(Phase.DOWN, detail);
        if (reported.add(kind)) {
            LOG.warn(
                    "{}; {}",
                    detail,
                    revision == 0
                            ? "no snapshot yet, so nothing is changed"
                            : "the last snapshot (revision " + revision + ") stays in force");
        }
    }

    private void change(Phase phase, String detail) {
        boolean continues = state.phase() == phase;
        if (continues && state.detail().equals(detail)) {
            return;
        }
        state = new DatastoreState(phase, continues ? state.since() : clock.instant(), detail);
        changed.accept(state);
        if (phase == Phase.IN_SYNC || phase != Phase.DOWN && reported.isEmpty()) {
            LOG.info("etcd at {}: {}", endpoints, phase);
        }
    }
}
