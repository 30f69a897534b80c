package io.culvert.operator.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.store.BlockCodec;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.Stored;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.Affinity.State;
import io.culvert.reconciler.resource.Block;
import io.culvert.reconciler.resource.Rejected;
import io.culvert.reconciler.resource.Snapshot;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SnapshotAssemblerTest {

    private static final Prefix CIDR = Prefix.parse("192.168.0.0/29");

    private final SnapshotAssembler assembler = new SnapshotAssembler();
    private long revision;

    @ParameterizedTest(name = "[{index}] {0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'cidr':'10.0.0.0/26'}                                   | cidr: "10.0.0.0/26": must be 192.168.0.0/30, as its key says
            {'cidr':7}                                               | cidr: 7: must be a string or null
            {'cidr':null}                                            | cidr: null: must be 192.168.0.0/30, as its key says
            {'cidr':'192.168.0.0/30','affinity':{'a':[1]}}           | affinity: {"a":[1]}: must be a string or null
            {'cidr':'192.168.0.0/30','allocations':'x'}              | allocations: "x": must be a list
            {'cidr':'192.168.0.0/30','allocations':[1.5]}            | allocations[0]: 1.5: must be null or an index into attributes
            {'cidr':'192.168.0.0/30','allocations':[null,-1]}        | allocations[1]: -1: must be null or an index into attributes
            {'cidr':'192.168.0.0/30','allocations':[99999999999]}    | allocations[0]: 99999999999: must be null or an index into attributes
            {'cidr':'192.168.0.0/30','allocations':[0]}              | allocations[0]: 0: must be an index into attributes, of which there are 0
            {'cidr':'192.168.0.0/30','allocations':[null,null,null,null,null]} | allocations: null: must have one entry for each of the 4 addresses
            {'cidr':'192.168.0.0/30','attributes':[true]}            | attributes[0]: true: must be an object
            {'cidr':'192.168.0.0/30','attributes':[{'secondary':{'node':[]}}]} | attributes[0].secondary.node: []: must be a string or null
            [1]                                                      | [1]: must be an object
            ``                                                       | must be an object
            """)
    void a_rejected_block_is_told_with_what_stands_there(String json, String fault) {
        Prefix cidr = Prefix.parse("192.168.0.0/30");
        Decoded<Block> decoded = BlockCodec.decode(cidr, json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
        assertThat(((Decoded.Invalid<Block>) decoded).faults()).singleElement().hasToString(fault);
    }

    @Test
    void a_rejected_name_is_told_in_quotes() {
        SnapshotAssembler assembler = new SnapshotAssembler();
        assembler.put(new Stored(
                Keys.pool("a"),
                DatastoreWatcherTest.pool("b", "10.0.0.0/8").getBytes(StandardCharsets.UTF_8),
                1,
                1,
                1));
        assertThat(assembler.snapshot(1).rejected())
                .singleElement()
                .extracting(Rejected::reason)
                .isEqualTo("metadata.name: \"b\": must be a, as its key says");
    }

    @Test
    void a_nodes_felix_configuration_stands_before_the_default() {
        putFelix("default", "\"ipipMTU\":1440,\"ipipEnabled\":false");
        putFelix("node.n1", "\"ipipMTU\":1400");
        putFelix("elsewhere", "\"ipipMTU\":1300");
        assertThat(snapshot().felixFor("n1").ipipMtu()).hasValue(1400);
        assertThat(snapshot().felixFor("n1").tunnelAllowed()).isFalse();
        assertThat(snapshot().felixFor("n2").ipipMtu()).hasValue(1440);
        assertThat(snapshot().felixFor("elsewhere").ipipMtu()).hasValue(1440);

        assembler.remove(Keys.FELIX + "default");
        assertThat(snapshot().felixFor("n2").ipipMtu()).isEmpty();
    }

    @Test
    void a_malformed_felix_configuration_leaves_the_last_good_one() {
        putFelix("default", "\"ipipMTU\":1440");
        putFelix("default", "\"ipipMTU\":\"big\"");
        assertThat(snapshot().felixFor("n1").ipipMtu()).hasValue(1440);
        assertThat(snapshot().rejected()).singleElement().satisfies(rejected -> {
            assertThat(rejected.kind()).isEqualTo("FelixConfiguration");
            assertThat(rejected.key()).isEqualTo(Keys.FELIX + "default");
            assertThat(rejected.reason()).contains("spec.ipipMTU");
            assertThat(rejected.lastGoodKept()).isTrue();
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"datastoreReady\":false | true",
                "\"datastoreReady\":true | false",
                "\"datastoreReady\":null | false",
                "\"clusterGUID\":\"1f2e\" | false"
            })
    void the_datastore_is_locked_when_its_cluster_information_says_so(String field, boolean locked) {
        assertThat(snapshot().locked()).isFalse();
        put(Keys.CLUSTER + "default", "{\"metadata\":{\"name\":\"default\"},\"spec\":{" + field + "}}");
        assertThat(snapshot().locked()).isEqualTo(locked);
        assembler.remove(Keys.CLUSTER + "default");
        assertThat(snapshot().locked()).isFalse();
    }

    private void putFelix(String name, String settings) {
        put(Keys.FELIX + name, "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{" + settings + "}}");
    }

    @Test
    void a_full_block_gives_owner_and_borrowers() {
        put(Keys.block(CIDR), """
                {"cidr":"192.168.0.0/29","affinity":"host:node-1","affinity_claim_time":"2026-01-02T03:04:07Z",
                 "allocations":[0,1,null,2,3,null,null,null],"unallocated":[2,5,6,7],
                 "attributes":[{"handle_id":"h","secondary":{"node":"node-1","type":"ipipTunnelAddress"}},
                  {"handle_id":"k","secondary":{"pod":"web-0","node":"node-2","more":{"node":"no"}}},
                  {"handle_id":"l","secondary":null},{"future":[1],"secondary":{"node":"node-3"}}],
                 "sequenceNumber":1767323047000000002,"sequenceNumberForAllocation":{"0":1767323047000000000},
                 "deleted":false,"future":{"cidr":"10.0.0.0/8","list":[{}]}}""");
        assertThat(snapshot().rejected()).isEmpty();
        assertThat(snapshot().blocks())
                .containsOnly(Map.entry(
                        CIDR,
                        new Block(
                                CIDR,
                                Optional.of("node-1"),
                                Map.of(
                                        Address.parse("192.168.0.1"),
                                        "node-2",
                                        Address.parse("192.168.0.4"),
                                        "node-3"))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"cidr\":\"192.168.0.0/29\",\"affinity\":null} | ",
                "{\"cidr\":\"192.168.0.0/29\"} | ",
                "{\"cidr\":\"192.168.0.0/29\",\"affinity\":\"virtual:lb\"} | ",
                "{\"cidr\":\"192.168.0.0/29\",\"hostAffinity\":\"old\"} | old",
                "{\"cidr\":\"192.168.0.0/29\",\"affinity\":\"host:new\",\"hostAffinity\":\"old\"} | new",
                "{\"affinity\":\"host:x\",\"attributes\":null,\"cidr\":\"192.168.0.0/29\"} | x",
            })
    void the_owner_of_a_block(String json, String owner) {
        put(Keys.block(CIDR), json);
        assertThat(snapshot().rejected()).isEmpty();
        assertThat(snapshot().blocks().get(CIDR).owner()).isEqualTo(Optional.ofNullable(owner));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | must be an object",
                "{\"cidr\":\"192.168.0.0/29\" | invalid JSON",
                "{} | cidr: is required",
                "{\"cidr\":\"192.168.0.8/29\"} | cidr",
                "{\"cidr\":\"192.168.0.0/29\",\"affinity\":7} | affinity",
                "{\"cidr\":\"192.168.0.0/29\",\"allocations\":[0]} | allocations[0]",
                "{\"cidr\":\"192.168.0.0/29\",\"allocations\":[null,-1]} | allocations[1]",
                "{\"cidr\":\"192.168.0.0/29\",\"allocations\":[1767323047000000002]} | allocations[0]",
                "{\"cidr\":\"192.168.0.0/29\",\"allocations\":[null,null,null,null,null,null,null,null,null]} | of the 8",
                "{\"cidr\":\"192.168.0.0/29\",\"attributes\":{}} | attributes",
            })
    void a_malformed_block_is_named(String json, String reason) {
        put(Keys.block(CIDR), json);
        assertThat(snapshot().blocks()).isEmpty();
        assertThat(snapshot().rejected()).singleElement().satisfies(rejected -> {
            assertThat(rejected.reason()).contains(reason);
            assertThat(rejected.kind()).isEqualTo("Block");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | CONFIRMED",
                "{} | CONFIRMED",
                "{\"state\":\"\"} | CONFIRMED",
                "{\"state\":\"confirmed\",\"deleted\":false} | CONFIRMED",
                "{\"state\":\"pending\"} | PENDING",
                "{\"state\":\"pendingDeletion\",\"x\":1} | PENDING_DELETION",
            })
    void the_state_of_an_affinity(String json, State state) {
        put(Keys.affinity("node.one", CIDR), json);
        put("/calico/ipam/v2/host/node-1", "");
        assertThat(snapshot().affinities()).containsExactly(new Affinity("node.one", CIDR, state));
        put(Keys.affinity("node.one", CIDR), "{\"state\":\"gone\"}");
        assertThat(snapshot().affinities()).containsExactly(new Affinity("node.one", CIDR, state));
        assertThat(snapshot().rejected()).extracting(Rejected::lastGoodKept).containsExactly(true);
    }

    @Test
    void of_overlapping_pools_the_one_created_first_stands() {
        put(Keys.pool("young"), pool("young", "10.0.0.0/8"), 20, 1);
        put(Keys.pool("old"), pool("old", "10.1.0.0/16"), 10, 3);
        assertThat(snapshot().pools()).containsOnlyKeys("old");
        assertThat(snapshot().rejected()).singleElement().satisfies(rejected -> {
            assertThat(rejected.key()).isEqualTo(Keys.pool("young"));
            assertThat(rejected.reason()).contains("young", "old", "must not overlap");
        });
        assembler.remove(Keys.pool("old"));
        assertThat(snapshot().pools()).containsOnlyKeys("young");
        assertThat(snapshot().rejected()).isEmpty();
    }

    @Test
    void vxlan_pools_are_read_and_named_and_ipv6_pools_named() {
        put(Keys.pool("v"), pool("v", "10.0.0.0/8").replace("\"ipipMode\":\"Always\"", "\"vxlanMode\":\"Always\""));
        put(Keys.pool("six"), pool("six", "fd00::/64"));
        assertThat(snapshot().pools()).containsOnlyKeys("v");
        assertThat(snapshot().unsupported()).containsOnlyKeys("v", "six");
        assertThat(snapshot().rejected()).isEmpty();
        assembler.remove(Keys.pool("six"));
        assertThat(snapshot().unsupported()).containsOnlyKeys("v");
    }

    @Test
    void a_key_made_anew_with_a_malformed_value_has_no_last_good_one() {
        put(Keys.pool("p"), pool("p", "10.0.0.0/8"), 1, 1);
        put(Keys.pool("p"), "{", 2, 1);
        assertThat(snapshot().pools()).isEmpty();
        assertThat(snapshot().rejected()).extracting(Rejected::lastGoodKept).containsExactly(false);
        assertThat(assembler.unsettled()).isEmpty();
        assembler.remove(Keys.pool("p"));
        assertThat(snapshot().rejected()).isEmpty();
    }

    @Test
    void a_value_whose_name_is_not_its_keys_is_rejected() {
        put(Keys.pool("p"), pool("q", "10.0.0.0/8"));
        put(Keys.node("a"), DatastoreWatcherTest.node("b", "10.0.0.1/24"));
        assertThat(snapshot().pools()).isEmpty();
        assertThat(snapshot().nodes()).isEmpty();
        assertThat(snapshot().rejected())
                .hasSize(2)
                .allSatisfy(rejected -> assertThat(rejected.reason()).contains("metadata.name"));
    }

    @Test
    void takes_an_earlier_value_from_history_or_from_what_was_known_before() {
        put(Keys.pool("p"), pool("p", "10.0.0.0/8"), 1, 1);
        SnapshotAssembler fresh = new SnapshotAssembler();
        Stored broken = stored(Keys.pool("p"), "{", 1, 3);
        fresh.put(broken);
        assertThat(fresh.unsettled()).containsExactly(broken);
        assertThat(fresh.offerEarlier(stored(Keys.pool("p"), "[", 1, 2))).isFalse();
        assertThat(fresh.unsettled()).hasSize(1);
        fresh.inherit(Keys.pool("p"), assembler);
        assertThat(fresh.snapshot(9).pools()).containsOnlyKeys("p");
        assertThat(fresh.snapshot(9).rejected())
                .extracting(Rejected::lastGoodKept)
                .containsExactly(true);
    }

    @Test
    void an_event_among_100_000_blocks_costs_less_than_a_millisecond_and_leaves_older_snapshots_alone() {
        for (int i = 0; i < 100_000; i++) {
            putBlock(i, "node-" + i % 5000);
        }
        Snapshot before = snapshot();
        assertThat(before.blocks()).hasSize(100_000);
        long started = System.nanoTime();
        int events = 2000;
        for (int i = 0; i < events; i++) {
            putBlock(i, "other");
            snapshot();
        }
        long each = (System.nanoTime() - started) / events;
        assertThat(each).as("nanoseconds an event").isLessThan(1_000_000);
        assertThat(before.blocks().get(block(0)).owner()).contains("node-0");
        assertThat(snapshot().blocks().get(block(0)).owner()).contains("other");
        assertThat(snapshot().blocks().values().stream()
                        .filter(block -> block.owner().equals(Optional.of("other"))))
                .hasSize(events);
        for (int i = 0; i < 100_000; i += 2) {
            assembler.remove(Keys.block(block(i)));
        }
        assertThat(snapshot().blocks())
                .hasSize(50_000)
                .doesNotContainKey(block(0))
                .containsKey(block(1));
        assertThat(before.blocks()).hasSize(100_000);
        assertThat(before.blocks().entrySet().stream()
                        .map(Map.Entry::getKey)
                        .distinct()
                        .count())
                .isEqualTo(100_000);
    }

    private void putBlock(int index, String owner) {
        put(Keys.block(block(index)), "{\"cidr\":\"" + block(index) + "\",\"affinity\":\"host:" + owner + "\"}");
    }

    private static Prefix block(int index) {
        return new Prefix(0x0a000000 + (index << 6), 26);
    }

    private static String pool(String name, String cidr) {
        return DatastoreWatcherTest.pool(name, cidr);
    }

    private void put(String key, String value) {
        put(key, value, 1, ++revision);
    }

    private void put(String key, String value, long createRevision, long version) {
        assembler.put(stored(key, value, createRevision, version));
    }

    private Stored stored(String key, String value, long createRevision, long version) {
        return new Stored(
                key, value.getBytes(StandardCharsets.UTF_8), createRevision, createRevision + version, version);
    }

    private Snapshot snapshot() {
        return assembler.snapshot(1);
    }
}
