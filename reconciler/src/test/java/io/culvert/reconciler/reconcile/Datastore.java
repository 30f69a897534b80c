package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.FelixConfiguration.NatOutgoingExclusions;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.NodeSelector;
import io.culvert.reconciler.resource.Snapshot;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a scenario's lines say is in etcd; every line makes a new revision. */
public final class Datastore {

    private final SortedMap<String, IpPool> pools = new TreeMap<>();
    private final Map<String, Node> nodes = new TreeMap<>();
    private final Map<Prefix, Block> blocks = new TreeMap<>();
    private final Map<Prefix, Affinity> affinities = new TreeMap<>();
    private final Set<Affinity> rivals = new HashSet<>();
    private final Map<String, FelixConfiguration> felix = new HashMap<>();
    private long revision;
    private @Nullable Snapshot latest;

    /** The same object until a line changes something, as from the watcher. */
    public Snapshot snapshot() {
        if (latest == null || latest.revision() != revision) {
            latest = assemble();
        }
        return latest;
    }

    private Snapshot assemble() {
        Set<Affinity> all = new HashSet<>(affinities.values());
        all.addAll(rivals);
        return new Snapshot(
                revision,
                new TreeMap<>(pools),
                new HashMap<>(nodes),
                new HashMap<>(blocks),
                all,
                Map.copyOf(felix),
                false,
                Map.of(),
                List.of());
    }

    /** Carries out a line such as {@code pool web 192.168.0.0/16 Always nat}; false if it is none of etcd's. */
    public boolean carryOut(List<String> words) {
        revision++;
        boolean delete = words.get(0).equals("no");
        List<String> rest = delete ? words.subList(1, words.size()) : words;
        switch (rest.get(0)) {
            case "pool" -> {
                if (delete) {
                    pools.remove(rest.get(1));
                } else {
                    pools.put(rest.get(1), pool(rest));
                }
            }
            case "node" -> {
                if (delete) {
                    nodes.remove(rest.get(1));
                } else {
                    nodes.put(rest.get(1), node(rest));
                }
            }
            case "block" -> {
                Prefix cidr = Prefix.parse(rest.get(1));
                if (delete) {
                    blocks.remove(cidr);
                    affinities.remove(cidr);
                } else {
                    block(cidr, rest);
                }
            }
            case "claim" -> rivals.add(new Affinity(rest.get(2), Prefix.parse(rest.get(1)), Affinity.State.CONFIRMED));
            case "felix" -> {
                if (delete) {
                    felix.remove(rest.get(1));
                } else {
                    felix.merge(rest.get(1), felix(rest.get(2)), (known, newest) -> newest.before(known));
                }
            }
            case "borrow" -> borrow(Address.parse(rest.get(1)), rest.get(2));
            default -> {
                return false;
            }
        }
        return true;
    }

    private static IpPool pool(List<String> words) {
        List<String> flags = words.subList(4, words.size());
        return new IpPool(
                words.get(1),
                Prefix.parse(words.get(2)),
                EncapsulationMode.spelled(words.get(3)).orElseThrow(),
                flags.contains("vxlan") ? EncapsulationMode.ALWAYS : EncapsulationMode.NEVER,
                flags.contains("nat"),
                flags.contains("disabled"),
                26,
                NodeSelector.ALL,
                Set.of(IpPool.AllowedUse.WORKLOAD, IpPool.AllowedUse.TUNNEL),
                true);
    }

    private static FelixConfiguration felix(String setting) {
        String value = setting.substring(setting.indexOf('=') + 1);
        FelixConfiguration none = FelixConfiguration.NONE;
        Optional<Boolean> ipipEnabled = none.ipipEnabled();
        OptionalInt mtu = none.ipipMtu();
        Set<Prefix> externalNodes = none.externalNodes();
        OptionalInt protocol = none.deviceRouteProtocol();
        Optional<NatOutgoingExclusions> exclusions = none.natOutgoingExclusions();
        switch (setting.substring(0, setting.indexOf('='))) {
            case "ipipEnabled" -> ipipEnabled = Optional.of(Boolean.valueOf(value));
            case "ipipMTU" -> mtu = OptionalInt.of(Integer.parseInt(value));
            case "externalNodesList" ->
                externalNodes =
                        Arrays.stream(value.split(",")).map(Prefix::parse).collect(Collectors.toSet());
            case "deviceRouteProtocol" -> protocol = OptionalInt.of(Integer.parseInt(value));
            case "natOutgoingExclusions" ->
                exclusions = Optional.of(
                        value.equals("IPPoolsOnly")
                                ? NatOutgoingExclusions.IP_POOLS_ONLY
                                : NatOutgoingExclusions.IP_POOLS_AND_HOST_IPS);
            default -> throw new IllegalArgumentException("the story sets " + setting + ", which nobody knows");
        }
        return new FelixConfiguration(ipipEnabled, mtu, externalNodes, protocol, exclusions, none.routeRefreshMillis());
    }

    private static Node node(List<String> words) {
        Optional<InterfaceAddress> address =
                words.get(2).equals("-") ? Optional.empty() : Optional.of(InterfaceAddress.parse(words.get(2)));
        Optional<Address> tunnel = words.size() > 4 ? Optional.of(Address.parse(words.get(4))) : Optional.empty();
        return new Node(words.get(1), address, tunnel, Map.of());
    }

    private void block(Prefix cidr, List<String> words) {
        Optional<String> owner = words.get(2).equals("-") ? Optional.empty() : Optional.of(words.get(2));
        blocks.put(cidr, new Block(cidr, owner, Map.of()));
        affinities.remove(cidr);
        owner.ifPresent(node -> affinities.put(cidr, new Affinity(node, cidr, state(words))));
    }

    private static Affinity.State state(List<String> words) {
        return words.size() < 4
                ? Affinity.State.CONFIRMED
                : Arrays.stream(Affinity.State.values())
                        .filter(state -> state.name().equalsIgnoreCase(words.get(3)))
                        .findFirst()
                        .orElseThrow();
    }

    private void borrow(Address address, String holder) {
        Block block = blocks.values().stream()
                .filter(candidate -> candidate.cidr().contains(address))
                .findFirst()
                .orElseThrow();
        Map<Address, String> borrowed = new HashMap<>(block.borrowed());
        borrowed.put(address, holder);
        blocks.put(block.cidr(), new Block(block.cidr(), block.owner(), borrowed));
    }
}
