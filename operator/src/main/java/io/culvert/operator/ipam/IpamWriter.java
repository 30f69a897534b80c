package io.culvert.operator.ipam;

import io.culvert.operator.calico.store.AffinityCodec;
import io.culvert.operator.calico.store.IpamConfig;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.calico.store.Reservations;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.Stored;
import io.culvert.reconciler.ipam.BlockChoice;
import io.culvert.reconciler.ipam.TunnelVerdict;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Affinity.State;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.Claims;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what one node holds in Calico's IPAM: a block of each pool that offers it one, and a tunnel address while a pool
 * offers that. Decides by the snapshot, and reads etcd only when something may be missing; what it then writes depends on what it
 * reads at that moment, so that an old snapshot does no harm.
 *
 * <p>Calls block. For one thread.
 */
public final class IpamWriter {

    private final EtcdConnection etcd;
    private final String name;
    private final BlockClaimMode mode;
    private final NodeRegistration registration;
    private final BlockClaims claims;
    private final AddressClaims addresses;
    private final Consumer<Optional<Address>> assigned;
    private @Nullable Settled settled;
    private boolean nothingHeld;

    /**
     * @param assigned gets a tunnel address from IPAM before the Node names it, and an empty one if the Node could not be
     *     written; may block until the device has it
     */
    public IpamWriter(EtcdConnection etcd, String name, BlockClaimMode mode, Consumer<Optional<Address>> assigned) {
        this.etcd = etcd;
        this.name = name;
        this.mode = mode;
        this.registration = new NodeRegistration(etcd, name);
        this.claims = new BlockClaims(etcd);
        this.addresses = new AddressClaims(etcd);
        this.assigned = assigned;
    }

    /** The parts that matter to this node of a snapshot that needed no change. */
    private record Settled(
            SortedMap<String, IpPool> pools, Claims affinities, Node node, Map<Prefix, Optional<Block>> blocks) {

        /** Snapshots share what has not changed, so identity decides. */
        @SuppressWarnings("ReferenceEquality")
        boolean stillHolds(Snapshot snapshot, Node own) {
            return pools == snapshot.pools()
                    && node.equals(own)
                    && snapshot.affinities().sameOf(own.name(), affinities)
                    && blocks.entrySet().stream()
                            .allMatch(entry -> entry.getValue().orElse(null)
                                    == snapshot.blocks().get(entry.getKey()));
        }
    }

    /**
     * Makes the changes that are needed, if any.
     *
     * @return what cannot be done, each with the reason and what to do; empty if the node has what it should have
     * @throws DatastoreException if etcd fails; retry later
     */
    public List<String> reconcile(Snapshot snapshot) {
        Node node = snapshot.nodes().get(name);
        if (node == null) {
            return List.of();
        }
        Settled before = settled;
        if (before != null && before.stillHolds(snapshot, node)) {
            return List.of();
        }
        settled = null;
        List<String> problems = new ArrayList<>();
        boolean written = mode == BlockClaimMode.AUTO && claimBlocks(snapshot, node, problems);
        written |= keepTunnelAddress(snapshot, node, problems);
        if (!written && problems.isEmpty()) {
            settled = new Settled(snapshot.pools(), snapshot.affinities(), node, blocksThatMatter(snapshot, node));
        }
        return problems;
    }

    private Map<Prefix, Optional<Block>> blocksThatMatter(Snapshot snapshot, Node node) {
        Map<Prefix, Optional<Block>> blocks = new HashMap<>();
        BlockChoice.ownedBy(name, snapshot).forEach(block -> blocks.put(block.cidr(), Optional.of(block)));
        node.tunnelAddress()
                .flatMap(address -> blockOf(address, snapshot))
                .ifPresent(block -> blocks.put(block.cidr(), Optional.of(block)));
        return blocks;
    }

    private boolean claimBlocks(Snapshot snapshot, Node node, List<String> problems) {
        boolean written = false;
        for (Affinity pending : unfinished(snapshot)) {
            claims.claim(name, pending.block());
            written = true;
        }
        for (IpPool pool : BlockChoice.lacking(node, snapshot)) {
            if (ownBlocks(pool).isEmpty()) {
                Optional<String> problem = claimOne(pool, snapshot);
                problem.ifPresent(problems::add);
                written |= problem.isEmpty();
            }
        }
        return written;
    }

    /** Own claims on existing blocks that were never confirmed; the block's owner decides whether they are confirmed or withdrawn. */
    private List<Affinity> unfinished(Snapshot snapshot) {
        return snapshot.affinities().stream()
                .filter(claim -> claim.node().equals(name) && claim.state() == State.PENDING)
                .filter(claim -> snapshot.blocks().containsKey(claim.block()))
                .toList();
    }

    /** Claims a block; returns the reason if it cannot. */
    private Optional<String> claimOne(IpPool pool, Snapshot snapshot) {
        IpamConfig config = ipamConfig();
        if (!config.autoAllocateBlocks()) {
            return Optional.of("cannot claim a block of pool " + pool.name() + ": the IPAM configuration forbids it"
                    + " (auto_allocate_blocks is false)");
        }
        int owned = etcd.list(Keys.affinitiesOf(name)).entries().size();
        if (config.maxBlocksPerHost() > 0 && owned >= config.maxBlocksPerHost()) {
            return Optional.of("cannot claim a block of pool " + pool.name() + ": this node has " + owned
                    + " and the IPAM configuration allows " + config.maxBlocksPerHost());
        }
        Reservations reserved = addresses.reservations();
        Iterator<Prefix> candidates = BlockChoice.candidates(name, pool, snapshot)
                .filter(block -> !reserved.contains(block))
                .iterator();
        while (candidates.hasNext()) {
            if (claims.claim(name, candidates.next())) {
                return Optional.empty();
            }
        }
        return Optional.of(
                "pool " + pool.name() + " (" + pool.cidr() + ") is full: all its blocks of length " + pool.blockSize()
                        + " belong to other nodes or are reserved; add a pool, or delete nodes that are gone");
    }

