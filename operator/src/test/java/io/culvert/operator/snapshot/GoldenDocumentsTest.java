package io.culvert.operator.snapshot;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.ClusterInformationCodec;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.FelixConfigurationCodec;
import io.culvert.operator.calico.IpPoolCodec;
import io.culvert.operator.calico.JsonDocument;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.NodeCodec;
import io.culvert.operator.calico.Resource;
import io.culvert.operator.calico.rule.Rewrite;
import io.culvert.operator.calico.store.AffinityCodec;
import io.culvert.operator.calico.store.BlockCodec;
import io.culvert.operator.calico.store.BlockDocument;
import io.culvert.operator.calico.store.IpamConfig;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.etcd.Stored;
import io.culvert.operator.ipam.AddressClaims;
import io.culvert.operator.ipam.BlockClaims;
import io.culvert.operator.ipam.NodeRegistration;
import io.culvert.operator.resource.ResourceOutcome;
import io.culvert.operator.resource.ResourceStore;
import io.culvert.reconciler.ipam.TunnelVerdict.Holder;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Affinity.State;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.NodeSelector;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents as Calico's versions leave them in etcd: read, and written back by what writes them, without loss. */
class GoldenDocumentsTest {

    private static final Prefix BLOCK = Prefix.parse("192.168.0.0/29");

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

