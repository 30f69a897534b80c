package io.culvert.operator.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.Stored;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Affinity;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Rejected;
import io.culvert.reconciler.resource.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SnapshotContentTest {

    private static final List<String> ENDPOINTS = List.of("http://10.0.1.1:2379", "http://10.0.1.2:2379");

    private final SnapshotAssembler assembler = new SnapshotAssembler();

    @Test
    void everything_comes_back() throws IOException {
        put(
                Keys.pool("web"),
                "{'kind':'IPPool','metadata':{'name':'web'},'spec':{'cidr':'192.168.0.0/16','ipipMode':'CrossSubnet',"
                        + "'natOutgoing':true,'nodeSelector':'has(rack)','blockSize':28}}");
        put(Keys.pool("six"), "{'kind':'IPPool','metadata':{'name':'six'},'spec':{'cidr':'fd00::/64'}}");
        put(
                Keys.node("n1"),
                "{'kind':'Node','metadata':{'name':'n1','labels':{'rack':'a'}},'spec':{'bgp':{"
                        + "'ipv4Address':'10.0.1.11/24','ipv4IPIPTunnelAddr':'192.168.0.1'}}}");
        put(Keys.FELIX + "default", "{'metadata':{'name':'default'},'spec':{'deviceRouteProtocol':80}}");
        put(DatastoreLock.KEY, "{'metadata':{'name':'default'},'spec':{'datastoreReady':false}}");
        block(
                "192.168.0.0/28",
                "'affinity':'host:n1','allocations':[0,null,1],'attributes':["
                        + "{'handle_id':'h','secondary':{'node':'n1'}},{'secondary':{'node':'\\\"n\\\" 2'}}]");
        block("192.168.1.0/28", "'allocations':[null],'attributes':[]");
        block("192.168.2.5/32", "'hostAffinity':'n2'");
        claim("n1", "192.168.0.0/28", "confirmed");
        claim("n1", "192.168.1.0/28", "pending");
        claim("n2", "192.168.2.5/32", "pendingDeletion");

        SnapshotContent.Recalled recalled = SnapshotContent.decode(content(77).encode());

        Snapshot before = assembler.snapshot(77);
        Snapshot after = recalled.reading().snapshot();
        assertThat(recalled.endpoints()).isEqualTo(ENDPOINTS);
        assertThat(after.revision()).isEqualTo(77);
        assertThat(after.pools()).containsOnlyKeys("web");
        assertThat(before.blocks()).hasSize(3);
        assertThat(before.affinities()).hasSize(3);
        assertThat(after)
                .usingRecursiveComparison()
                .ignoringFields("pools.web.nodeSelector", "affinities")
                .isEqualTo(before);
        assertThat(Set.copyOf(after.affinities())).isEqualTo(Set.copyOf(before.affinities()));
        IpPool web = after.pools().get("web");
        assertThat(web.nodeSelector().matches(Map.of("rack", "a"))).isTrue();
        assertThat(web.nodeSelector().matches(Map.of())).isFalse();
        assertThat(recalled.reading().assembler().anchor()).isEqualTo(assembler.anchor());
    }

    @Test
    void what_is_in_force_is_kept_not_what_is_rejected() throws IOException {
        put(Keys.pool("web"), DatastoreWatcherTest.pool("web", "192.168.0.0/16"));
        put(Keys.node("n1"), DatastoreWatcherTest.node("n1", "10.0.1.11/24"));
        put(Keys.node("n2"), DatastoreWatcherTest.node("n2", "10.0.1.12/24"));
        assembler.put(stored(Keys.pool("web"), "{", 2));
        assembler.put(stored(Keys.node("n1"), "{", 2));
        assembler.remove(Keys.node("n2"));
        Snapshot after = SnapshotContent.decode(content(7).encode()).reading().snapshot();
        assertThat(after.pools()).containsOnlyKeys("web");
        assertThat(after.nodes()).containsOnlyKeys("n1");
        assertThat(after.rejected()).isEmpty();
    }

    @Test
    void a_value_inherited_from_before_is_kept_too() throws IOException {
        put(Keys.pool("web"), DatastoreWatcherTest.pool("web", "192.168.0.0/16"));
        SnapshotAssembler relisted = new SnapshotAssembler();
        relisted.put(stored(Keys.pool("web"), "{", 2));
        relisted.inherit(Keys.pool("web"), assembler);
        SnapshotContent content = new SnapshotContent(ENDPOINTS, relisted.snapshot(8), relisted.documents());
        assertThat(content.snapshot().rejected())
                .extracting(Rejected::lastGoodKept)
                .containsExactly(true);
        assertThat(SnapshotContent.decode(content.encode()).reading().snapshot().pools())
                .containsOnlyKeys("web");
    }

    @Test
    void bytes_that_end_too_early_or_too_late_are_refused() {
        put(Keys.pool("web"), DatastoreWatcherTest.pool("web", "192.168.0.0/16"));
        byte[] whole = content(7).encode();
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> SnapshotContent.decode(part))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> SnapshotContent.decode("90\n".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IOException.class);
    }

    @Test
    void a_hundred_thousand_blocks_fit() throws IOException {
        put(Keys.pool("web"), DatastoreWatcherTest.pool("web", "10.0.0.0/8"));
        for (int i = 0; i < 100_000; i++) {
            Prefix cidr = Prefix.parse("10." + (i >> 10) + "." + (i >> 2 & 255) + "." + ((i & 3) << 6) + "/26");
            block(cidr.toString(), "'affinity':'host:node-" + i % 5000 + "'");
            claim("node-" + i % 5000, cidr.toString(), "confirmed");
        }
        SnapshotContent content = content(1);
        long start = System.nanoTime();
        byte[] bytes = content.encode();
        long encoded = System.nanoTime();
        Snapshot after = SnapshotContent.decode(bytes).reading().snapshot();
        System.out.printf(
                Locale.ROOT,
                "figure: 100,000 blocks and claims on disk: %.1f MB, written in %.2f s, read in %.2f s%n",
                bytes.length / 1e6,
                (encoded - start) / 1e9,
                (System.nanoTime() - encoded) / 1e9);
        assertThat(after.blocks()).hasSize(100_000);
        assertThat(after.affinities().stream().map(Affinity::block).collect(Collectors.toSet()))
                .hasSize(100_000);
        assertThat(bytes.length).isLessThan(10_000_000);
    }

    private SnapshotContent content(long revision) {
        return new SnapshotContent(ENDPOINTS, assembler.snapshot(revision), assembler.documents());
    }

    private void block(String cidr, String fields) {
        put(Keys.block(Prefix.parse(cidr)), "{'cidr':'" + cidr + "'," + fields + "}");
    }

    private void claim(String node, String cidr, String state) {
        put(Keys.affinity(node, Prefix.parse(cidr)), "{'state':'" + state + "'}");
    }

    private void put(String key, String value) {
        assembler.put(stored(key, value, 1));
    }

    private static Stored stored(String key, String value, long version) {
        return new Stored(key, value.replace('\'', '"').getBytes(StandardCharsets.UTF_8), 5, 5, version);
    }
}
