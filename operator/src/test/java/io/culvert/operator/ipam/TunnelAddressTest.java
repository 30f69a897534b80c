package io.culvert.operator.ipam;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.JsonDocument;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.etcd.Stored;
import io.culvert.operator.ipam.check.IpamCheck;
import io.culvert.operator.ipam.check.IpamPicture;
import io.culvert.operator.resource.ResourceStore;
import io.culvert.operator.snapshot.DatastoreWatcherTest;
import io.culvert.operator.snapshot.SnapshotAssembler;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.NodeAddress;
import io.culvert.reconciler.resource.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tunnel addresses while another IPAM is at work in the same blocks. */
class TunnelAddressTest {

    private static final Prefix BLOCK = Prefix.parse("192.168.0.0/26");

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer();

    private EtcdConnection etcd;

    @BeforeEach
    void connect() {
        etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()));
        put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16"));
        new NodeRegistration(etcd, "n1")
                .reconcile(snapshot(), NodeAddress.present(InterfaceAddress.parse("10.0.0.1/24")));
        new BlockClaims(etcd).claim("n1", BLOCK);
    }

    @AfterEach
    void disconnect() {
        etcd.close();
    }

    @Test
    void none_stored_releases_what_the_handle_holds_and_takes_one() {
        new AddressClaims(etcd).takeAny(BLOCK, "n1");
        new AddressClaims(etcd).takeAny(BLOCK, "n1");
        reconcile(snapshot());
        assertThat(tunnel()).contains(BLOCK.network());
        assertThat(consistent()).isTrue();
    }

    @Test
    void ours_in_an_eligible_pool_is_kept_without_a_write() {
        reconcile(snapshot());
        Snapshot before = snapshot();
        reconcile(before);
        assertThat(snapshot().revision()).isEqualTo(before.revision());
    }

    /** The decision table, as far as the address lies in an eligible pool: what its attributes say, and what it is then. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"handle_id":"ipip-tunnel-addr-n1","secondary":{"node":"n1","type":"ipipTunnelAddress"}} | 192.168.0.0 | false
            {"handle_id":"ipip-tunnel-addr-n2","secondary":{"node":"n2","type":"ipipTunnelAddress"}} | 192.168.0.1 | true
            {"handle_id":"pod","secondary":{"node":"n1","pod":"web"}}                                | 192.168.0.1 | true
            {"handle_id":"pod","secondary":null}                                                     | 192.168.0.1 | true
            {"handle_id":null,"secondary":{"node":"n1"}}                                             | 192.168.0.1 | true
            {"handle_id":null,"secondary":{"type":"ipipTunnelAddress"}}                              | 192.168.0.1 | true
            {"handle_id":null,"secondary":null}                                                      | 192.168.0.0 | false
            """)
    void a_stored_one_is_kept_adopted_or_replaced_by_who_holds_it(String attributes, String after, boolean theirs) {
        unmarked();
        edit("{\"handle_id\":null,\"secondary\":null}", attributes);
        reconcile(snapshot());
        assertThat(tunnel()).contains(Address.parse(after));
        assertThat(text(Keys.block(BLOCK)).contains(attributes + ","))
                .as("beside the new one")
                .isEqualTo(theirs);
        assertThat(text(Keys.block(BLOCK)))
                .contains(
                        "{\"handle_id\":\"ipip-tunnel-addr-n1\",\"secondary\":{\"node\":\"n1\",\"type\":\"ipipTunnelAddress\"}}");
    }

    @Test
    void a_stored_one_that_is_free_is_taken() {
        new NodeRegistration(etcd, "n1").setTunnelAddress(Optional.of(Address.parse("192.168.0.7")));
        reconcile(snapshot());
        assertThat(tunnel()).contains(BLOCK.network());
        assertThat(text(Keys.block(BLOCK))).contains("ipip-tunnel-addr-n1");
        assertThat(consistent()).isTrue();
    }

    @Test
    void one_in_a_pool_that_offers_none_any_more_is_given_back() {
        reconcile(snapshot());
        put(Keys.pool("q"), DatastoreWatcherTest.pool("q", "10.99.0.0/16"));
        put(Keys.pool("p"), DatastoreWatcherTest.pool("p", "192.168.0.0/16").replace("\"Always\"", "\"Never\""));
        reconcile(snapshot());
        assertThat(tunnel().orElseThrow()).matches(Prefix.parse("10.99.0.0/16")::contains);
        assertThat(text(Keys.block(BLOCK))).doesNotContain("ipip-tunnel");
        assertThat(consistent()).isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "192.168.0.0/30"                              | 192.168.0.4
            "192.168.0.0/31","192.168.0.2","192.168.0.4"  | 192.168.0.3
            "192.168.0.1/30","fd00::/64"                  | 192.168.0.4
            """)
    void none_is_taken_from_an_ip_reservation(String reserved, Address expected) {
        reserve(reserved);
        reconcile(snapshot());
        assertThat(tunnel()).contains(expected);
    }

    @Test
    void reserved_blocks_are_not_claimed() {
        reserve("\"192.168.0.0/17\"");
        new BlockClaims(etcd).release("n1", BLOCK);
        reconcile(snapshot());
        assertThat(etcd.list(Keys.affinitiesOf("n1")).entries())
                .singleElement()
                .asString()
                .doesNotContain("/192.168.0.0-26");
        assertThat(tunnel())
                .hasValueSatisfying(
                        address -> assertThat(Prefix.parse("192.168.128.0/17").contains(address))
                                .isTrue());
    }

    @Test
    void a_pool_that_is_reserved_as_a_whole_is_named() {
        reserve("\"192.168.0.0/16\"");
        assertThat(new IpamWriter(etcd, "n1", BlockClaimMode.AUTO, address -> {}).reconcile(snapshot()))
                .anySatisfy(problem -> assertThat(problem).contains("full or reserved"));
        assertThat(tunnel()).isEmpty();
    }

    @Test
    void a_reservation_that_is_malformed_stops_every_assignment() {
        reserve("\"192.168.0.0-31\"");
        assertThatThrownBy(() -> reconcile(snapshot()))
                .hasMessageContaining("/ipreservations/kept is malformed: spec.reservedCIDRs has \"192.168.0.0-31\"");
        assertThat(tunnel()).isEmpty();
    }

    private void reserve(String cidrs) {
        put(
                Keys.RESERVATIONS + "kept",
                "{\"kind\":\"IPReservation\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"kept\"},"
                        + "\"spec\":{\"reservedCIDRs\":[" + cidrs + "]}}");
    }

    @Test
    void a_snapshot_from_before_it_was_taken_writes_nothing() {
        Snapshot before = snapshot();
        reconcile(before);
        long revision = snapshot().revision();
        reconcile(before);
        assertThat(snapshot().revision()).isEqualTo(revision);
    }

    @Test
    void a_claim_on_anothers_block_gives_no_address_of_it() {
        Prefix second = Prefix.parse("192.168.0.64/26");
        new BlockClaims(etcd).release("n1", BLOCK);
        new BlockClaims(etcd).claim("n2", second);
        put(Keys.affinity("n1", second), "{\"state\":\"confirmed\",\"deleted\":false}");
        IpamWriter observer = new IpamWriter(etcd, "n1", BlockClaimMode.OBSERVE, address -> {});
        assertThat(observer.reconcile(snapshot())).singleElement().asString().contains("--block-claims is observe");
        assertThat(tunnel()).isEmpty();
    }

    @Test
    void one_of_old_that_somebody_takes_meanwhile_is_lost_and_another_is_taken() {
        unmarked();
        Snapshot before = snapshot();
        edit("{\"handle_id\":null,\"secondary\":null}", "{\"handle_id\":\"pod\",\"secondary\":{\"node\":\"n2\"}}");
        reconcile(before);
        assertThat(tunnel()).contains(Address.parse("192.168.0.1"));
        assertThat(text(Keys.block(BLOCK))).contains("\"handle_id\":\"pod\",\"secondary\":{\"node\":\"n2\"}");
    }

    @Test
    void adoption_does_not_take_what_somebody_has_marked_meanwhile() {
        unmarked();
        edit("{\"handle_id\":null,\"secondary\":null}", "{\"handle_id\":\"pod\",\"secondary\":{\"node\":\"n2\"}}");
        assertThat(new AddressClaims(etcd).adopt(BLOCK, BLOCK.network(), "n1")).isFalse();
        assertThat(etcd.list(Keys.HANDLES).entries()).isEmpty();
        assertThat(text(Keys.block(BLOCK))).contains("\"handle_id\":\"pod\"").doesNotContain("ipip-tunnel");
    }

    @Test
    void a_node_that_goes_before_it_is_written_gives_the_address_back() {
        IpamWriter writer = new IpamWriter(etcd, "n1", BlockClaimMode.AUTO, assigned -> {
            if (assigned.isPresent()) {
                new ResourceStore(etcd).delete("nodes", "n1");
            }
        });
        writer.reconcile(snapshot());
        assertThat(etcd.list(Keys.HANDLES).entries()).isEmpty();
        assertThat(text(Keys.block(BLOCK))).doesNotContain("ipip-tunnel");
    }

    @Test
    void observing_it_writes_nothing_but_the_tunnel_address() {
        put(Keys.pool("q"), DatastoreWatcherTest.pool("q", "10.99.0.0/16"));
        put(Keys.affinity("n1", Prefix.parse("192.168.0.64/26")), "{\"state\":\"pending\",\"deleted\":false}");
        long before = snapshot().revision();
        new IpamWriter(etcd, "n1", BlockClaimMode.OBSERVE, address -> {}).reconcile(snapshot());
        assertThat(etcd.list("/calico/").entries().stream()
                        .filter(stored -> stored.modRevision() > before)
                        .map(Stored::key))
                .containsExactlyInAnyOrder(Keys.block(BLOCK), Keys.handle("ipip-tunnel-addr-n1"), Keys.node("n1"));
    }

    @Test
    void what_another_ipam_takes_and_gives_back_meanwhile_is_not_lost() {
        int rounds = 40;
        CompletableFuture<List<Integer>> other = CompletableFuture.supplyAsync(() -> takeAsAnotherIpam(rounds));
        AddressClaims claims = new AddressClaims(etcd);
        int taken = 0;
        while (!other.isDone() || taken == 0) {
            assertThat(claims.takeAny(BLOCK, "n1")).isPresent();
            claims.release(AddressClaims.tunnelHandle("n1"));
            taken++;
        }
        List<Integer> theirs = other.join();
        ObjectNode block = Json.read(etcd.get(Keys.block(BLOCK)).orElseThrow());
        for (int i = 0; i < 64; i++) {
            assertThat(block.path("allocations").get(i).isIntegralNumber())
                    .as("address %s", i)
                    .isEqualTo(theirs.contains(i));
        }
        assertThat(block.path("written").intValue()).as("an unknown field").isEqualTo(rounds);
        assertThat(block.path("attributes")).hasSize(1);
        assertThat(block.path("attributes")
                        .get(0)
                        .path("alternateOwnerAttrs")
                        .path("node")
                        .asText())
                .isEqualTo("n7");
        assertThat(block.path("unallocated")).hasSize(64 - theirs.size());
    }

    /** Takes an address a round, by compare-and-swap on the whole block, and counts the rounds in a field of its own. */
    private List<Integer> takeAsAnotherIpam(int rounds) {
        List<Integer> taken = new ArrayList<>();
        while (taken.size() < rounds) {
            Stored found = etcd.get(Keys.block(BLOCK)).orElseThrow();
            ObjectNode block = Json.read(found);
            ArrayNode free = block.withArray("unallocated");
            int ordinal = free.remove(free.size() - 1).intValue();
            ArrayNode attributes =
                    block.path("attributes") instanceof ArrayNode all ? all : block.putArray("attributes");
            int index = 0;
            while (index < attributes.size()
                    && !attributes.get(index).path("handle_id").asText().equals("vm")) {
                index++;
            }
            if (index == attributes.size()) {
                ObjectNode mine = attributes.addObject().put("handle_id", "vm");
                mine.putObject("alternateOwnerAttrs").put("node", "n7");
            }
            block.withArray("allocations")
                    .set(ordinal, JsonDocument.MAPPER.getNodeFactory().numberNode(index));
            block.put("written", taken.size() + 1);
            if (etcd.replace(found.key(), Json.write(block), found.modRevision())
                    .done()) {
                taken.add(ordinal);
            }
        }
        return taken;
    }

    /** The node names the block's first address, which is taken without handle and attributes. */
    private void unmarked() {
        new NodeRegistration(etcd, "n1").setTunnelAddress(Optional.of(BLOCK.network()));
        edit("\"allocations\":[null", "\"allocations\":[0");
        edit("\"unallocated\":[0,", "\"unallocated\":[");
        edit("\"attributes\":null", "\"attributes\":[{\"handle_id\":null,\"secondary\":null}]");
    }

    private void edit(String before, String after) {
        String block = text(Keys.block(BLOCK));
        assertThat(block).contains(before);
        put(Keys.block(BLOCK), block.replace(before, after));
    }

    private void reconcile(Snapshot snapshot) {
        assertThat(new IpamWriter(etcd, "n1", BlockClaimMode.AUTO, address -> {}).reconcile(snapshot))
                .isEmpty();
    }

    private Optional<Address> tunnel() {
        return snapshot().nodes().get("n1").tunnelAddress();
    }

    private boolean consistent() {
        IpamPicture picture = new IpamPicture();
        new IpamReader(etcd).read(picture::put);
        return IpamCheck.check(picture).isEmpty();
    }

    private Snapshot snapshot() {
        SnapshotAssembler assembler = new SnapshotAssembler();
        return assembler.snapshot(etcd.scan("/calico/", 0, assembler::put));
    }

    private void put(String key, String value) {
        etcd.put(key, value.getBytes(UTF_8), 0);
    }

    private String text(String key) {
        return new String(etcd.get(key).orElseThrow().value(), UTF_8);
    }
}
