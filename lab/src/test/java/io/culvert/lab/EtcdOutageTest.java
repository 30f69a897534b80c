package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * etcd goes and comes back: no packet is lost and no route moves meanwhile, and what is new in it is followed soon after.
 * {@code lab-test -Dculvert.test.outage=600 EtcdOutageTest} makes every outage ten minutes long.
 */
@InLab
@Order(11)
class EtcdOutageTest {

    private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("culvert.test.outage", 3));

    private static final String DEGRADED = "; degraded: datastore down since 2";

    /** How etcd goes and comes back, and what the nodes say meanwhile. */
    enum Outage {
        STOPPED(Etcd::stop, Etcd::start, "--etcd-endpoints"),
        KILLED(Etcd::kill, Etcd::start, "--etcd-endpoints"),
        SILENT(Etcd::silence, Etcd::endSilence, ""),
        WITHOUT_ITS_DATA(
                etcd -> {
                    etcd.save();
                    etcd.kill();
                    etcd.loseData();
                    etcd.start();
                },
                etcd -> {
                    etcd.stop();
                    etcd.restoreData();
                    etcd.start();
                },
                "has lost its data");

        private final Consumer<Etcd> goes;
        private final Consumer<Etcd> comesBack;
        private final String said;

        Outage(Consumer<Etcd> goes, Consumer<Etcd> comesBack, String said) {
            this.goes = goes;
            this.comesBack = comesBack;
            this.said = said;
        }
    }

    private final Lab lab;

    EtcdOutageTest(Lab lab) {
        this.lab = lab;
    }

    /** Also when a test failed in the middle of an outage. */
    @AfterEach
    void etcdIsThere() {
        lab.etcd.endSilence();
        if (Command.attempt("etcdctl", "--endpoints=" + Etcd.ENDPOINT, "get", "/")
                        .status()
                != 0) {
            lab.etcd.kill();
            lab.etcd.start();
        }
    }

    @ParameterizedTest
    @EnumSource
    void noPacketIsLostAndNoRouteMoves(Outage outage) {
        lab.withPool(Pool.ALWAYS);
        Map<LabNode, KernelPicture> before = pictures();
        try (Ping toN2 = Ping.every10Millis("p1", lab.n2.workload());
                Ping toN1 = Ping.every10Millis("p3", lab.n1.workload());
                Announcements announced = Announcements.of(lab.nodes)) {
            outage.goes.accept(lab.etcd);
            awaitDegraded(outage.said);
            long end = System.nanoTime() + LENGTH.toNanos();
            Eventually.passes(
                    LENGTH.plus(Eventually.DEADLINE),
                    () -> assertThat(System.nanoTime() - end).isPositive());
            awaitDegraded(outage.said);
            outage.comesBack.accept(lab.etcd);
            long answers = System.nanoTime();
            Duration followed = followsNews(answers);

            toN2.awaitAnswers(20);
            toN1.awaitAnswers(20);
            assertThat(announced.aboutCulvert()).as("announced").isEmpty();
            assertThat(toN2.lost()).as("lost of %d to n2", toN2.sent()).isZero();
            assertThat(toN1.lost()).as("lost of %d to n1", toN1.sent()).isZero();
            assertThat(pictures()).isEqualTo(before);
            Lab.figure(
                    "etcd %s for more than %d s; %d packets, none lost; followed after it answered"
                            .formatted(outage, LENGTH.toSeconds(), toN2.sent() + toN1.sent()),
                    followed);

            lab.n1.run("ip", "route", "del", lab.block(lab.n3));
            assertThat(announced.aboutCulvert())
                    .as("if a route had moved")
                    .anyMatch(line -> line.startsWith("n1: Deleted " + lab.block(lab.n3)));
        }
    }

    @Test
    void withoutEtcdAnAgentStartsAndRepairsByWhatItKeptOnDisk() {
        lab.withPool(Pool.ALWAYS);
        Map<LabNode, KernelPicture> before = pictures();
        try (Ping ping = Ping.every10Millis("p1", lab.n3.workload());
                Announcements announced = Announcements.of(lab.nodes)) {
            lab.n1.stopAgent();
            lab.etcd.stop();
            lab.n1.startAgent();
            awaitDegraded("--etcd-endpoints");

            ping.awaitAnswers(20);
            assertThat(announced.aboutCulvert()).isEmpty();
            assertThat(ping.lost()).as("lost of %d", ping.sent()).isZero();
        }
        lab.n1.run("ip", "link", "del", "culvert0");
        Eventually.passes(() -> assertThat(pictures()).isEqualTo(before));
        lab.everyWorkloadReachesEveryOther();

        lab.etcd.start();
        followsNews(System.nanoTime());
        assertThat(lab.n1.agentLog()).contains("the snapshot kept in /run/lab/n1/state/snapshot.n1");
    }

    private Map<LabNode, KernelPicture> pictures() {
        return lab.nodes.stream().collect(Collectors.toMap(Function.identity(), LabNode::picture));
    }

    /** All nodes are ready, and say that etcd is away and why. */
    private void awaitDegraded(String why) {
        for (LabNode node : lab.nodes) {
            Eventually.passes(() -> {
                Http ready = node.http("/readyz");
                assertThat(ready.body()).as(node.name).contains(DEGRADED, why);
                assertThat(ready.status()).as(node.name).isEqualTo(200);
                assertThat(node.metric("culvert_datastore_state")).isZero();
            });
        }
    }

    /** How long after that moment all nodes have followed the same pool, written once more. */
    private Duration followsNews(long sinceNanos) {
        lab.converged(lab.store(Pool.ALWAYS));
        Duration took = Duration.ofNanos(System.nanoTime() - sinceNanos);
        for (LabNode node : lab.nodes) {
            assertThat(node.http("/readyz").body()).doesNotContain("degraded");
        }
        return took;
    }
}