    @ParameterizedTest
    @CsvSource({
        "pool.json, ippools",
        "pool-v3.28.json, ippools",
        "pool-status.json, ippools",
        "node.json, nodes",
        "node-future.json, nodes",
        "felixconfiguration.json, felixconfigurations",
        "felixconfiguration-node.json, felixconfigurations",
        "bgpconfiguration.json, bgpconfigurations",
        "clusterinformation.json, clusterinformations",
        "workloadendpoint.json, workloadendpoints"
    })
    void a_resource_survives_the_store(String file, String plural) throws IOException {
        JsonNode golden = tree(file);
        String key = Keys.resource(plural, golden.path("metadata").path("name").asText());
        put(key, file);
        ResourceStore store = new ResourceStore(etcd);
        ObjectNode read =
                store.get(plural, golden.path("metadata").path("name").asText()).orElseThrow();
        read.withObject("metadata").withObject("annotations").put("culvert", "was here");
        ResourceOutcome changed = store.update(plural, read);
        ObjectNode again = ((ResourceOutcome.Changed) changed).document();
        again.withObject("metadata").withObject("annotations").remove("culvert");
        if (again.path("metadata").path("annotations").isEmpty()) {
            again.withObject("metadata").remove("annotations");
        }
        assertThat(store.update(plural, again)).isInstanceOf(ResourceOutcome.Changed.class);
        assertSame(golden, stored(key));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pool.json", "pool-status.json", "node.json", "node-future.json"})
    void applying_what_is_stored_changes_nothing(String file) throws IOException {
        ObjectNode document = (ObjectNode) tree(file);
        Resource golden =
                Resource.of(Kind.spelled(document.path("kind").asText()).orElseThrow(), document);
        Resource written = Rewrite.modified(golden, golden);
        assertThat(Rewrite.same(golden, written)).isTrue();
        assertThat(written.document().path("metadata")).isEqualTo(document.path("metadata"));
        assertThat(written.document().path("status")).isEqualTo(document.path("status"));
    }

    @Test
    void a_pool_of_old_gets_its_defaults_and_keeps_its_dead_fields_when_it_is_disabled() throws IOException {
        put(Keys.pool("default-ipv4-ippool"), "pool-v3.28.json");
        ResourceStore store = new ResourceStore(etcd);
        ObjectNode pool = store.get("ippools", "default-ipv4-ippool").orElseThrow();
        pool.withObject("spec").put("disabled", true);
        store.update("ippools", pool);
        ObjectNode expected = (ObjectNode) tree("pool-v3.28.json");
        expected.withObject("spec").put("disabled", true);
        assertSame(expected, stored(Keys.pool("default-ipv4-ippool")));
    }

    @Test
    void pools_are_understood() throws IOException {
        IpPool pool = pool("pool.json");
        assertThat(pool.cidr()).isEqualTo(Prefix.parse("192.168.0.0/16"));
        assertThat(pool.ipipMode()).isEqualTo(EncapsulationMode.ALWAYS);
        assertThat(pool.natOutgoing()).isTrue();
        IpPool old = pool("pool-v3.28.json");
        assertThat(old.ipipMode()).isEqualTo(EncapsulationMode.CROSS_SUBNET);
        assertThat(old.automatic()).as("assignmentMode that is not there").isTrue();
        assertThat(old.natOutgoing())
                .as("beside nat-outgoing: false, which is dead")
                .isTrue();
        assertThat(old.nodeSelector()).isSameAs(NodeSelector.ALL);
        assertThat(old.blockSize()).isEqualTo(26);
        assertThat(old.allowedUses()).containsExactlyInAnyOrder(IpPool.AllowedUse.WORKLOAD, IpPool.AllowedUse.TUNNEL);
        IpPool future = pool("pool-status.json");
        assertThat(future.disabled()).isTrue();
        assertThat(future.blockSize()).isEqualTo(28);
        assertThat(future.automatic()).isFalse();
        assertThat(future.nodeSelector().matches(Map.of("rack", "a"))).isTrue();
    }

    @Test
    void dead_fields_of_a_stored_pool_say_nothing() {
        String alive =
                "{\"kind\":\"IPPool\",\"metadata\":{\"name\":\"p\"},\"spec\":{\"cidr\":\"10.0.0.0/8\",\"ipipMode\":\"Never\"";
        String dead = ",\"ipip\":{\"enabled\":true,\"mode\":\"always\"},\"nat-outgoing\":true";
        assertThat(IpPoolCodec.decode((alive + dead + "}}").getBytes(UTF_8)))
                .isEqualTo(IpPoolCodec.decode((alive + "}}").getBytes(UTF_8)))
                .isInstanceOf(Decoded.Valid.class);
    }

    @Test
    void settings_are_understood() throws IOException {
        assertThat(FelixConfigurationCodec.decode(bytes("felixconfiguration.json")))
                .isEqualTo(new Decoded.Valid<>(new FelixConfiguration(
                        Optional.of(true),
                        OptionalInt.of(1440),
                        Set.of(Prefix.parse("10.9.0.0/24")),
                        OptionalInt.empty(),
                        Optional.empty(),
                        OptionalLong.empty())));
        assertThat(FelixConfigurationCodec.decode(bytes("felixconfiguration-node.json")))
                .isEqualTo(new Decoded.Valid<>(FelixConfiguration.NONE));
        byte[] cluster = bytes("clusterinformation.json");
        assertThat(ClusterInformationCodec.decodeLocked(cluster)).isEqualTo(new Decoded.Valid<>(false));
        assertThat(ClusterInformationCodec.decodeLocked(new String(cluster, UTF_8)
                        .replace("\"datastoreReady\":true", "\"datastoreReady\":false")
                        .getBytes(UTF_8)))
                .isEqualTo(new Decoded.Valid<>(true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"node.json", "node-future.json"})
    void nodes_are_understood_and_keep_everything_when_the_tunnel_address_changes(String file) throws IOException {
        Node node = ((Decoded.Valid<Node>) NodeCodec.decode(bytes(file))).value();
        assertThat(node.address()).contains(InterfaceAddress.parse("10.0.0.11/24"));
        assertThat(node.tunnelAddress()).contains(Address.parse("192.168.0.0"));

        put(Keys.node("node-1"), file);
        NodeRegistration registration = new NodeRegistration(etcd, "node-1");
        assertThat(registration.setTunnelAddress(Optional.of(Address.parse("192.168.0.9"))))
                .isTrue();
        assertThat(stored(Keys.node("node-1")).toString()).contains("\"ipv4IPIPTunnelAddr\":\"192.168.0.9\"");
        assertThat(registration.setTunnelAddress(Optional.of(Address.parse("192.168.0.0"))))
                .isTrue();
        assertSame(tree(file), stored(Keys.node("node-1")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "block.json",
                "block-v3.31.json",
                "block-legacy.json",
                "block-unowned.json",
                "block-new.json",
                "block-future.json"
            })
    void a_block_survives_reading_and_writing(String file) throws IOException {
        JsonNode golden = tree(file);
        Prefix cidr = Prefix.parse(golden.path("cidr").asText());
        BlockDocument document = BlockDocument.read(cidr, new Stored("key", bytes(file), 1, 1, 1));
        assertSame(golden, JsonDocument.MAPPER.readTree(document.json()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"block.json", "block-v3.31.json", "block-legacy.json", "block-unowned.json", "block-future.json"
            })
    void a_tunnel_address_that_comes_and_goes_leaves_the_rest_of_a_block_as_it_was(String file) throws IOException {
        put(Keys.block(BLOCK), file);
        AddressClaims claims = new AddressClaims(etcd);
        Address taken = claims.takeAny(BLOCK, "node-9").orElseThrow();
        assertThat(claims.holder(BLOCK, taken))
                .hasValueSatisfying(holder -> assertThat(holder.node()).contains("node-9"));
        claims.release(AddressClaims.tunnelHandle("node-9"));

        ObjectNode golden = (ObjectNode) tree(file);
        ObjectNode now = (ObjectNode) stored(Keys.block(BLOCK));
        assertThat(now.path("sequenceNumber").bigIntegerValue())
                .isEqualTo(golden.path("sequenceNumber").bigIntegerValue().add(BigInteger.TWO));
        assertThat(now.path("unallocated")).hasSize(golden.path("unallocated").size());
        for (ObjectNode block : new ObjectNode[] {golden, now}) {
            if (block.path("sequenceNumberForAllocation").isEmpty()) {
                block.remove("sequenceNumberForAllocation");
            }
            block.remove("sequenceNumber");
            block.remove("unallocated");
        }
        assertSame(golden, now);
        assertThat(etcd.list(Keys.HANDLES).entries()).isEmpty();
    }

    @Test
    void blocks_are_understood() throws IOException {
        assertThat(block("block.json")).isEqualTo(new Block(BLOCK, Optional.of("node-1"), Map.of()));
        assertThat(block("block-v3.31.json")).isEqualTo(new Block(BLOCK, Optional.of("node-1"), Map.of()));
        assertThat(block("block-legacy.json"))
                .isEqualTo(new Block(BLOCK, Optional.of("node-1"), Map.of(BLOCK.network(), "node-2")));
        assertThat(block("block-unowned.json"))
                .isEqualTo(new Block(BLOCK, Optional.empty(), Map.of(Address.parse("192.168.0.1"), "node-2")));
        assertThat(block("block-future.json")).isEqualTo(new Block(BLOCK, Optional.of("node-1"), Map.of()));
        Prefix small = Prefix.parse("192.168.0.0/30");
        assertThat(BlockCodec.decode(small, bytes("block-new.json")))
                .isEqualTo(new Decoded.Valid<>(new Block(small, Optional.of("node-1"), Map.of())));
        put(Keys.block(BLOCK), "block-v3.31.json");
        assertThat(new AddressClaims(etcd).holder(BLOCK, BLOCK.network()))
                .contains(new Holder(true, Optional.empty(), Optional.empty(), Optional.empty()));
    }

    @Test
    void disowning_an_old_block_clears_both_owner_fields() throws IOException {
        put(Keys.block(BLOCK), "block-legacy.json");
        new BlockClaims(etcd).release("node-1", BLOCK);
        JsonNode now = stored(Keys.block(BLOCK));
        assertThat(now.path("affinity").isNull()).isTrue();
        assertThat(now.has("hostAffinity")).isFalse();
        assertThat(now.path("strictAffinity").isBoolean()).as("a dead field").isTrue();
        assertThat(now.path("attributes")).isEqualTo(tree("block-legacy.json").path("attributes"));
    }

    @ParameterizedTest
    @CsvSource({"affinity.json, CONFIRMED", "affinity-empty.json, CONFIRMED", "affinity-future.json, PENDING"})
    void affinities_are_understood_and_keep_everything_when_confirmed(String file, State state) throws IOException {
        Keys.AffinityKey key = new Keys.AffinityKey("node-1", BLOCK);
        assertThat(AffinityCodec.decode(key, bytes(file)))
                .isEqualTo(new Decoded.Valid<>(new Affinity("node-1", BLOCK, state)));
        put(Keys.block(BLOCK), "block.json");
        put(Keys.affinity("node-1", BLOCK), file);
        assertThat(new BlockClaims(etcd).claim("node-1", BLOCK)).isTrue();
        if (state == State.CONFIRMED) {
            assertThat(etcd.get(Keys.affinity("node-1", BLOCK)).orElseThrow().value())
                    .as("a claim that stands stays as it is")
                    .isEqualTo(bytes(file));
        } else {
            ObjectNode expected = (ObjectNode) tree(file);
            assertSame(expected.put("state", "confirmed"), stored(Keys.affinity("node-1", BLOCK)));
        }
        assertSame(tree("block.json"), stored(Keys.block(BLOCK)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"handle.json", "handle-future.json"})
    void a_handle_counts_up_and_down_and_keeps_everything(String file) throws IOException {
        Prefix other = Prefix.parse("192.168.0.8/29");
        String key = Keys.handle(AddressClaims.tunnelHandle("node-1"));
        put(key, file);
        new BlockClaims(etcd).claim("node-1", other);
        AddressClaims claims = new AddressClaims(etcd);
        Address taken = claims.takeAny(other, "node-1").orElseThrow();
        assertThat(stored(key).path("block").path(other.toString()).asInt()).isEqualTo(1);
        claims.releaseWhere(other, held -> held.address().equals(taken));
        assertSame(tree(file), stored(key));
    }

    @Test
    void ipam_configurations_are_understood() throws IOException {
        put(Keys.IPAM_CONFIG, "ipamconfig.json");
        assertThat(ipamConfig()).isEqualTo(new IpamConfig(false, true, 0));
        put(Keys.IPAM_CONFIG, "ipamconfig-strict.json");
        assertThat(ipamConfig()).isEqualTo(new IpamConfig(true, true, 20));
    }

    private static IpPool pool(String file) throws IOException {
        return ((Decoded.Valid<IpPool>) IpPoolCodec.decode(bytes(file))).value();
    }

    private static Block block(String file) throws IOException {
        return ((Decoded.Valid<Block>) BlockCodec.decode(BLOCK, bytes(file))).value();
    }

    /** The same fields in the same order with the same digits. */
    private static void assertSame(JsonNode expected, JsonNode actual) {
        assertThat(actual.toString()).isEqualTo(expected.toString());
    }

    private IpamConfig ipamConfig() {
        return IpamConfig.of(Json.read(etcd.get(Keys.IPAM_CONFIG).orElseThrow()));
    }

    private void put(String key, String file) throws IOException {
        etcd.put(key, bytes(file), 0);
    }

    private JsonNode stored(String key) throws IOException {
        return JsonDocument.MAPPER.readTree(etcd.get(key).orElseThrow().value());
    }

    private static JsonNode tree(String file) throws IOException {
        return JsonDocument.MAPPER.readTree(new String(bytes(file), UTF_8));
    }

    private static byte[] bytes(String file) throws IOException {
        try (InputStream resource = GoldenDocumentsTest.class.getResourceAsStream("/calico/" + file)) {
            return Objects.requireNonNull(resource, file).readAllBytes();
        }
    }
}
