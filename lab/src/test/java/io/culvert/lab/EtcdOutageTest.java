package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * etcd goes and comes back: no packet is lost and no route moves meanwhile, and what is new in it is followed within 5 s.
 * {@code lab-test -Dculvert.test.outage=600 EtcdOutageTest} makes every outage ten minutes long.
 */
@InLab
@Order(11)
class EtcdOutageTest {

    private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("culvert.test.outage", 3));

    /** What is promised, from the first answer that etcd gives to anybody. */
    private static final Duration RECOVERY = Duration.ofSeconds(5);

    private static final int PUTS_WITHOUT_DIRECTORY = 5;

    private static final String DEGRADED = "; degraded: datastore down since 2";

    /** How etcd goes and comes back, and what the nodes say meanwhile. */
    enum Outage {
        STOPPED(lab -> lab.etcd.stop(), lab -> lab.etcd.start(), "--etcd-endpoints"),
        KILLED(lab -> lab.etcd.kill(), lab -> lab.etcd.start(), "--etcd-endpoints"),
        SILENT(lab -> lab.etcd.silence(), lab -> lab.etcd.endSilence(), ""),
        WITHOUT_ITS_DATA(lab -> startsEmpty(lab.etcd), lab -> isRestored(lab.etcd), "has lost its data"),
        ITS_DATA_REMOVED_WHILE_IT_SERVES(
                lab -> {
                    servesWithoutItsDirectory(lab);
                    lab.etcd.kill();
                    lab.etcd.start();
                },
                lab -> isRestored(lab.etcd),
                "has lost its data");

        private final Consumer<Lab> goes;
        private final Consumer<Lab> comesBack;
        private final String said;

        Outage(Consumer<Lab> goes, Consumer<Lab> comesBack, String said) {
            this.goes = goes;
            this.comesBack = comesBack;
            this.said = said;
        }
    }

    private static void startsEmpty(Etcd etcd) {
        etcd.save();
        etcd.kill();
        etcd.loseData();
        etcd.start();
    }

    private static void isRestored(Etcd etcd) {
        etcd.stop();
        etcd.restoreData();
        etcd.start();
    }

    /** For some seconds: what is written then is followed, and on no disk. */
    private static void servesWithoutItsDirectory(Lab lab) {
        lab.etcd.save();
        lab.etcd.loseData();
        for (int i = 0; i < PUTS_WITHOUT_DIRECTORY; i++) {
            lab.converged(lab.store(Pool.ALWAYS));
            assertThat(lab.n1.http("/readyz").body()).doesNotContain("degraded");
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
        if (!Etcd.isHealthy()) {
            lab.etcd.kill();
            lab.etcd.start();
        }
    }

    @ParameterizedTest
    @EnumSource
    void noPacketIsLostAndNoRouteMoves(Outage outage) {
        lab.withPool(Pool.ALWAYS);
        try (Witness witness = new Witness(lab)) {
            outage.goes.accept(lab);
            awaitDegraded(outage.said);
            long end = System.nanoTime() + LENGTH.toNanos();
            Eventually.passes(
                    LENGTH.plus(Eventually.DEADLINE),
                    () -> assertThat(System.nanoTime() - end).isPositive());
            awaitDegraded(outage.said);
            Duration followed = followsNews(answersAfter(() -> outage.comesBack.accept(lab)));

            witness.sawNoPacketLost();
            witness.sawNothingMove();
            Lab.figure(
                    "etcd %s for more than %d s; %d packets, none lost; followed after it answered"
                            .formatted(outage, LENGTH.toSeconds(), witness.packets()),
                    followed);

            lab.n1.run("ip", "route", "del", lab.block(lab.n3));
            assertThat(witness.announced())
                    .as("if a route had moved")
                    .anyMatch(line -> line.startsWith("n1: Deleted " + lab.block(lab.n3)));
        }
    }

    @Test
    void withoutEtcdAnAgentStartsAndRepairsByWhatItKeptOnDisk() {
        lab.withPool(Pool.ALWAYS);
        try (Witness witness = new Witness(lab)) {
            lab.n1.stopAgent();
            lab.etcd.stop();
            lab.n1.startAgent();
            awaitDegraded("--etcd-endpoints");

            witness.sawNoPacketLost();
            witness.sawNothingMove();
            lab.n1.run("ip", "link", "del", "culvert0");
            Eventually.passes(witness::seesWhatWasThere);
        }
        lab.everyWorkloadReachesEveryOther();

        lab.etcd.start();
        lab.converged(lab.store(Pool.ALWAYS));
        assertThat(lab.n1.agentLog()).contains("using the snapshot kept on disk");
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

    private static long answersAfter(Runnable comesBack) {
        try (Probe probe = new Probe()) {
            comesBack.run();
            return probe.answeringSinceNanos();
        }
    }

    /** A restored etcd counts on from the backup; a node that still knows a later revision has not followed anything. */
    private long storeBeyondWhatIsKnown() {
        long known =
                lab.nodes.stream().mapToLong(LabNode::appliedRevision).max().orElseThrow();
        long revision = lab.store(Pool.ALWAYS);
        while (revision <= known) {
            revision = lab.store(Pool.ALWAYS);
        }
        return revision;
    }

    /** How long after etcd's first answer all nodes have followed the same pool, written once more. */
    private Duration followsNews(long answeredNanos) {
        lab.converged(storeBeyondWhatIsKnown());
        Duration took = Duration.ofNanos(System.nanoTime() - answeredNanos);
        for (LabNode node : lab.nodes) {
            assertThat(node.http("/readyz").body()).doesNotContain("degraded");
        }
        assertThat(took).as("from etcd's first answer until all have followed").isLessThan(RECOVERY);
        return took;
    }
}
