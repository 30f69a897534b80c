package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * By which address three real agents are known, and what becomes of it, in order. Each node reaches etcd by a network of its own, so that
 * an agent can write to etcd while its address is gone. No resync comes to their help.
 */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(300)
class NodeAddressTest {

    private static final String POOL = "/calico/resources/v3/projectcalico.org/ippools/web";
    private static final String NODES = "/calico/resources/v3/projectcalico.org/nodes/";
    private static final String IPAM = "/calico/ipam/v2";
    private static final String NO_RESYNC = "--resync-period=1h";

    @TempDir
    private static Path directory;

    private static ThreeNodes lab;

    @BeforeAll
    static void build() throws IOException {
        lab = new ThreeNodes(directory, "--listen-client-urls=http://0.0.0.0:2379");
        for (String node : ThreeNodes.NODES) {
            lab.addDevice(node);
            lab.run(node, "ip", "addr", "add", "10.0.9." + number(node) + "/24", "dev", "eth1");
        }
        lab.addHubAddress("10.0.9.1/24");
        lab.eventually(
                "etcd answers", () -> lab.etcdctl("put", POOL, pool("Never")).contains("OK"));
    }

    @AfterAll
    static void close() {
        lab.close();
    }

    private static String pool(String mode) {
        return "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"web\"},"
                + "\"spec\":{\"cidr\":\"192.168.0.0/16\",\"ipipMode\":\"" + mode + "\"}}";
    }

    private static int number(String node) {
        return 10 + ThreeNodes.NODES.indexOf(node);
    }

    private static void start(String node, String... flags) throws IOException {
        String[] all = new String[flags.length + 2];
        all[0] = NO_RESYNC;
        all[1] = "--etcd-endpoints=http://10.0.9.1:2379";
        System.arraycopy(flags, 0, all, 2, flags.length);
        lab.startAgent(node, all);
    }

    /** Empty while the Node names none. */
    private static String registered(String node) {
        String document = lab.etcdctl("get", "--print-value-only", NODES + node);
        int start = document.indexOf("\"ipv4Address\":\"");
        return start < 0 ? "" : document.substring(start + 15, document.indexOf('"', start + 15));
    }

    private static boolean routesBy(String node, String gateway) {
        return lab.run(node, "ip", "nexthop", "show", "proto", "90").contains("via " + gateway + " dev eth0");
    }

    /** A virtual address and a foreign network come first on the interface. */
    @Test
    @Order(1)
    void theDefaultRouteDecides() throws IOException {
        lab.run(
                "n1",
                "sh",
                "-ec",
                "ip addr flush dev eth0; ip addr add 10.0.1.50/32 dev eth0;"
                        + " ip addr add 10.0.1.11/24 dev eth0; ip route add default via 10.0.1.1 src 10.0.1.11");
        lab.run(
                "n2",
                "sh",
                "-ec",
                "ip addr flush dev eth0; ip addr add 172.16.5.5/24 dev eth0;"
                        + " ip addr add 10.0.1.12/24 dev eth0; ip route add default via 10.0.1.1 metric 100");
        start("n1");
        start("n2");
        start("n3", "--node-address=10.0.1.13/24");

        for (String node : ThreeNodes.NODES) {
            lab.eventually(node + " is ready", () -> lab.ready(node));
            lab.eventually(node + " is registered", () -> registered(node).equals(ThreeNodes.address(node) + "/24"));
        }
        lab.run("n1", "ip", "addr", "del", "10.0.1.50/32", "dev", "eth0");
        lab.eventually("n2 keeps its route", () -> routesBy("n2", "10.0.1.11") && lab.ready("n1"));
        assertThat(registered("n1")).isEqualTo("10.0.1.11/24");
    }

    @Test
    @Order(2)
    void aNewAddressIsFollowed() {
        lab.run(
                "n1",
                "sh",
                "-ec",
                "ip addr flush dev eth0; ip addr add 10.0.1.21/24 dev eth0;"
                        + " ip route add default via 10.0.1.1 metric 100");

        lab.eventually("etcd has it", () -> registered("n1").equals("10.0.1.21/24"));
        lab.eventually("peers follow", () -> routesBy("n2", "10.0.1.21") && routesBy("n3", "10.0.1.21"));
        lab.eventually("n1 is ready", () -> lab.ready("n1"));
        lab.eventually(
                "status has it",
                () -> lab.etcdctl("get", "/culvert/v1/status/n1").contains("\"address\":\"10.0.1.21/24\""));
    }

    @Test
    @Order(3)
    void withoutAnAddressTheNodeIsUnready() {
        lab.run("n1", "ip", "addr", "flush", "dev", "eth0");
        lab.eventually(
                "the lost address is named",
                () -> !lab.ready("n1")
                        && lab.get("n1", "/readyz").contains("address 10.0.1.21: it has left this machine"));
        lab.eventually("it is given up", () -> registered("n1").isEmpty());

        lab.run("n1", "ip", "addr", "add", "10.0.1.21/24", "dev", "eth0");
        lab.eventually("it is back", () -> lab.ready("n1") && registered("n1").equals("10.0.1.21/24"));
    }

    @Test
    @Order(4)
    void anotherPrefixIsFollowed() {
        lab.run(
                "n1",
                "sh",
                "-ec",
                "ip addr flush dev eth0; ip addr add 10.0.1.21/25 dev eth0;" + " ip route add default via 10.0.1.1");
        lab.eventually("etcd has it", () -> registered("n1").equals("10.0.1.21/25") && lab.ready("n1"));
    }

