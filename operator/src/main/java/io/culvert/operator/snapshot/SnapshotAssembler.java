package io.culvert.operator.snapshot;

import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.Stored;
import io.culvert.reconciler.resource.Rejected;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values in, {@link Snapshot}s out. Each key is decoded once, when it changes; a snapshot shares with the one before
 * it all that has not changed, and costs microseconds however large it is.
 *
 * <p>A value that is not understood leaves the last good one of its key in force, unless the key was created again.
 *
 * <p>Pure. Not for more than one thread.
 */
public final class SnapshotAssembler {

    private final InForce inForce = new InForce();
    private final SortedMap<String, Rejected> rejected = new TreeMap<>();
    private final Map<String, Stored> unsettled = new TreeMap<>();
    private final Map<String, Stored> documents = new HashMap<>();
    private @Nullable Stored newest;

    /**
     * A key has a new value.
     *
     * @return whether snapshots are made of the key; if not, it is ignored
     */
    public boolean put(Stored stored) {
        if (newest == null || stored.modRevision() > newest.modRevision()) {
            newest = stored;
        }
        KeyKind<?> kind = inForce.kindOf(stored.key());
        if (kind != null) {
            put(kind, stored);
        }
        return kind != null;
    }

    private <T> void put(KeyKind<T> kind, Stored stored) {
        Decoded<T> decoded = kind.decode(stored);
        if (decoded instanceof Decoded.Valid<T> valid) {
            settle(stored.key());
            kind.put(stored.key(), valid.value());
            if (!stored.key().startsWith(Keys.IPAM)) {
                documents.put(stored.key(), stored);
            }
        } else if (decoded != null) {
            reject(kind, stored, reason(decoded));
        }
    }

    /**
     * A key is gone.
     *
     * @return whether snapshots are made of the key; if not, it is ignored
     */
    boolean remove(String key) {
        KeyKind<?> kind = inForce.kindOf(key);
        if (kind != null) {
            forget(kind, key);
            settle(key);
        }
        return kind != null;
    }

    private void forget(KeyKind<?> kind, String key) {
        documents.remove(key);
        kind.remove(key);
    }

    private void settle(String key) {
        rejected.remove(key);
        unsettled.remove(key);
    }

    private static String reason(Decoded<?> decoded) {
        if (decoded instanceof Decoded.Invalid<?> invalid) {
            return invalid.faults().stream().map(Fault::toString).collect(Collectors.joining("; "));
        }
        return ((Decoded.Unsupported<?>) decoded).reason();
    }

    private void reject(KeyKind<?> kind, Stored stored, String reason) {
        String key = stored.key();
        boolean createdAgain = stored.version() == 1;
        if (createdAgain) {
            forget(kind, key);
        }
        boolean lastGoodKept = kind.get(key) != null;
        rejected.put(key, new Rejected(kind.name(), key, reason, lastGoodKept));
        if (!lastGoodKept && !createdAgain) {
            unsettled.put(key, stored);
        }
    }

    /** Rejected values whose keys have an earlier one that is not known here. */
    List<Stored> unsettled() {
        return List.copyOf(unsettled.values());
    }

    /**
     * Offers an earlier value for a key whose present one is rejected.
     *
     * @return whether it was good, so that it is in force now
     */
    boolean offerEarlier(Stored earlier) {
        Rejected reason = rejected.get(earlier.key());
        Stored present = unsettled.get(earlier.key());
        if (reason == null || present == null) {
            return false;
        }
        put(earlier);
        boolean good = !rejected.containsKey(earlier.key());
        rejected.put(earlier.key(), new Rejected(reason.kind(), reason.key(), reason.reason(), good));
        if (!good) {
            unsettled.put(earlier.key(), present);
        }
        return good;
    }

    /** Takes the last good value of a key, whose present one is rejected, from what was known before a full read. */
    void inherit(String key, SnapshotAssembler before) {
        Rejected reason = rejected.get(key);
        KeyKind<?> kind = inForce.kindOf(key);
        if (reason == null || kind == null) {
            return;
        }
        boolean found = inherit(kind, key, before.inForce);
        Stored document = before.documents.get(key);
        if (document != null) {
            documents.put(key, document);
        }
        rejected.put(key, new Rejected(reason.kind(), key, reason.reason(), found));
    }

    private static <T> boolean inherit(KeyKind<T> kind, String key, InForce before) {
        T known = kind.in(before).get(key);
        if (known != null) {
            kind.put(key, known);
        }
        return known != null;
    }

    /**
     * A key that lives as long as this store does, with its create revision: the oldest pool's, without pools that of the
     * oldest node or setting.
     */
    Optional<Map.Entry<String, Long>> anchor() {
        return inForce.pools
                .oldest()
                .or(() -> documents.values().stream()
                        .min(Comparator.comparingLong(Stored::createRevision))
                        .map(oldest -> Map.entry(oldest.key(), oldest.createRevision())));
    }

    /** The newest of all values that were put. */
    Optional<Stored> newest() {
        return Optional.ofNullable(newest);
    }

    /** Whether there is a pool that is understood. */
    boolean hasPools() {
        return !inForce.pools.isEmpty();
    }

    /** The stored values in force, but for IPAM's, of which there are too many to hold twice. */
    List<Stored> documents() {
        return List.copyOf(documents.values());
    }

    /** The prefixes of all keys that snapshots are made of. */
    List<String> prefixes() {
        return inForce.kinds.stream().<String>map(KeyKind::prefix).toList();
    }

    /** Everything as it is now. */
    public Snapshot snapshot(long revision) {
        return inForce.snapshot(revision, rejected.values());
    }
}
