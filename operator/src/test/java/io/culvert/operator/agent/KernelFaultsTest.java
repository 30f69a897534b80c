package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
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
 * What others do to a node's kernel, against the real agent with 1,000 routes on the host's own kernel, in order. No resync comes to its
 * help: what comes back comes back because it was heard of.
 */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(300)
class KernelFaultsTest {

    private static final int BLOCKS = 1000;
    private static final int FLOOD = 100_000;
    private static final String IPAM = "/calico/ipam/v2";

    @TempDir
    private static Path directory;

    private static ThreeNodes lab;

    /** Ours: those to n2, and the blackhole for the block that n1 claims itself. */
    private static int routes = BLOCKS + 1;

    @BeforeAll
    static void build() throws IOException {
        lab = new ThreeNodes(directory);
        lab.addDevice("n1");
    }

    @AfterAll
    static void close() {
        lab.close();
    }

    private static String block(int number) {
        return "172.16." + number / 4 + "." + 64 * (number % 4);
    }

    /** A block of n2, as IPAM writes it. */
    private static void putBlock(Map<String, String> documents, int number) {
        documents.put(
                IPAM + "/assignment/ipv4/block/" + block(number) + "-26",
                "{\"cidr\":\"" + block(number) + "/26\",\"affinity\":\"host:n2\",\"allocations\":["
                        + String.join(",", Collections.nCopies(64, "null"))
                        + "],\"unallocated\":[],\"attributes\":[],\"deleted\":false}");
        documents.put(
                IPAM + "/host/n2/ipv4/block/" + block(number) + "-26", "{\"state\":\"confirmed\",\"deleted\":false}");
    }

    @Test
    @Order(1)
    void startsAndConverges() throws IOException {
        lab.eventually("etcd answers", KernelFaultsTest::putPool);
        Map<String, String> documents = new TreeMap<>();
        documents.put(
                "/calico/resources/v3/projectcalico.org/nodes/n2",
                "{\"kind\":\"Node\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"n2\"},"
                        + "\"spec\":{\"bgp\":{\"ipv4Address\":\"10.0.1.12/24\"}}}");
        for (int number = 0; number < BLOCKS; number++) {
            putBlock(documents, number);
        }
        lab.putAll(documents);

        lab.startAgent("n1", "--resync-period=1h");

        awaitConverged("its routes");
    }

    private static boolean putPool() {
        try {
            return lab.etcdctl(
                            "put",
                            "/calico/resources/v3/projectcalico.org/ippools/web",
                            "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"web\"},"
                                    + "\"spec\":{\"cidr\":\"172.16.0.0/12\",\"ipipMode\":\"Never\"}}")
                    .contains("OK");
        } catch (AssertionError notYet) {
            return false;
        }
    }

    /**
     * The agent does not read while 100,000 announcements come, none of which is of any interest: most are lost, and with them that
     * of the one route of ours.
     */
    @Test
    @Order(2)
    void findsWhatItDidNotHearOfInAFlood() throws IOException {
        double before = metric("culvert_netlink_overruns_total");
        Path first = flood("route add blackhole", 0, FLOOD / 2);
        Path second = flood("route add blackhole", FLOOD / 2, FLOOD);

        lab.signal("n1", "STOP");
        lab.run("n1", "ip", "-batch", first.toString());
        lab.run("n1", "ip", "route", "del", block(1) + "/26");
        lab.run("n1", "ip", "-batch", second.toString());
        assertThat(ownRoutes()).isEqualTo(routes - 1);
        lab.signal("n1", "CONT");

        awaitConverged("the route that was deleted in the flood");
        assertThat(metric("culvert_netlink_overruns_total")).isGreaterThan(before);
        assertThat(count("proto", "17")).isEqualTo(FLOOD);
    }

    /** This time it does read, and follows etcd besides. */
    @Test
    @Order(3)
    void followsEtcdAndRepairsWhileForeignRoutesCome() throws IOException {
        Path first = flood("route del blackhole", 0, FLOOD / 2);
        Path second = flood("route del blackhole", FLOOD / 2, FLOOD);
        Map<String, String> another = new TreeMap<>();
        putBlock(another, BLOCKS);

        lab.run("n1", "ip", "-batch", first.toString());
        lab.run("n1", "ip", "route", "del", block(2) + "/26");
        lab.putAll(another);
        routes++;
        lab.run("n1", "ip", "-batch", second.toString());

        awaitConverged("the route that was deleted and the one that is new");
        assertThat(count("proto", "17")).isZero();
    }