    @Test
    @Order(5)
    void aGivenAddressStaysAndIsMissed() {
        lab.run("n3", "sh", "-ec", "ip addr flush dev eth0; ip addr add 10.0.1.33/24 dev eth0");
        lab.eventually(
                "the missing address is named",
                () -> !lab.ready("n3") && lab.get("n3", "/readyz").contains("address 10.0.1.13: no interface has it"));
        lab.eventually("it is given up", () -> registered("n3").isEmpty());

        lab.run("n3", "ip", "addr", "add", "10.0.1.13/24", "dev", "eth0");
        lab.eventually("it is back", () -> lab.ready("n3") && registered("n3").equals("10.0.1.13/24"));
    }

    @Test
    @Order(6)
    void addressesMayBeExchanged() throws IOException, InterruptedException {
        for (String node : ThreeNodes.NODES) {
            lab.stopAgent(node);
            lab.run(node, "ip", "addr", "flush", "dev", "eth0");
        }
        Map<String, String> rotated = Map.of("n1", "10.0.1.12/24", "n2", "10.0.1.13/24", "n3", "10.0.1.21/24");
        for (String node : ThreeNodes.NODES) {
            lab.run(node, "ip", "addr", "add", rotated.get(node), "dev", "eth0");
            lab.run(node, "ip", "route", "add", "default", "via", "10.0.1.1");
            start(node);
        }

        for (String node : ThreeNodes.NODES) {
            lab.eventually(
                    node + " has its new address", () -> registered(node).equals(rotated.get(node)) && lab.ready(node));
        }
        lab.eventually("n1 routes to both", () -> routesBy("n1", "10.0.1.13") && routesBy("n1", "10.0.1.21"));
    }

    /** Blocks of n2 over the gateways; an agent that routes them cuts its node off. */
    @Test
    @Order(7)
    void everyGatewayIsGuarded() throws IOException {
        lab.run(
                "n1",
                "ip",
                "route",
                "replace",
                "default",
                "nexthop",
                "via",
                "10.0.1.1",
                "nexthop",
                "via",
                "192.168.7.1",
                "dev",
                "eth0",
                "onlink");
        putBlockOfN2("192.168.7.0");
        awaitUnrouted("192.168.7.0/26 covers 192.168.7.1");

        lab.run(
                "n1",
                "sh",
                "-ec",
                "echo 0 >/proc/sys/net/ipv4/nexthop_compat_mode; ip route del default;"
                        + " ip nexthop add id 1 via 10.0.1.1 dev eth0; ip nexthop add id 2 via 192.168.8.1 dev eth0 onlink;"
                        + " ip nexthop add id 3 group 1/2; ip route add default nhid 3 metric 50");
        putBlockOfN2("192.168.8.0");
        awaitUnrouted("192.168.8.0/26 covers 192.168.8.1");
        lab.eventually("the other one is routed now", () -> routed("192.168.7.0/26"));
        assertThat(registered("n1")).isEqualTo("10.0.1.12/24");
    }

    /** As libvirt and Docker make them, inside the pool and around a block of another node. */
    @Test
    @Order(8)
    void otherNetworksOfTheNodeAreGuarded() throws IOException {
        putBlockOfN2("192.168.114.192");
        lab.eventually("the block is routed", () -> routed("192.168.114.192/26"));

        lab.run(
                "n1",
                "sh",
                "-ec",
                "ip link add virbr0 type bridge; ip addr add 192.168.114.1/24 dev virbr0;" + " ip link set virbr0 up");
        awaitUnrouted("192.168.114.192/26 of node n2 is inside 192.168.114.0/24, the network of virbr0");
        assertThat(routed("192.168.114.192/26")).isFalse();
        assertThat(lab.run("n1", "ip", "route", "get", "192.168.114.225")).contains("dev virbr0");

        lab.run("n1", "ip", "link", "del", "virbr0");
        lab.eventually("it is routed again", () -> routed("192.168.114.192/26"));
    }

    /** As calico/node understands the word: whoever else writes the Node says what the address is. */
    @Test
    @Order(9)
    void noneLeavesTheAddressToTheNode() throws IOException, InterruptedException {
        lab.stopAgent("n2");
        start("n2", "--node-address=none");
        lab.eventually("the Node's address is used", () -> lab.ready("n2"));

        lab.etcdctl("del", NODES + "n2");
        lab.eventually(
                "the missing address is named",
                () -> !lab.ready("n2") && lab.get("n2", "/readyz").contains("node address: IP=none"));
        assertThat(lab.get("n2", "/state")).contains("200 OK").contains("IP=none");
        assertThat(lab.etcdctl("get", NODES + "n2")).isEmpty();
    }

    private static boolean routed(String prefix) {
        return lab.run("n1", "ip", "route", "show", prefix, "proto", "90").contains("nhid");
    }

    private static void awaitUnrouted(String reason) {
        lab.eventually(
                "no route, because " + reason,
                () -> lab.etcdctl("get", "/culvert/v1/status/n1").contains(reason));
    }

    private static void putBlockOfN2(String network) throws IOException {
        String nulls = "null" + ",null".repeat(63);
        lab.putAll(Map.of(
                IPAM + "/assignment/ipv4/block/" + network + "-26",
                "{\"cidr\":\"" + network + "/26\",\"affinity\":\"host:n2\",\"allocations\":[" + nulls
                        + "],\"unallocated\":[],\"attributes\":[],\"deleted\":false}",
                IPAM + "/host/n2/ipv4/block/" + network + "-26",
                "{\"state\":\"confirmed\",\"deleted\":false}"));
    }
}
