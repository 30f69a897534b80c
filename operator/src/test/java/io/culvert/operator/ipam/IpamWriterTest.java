package io.culvert.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.JsonDocument;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.resource.ResourceOutcome;
import io.culvert.operator.snapshot.DatastoreWatcherTest;
import io.culvert.operator.snapshot.SnapshotAssembler;
import io.culvert.reconciler.ipam.BlockChoice;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.NodeAddress;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Affinity.State;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.Snapshot;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class IpamWriterTest {

    private static final Prefix FIRST = Prefix.parse("192.168.0.0/26");

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer();

    private EtcdConnection etcd;

    @BeforeEach
    void connect() {
        etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()));
    }

    @AfterEach
    void disconnect() {
        etcd.close();
    }

    @Test
    void claims_a_block_and_a_tunnel_address_and_then_rests() {
        pool("p", "192.168.0.0/16", "");
        register("n1");
        IpamWriter writer = auto("n1");
        assertThat(writer.reconcile(snapshot())).isEmpty();

        Snapshot after = snapshot();
        Block block = BlockChoice.ownedBy("n1", after).get(0);
        Address tunnel = after.nodes().get("n1").tunnelAddress().orElseThrow();
        assertThat(block.cidr().network()).isEqualTo(tunnel);
        assertThat(block.borrowed()).isEmpty();
        assertThat(after.affinities()).containsExactly(new Affinity("n1", block.cidr(), State.CONFIRMED));

        long revision = after.revision();
        assertThat(writer.reconcile(after)).isEmpty();
        assertThat(writer.reconcile(after)).isEmpty();
        assertThat(auto("n1").reconcile(snapshot())).isEmpty();
        assertThat(snapshot().revision()).as("nothing written").isEqualTo(revision);
    }

    @Test
    void rests_without_a_single_request() {
        pool("p", "192.168.0.0/16", "");
        register("n1");
        IpamWriter writer = auto("n1");
        writer.reconcile(snapshot());
        Snapshot after = snapshot();
        writer.reconcile(after);
        etcd.close();
        assertThat(writer.reconcile(after)).isEmpty();
    }

    @Test
    void writes_blocks_and_handles_in_calicos_form() throws Exception {
        pool("p", "192.168.0.0/29", ",\"blockSize\":30");
        register("n1");
        auto("n1").reconcile(snapshot());
        Prefix cidr = BlockChoice.ownedBy("n1", snapshot()).get(0).cidr();
        ObjectNode block = Json.read(etcd.get(Keys.block(cidr)).orElseThrow());
        long number = block.path("sequenceNumber").longValue();
        JsonNode expected = JsonDocument.MAPPER.readTree("{\"cidr\":\"" + cidr + "\",\"affinity\":\"host:n1\","
                + "\"affinity_claim_time\":" + block.path("affinity_claim_time")
                + ",\"allocations\":[0,null,null,null],\"unallocated\":[1,2,3],\"attributes\":[{\"handle_id\":"
                + "\"ipip-tunnel-addr-n1\",\"secondary\":{\"node\":\"n1\",\"type\":\"ipipTunnelAddress\"}}],"
                + "\"sequenceNumber\":" + number + ",\"sequenceNumberForAllocation\":{\"0\":" + (number - 1)
                + "},\"deleted\":false}");
        assertThat(block).isEqualTo(expected);
        assertThat(number).isGreaterThan(1L << 53);
        assertThat(text(Keys.handle("ipip-tunnel-addr-n1")))
                .isEqualTo("{\"block\":{\"" + cidr + "\":1},\"deleted\":false}");
        assertThat(text(Keys.affinity("n1", cidr))).isEqualTo("{\"state\":\"confirmed\",\"deleted\":false}");
    }

    @Test
    void two_nodes_that_race_never_own_the_same_block() throws Exception {
        int nodes = 8;
        pool("p", "192.168.0.0/23", "");
        for (int i = 0; i < nodes; i++) {
            register("n" + i);
        }
        Snapshot empty = snapshot();
        ExecutorService threads = Executors.newFixedThreadPool(nodes);
        try {
            List<Callable<List<String>>> claims = new ArrayList<>();
            for (int i = 0; i < nodes; i++) {
                IpamWriter writer = auto("n" + i);
                claims.add(() -> writer.reconcile(empty));
            }
            for (Future<List<String>> done : threads.invokeAll(claims)) {
                assertThat(done.get()).isEmpty();
            }
        } finally {
            threads.shutdownNow();
        }
        Snapshot after = snapshot();
        Set<Prefix> owned = after.nodes().keySet().stream()
                .flatMap(node -> BlockChoice.ownedBy(node, after).stream())
                .map(Block::cidr)
                .collect(Collectors.toSet());
        assertThat(owned).hasSize(nodes);
        assertThat(after.affinities()).hasSize(nodes).allSatisfy(claim -> {
            assertThat(claim.state()).isEqualTo(State.CONFIRMED);
            assertThat(after.blocks().get(claim.block()).owner()).contains(claim.node());
        });
        assertThat(after.nodes().values().stream()
                        .map(node -> node.tunnelAddress().orElseThrow())
                        .distinct())
                .hasSize(nodes);

        register("late");
        assertThat(auto("late").reconcile(snapshot()))
                .anySatisfy(problem -> assertThat(problem).contains("pool p (192.168.0.0/23) is full"));
    }

    @Test
    void of_all_that_claim_the_same_block_at_once_one_gets_it() throws Exception {
        int nodes = 6;
        List<Prefix> wanted = Stream.iterate(0, i -> i + 1)
                .limit(20)
                .map(i -> new Prefix(FIRST.bits() + (i << 6), 26))
                .toList();
        ExecutorService threads = Executors.newFixedThreadPool(nodes);
        List<Prefix> won = new ArrayList<>();
        try {
            List<Callable<List<Prefix>>> claims = new ArrayList<>();
            for (int i = 0; i < nodes; i++) {
                String node = "n" + i;
                BlockClaims own = new BlockClaims(etcd);
                claims.add(() ->
                        wanted.stream().filter(block -> own.claim(node, block)).toList());
            }
            for (Future<List<Prefix>> done : threads.invokeAll(claims)) {
                won.addAll(done.get());
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(won).containsExactlyInAnyOrderElementsOf(wanted);
        assertThat(snapshot().affinities()).hasSize(wanted.size());
    }

    @Test
    void heals_a_claim_that_was_interrupted_at_any_step() {
        pool("p", "192.168.0.0/16", "");
        register("n1");
        put(Keys.affinity("n1", FIRST), "{\"state\":\"pending\",\"deleted\":false}");
        auto("n1").reconcile(snapshot());
        assertThat(ownedBlocks("n1")).containsExactly(FIRST);

        put(Keys.affinity("n1", FIRST), "{\"state\":\"pending\",\"deleted\":false,\"future\":7}");
        auto("n1").reconcile(snapshot());
        assertThat(ownedBlocks("n1")).containsExactly(FIRST);
        assertThat(text(Keys.affinity("n1", FIRST))).contains("\"future\":7");

        etcd.delete(Keys.affinity("n1", FIRST), revision(Keys.affinity("n1", FIRST)));
        auto("n1").reconcile(snapshot());
        assertThat(ownedBlocks("n1")).containsExactly(FIRST);
    }

    @Test
    void withdraws_its_claim_on_a_block_that_somebody_else_owns() {
        pool("p", "192.168.0.0/16", "");
        register("n1");
        new BlockClaims(etcd).claim("n2", FIRST);
        put(Keys.affinity("n1", FIRST), "{\"state\":\"pending\",\"deleted\":false}");
        auto("n1").reconcile(snapshot());
        assertThat(etcd.get(Keys.affinity("n1", FIRST))).isEmpty();
        assertThat(ownedBlocks("n2")).containsExactly(FIRST);
        assertThat(ownedBlocks("n1")).hasSize(1).doesNotContain(FIRST);
    }

    @Test
    void withdraws_a_leftover_claim_even_when_it_has_a_block() {
        pool("p", "192.168.0.0/16", "");
        register("n1");
        auto("n1").reconcile(snapshot());
        List<Prefix> owned = ownedBlocks("n1");
        new BlockClaims(etcd).claim("n2", FIRST);
        put(Keys.affinity("n1", FIRST), "{\"state\":\"pending\",\"deleted\":false}");
        auto("n1").reconcile(snapshot());
        assertThat(etcd.get(Keys.affinity("n1", FIRST))).isEmpty();
        assertThat(ownedBlocks("n1")).isEqualTo(owned);
    }

    @Test
    void does_not_claim_twice_because_its_snapshot_is_old() {
        pool("p", "192.168.0.0/16", "");
        register("n1");
        Snapshot old = snapshot();
        new BlockClaims(etcd).claim("n1", FIRST);
        auto("n1").reconcile(old);
        Optional<Address> tunnel = snapshot().nodes().get("n1").tunnelAddress();
        auto("n1").reconcile(old);
        assertThat(ownedBlocks("n1")).containsExactly(FIRST);
        assertThat(snapshot().nodes().get("n1").tunnelAddress()).isEqualTo(tunnel);
    }

    @Test
    void a_claim_that_stands_is_not_announced_again_because_its_snapshot_is_old() {
        pool("p", "192.168.0.0/16", "");
        register("n1");
        auto("n1").reconcile(snapshot());
        Prefix block = ownedBlocks("n1").get(0);
        String key = Keys.affinity("n1", block);
        put(key, "{\"state\":\"pending\",\"deleted\":false}");
        Snapshot old = snapshot();
        new BlockClaims(etcd).claim("n1", block);
        long confirmed = revision(key);
        auto("n1").reconcile(old);
        assertThat(revision(key)).as("others route to it by this").isEqualTo(confirmed);
        assertThat(ownedBlocks("n1")).containsExactly(block);
    }

    @Test
    void observing_it_takes_its_tunnel_address_from_a_block_that_somebody_claimed_for_it() {
        pool("p", "192.168.0.0/16", "");
        register("n1");
        IpamWriter observer = new IpamWriter(etcd, "n1", BlockClaimMode.OBSERVE, address -> {});
        assertThat(observer.reconcile(snapshot())).singleElement().asString().contains("--block-claims is observe");
        assertThat(snapshot().blocks()).isEmpty();
        new BlockClaims(etcd).claim("n1", FIRST);
        assertThat(observer.reconcile(snapshot())).isEmpty();
        assertThat(snapshot().nodes().get("n1").tunnelAddress()).contains(FIRST.network());
    }

    @Test
    void obeys_the_ipam_configuration() {
        pool("p", "192.168.0.0/16", "");
        register("n1");
        put(Keys.IPAM_CONFIG, "{\"strict_affinity\":true}");
        assertThat(auto("n1").reconcile(snapshot()))
                .anySatisfy(problem -> assertThat(problem).contains("auto_allocate_blocks"));
        put(Keys.IPAM_CONFIG, "{\"strict_affinity\":true,\"auto_allocate_blocks\":true,\"maxBlocksPerHost\":1}");
        assertThat(auto("n1").reconcile(snapshot())).isEmpty();
        pool("q", "10.99.0.0/16", "");
        assertThat(auto("n1").reconcile(snapshot()))
                .anySatisfy(problem -> assertThat(problem).contains("allows 1"));
    }

    @Test
    void borrows_a_tunnel_address_when_the_pool_is_full_unless_affinity_is_strict() {
        pool("p", "192.168.0.0/26", "");
        register("n1");
        register("n2");
        auto("n1").reconcile(snapshot());
        put(Keys.IPAM_CONFIG, "{\"strict_affinity\":true,\"auto_allocate_blocks\":true}");
        assertThat(auto("n2").reconcile(snapshot())).hasSize(2);
        assertThat(snapshot().nodes().get("n2").tunnelAddress()).isEmpty();
        put(Keys.IPAM_CONFIG, "{\"auto_allocate_blocks\":true}");
        assertThat(auto("n2").reconcile(snapshot())).hasSize(1);
        Address borrowed = snapshot().nodes().get("n2").tunnelAddress().orElseThrow();
        assertThat(snapshot().blocks().get(FIRST).borrowed()).containsOnly(Map.entry(borrowed, "n2"));
    }

    @Test
    void tunnel_address_kept_by_somebody_else_is_replaced_and_theirs_left_alone() {
        tunnelAddressOf("{\"handle_id\":\"pod\",\"secondary\":{\"node\":\"n2\",\"pod\":\"web\"}}");
        Address now = snapshot().nodes().get("n1").tunnelAddress().orElseThrow();
        assertThat(now).isEqualTo(Address.parse("192.168.0.1"));
        assertThat(text(Keys.block(FIRST))).contains("\"pod\":\"web\"");
    }

    @Test
    void tunnel_address_with_only_a_handle_is_a_pods() {
        tunnelAddressOf("{\"handle_id\":\"pod\",\"secondary\":null}");
        assertThat(snapshot().nodes().get("n1").tunnelAddress()).contains(Address.parse("192.168.0.1"));
        assertThat(text(Keys.block(FIRST))).contains("\"handle_id\":\"pod\"");
    }

    @Test
    void tunnel_address_without_attributes_is_adopted() {
        tunnelAddressOf("{\"handle_id\":null,\"secondary\":null}");
        assertThat(snapshot().nodes().get("n1").tunnelAddress()).contains(FIRST.network());
        assertThat(text(Keys.block(FIRST)))
                .contains("\"attributes\":[{\"handle_id\":\"ipip-tunnel-addr-n1\",\"secondary\":{\"node\":\"n1\"");
        assertThat(text(Keys.handle("ipip-tunnel-addr-n1"))).contains("\"192.168.0.0/26\":1");
    }

    @Test
    void tunnel_address_that_is_free_is_taken_again() {
        tunnelAddressOf(null);
        Address now = snapshot().nodes().get("n1").tunnelAddress().orElseThrow();
        assertThat(text(Keys.block(FIRST))).contains("ipip-tunnel-addr-n1");
        assertThat(FIRST.contains(now)).isTrue();
    }

    @Test
    void tunnel_address_moves_when_its_pool_is_disabled() {
        pool("a", "10.99.0.0/26", "");
        register("n1");
        auto("n1").reconcile(snapshot());
        assertThat(snapshot().nodes().get("n1").tunnelAddress()).contains(Address.parse("10.99.0.0"));
        pool("a", "10.99.0.0/26", ",\"disabled\":true");
        pool("b", "192.168.0.0/26", "");
        auto("n1").reconcile(snapshot());
        assertThat(snapshot().nodes().get("n1").tunnelAddress()).contains(Address.parse("192.168.0.0"));
        assertThat(text(Keys.block(Prefix.parse("10.99.0.0/26")))).doesNotContain("ipip-tunnel");
        assertThat(text(Keys.handle("ipip-tunnel-addr-n1"))).doesNotContain("10.99");
    }

    @Test
    void tunnel_address_goes_with_the_last_pool_that_offers_one() {
        pool("p", "192.168.0.0/16", "");
        register("n1");
        IpamWriter writer = auto("n1");
        writer.reconcile(snapshot());
        put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16").replace("Always", "Never"));
        assertThat(writer.reconcile(snapshot())).isEmpty();
        assertThat(snapshot().nodes().get("n1").tunnelAddress()).isEmpty();
        assertThat(etcd.get(Keys.handle("ipip-tunnel-addr-n1"))).isEmpty();
        assertThat(ownedBlocks("n1")).hasSize(1);
    }

    @Test
    void removal_of_a_pool_takes_its_empty_blocks_along_and_disowns_the_others() {
        pool("p", "192.168.0.0/16", "");
        register("n1");
        register("n2");
        auto("n1").reconcile(snapshot());
        auto("n2").reconcile(snapshot());
        Prefix emptied = ownedBlocks("n2").get(0);
        Prefix used = ownedBlocks("n1").get(0);
        new AddressClaims(etcd).release("ipip-tunnel-addr-n2");
        assertThat(new PoolRemoval(etcd).delete("p")).isInstanceOf(ResourceOutcome.Changed.class);
        Snapshot after = snapshot();
        assertThat(after.pools()).isEmpty();
        assertThat(after.affinities()).isEmpty();
        assertThat(after.blocks()).doesNotContainKey(emptied);
        assertThat(after.blocks().get(used).owner()).isEmpty();
        auto("n1").reconcile(after);
        assertThat(snapshot().blocks()).as("emptied by its last holder").isEmpty();
        assertThat(new PoolRemoval(etcd).delete("p")).isInstanceOf(ResourceOutcome.Missing.class);
    }

    @Test
    void removal_of_a_node_gives_back_all_it_holds() {
        pool("p", "192.168.0.0/16", "");
        register("n1");
        auto("n1").reconcile(snapshot());
        assertThat(new NodeRemoval(etcd, line -> {}).delete("n1")).isInstanceOf(ResourceOutcome.Changed.class);
        assertThat(etcd.list(Keys.IPAM).entries()).isEmpty();
        assertThat(etcd.list(Keys.NODES).entries()).isEmpty();
    }

    @Test
    void registration_keeps_what_others_wrote_and_refuses_a_taken_address() {
        put(
                Keys.node("n1"),
                "{\"kind\":\"Node\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"n1\",\"uid\":\"u\"},"
                        + "\"spec\":{\"bgp\":{\"asNumber\":64512,\"ipv4Address\":\"10.0.0.9/24\"},"
                        + "\"future\":12345678901234567890.50},\"status\":{}}");
        register("n1");
        assertThat(text(Keys.node("n1")))
                .contains("\"bgp\":{\"asNumber\":64512,\"ipv4Address\":\"10.0.0.1/24\"}")
                .contains("\"future\":12345678901234567890.50")
                .contains("\"uid\":\"u\"")
                .contains("\"creationTimestamp\":\"")
                .doesNotContain("resourceVersion");
        assertThat(new NodeRegistration(etcd, "n2")
                        .reconcile(snapshot(), NodeAddress.present(InterfaceAddress.parse("10.0.0.1/16"))))
                .hasValueSatisfying(problem -> assertThat(problem).contains("node n1 uses it already"));
        assertThat(etcd.get(Keys.node("n2"))).isEmpty();
    }

    /** Three machines in a ring, each with the address that the next node is registered with. */
    @Test
    void exchanged_addresses_are_given_up() {
        List<String> names = List.of("n1", "n2", "n3");
        for (int i = 0; i < 3; i++) {
            assertThat(reconcile(names.get(i), here(i))).isEmpty();
        }
        for (int i = 0; i < 3; i++) {
            assertThat(reconcile(names.get(i), here((i + 1) % 3)).isEmpty())
                    .as("only the last one finds room at once")
                    .isEqualTo(i == 2);
        }
        for (int i = 0; i < 3; i++) {
            assertThat(reconcile(names.get(i), here((i + 1) % 3))).isEmpty();
            assertThat(snapshot().nodes().get(names.get(i)).address())
                    .contains(here((i + 1) % 3).address());
        }
    }

    @Test
    void an_address_that_has_left_the_machine_is_given_up_wherever_the_node_names_it() {
        put(
                Keys.node("n1"),
                "{\"kind\":\"Node\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"n1\"},"
                        + "\"spec\":{\"bgp\":{\"asNumber\":64512,\"ipv4Address\":\"10.0.0.1/24\"},\"addresses\":["
                        + "{\"address\":\"10.0.0.1/24\",\"type\":\"CalicoNodeIP\"},{\"address\":\"10.0.0.1\",\"type\":\"InternalIP\"},"
                        + "{\"address\":\"fd00::1\",\"type\":\"InternalIP\"}]},\"status\":{}}");
        NodeAddress lost = new NodeAddress(here(0).address(), Optional.of("it has left this machine"));
        AtomicLong nanos = new AtomicLong();
        NodeRegistration registration = new NodeRegistration(etcd, "n1", Optional.empty(), nanos::get);
        for (int i = 0; i < 2; i++) {
            nanos.addAndGet(NodeRegistration.ABSENCE.toNanos() - 1);
            assertThat(registration.reconcile(snapshot(), lost)).isEmpty();
            assertThat(text(Keys.node("n1"))).as("it may be on its way").contains("10.0.0.1/24");
            assertThat(registration.reconcile(snapshot(), here(0))).isEmpty();
        }
        assertThat(registration.reconcile(snapshot(), lost)).isEmpty();
        nanos.addAndGet(NodeRegistration.ABSENCE.toNanos());
        assertThat(registration.reconcile(snapshot(), lost)).isEmpty();
        assertThat(text(Keys.node("n1")))
                .contains("\"bgp\":{\"asNumber\":64512}", "fd00::1")
                .doesNotContain("10.0.0.1");
        assertThat(reconcile("n2", here(0))).as("another node may have it").isEmpty();
    }

    /** Also if another node had it then. */
    @Test
    void an_absence_ends_when_the_address_is_there() {
        AtomicLong nanos = new AtomicLong();
        NodeRegistration registration = new NodeRegistration(etcd, "n1", Optional.empty(), nanos::get);
        NodeAddress lost = new NodeAddress(here(0).address(), Optional.of("it has left this machine"));
        assertThat(registration.reconcile(snapshot(), here(0))).isEmpty();
        assertThat(registration.reconcile(snapshot(), lost)).isEmpty();
        put(Keys.node("n2"), text(Keys.node("n1")).replace("\"n1\"", "\"n2\""));
        assertThat(registration.reconcile(snapshot(), here(0))).isPresent();
        assertThat(new NodeRemoval(etcd, line -> {}).delete("n2")).isInstanceOf(ResourceOutcome.Changed.class);

        nanos.addAndGet(NodeRegistration.ABSENCE.toNanos());
        assertThat(registration.reconcile(snapshot(), lost)).isEmpty();
        assertThat(snapshot().nodes().get("n1").address()).contains(here(0).address());
    }

    private NodeAddress here(int place) {
        return NodeAddress.present(InterfaceAddress.parse("10.0.0." + (1 + place) + "/24"));
    }

    private Optional<String> reconcile(String node, NodeAddress address) {
        return new NodeRegistration(etcd, node).reconcile(snapshot(), address);
    }

    /** A node with the first address of its block stored as tunnel address, and that address's attributes in the block. */
    private void tunnelAddressOf(String attributes) {
        pool("p", "192.168.0.0/16", "");
        register("n1");
        new BlockClaims(etcd).claim("n1", FIRST);
        new NodeRegistration(etcd, "n1").setTunnelAddress(Optional.of(FIRST.network()));
        if (attributes != null) {
            String block = text(Keys.block(FIRST))
                    .replace("\"allocations\":[null", "\"allocations\":[0")
                    .replace("\"unallocated\":[0,", "\"unallocated\":[")
                    .replace("\"attributes\":null", "\"attributes\":[" + attributes + "]");
            put(Keys.block(FIRST), block);
        }
        assertThat(auto("n1").reconcile(snapshot())).isEmpty();
    }

    private void register(String node) {
        int number = 1 + Math.floorMod(node.hashCode() - "n1".hashCode(), 200);
        new NodeRegistration(etcd, node)
                .reconcile(snapshot(), NodeAddress.present(InterfaceAddress.parse("10.0.0." + number + "/24")));
    }

    private IpamWriter auto(String node) {
        return new IpamWriter(etcd, node, BlockClaimMode.AUTO, address -> {});
    }

    private List<Prefix> ownedBlocks(String node) {
        return BlockChoice.ownedBy(node, snapshot()).stream().map(Block::cidr).toList();
    }

    /** What a watcher would make of etcd now. */
    private Snapshot snapshot() {
        SnapshotAssembler assembler = new SnapshotAssembler();
        return assembler.snapshot(etcd.scan("/calico/", 0, assembler::put));
    }

    private void pool(String name, String cidr, String more) {
        put(Keys.pool(name), DatastoreWatcherTest.pool(name, cidr).replace("\"Always\"", "\"Always\"" + more));
    }

    private void put(String key, String value) {
        etcd.put(key, value.getBytes(StandardCharsets.UTF_8), 0);
    }

    private long revision(String key) {
        return etcd.get(key).orElseThrow().modRevision();
    }

    private String text(String key) {
        return new String(etcd.get(key).orElseThrow().value(), StandardCharsets.UTF_8);
    }
}
