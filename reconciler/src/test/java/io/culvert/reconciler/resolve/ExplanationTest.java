package io.culvert.reconciler.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.LocalNode;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.NodeSelector;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is explained is what is done: over random datastores, for every address where something could change. */
class ExplanationTest {

    private static final int SNAPSHOTS = 200;
    static final LocalNode LOCAL = new LocalNode(
            "n1",
            InterfaceAddress.parse("10.0.1.11/24"),
            "culvert0",
            1480,
            Optional.empty(),
            Set.of(Address.parse("192.168.1.130")));

    private static final FelixConfiguration WITHOUT_TUNNEL = new FelixConfiguration(
            Optional.of(false),
            OptionalInt.empty(),
            Set.of(),
            OptionalInt.empty(),
            Optional.empty(),
            OptionalLong.empty());

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void agreesWithTheRoutes(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < SNAPSHOTS; round++) {
            Snapshot snapshot = snapshot(random);
            DesiredState desired = Resolver.resolve(snapshot, LOCAL);
            for (Address address : ofInterest(snapshot)) {
                Explanation explanation = Explanation.of(snapshot, LOCAL, Prefix.host(address));
                assertThat(routeOf(explanation))
                        .as("seed %d, round %d, %s in %s", seed, round, address, snapshot)
                        .isEqualTo(longestMatch(desired.routes(), address));
                assertThat(explanation.candidates().stream()
                                .filter(candidate -> candidate.verdict() instanceof Verdict.LeftOut)
                                .map(candidate -> candidate.prefix() + ((Verdict.LeftOut) candidate.verdict()).reason())
                                .toList())
                        .as("seed %d, round %d, %s left out", seed, round, address)
                        .containsExactlyInAnyOrderElementsOf(desired.unrouted().stream()
                                .filter(one -> one.prefix().contains(address))
                                .map(one -> one.prefix() + one.reason())
                                .toList());
            }
        }
    }

    private static String routeOf(Explanation explanation) {
        return explanation
                .effective()
                .map(candidate -> candidate.prefix() + " "
                        + explanation.via().map(Via::toString).orElse("blackhole"))
                .orElse("none");
    }

    private static String longestMatch(DesiredRoutes routes, Address address) {
        int best = -1;
        for (int row = 0; row < routes.size(); row++) {
            boolean longer = best < 0
                    || routes.prefix(row).length() >= routes.prefix(best).length();
            if (routes.prefix(row).contains(address) && longer) {
                best = row;
            }
        }
        if (best < 0) {
            return "none";
        }
        Via via = routes.via(best);
        return routes.prefix(best) + " " + (via == null ? "blackhole" : via);
    }

    /** Ends and neighbours of all prefixes, and every address that is named. */
    private static Set<Address> ofInterest(Snapshot snapshot) {
        List<Address> places = new ArrayList<>(List.of(Address.parse("8.8.8.8")));
        snapshot.pools().values().forEach(pool -> edges(pool.cidr(), places));
        snapshot.blocks().values().forEach(block -> {
            edges(block.cidr(), places);
            places.addAll(block.borrowed().keySet());
        });
        snapshot.nodes().values().forEach(node -> {
            node.address().ifPresent(own -> places.add(own.address()));
            node.tunnelAddress().ifPresent(places::add);
        });
        return new TreeSet<>(places);
    }

    private static void edges(Prefix prefix, List<Address> places) {
        int after = prefix.bits() + (int) prefix.size();
        places.addAll(
                List.of(prefix.network(), new Address(after - 1), new Address(prefix.bits() - 1), new Address(after)));
    }

    static Snapshot snapshot(Random random) {
        SortedMap<String, IpPool> pools = new TreeMap<>();
        for (int i = 0; i < 3; i++) {
            if (random.nextInt(4) > 0) {
                pools.put("p" + i, pool(random, i));
            }
        }
        Map<String, Node> nodes = new HashMap<>();
        for (int i = 1; i <= 5; i++) {
            if (random.nextInt(5) > 0) {
                nodes.put("n" + i, node(random, i));
            }
        }
        Map<Prefix, Block> blocks = new HashMap<>();
        List<Affinity> affinities = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Block block = block(random);
            blocks.put(block.cidr(), block);
            block.owner().ifPresent(owner -> affinities.add(new Affinity(owner, block.cidr(), state(random))));
        }
        return new Snapshot(
                1,
                pools,
                nodes,
                blocks,
                affinities.stream().collect(Collectors.toSet()),
                random.nextInt(5) == 0 ? Map.of(FelixConfiguration.DEFAULT, WITHOUT_TUNNEL) : Map.of(),
                false,
                Map.of(),
                List.of());
    }

    private static IpPool pool(Random random, int number) {
        return new IpPool(
                "p" + number,
                Prefix.parse("192.168." + number + ".0/24"),
                EncapsulationMode.values()[random.nextInt(3)],
                random.nextInt(8) == 0 ? EncapsulationMode.ALWAYS : EncapsulationMode.NEVER,
                random.nextBoolean(),
                random.nextInt(4) == 0,
                26,
                NodeSelector.ALL,
                Set.of(IpPool.AllowedUse.WORKLOAD, IpPool.AllowedUse.TUNNEL),
                true);
    }

    static Node node(Random random, int number) {
        String address =
                (random.nextBoolean() ? "10.0.1." : "10.0.2.") + (10 + number) + "/" + (23 + random.nextInt(3));
        return new Node(
                "n" + number,
                random.nextInt(6) == 0 ? Optional.empty() : Optional.of(InterfaceAddress.parse(address)),
                random.nextBoolean() ? Optional.of(Address.parse("192.168.0." + number)) : Optional.empty(),
                Map.of());
    }

    /** Blocks of both usual sizes, so that some lie inside others, as they do in a datastore that is not sound. */
    static Block block(Random random) {
        int start = 192 << 24 | 168 << 16 | random.nextInt(4) << 8;
        Prefix cidr = random.nextInt(4) == 0
                ? Prefix.containing(new Address(start + random.nextInt(8)), 32)
                : Prefix.containing(new Address(start + 64 * random.nextInt(4)), 26);
        Map<Address, String> borrowed = new HashMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            borrowed.put(new Address(cidr.bits() + random.nextInt((int) cidr.size())), "n" + (1 + random.nextInt(6)));
        }
        Optional<String> owner = random.nextInt(6) == 0 ? Optional.empty() : Optional.of("n" + (1 + random.nextInt(6)));
        return new Block(cidr, owner, borrowed);
    }

    static Affinity.State state(Random random) {
        return random.nextInt(3) == 0 ? Affinity.State.values()[random.nextInt(3)] : Affinity.State.CONFIRMED;
    }
}
