package io.culvert.operator.ipam;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.AffinityCodec;
import io.culvert.operator.calico.store.BlockDocument;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.DatastoreException.Kind;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.Stored;
import io.culvert.operator.etcd.Written;
import io.culvert.reconciler.net.Prefix;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * Claims and releases blocks for nodes by Calico's protocol ({@code libcalico-go/lib/ipam/ipam_block_reader_writer.go}): the
 * claim is announced (affinity {@code pending}), the block is created, the claim is {@code confirmed}; the creation of the
 * block decides between racing nodes. A release goes the other way by {@code pendingDeletion}. Each step is a
 * compare-and-swap, and running the whole again completes what was interrupted.
 *
 * <p>Calls block. Safe for any number of threads. Every call may throw {@link DatastoreException}.
 */
public final class BlockClaims {

    private static final int TRIES = 20;

    private final EtcdConnection etcd;
    private final Clock clock;

    public BlockClaims(EtcdConnection etcd) {
        this(etcd, Clock.systemUTC());
    }

    /** @param clock for the claim's time and the block's first sequence number */
    public BlockClaims(EtcdConnection etcd, Clock clock) {
        this.etcd = etcd;
        this.clock = clock;
    }

    /** Makes the block the node's; false if it belongs to another node, or to none but has addresses taken. */
    public boolean claim(String node, Prefix block) {
        long pending = announce(node, block);
        byte[] json = BlockDocument.create(block, node, clock.instant()).json();
        Written created = etcd.create(Keys.block(block), json);
        if (created instanceof Written.Conflict conflict && !belongsTo(node, block, conflict.found())) {
            withdraw(node, block);
            return false;
        }
        confirm(node, block, pending);
        return true;
    }

    /** The block's owner as it is now. */
    Optional<String> owner(Prefix block) {
        return etcd.get(Keys.block(block))
                .flatMap(stored -> BlockDocument.read(block, stored).owner());
    }

    private static boolean belongsTo(String node, Prefix block, Optional<Stored> found) {
        return found.map(stored -> BlockDocument.read(block, stored))
                .flatMap(BlockDocument::owner)
                .filter(node::equals)
                .isPresent();
    }

    /**
     * Writes a pending affinity, unless the claim is confirmed already: other nodes would remove their routes to the block until it
     * is confirmed again. Returns its mod revision.
     */
    private long announce(String node, Prefix block) {
        String key = Keys.affinity(node, block);
        for (int i = 0; i < TRIES; i++) {
            Optional<Stored> found = etcd.get(key);
            if (found.filter(stored -> isConfirmed(node, block, stored)).isPresent()) {
                return found.get().modRevision();
            }
            Written written = found.isPresent()
                    ? etcd.replace(
                            key, withState(found.get(), "pending"), found.get().modRevision())
                    : etcd.create(key, newAffinity());
            if (written instanceof Written.Done done) {
                return done.revision();
            }
        }
        throw contended(key);
    }

    private void confirm(String node, Prefix block, long pending) {
        String key = Keys.affinity(node, block);
        Optional<Stored> found = etcd.get(key);
        boolean ours = found.filter(stored -> stored.modRevision() == pending).isPresent();
        boolean stands = ours
                && (isConfirmed(node, block, found.get())
                        || etcd.replace(key, withState(found.get(), "confirmed"), pending)
                                .done());
        if (!stands) {
            throw contended(key);
        }
    }

    private static boolean isConfirmed(String node, Prefix block, Stored stored) {
        return AffinityCodec.isConfirmed(new Keys.AffinityKey(node, block), stored.value());
    }

    /** Removes the node's claim on a block unless the block is the node's after all. */
    void withdraw(String node, Prefix block) {
        String key = Keys.affinity(node, block);
        for (int i = 0; i < TRIES; i++) {
            Optional<Stored> found = etcd.get(key);
            if (found.isEmpty() || etcd.delete(key, found.get().modRevision()).done()) {
                return;
            }
        }
        throw contended(key);
    }

    /** Releases the block: an empty one is deleted, another stays without an owner. Does nothing if it is not the node's. */
    public void release(String node, Prefix block) {
        String key = Keys.affinity(node, block);
        for (int i = 0; i < TRIES; i++) {
            Optional<Stored> found = etcd.get(key);
            if (found.isEmpty()
                    || etcd.replace(
                                    key,
                                    withState(found.get(), "pendingDeletion"),
                                    found.get().modRevision())
                            .done()) {
                disown(node, block);
                withdraw(node, block);
                return;
            }
        }
        throw contended(key);
    }

    private void disown(String node, Prefix block) {
        String key = Keys.block(block);
        for (int i = 0; i < TRIES; i++) {
            Optional<Stored> found = etcd.get(key);
            if (!belongsTo(node, block, found)) {
                return;
            }
            BlockDocument document = BlockDocument.read(block, found.get());
            document.disown();
            if (write(block, found.get(), document).done()) {
                return;
            }
        }
        throw contended(key);
    }

    /** Writes a changed block, or deletes it if it has no owner and no address taken. */
    Written write(Prefix block, Stored found, BlockDocument document) {
        return isUseless(document)
                ? etcd.delete(Keys.block(block), found.modRevision())
                : etcd.replace(Keys.block(block), document.json(), found.modRevision());
    }

    private static boolean isUseless(BlockDocument document) {
        return document.isEmpty() && document.owner().isEmpty();
    }

    /** The same as a part of a transaction. */
    EtcdConnection.Swap change(BlockDocument document, Stored found) {
        return new EtcdConnection.Swap(
                found.key(),
                found.modRevision(),
                isUseless(document) ? Optional.empty() : Optional.of(document.json()));
    }

    /** Releases every claim of every node on a block inside the prefix. */
    void releaseAllWithin(Prefix prefix) {
        for (Stored stored : etcd.list(Keys.HOSTS).entries()) {
            Keys.affinityOf(stored.key())
                    .filter(claim -> prefix.contains(claim.block()))
                    .ifPresent(claim -> release(claim.node(), claim.block()));
        }
    }

    /** The blocks that a node claims, in any state of the claim. */
    List<Prefix> claimedBy(String node) {
        return etcd.list(Keys.affinitiesOf(node)).entries().stream()
                .flatMap(stored -> Keys.affinityOf(stored.key()).stream())
                .map(Keys.AffinityKey::block)
                .toList();
    }

    private static byte[] newAffinity() {
        ObjectNode affinity = Json.object();
        affinity.put("state", "pending");
        affinity.put("deleted", false);
        return Json.write(affinity);
    }

    /** An empty value, which old writers left, is an affinity without fields. */
    private static byte[] withState(Stored stored, String state) {
        ObjectNode affinity = stored.value().length == 0 ? Json.object() : Json.read(stored);
        affinity.put("state", state);
        return Json.write(affinity);
    }

    static DatastoreException contended(String key) {
        return new DatastoreException(
                Kind.CONTENDED, "cannot write " + key + ": another client keeps changing it; retrying");
    }
}
