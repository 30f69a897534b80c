package io.culvert.operator.snapshot;

import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.DatastoreException.Kind;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.KeyChange;
import io.culvert.operator.etcd.Stored;
import io.culvert.reconciler.resource.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of etcd: its values at a revision, and whether etcd still is the store that they were read from. A store that
 * was wiped or restored has another oldest pool, or its history lacks the last change that was seen. One that is behind and
 * has no pool any more has lost its data, which is nobody's intent: the last snapshot stays in force until there is a pool.
 *
 * <p>Calls block. One thread, but for {@link #revision}.
 */
final class KnownStore {

    private final EtcdConnection etcd;
    private final Optional<SnapshotKeeper> keeper;
    private SnapshotAssembler assembler = new SnapshotAssembler();
    private @Nullable KeyChange lastSeen;
    private volatile long revision;
    private long next;
    private boolean lost;
    private boolean unkept;

    KnownStore(EtcdConnection etcd, Optional<SnapshotKeeper> keeper) {
        this.etcd = etcd;
        this.keeper = keeper;
    }

    /** The revision of the last snapshot, 0 before the first. Any thread. */
    long revision() {
        return revision;
    }

    /** The first revision that is not known; 0 if everything has to be read. */
    long next() {
        return next;
    }

    /** What follows the last change cannot be had: everything has to be read. */
    void gap() {
        next = 0;
    }

    /** Whether a store at that revision is older than what is known of it. */
    boolean isAheadOf(long storeRevision) {
        return storeRevision < next - 1;
    }

    /** Reads everything. */
    void read() {
        FullReading reading = FullReading.of(etcd, this::lastKnown);
        assembler = reading.assembler();
        revision = reading.revision();
        next = revision + 1;
        lastSeen = assembler.newest().orElse(null);
    }

    /** Fails as long as the store has no pool because it lost its data. */
    void refuseLoss() {
        EtcdConnection.Listing pools = etcd.list(Keys.POOLS);
        if (!pools.entries().isEmpty()) {
            lost = false;
            return;
        }
        FullReading known = known();
        lost |= known.isLostIn(pools);
        if (lost) {
            throw known.lostIn(etcd);
        }
    }

    /** What is known, also by an earlier agent. */
    private FullReading known() {
        FullReading mine = new FullReading(assembler, revision);
        return revision > 0 ? mine : keeper.flatMap(SnapshotKeeper::recall).orElse(mine);
    }

    /** For values that etcd has compacted: what was known of this store before. */
    private SnapshotAssembler lastKnown() {
        SnapshotAssembler known = known().assembler();
        return hasAnchorOf(known) ? known : new SnapshotAssembler();
    }

    /** Whether etcd still is the store that was read. */
    boolean isSame() {
        return hasAnchorOf(assembler) && (lastSeen == null || hasInItsHistory(lastSeen));
    }

    /** A store that was replaced may have a greater revision than ours, but not the same oldest pool. */
    private boolean hasAnchorOf(SnapshotAssembler known) {
        Optional<Map.Entry<String, Long>> anchor = known.anchor();
        return anchor.isEmpty()
                || etcd.get(anchor.get().getKey())
                        .filter(stored ->
                                stored.createRevision() == anchor.get().getValue())
                        .isPresent();
    }

    /** A restored backup has the same oldest pool, and may have grown beyond our revision since; but by other changes. */
    private boolean hasInItsHistory(KeyChange seen) {
        try {
            Optional<Stored> then = etcd.getAt(seen.key(), next - 1);
            return seen instanceof Stored
                    ? then.filter(stored -> stored.modRevision() == seen.modRevision())
                            .isPresent()
                    : then.isEmpty()
                            && etcd.getAt(seen.key(), seen.modRevision() - 1).isPresent();
        } catch (DatastoreException failure) {
            if (!failure.isGap()) {
                throw failure;
            }
            // A store that is behind must not be waited for: it may pass our revision before a watch is open.
            return failure.kind() == Kind.COMPACTED;
        }
    }

    /**
     * Applies changes in their order.
     *
     * @return whether one of them is of a key that snapshots are made of
     */
    boolean apply(List<KeyChange> changes) {
        boolean concerned = false;
        for (KeyChange change : changes) {
            next = change.modRevision() + 1;
            if (change instanceof Stored stored ? assembler.put(stored) : assembler.remove(change.key())) {
                revision = change.modRevision();
                lastSeen = change;
                concerned = true;
            }
        }
        return concerned;
    }

    /** Everything as it is now. */
    Snapshot snapshot() {
        Snapshot snapshot = assembler.snapshot(revision);
        unkept = !snapshot.locked();
        return snapshot;
    }

    /** Takes over what an earlier agent kept. */
    Optional<Snapshot> recall() {
        Optional<FullReading> kept = keeper.flatMap(SnapshotKeeper::recall);
        kept.ifPresent(reading -> {
            assembler = reading.assembler();
            revision = reading.revision();
        });
        return kept.map(FullReading::snapshot);
    }

    /** Has the last snapshot kept if that is due. A locked datastore is not followed, so it is not kept either. */
    void keepIfDue() {
        if (unkept && keeper.filter(SnapshotKeeper::isDue).isPresent()) {
            keep();
        }
    }

    /** Has the last snapshot kept, unless it is. */
    void keep() {
        if (unkept) {
            unkept = false;
            keeper.ifPresent(keeping -> keeping.put(new FullReading(assembler, revision)));
        }
    }
}
