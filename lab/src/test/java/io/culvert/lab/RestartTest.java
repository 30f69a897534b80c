package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** An agent that was killed finds, when it starts, what it has to take back and what it has to leave alone. */
@InLab
@Order(6)
class RestartTest {

    private static final String NODE = "/calico/resources/v3/projectcalico.org/nodes/n4";
    private static final String AFFINITY = "/calico/ipam/v2/host/n4/ipv4/block/192.168.240.0-26";
    private static final String BLOCK = "/calico/ipam/v2/assignment/ipv4/block/192.168.240.0-26";

    private final Lab lab;

    RestartTest(Lab lab) {
        this.lab = lab;
    }

    @AfterEach
    void forgetTheFourthNode() {
        lab.etcd.deleteAll(AFFINITY);
        lab.etcd.deleteAll(BLOCK);
        lab.etcd.deleteAll(NODE);
    }

    /** A node of the other subnet that only etcd knows, with one block. */
    private long fourthNode() {
        lab.etcd.put(
                NODE,
                "{\"kind\":\"Node\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"n4\","
                        + "\"uid\":\"5e5f1e0e-6b8e-4d3c-8a54-9f1b5c0d7e22\",\"creationTimestamp\":\"2026-01-02T03:04:06Z\"},"
                        + "\"spec\":{\"bgp\":{\"ipv4Address\":\"10.0.2.14/24\"}},\"status\":{}}");
        lab.etcd.put(
                BLOCK,
                "{\"cidr\":\"192.168.240.0/26\",\"affinity\":\"host:n4\",\"allocations\":["
                        + String.join(",", Collections.nCopies(64, "null"))
                        + "],\"unallocated\":[],\"attributes\":[],\"sequenceNumber\":1767323047000000002,\"deleted\":false}");
        return lab.etcd.put(AFFINITY, "{\"state\":\"confirmed\",\"deleted\":false}");
    }

    @Test
    void staleRoutesGoAndTheOthersNeverFlap() {
        lab.withPool(Pool.ALWAYS);
        lab.converged(fourthNode());
        assertThat(lab.n1.route("192.168.240.0/26")).contains("culvert0");

        try (Ping toN2 = Ping.every10Millis("p1", lab.n2.workload());
                Ping toN3 = Ping.every10Millis("p1", lab.n3.workload());
                Follow monitor = Follow.start(Lab.in("n1", "ip", "-4", "monitor", "route"))) {
            lab.n1.killAgent();
            lab.etcd.deleteAll(AFFINITY);
            lab.etcd.deleteAll(BLOCK);
            long revision = lab.store(Pool.ALWAYS.withMode("CrossSubnet"));
            assertThat(lab.n1.route("192.168.240.0/26"))
                    .as("while nobody looks")
                    .contains("culvert0");

            lab.n1.startAgent();
            lab.converged(revision);
            toN2.awaitAnswers(20);
            toN3.awaitAnswers(20);

            assertThat(lab.n1.route("192.168.240.0/26")).isEmpty();
            assertThat(lab.n1.route(lab.block(lab.n2))).contains("dev eth0");
            monitor.await("end of the stale route", line -> line.startsWith("Deleted 192.168.240.0/26"));
            assertThat(monitor.lines())
                    .as("routes that were there before and are wanted after")
                    .noneMatch(line -> line.startsWith("Deleted " + lab.block(lab.n2)))
                    .noneMatch(line -> line.startsWith("Deleted " + lab.block(lab.n3)))
                    .noneMatch(line -> line.startsWith("Deleted blackhole " + lab.block(lab.n1)));
            assertThat(toN2.lost()).as("lost of %d to n2", toN2.sent()).isZero();
            assertThat(toN3.lost()).as("lost of %d to n3", toN3.sent()).isZero();
        }
    }
}