    /** The node's confirmed blocks of a pool as they are now. */
    private List<Prefix> ownBlocks(IpPool pool) {
        return etcd.list(Keys.affinitiesOf(name)).entries().stream()
                .flatMap(IpamWriter::confirmed)
                .filter(pool.cidr()::contains)
                .filter(block -> claims.owner(block).equals(Optional.of(name)))
                .toList();
    }

    private static Stream<Prefix> confirmed(Stored stored) {
        return Keys.affinityOf(stored.key()).stream()
                .filter(key -> AffinityCodec.isConfirmed(key, stored.value()))
                .map(Keys.AffinityKey::block);
    }

    private boolean keepTunnelAddress(Snapshot snapshot, Node node, List<String> problems) {
        List<IpPool> eligible = snapshot.pools().values().stream()
                .filter(pool -> pool.offersTunnelAddressTo(node))
                .toList();
        if (eligible.isEmpty()) {
            return dropTunnelAddress(node);
        }
        nothingHeld = false;
        TunnelVerdict verdict = node.tunnelAddress()
                .map(address -> verdict(address, eligible, snapshot))
                .orElse(TunnelVerdict.RELEASE_AND_ASSIGN);
        if (verdict == TunnelVerdict.KEEP || isStale(node)) {
            return false;
        }
        if (verdict == TunnelVerdict.ADOPT && adopt(node, snapshot)) {
            return true;
        }
        if (verdict == TunnelVerdict.RELEASE_AND_ASSIGN) {
            addresses.release(AddressClaims.tunnelHandle(name));
        }
        return assign(eligible, snapshot, problems);
    }

    private boolean dropTunnelAddress(Node node) {
        if (node.tunnelAddress().isPresent()) {
            registration.setTunnelAddress(Optional.empty());
            nothingHeld = false;
        }
        if (nothingHeld) {
            return false;
        }
        boolean released = addresses.release(AddressClaims.tunnelHandle(name));
        nothingHeld = true;
        return released || node.tunnelAddress().isPresent();
    }

    private TunnelVerdict verdict(Address address, List<IpPool> eligible, Snapshot snapshot) {
        TunnelVerdict.Holder holder = blockOf(address, snapshot)
                .flatMap(block -> addresses.holder(block.cidr(), address))
                .orElse(TunnelVerdict.Holder.NOBODY);
        boolean inEligible = eligible.stream().anyMatch(pool -> pool.cidr().contains(address));
        return TunnelVerdict.on(holder, name, inEligible);
    }

    private static Optional<Block> blockOf(Address address, Snapshot snapshot) {
        return Stream.iterate(32, length -> length >= 20, length -> length - 1)
                .map(length -> Optional.ofNullable(snapshot.blocks().get(Prefix.containing(address, length))))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Whether the stored tunnel address is no longer the one in the snapshot; a newer snapshot is on its way then. */
    private boolean isStale(Node node) {
        return !registration.tunnelAddress().equals(node.tunnelAddress().map(Address::toString));
    }

    private boolean adopt(Node node, Snapshot snapshot) {
        return node.tunnelAddress()
                .flatMap(address ->
                        blockOf(address, snapshot).filter(block -> addresses.adopt(block.cidr(), address, name)))
                .isPresent();
    }

    private boolean assign(List<IpPool> eligible, Snapshot snapshot, List<String> problems) {
        Optional<Address> taken = fromOwnBlock(eligible);
        if (taken.isEmpty() && mode == BlockClaimMode.AUTO) {
            taken = fromNewBlock(eligible, snapshot).or(() -> borrowed(eligible, snapshot));
        }
        if (taken.isEmpty()) {
            problems.add("node " + name + " has no tunnel address: "
                    + (mode == BlockClaimMode.AUTO
                            ? "every pool that offers one is full or reserved; add a pool, or delete nodes that are gone"
                            : "none of its blocks has a free, unreserved address in a pool that offers one, and --block-claims is"
                                    + " observe; it gets one when the other IPAM claims a block for it"));
            return false;
        }
        store(taken);
        return true;
    }

    private void store(Optional<Address> taken) {
        boolean stored = false;
        try {
            assigned.accept(taken);
            stored = registration.setTunnelAddress(taken);
        } finally {
            if (!stored) {
                assigned.accept(Optional.empty());
                addresses.release(AddressClaims.tunnelHandle(name));
            }
        }
    }

    private Optional<Address> fromOwnBlock(List<IpPool> eligible) {
        return eligible.stream()
                .flatMap(pool -> ownBlocks(pool).stream())
                .map(block -> addresses.takeAny(block, name))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Optional<Address> fromNewBlock(List<IpPool> eligible, Snapshot snapshot) {
        return eligible.stream()
                .filter(pool -> claimOne(pool, snapshot).isEmpty())
                .flatMap(pool -> ownBlocks(pool).stream())
                .map(block -> addresses.takeAny(block, name))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private Optional<Address> borrowed(List<IpPool> eligible, Snapshot snapshot) {
        if (ipamConfig().strictAffinity()) {
            return Optional.empty();
        }
        return snapshot.blocks().keySet().stream()
                .filter(block -> eligible.stream().anyMatch(pool -> pool.cidr().contains(block)))
                .map(block -> addresses.takeAny(block, name))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private IpamConfig ipamConfig() {
        return etcd.get(Keys.IPAM_CONFIG).map(Json::read).map(IpamConfig::of).orElse(IpamConfig.DEFAULT);
    }
}