    private static Path flood(String words, int from, int to) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int number = from; number < to; number++) {
            lines.append(words)
                    .append(" 20.")
                    .append(number >> 16)
                    .append('.')
                    .append(number >> 8 & 0xff)
                    .append('.')
                    .append(number & 0xff)
                    .append("/32 metric 7 proto 17\n");
        }
        return Files.writeString(directory.resolve("flood" + from), lines);
    }

    @Test
    @Order(4)
    void repeatsLooksThatOthersInterrupt() throws IOException {
        lab.run(
                "n1",
                "sh",
                "-c",
                "for i in $(seq 100); do echo link add many$i type veth peer name p$i; done | ip -batch -");
        double before = metric("culvert_netlink_dump_interrupted_total");
        Process churn = lab.startIn(
                "n1",
                directory.resolve("churn.log"),
                List.of("sh", "-c", "while :; do ip link add churn type veth peer name c; ip link del churn; done"));
        try {
            lab.eventually(
                    "a look was interrupted and is counted",
                    () -> metric("culvert_netlink_dump_interrupted_total") > before);
            lab.run("n1", "ip", "route", "del", block(3) + "/26");
            awaitConverged("the route that was deleted meanwhile");
        } finally {
            churn.destroyForcibly().onExit().join();
        }
        lab.run("n1", "sh", "-c", "for i in $(seq 100); do echo link del many$i; done | ip -batch -");
        awaitConverged("all as before");
    }

    @Test
    @Order(5)
    void neverTakesAForeignRouteThatTookThePlaceOfOurs() throws IOException {
        String prefix = block(4) + "/26";
        lab.run("n1", "ip", "route", "replace", prefix, "via", "10.0.1.13", "proto", "17");
        lab.eventually(
                "the conflict is named",
                () -> lab.get("n1", "/readyz").contains("route " + prefix + ": a foreign route is in its place"));

        Map<String, String> another = new TreeMap<>();
        putBlock(another, BLOCKS + 1);
        lab.putAll(another);
        lab.eventually("others are routed all the same", () -> ownRoutes() == routes);
        assertThat(lab.run("n1", "ip", "route", "show", prefix)).contains("via 10.0.1.13", "proto 17");
        assertThat(lab.ready("n1")).isFalse();

        lab.run("n1", "ip", "route", "del", prefix, "proto", "17");
        routes++;
        awaitConverged("ours, now that it is gone");
        assertThat(lab.run("n1", "ip", "route", "show", prefix)).contains("via 10.0.1.12", "proto 90");
    }

    /** It deletes them all once a second, and only when all have come back: so many rounds, so many repairs. */
    @Test
    @Order(6)
    void repairsWhatADaemonDeletesEverySecond() throws IOException {
        lab.run("n1", "sh", "-c", "ip route show proto 90 | sed 's/^/route del /; s/ nhid.*//' >" + deletions());
        assertThat(Files.readAllLines(deletions())).hasSize(routes);
        Path rounds = directory.resolve("rounds.log");
        Process daemon = lab.startIn("n1", rounds, List.of("sh", "-c", """
                        while sleep 1; do
                            until [ "$(ip route show proto 90 | wc -l)" = %d ]; do sleep 0.05; done
                            ip -batch %s && echo round
                        done
                        """.formatted(routes, deletions())));
        try {
            awaitRounds(rounds, 3);
            double detected = routesDetected();
            double cpu = metric("process_cpu_seconds_total");
            long start = System.nanoTime();
            awaitRounds(rounds, 13);
            double share = (metric("process_cpu_seconds_total") - cpu) / ((System.nanoTime() - start) / 1e9);

            System.out.printf(
                    Locale.ROOT, "figure: %d routes deleted once a second: %.1f %% of a core%n", routes, 100 * share);
            assertThat(share).as("of a core").isLessThan(0.25);
            // Of the first and the last round some may have been counted before and after.
            assertThat(routesDetected() - detected).isGreaterThanOrEqualTo(9.0 * routes);
        } finally {
            daemon.destroyForcibly().onExit().join();
        }
        awaitConverged("the last repair");
    }

    private static Path deletions() {
        return directory.resolve("deletions");
    }

    private static void awaitRounds(Path log, int rounds) throws IOException {
        lab.eventually("round " + rounds, () -> {
            try {
                return Files.readAllLines(log).size() >= rounds;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static double routesDetected() {
        return metric("culvert_drift_detected_total{kind=\"route\",}");
    }

    /** The kernel drops the routes of a device that goes down, and announces none of that. */
    @Test
    @Order(7)
    void comesBackWithTheUnderlay() throws IOException {
        lab.run("n1", "ip", "link", "set", "eth0", "down");
        assertThat(count("proto", "90", "type", "unicast")).isZero();
        lab.run("n1", "ip", "link", "set", "eth0", "up");
        asANetworkManagerDoes("eth0");

        awaitConverged("all routes");
    }

    @Test
    @Order(8)
    void followsTheUnderlayToAnotherName() throws IOException {
        lab.run("n1", "ip", "link", "set", "eth0", "down");
        lab.run("n1", "ip", "link", "set", "eth0", "name", "lan0");
        lab.run("n1", "ip", "link", "set", "lan0", "up");
        asANetworkManagerDoes("lan0");

        awaitConverged("all routes");
        assertThat(lab.run("n1", "ip", "nexthop", "show", "proto", "90"))
                .hasLineCount(1)
                .contains("via 10.0.1.12 dev lan0");
    }

    @Test
    @Order(9)
    void followsTheNodesAddressToAnotherDevice() throws IOException {
        lab.run("n1", "ip", "addr", "del", "10.0.1.11/24", "dev", "lan0");
        lab.run("n1", "ip", "addr", "add", "10.0.1.11/24", "dev", "eth1");
        asANetworkManagerDoes("eth1");

        lab.eventually(
                "all routes go through the other device",
                () -> count("proto", "90", "dev", "eth1") == routes - 1 && lab.ready("n1"));
        assertThat(lab.run("n1", "ip", "nexthop", "show", "proto", "90"))
                .hasLineCount(1)
                .contains("via 10.0.1.12 dev eth1");
    }

    private static void asANetworkManagerDoes(String device) {
        lab.run("n1", "ip", "route", "replace", "default", "via", "10.0.1.1", "dev", device);
    }

    private static void awaitConverged(String what) throws IOException {
        lab.eventually(what, () -> ownRoutes() == routes && lab.ready("n1"));
    }

    private static long ownRoutes() {
        return count("proto", "90");
    }

    private static long count(String... selectors) {
        return Long.parseLong(lab.run("n1", "sh", "-c", "ip route show " + String.join(" ", selectors) + " | wc -l")
                .strip());
    }

    /** Of one time series, or of one without labels. */
    private static double metric(String series) {
        return lab.get("n1", "/metrics")
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
