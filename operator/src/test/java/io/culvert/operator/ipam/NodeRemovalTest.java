package io.culvert.operator.ipam;

import static io.culvert.operator.ipam.check.IpamStore.BLOCK_1;
import static io.culvert.operator.ipam.check.IpamStore.BLOCK_2;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.etcd.Stored;
import io.culvert.operator.ipam.check.IpamCheck;
import io.culvert.operator.ipam.check.IpamPicture;
import io.culvert.operator.ipam.check.IpamStore;
import io.culvert.operator.resource.ResourceOutcome;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.retry.RetryRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class NodeRemovalTest {

    private static final String CALICO = "/calico/resources/v3/projectcalico.org/";
    private static final String ENDPOINT = CALICO + "workloadendpoints/default/n1-k8s-web--0-eth0";

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer();

    private final List<String> reported = new ArrayList<>();
    private EtcdConnection etcd;

    @BeforeEach
    void connect() {
        etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()));
    }

    @AfterEach
    void disconnect() {
        etcd.close();
    }

    /** What n1 has and what names it, beside the same of n2. Each node holds an address of the other's block. */
    private static IpamStore cluster() {
        IpamStore store = IpamStore.consistent()
                .edit(BLOCK_1, "[0,1,null", "[0,1,2")
                .edit(BLOCK_1, "[2,3,4,5,6,7]", "[3,4,5,6,7]")
                .edit(
                        BLOCK_1,
                        "\"}}],\"sequenceNumber\"",
                        "\"}},{\"handle_id\":\"pod-of-n2\",\"secondary\":{\"node\":\"n2\",\"pod\":\"db-0\"}}],\"sequenceNumber\"")
                .edit(BLOCK_2, "[0,null,null", "[0,1,2")
                .edit(BLOCK_2, "[1,2,3,4,5,6,7]", "[3,4,5,6,7]")
                .edit(
                        BLOCK_2,
                        "\"}}],\"sequenceNumber\"",
                        "\"}},{\"handle_id\":\"pod-of-n1\",\"secondary\":{\"node\":\"n1\",\"pod\":\"web-1\"}},"
                                + "{\"handle_id\":\"says-no-node\"}],\"future\":12345678901234567890,\"sequenceNumber\"")
                .put(Keys.handle("pod-of-n2"), "{\"block\":{\"192.168.0.0/29\":1},\"deleted\":false}")
                .put(Keys.handle("pod-of-n1"), "{\"block\":{\"192.168.0.8/29\":1},\"deleted\":false}")
                .put(Keys.handle("says-no-node"), "{\"block\":{\"192.168.0.8/29\":1},\"deleted\":false}")
                .put(ENDPOINT, endpoint("n1", "192.168.0.10/32"))
                .put(ENDPOINT.replace("n1", "n2"), endpoint("n2", "192.168.0.2/32"))
                .put(CALICO + "bgppeers/to-n1", "{\"spec\":{\"node\":\"n1\"}}")
                .put(CALICO + "bgppeers/to-all", "{\"spec\":{\"nodeSelector\":\"all()\"}}")
                .put(CALICO + "hostendpoints/n1-eth0", "{\"spec\":{\"node\":\"n1\"}}")
                .put(CALICO + "hostendpoints/n2-eth0", "{\"spec\":{\"node\":\"n2\"}}")
                .put(CALICO + "felixconfigurations/default", "{\"spec\":{}}")
                .put(CALICO + "felixconfigurations/node.n1", "{\"spec\":{}}")
                .put(CALICO + "felixconfigurations/node.n2", "{\"spec\":{}}")
                .put(CALICO + "bgpconfigurations/node.n1", "{\"spec\":{}}")
                .put(Keys.HOSTS + "n1", "{}");
        return store;
    }

    private static String endpoint(String node, String network) {
        return "{\"kind\":\"WorkloadEndpoint\",\"spec\":{\"node\":\"" + node + "\",\"ipNetworks\":[\"" + network
                + "\"]}}";
    }

    @Test
    void releases_and_deletes_all_that_is_the_nodes_and_nothing_else() {
        store(cluster());

        assertThat(delete("n1")).isInstanceOf(ResourceOutcome.Changed.class);

        assertThat(reported)
                .containsExactly(
                        "released 192.168.0.0, 192.168.0.1 of block 192.168.0.0/29",
                        "released 192.168.0.9, 192.168.0.10 of block 192.168.0.8/29",
                        "released block 192.168.0.0/29, which stays because others hold addresses of it",
                        "deleted workloadendpoint default/n1-k8s-web--0-eth0",
                        "deleted bgppeer to-n1",
                        "deleted hostendpoint n1-eth0",
                        "deleted felixconfiguration node.n1",
                        "deleted bgpconfiguration node.n1",
                        "deleted host marker");
        assertThat(etcd.list("/calico/").entries().stream().map(Stored::key))
                .containsExactlyInAnyOrder(
                        BLOCK_1,
                        BLOCK_2,
                        IpamStore.AFFINITY_2,
                        IpamStore.TUNNEL_HANDLE_2,
                        Keys.handle("pod-of-n2"),
                        IpamStore.POOL,
                        IpamStore.NODE_2,
                        ENDPOINT.replace("n1", "n2"),
                        CALICO + "bgppeers/to-all",
                        CALICO + "hostendpoints/n2-eth0",
                        CALICO + "felixconfigurations/default",
                        CALICO + "felixconfigurations/node.n2");
        ObjectNode first = block(BLOCK_1);
        assertThat(first.path("affinity").isNull()).isTrue();
        assertThat(first.path("allocations").toString()).isEqualTo("[null,null,0,null,null,null,null,null]");
        assertThat(first.path("attributes").toString()).contains("db-0").doesNotContain("web-0");
        ObjectNode second = block(BLOCK_2);
        assertThat(second.path("allocations").toString()).isEqualTo("[0,null,null,null,null,null,null,null]");
        assertThat(second.path("future").toString()).isEqualTo("12345678901234567890");
        assertThat(second.path("sequenceNumber").longValue()).isEqualTo(1767323047000000002L);
    }

    @Test
    void leaves_ipam_consistent() {
        store(IpamStore.consistent());
        delete("n1");
        assertThat(IpamCheck.check(picture())).isEmpty();
        assertThat(reported)
                .containsExactly(
                        "released 192.168.0.0, 192.168.0.1 of block 192.168.0.0/29", "deleted block 192.168.0.0/29");
    }

    @Test
    void wherever_it_is_interrupted_it_may_be_run_again() {
        store(IpamStore.consistent());
        delete("n1");
        int steps = reported.size();
        assertThat(steps).isPositive();
        for (int last = 1; last <= steps; last++) {
            etcd.list("/calico/").entries().forEach(stored -> etcd.delete(stored.key(), stored.modRevision()));
            store(IpamStore.consistent());
            interruptAfter(last);
            assertThat(delete("n1")).isInstanceOf(ResourceOutcome.Changed.class);
            assertThat(IpamCheck.check(picture()))
                    .as("interrupted after step %s", last)
                    .isEmpty();
        }
    }

    /** Between any two requests, so between any two writes as well. */
    @Test
    void cut_off_after_any_request_and_run_again_it_leaves_nothing_and_loses_nothing() {
        store(cluster());
        delete("n1");
        Map<String, String> expected = contents();
        int requests = 0;
        boolean cut = true;
        while (cut) {
            etcd.list("/calico/").entries().forEach(stored -> etcd.delete(stored.key(), stored.modRevision()));
            store(cluster());
            cut = isCutOffAfter(requests);
            delete("n1");
            assertThat(contents()).as("cut off after %s requests", requests).isEqualTo(expected);
            requests++;
        }
        assertThat(requests).isGreaterThan(20);
    }

    /** Deletes n1 by a connection whose circuit breaker opens for good after so many requests; false if that is enough. */
    private static boolean isCutOffAfter(int requests) {
        CircuitBreakerRegistry breakers = CircuitBreakerRegistry.ofDefaults();
        EtcdConfig config = EtcdConfig.plain(SERVER.endpoint());
        try (EtcdConnection failing = new EtcdConnection(config, RetryRegistry.ofDefaults(), breakers)) {
            CircuitBreaker breaker = breakers.circuitBreaker("etcd");
            AtomicInteger left = new AtomicInteger(requests);
            breaker.getEventPublisher().onSuccess(event -> {
                if (left.decrementAndGet() == 0) {
                    breaker.transitionToForcedOpenState();
                }
            });
            if (requests == 0) {
                breaker.transitionToForcedOpenState();
            }
            new NodeRemoval(failing, line -> {}).delete("n1");
            return false;
        } catch (DatastoreException cut) {
            return true;
        }
    }

    /** Everything but the numbers that count changes. */
    private Map<String, String> contents() {
        Map<String, String> contents = new TreeMap<>();
        etcd.list("/calico/")
                .entries()
                .forEach(stored -> contents.put(
                        stored.key(), new String(stored.value(), UTF_8).replaceAll("\"sequenceNumber\":\\d+", "")));
        return contents;
    }

    private void interruptAfter(int steps) {
        List<String> seen = new ArrayList<>();
        NodeRemoval removal = new NodeRemoval(etcd, line -> {
            seen.add(line);
            if (seen.size() == steps) {
                throw new IllegalStateException("interrupted");
            }
        });
        try {
            removal.delete("n1");
        } catch (IllegalStateException interrupted) {
            assertThat(seen).hasSize(steps);
        }
    }

    @Test
    void releases_what_a_node_left_that_does_not_exist() {
        store(IpamStore.consistent().remove(IpamStore.NODE_1));
        assertThat(delete("n1")).isInstanceOf(ResourceOutcome.Missing.class);
        assertThat(IpamCheck.check(picture())).isEmpty();
        reported.clear();
        assertThat(delete("n1")).isInstanceOf(ResourceOutcome.Missing.class);
        assertThat(reported).isEmpty();
    }

    @Test
    void gives_back_a_tunnel_address_of_old_and_leaves_the_unreadable_alone() {
        store(IpamStore.consistent()
                .edit(
                        BLOCK_1,
                        "{\"handle_id\":\"ipip-tunnel-addr-n1\",\"secondary\":{\"node\":\"n1\",\"type\":\"ipipTunnelAddress\"}}",
                        "{\"handle_id\":null,\"secondary\":null}")
                .remove(IpamStore.TUNNEL_HANDLE_1)
                .put(BLOCK_2, "{\"cidr\":"));
        delete("n1");
        assertThat(etcd.get(BLOCK_1)).isEmpty();
        assertThat(reported)
                .first()
                .asString()
                .startsWith("skipped " + BLOCK_2 + ": ")
                .contains("malformed");
        assertThat(reported).contains("deleted block 192.168.0.0/29");
    }

    @Test
    void gives_back_what_its_tunnel_handle_holds_without_saying_whose_it_is() {
        store(IpamStore.consistent()
                .edit(BLOCK_1, "\"secondary\":{\"node\":\"n1\",\"type\":\"ipipTunnelAddress\"}", "\"secondary\":null"));
        delete("n1");
        assertThat(etcd.get(BLOCK_1)).isEmpty();
        assertThat(etcd.get(IpamStore.TUNNEL_HANDLE_1)).isEmpty();
    }

    @Test
    void leaves_what_anothers_handle_holds_though_the_node_names_it() {
        store(IpamStore.consistent()
                .edit(
                        BLOCK_1,
                        "{\"handle_id\":\"ipip-tunnel-addr-n1\",\"secondary\":{\"node\":\"n1\",\"type\":\"ipipTunnelAddress\"}}",
                        "{\"handle_id\":\"other\",\"secondary\":null}")
                .remove(IpamStore.TUNNEL_HANDLE_1)
                .put(Keys.handle("other"), "{\"block\":{\"192.168.0.0/29\":1}}"));
        delete("n1");
        assertThat(block(BLOCK_1).path("allocations").toString()).isEqualTo("[0,null,null,null,null,null,null,null]");
        assertThat(etcd.get(Keys.handle("other"))).isPresent();
    }

    @Test
    void leaves_anothers_block_of_which_it_held_the_only_address() {
        store(IpamStore.consistent().edit(BLOCK_2, "\"node\":\"n2\"", "\"node\":\"n1\""));
        delete("n1");
        assertThat(block(BLOCK_2).path("affinity").asText()).isEqualTo("host:n2");
        assertThat(block(BLOCK_2).path("allocations").get(0).isNull()).isTrue();
    }

    @Test
    void more_addresses_than_a_transaction_holds() {
        String indexes = String.join(
                ",", IntStream.range(0, 256).mapToObj(String::valueOf).toList());
        String attributes = String.join(
                ",",
                IntStream.range(0, 256)
                        .mapToObj(i -> "{\"handle_id\":\"h" + i + "\",\"secondary\":{\"node\":\"n1\"}}")
                        .toList());
        put(
                "/calico/ipam/v2/assignment/ipv4/block/10.0.0.0-24",
                "{\"cidr\":\"10.0.0.0/24\",\"affinity\":\"host:n1\",\"allocations\":[" + indexes
                        + "],\"unallocated\":[]," + "\"attributes\":[" + attributes + "],\"sequenceNumber\":1}");
        for (int i = 0; i < 256; i++) {
            put(Keys.handle("h" + i), "{\"block\":{\"10.0.0.0/24\":1}}");
        }
        delete("n1");
        assertThat(etcd.list("/calico/").entries()).isEmpty();
    }

    private ResourceOutcome delete(String node) {
        reported.clear();
        return new NodeRemoval(etcd, reported::add).delete(node);
    }

    private IpamPicture picture() {
        IpamPicture picture = new IpamPicture();
        new IpamReader(etcd).read(picture::put);
        return picture;
    }

    private ObjectNode block(String key) {
        return Json.read(etcd.get(key).orElseThrow());
    }

    private void store(IpamStore store) {
        store.values().forEach(this::put);
    }

    private void put(String key, String value) {
        etcd.put(key, value.getBytes(UTF_8), 0);
    }
}
