package io.culvert.operator.ipam;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.Allocation;
import io.culvert.operator.calico.store.BlockDocument;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.calico.store.Reservations;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.Stored;
import io.culvert.operator.etcd.Written;
import io.culvert.reconciler.ipam.TunnelVerdict;
import io.culvert.reconciler.ipam.TunnelVerdict.Holder;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Takes and gives back single addresses of blocks by Calico's protocol ({@code libcalico-go/lib/ipam/ipam.go}): the handle,
 * which counts addresses by block, is incremented before the block is written and decremented when that fails, so that a
 * handle never counts too few.
 *
 * <p>Calls block. Safe for any number of threads. Every call may throw {@link DatastoreException}.
 */
public final class AddressClaims {

    private static final int TRIES = 100;
    private static final int AT_ONCE = 100;

    private final EtcdConnection etcd;
    private final BlockClaims blocks;

    public AddressClaims(EtcdConnection etcd) {
        this.etcd = etcd;
        this.blocks = new BlockClaims(etcd);
    }

    /** The handle of a node's tunnel address. */
    public static String tunnelHandle(String node) {
        return "ipip-tunnel-addr-" + node;
    }

    /** The attributes of a node's tunnel address. */
    static ObjectNode tunnelAttributes(String node) {
        ObjectNode attributes = Json.object();
        attributes.put("node", node);
        attributes.put("type", Allocation.TUNNEL);
        return attributes;
    }

    /** Who holds an address of a block; empty if the block does not exist. */
    public Optional<Holder> holder(Prefix block, Address address) {
        return etcd.get(Keys.block(block)).map(stored -> holder(BlockDocument.read(block, stored), address));
    }

    private static Holder holder(BlockDocument block, Address address) {
        return block.allocation(address)
                .map(taken -> new Holder(
                        true,
                        taken.handle(),
                        taken.node(),
                        Optional.ofNullable(taken.attributes().get("type"))))
                .orElse(Holder.NOBODY);
    }

    /** Takes a free address of a block that is not reserved, for a node's tunnel; empty if there is none, or no such block. */
    public Optional<Address> takeAny(Prefix block, String node) {
        Reservations reserved = reservations();
        return take(block, node, document -> document.takeAny(reserved, tunnelHandle(node), tunnelAttributes(node)));
    }

    /** What is reserved now. */
    Reservations reservations() {
        return Reservations.of(etcd.list(Keys.RESERVATIONS).entries());
    }

    /** Puts a node's handle and attributes on an address that was taken without any; false if it is not so any more. */
    boolean adopt(Prefix block, Address address, String node) {
        return take(block, node, document -> {
                    if (TunnelVerdict.on(holder(document, address), node, true) != TunnelVerdict.ADOPT) {
                        return Optional.empty();
                    }
                    document.take(address, tunnelHandle(node), tunnelAttributes(node));
                    return Optional.of(address);
                })
                .isPresent();
    }

    /** A change of a block that takes an address; empty if it cannot. */
    private interface Taking {
        Optional<Address> from(BlockDocument document);
    }

    private Optional<Address> take(Prefix block, String node, Taking taking) {
        String handle = tunnelHandle(node);
        count(handle, block, 1);
        Optional<Address> taken = Optional.empty();
        try {
            taken = write(block, taking);
            return taken;
        } finally {
            if (taken.isEmpty()) {
                count(handle, block, -1);
            }
        }
    }

    private Optional<Address> write(Prefix block, Taking taking) {
        for (int i = 0; i < TRIES; i++) {
            Optional<Stored> found = etcd.get(Keys.block(block));
            if (found.isEmpty()) {
                return Optional.empty();
            }
            BlockDocument document = BlockDocument.read(block, found.get());
            Optional<Address> taken = taking.from(document);
            if (taken.isEmpty()
                    || etcd.replace(
                                    Keys.block(block),
                                    document.json(),
                                    found.get().modRevision())
                            .done()) {
                return taken;
            }
        }
        throw BlockClaims.contended(Keys.block(block));
    }

    /** Gives back every address taken with the handle; false if there was no such handle. */
    public boolean release(String handle) {
        Optional<Stored> found = etcd.get(Keys.handle(handle));
        for (Prefix block : found.map(AddressClaims::blocksOf).orElse(List.of())) {
            release(handle, block);
            count(handle, block, -Integer.MAX_VALUE);
        }
        return found.isPresent();
    }

    private void release(String handle, Prefix block) {
        for (int i = 0; i < TRIES; i++) {
            Optional<Stored> found = etcd.get(Keys.block(block));
            if (found.isEmpty()) {
                return;
            }
            BlockDocument document = BlockDocument.read(block, found.get());
            if (document.release(handle) == 0
                    || blocks.write(block, found.get(), document).done()) {
                return;
            }
        }
        throw BlockClaims.contended(Keys.block(block));
    }

    /**
     * Gives back addresses of a block, each together with its handle's count in one transaction, so that nothing is left
     * half-way.
     *
     * @param whose which of the taken addresses
     * @return those that were given back
     */
    public List<Address> releaseWhere(Prefix block, Predicate<Allocation> whose) {
        List<Address> released = new ArrayList<>();
        int failures = 0;
        while (failures < TRIES) {
            Optional<Stored> found = etcd.get(Keys.block(block));
            if (found.isEmpty()) {
                return released;
            }
            BlockDocument document = BlockDocument.read(block, found.get());
            List<Address> some = document.allocations().stream()
                    .filter(whose)
                    .map(Allocation::address)
                    .limit(AT_ONCE)
                    .toList();
            if (some.isEmpty()) {
                return released;
            }
            if (etcd.swapAll(release(document, found.get(), some))) {
                released.addAll(some);
            } else {
                failures++;
            }
        }
        throw BlockClaims.contended(Keys.block(block));
    }

    private List<EtcdConnection.Swap> release(BlockDocument document, Stored found, List<Address> addresses) {
        Map<String, Integer> counts = new TreeMap<>();
        addresses.forEach(address -> document.allocation(address)
                .flatMap(Allocation::handle)
                .ifPresent(handle -> counts.merge(handle, 1, Integer::sum)));
        document.release(addresses);
        List<EtcdConnection.Swap> swaps = new ArrayList<>();
        swaps.add(blocks.change(document, found));
        counts.forEach((handle, count) ->
                etcd.get(Keys.handle(handle)).ifPresent(stored -> swaps.add(lessened(stored, document.cidr(), count))));
        return swaps;
    }

    private static EtcdConnection.Swap lessened(Stored handle, Prefix block, int count) {
        ObjectNode document = Json.read(handle);
        ObjectNode counts = document.withObject("block");
        add(counts, block, -count);
        return new EtcdConnection.Swap(
                handle.key(),
                handle.modRevision(),
                counts.isEmpty() ? Optional.empty() : Optional.of(Json.write(document)));
    }

    /** A count of none goes. */
    private static void add(ObjectNode counts, Prefix block, int change) {
        int after = counts.path(block.toString()).asInt() + change;
        if (after > 0) {
            counts.put(block.toString(), after);
        } else {
            counts.remove(block.toString());
        }
    }

    private static List<Prefix> blocksOf(Stored handle) {
        List<Prefix> blocks = new ArrayList<>();
        Json.read(handle)
                .path("block")
                .fieldNames()
                .forEachRemaining(cidr -> prefix(cidr).ifPresent(blocks::add));
        return blocks;
    }

    private static Optional<Prefix> prefix(String cidr) {
        try {
            return Optional.of(Prefix.parse(cidr));
        } catch (IllegalArgumentException ipv6) {
            return Optional.empty();
        }
    }

    /** Adds to a handle's count for a block; a count of none, and a handle without counts, go. */
    private void count(String handle, Prefix block, int change) {
        String key = Keys.handle(handle);
        for (int i = 0; i < TRIES; i++) {
            Optional<Stored> found = etcd.get(key);
            ObjectNode document = found.map(Json::read).orElseGet(AddressClaims::newHandle);
            ObjectNode counts = document.withObject("block");
            add(counts, block, change);
            if (swap(key, found, document, counts.isEmpty()).done()) {
                return;
            }
        }
        throw BlockClaims.contended(key);
    }

    private Written swap(String key, Optional<Stored> found, ObjectNode document, boolean useless) {
        if (found.isEmpty()) {
            return useless ? new Written.Done(0) : etcd.create(key, Json.write(document));
        }
        long revision = found.get().modRevision();
        return useless ? etcd.delete(key, revision) : etcd.replace(key, Json.write(document), revision);
    }

    private static ObjectNode newHandle() {
        ObjectNode handle = Json.object();
        handle.putObject("block");
        handle.put("deleted", false);
        return handle;
    }
}
