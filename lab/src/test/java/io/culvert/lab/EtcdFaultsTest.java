package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * etcd is slow, changes its leader, forgets or wants to know who asks, while blocks are claimed one after the other: no packet is lost,
 * and each kernel announces each of those routes once, and nothing else.
 */
@InLab
@Order(11)
class EtcdFaultsTest {

    private static final PaperNode N4 = new PaperNode("n4", "10.0.2.14/24");

    private static final List<String> WHILE_IT_LASTS =
            List.of("192.168.240.0/26", "192.168.240.64/26", "192.168.240.128/26", "192.168.240.192/26");

    private static final String AFTERWARDS = "192.168.241.0/26";

    private static final List<String> BLOCKS =
            Stream.concat(WHILE_IT_LASTS.stream(), Stream.of(AFTERWARDS)).toList();

    private static final Duration DISK_DELAY = Duration.ofMillis(400);

    private static final String NO_USER = "(no user); check --etcd-username";
    private static final Duration TOKENS_LIVE = Duration.ofSeconds(1);
    private static final String SHORT_TOKENS = "--auth-token-ttl=" + TOKENS_LIVE.toSeconds();

    private static final String[] CREDENTIALS = {"--etcd-username", Etcd.USER, "--etcd-password", Etcd.PASSWORD};

    private final Lab lab;
    private boolean grown;

    EtcdFaultsTest(Lab lab) {
        this.lab = lab;
    }

    /** Also when a test failed in the middle: one etcd of the usual kind, no agent with flags of its own, no fourth node. */
    @AfterEach
    void everythingIsAsUsual() {
        lab.etcd.endSilence();
        lab.etcd.endSlowDisk();
        lab.nodes.forEach(LabNode::stopAgent);
        if (grown) {
            lab.etcd.shrink();
        }
        if (lab.etcd.isAuthenticating()) {
            lab.etcd.disableAuthentication();
        }
        etcdIsRestarted();
        lab.etcd.change(Map.of(), List.of(N4.key()));
        for (String block : BLOCKS) {
            lab.etcd.change(Map.of(), List.of(N4.claimKey(block), PaperNode.blockKey(block)));
        }
    }

    @Test
    void aSlowDisk() {
        etcdIsRestarted("--unsafe-no-fsync=false");
        lab.withPool(Pool.ALWAYS);
        onlyWhatIsWishedMoves(
                () -> {
                    lab.etcd.slowDisk(DISK_DELAY);
                    assertThat(took(this::blocksAreClaimed))
                            .isGreaterThan(DISK_DELAY.multipliedBy(WHILE_IT_LASTS.size()));
                },
                lab.etcd::endSlowDisk);
    }

    /** The names of signals; of one that hangs its clients hear nothing at all. */
    @ParameterizedTest
    @ValueSource(strings = {"KILL", "STOP"})
    void aLeaderThatIsLost(String signal) {
        lab.withPool(Pool.ALWAYS);
        grown = true;
        lab.etcd.grow();
        agentsAreRestarted(Map.of("ETCD_ENDPOINTS", Etcd.ENDPOINTS));
        double elections = elections();
        onlyWhatIsWishedMoves(
                () -> {
                    lab.etcd.signalLeader(signal);
                    blocksAreClaimed();
                    assertThat(elections()).isGreaterThan(elections);
                },
                () -> {});
    }

    private double elections() {
        return lab.etcd.metric("etcd_server_leader_changes_seen_total");
    }

    @Test
    void aCompactionOfWhatNobodyHasSeenYet() {
        lab.withPool(Pool.ALWAYS);
        onlyWhatIsWishedMoves(
                () -> {
                    lab.etcd.silence();
                    lab.nodes.forEach(node -> awaitDegraded(node, ""));
                    blocksAreClaimed();
                    lab.etcd.compact();
                },
                lab.etcd::endSilence);
        for (LabNode node : lab.nodes) {
            assertThat(node.http("/metrics").body())
                    .as(node.name)
                    .contains("culvert_datastore_watch_restarts_total{reason=\"compacted\",} 1.0");
        }
    }

    /** Nor does an etcd that was restarted know the tokens of the one before. */
    @Test
    void tokensThatExpire() {
        lab.withPool(Pool.ALWAYS);
        etcdIsRestarted(SHORT_TOKENS);
        lab.etcd.enableAuthentication();
        agentsAreRestarted(Map.of(), CREDENTIALS);
        onlyWhatIsWishedMoves(
                () -> {
                    long refused = refusedTokens();
                    long end = System.nanoTime() + TOKENS_LIVE.multipliedBy(3).toNanos();
                    Eventually.holds("the tokens are too old", () -> System.nanoTime() - end > 0);
                    blocksAreClaimed();
                    Eventually.passes(
                            () -> assertThat(refusedTokens()).isGreaterThanOrEqualTo(refused + lab.nodes.size()));
                },
                () -> etcdIsRestarted(SHORT_TOKENS));
    }

    private long refusedTokens() {
        return lab.etcd
                .log()
                .lines()
                .filter(line -> line.contains("invalid auth token"))
                .count();
    }

    /** etcd looks at a watch's permission when it is opened, and then no more. */
    @Test
    void authenticationThatIsSwitchedOnUnderALivingWatch() {
        lab.withPool(Pool.ALWAYS);
        onlyWhatIsWishedMoves(
                () -> {
                    lab.etcd.enableAuthentication();
                    lab.converged(blocksAreClaimed());
                    lab.nodes.forEach(node ->
                            Eventually.passes(() -> assertThat(node.agentLog()).contains(NO_USER)));
                },
                () -> {
                    etcdIsRestarted();
                    lab.nodes.forEach(node -> awaitDegraded(node, NO_USER));
                    agentsAreRestarted(Map.of(), CREDENTIALS);
                });
    }

    private void onlyWhatIsWishedMoves(Runnable fault, Runnable end) {
        try (Witness witness = new Witness(lab)) {
            fault.run();
            end.run();
            lab.converged(claimed(AFTERWARDS));

            witness.sawNoPacketLost();
            assertThat(withoutIds(witness.announced())).as("announced").containsExactlyInAnyOrderElementsOf(wished());
        }
        Expected expected = Expected.of(lab.etcd);
        for (LabNode node : lab.nodes) {
            assertThat(Expected.inKernel(node)).as(node.name).isEqualTo(expected.routes(node));
        }
    }

    /** On each node a next hop to n4, and a route to each of its blocks. */
    private List<String> wished() {
        List<String> lines = new ArrayList<>();
        for (LabNode node : lab.nodes) {
            lines.add(node.name + ": via 10.0.2.14 dev culvert0 scope link proto 90 onlink");
            BLOCKS.forEach(
                    block -> lines.add(node.name + ": " + block + " via 10.0.2.14 dev culvert0 proto 90 onlink"));
        }
        return lines;
    }

    private static List<String> withoutIds(List<String> announced) {
        return announced.stream()
                .map(line -> line.replaceAll("\\b(nh)?id \\d+ ", "").strip())
                .toList();
    }

    private long blocksAreClaimed() {
        return WHILE_IT_LASTS.stream().mapToLong(this::claimed).max().orElseThrow();
    }

    /** Claims a block for n4 as soon as etcd takes it; the revision that made. */
    private long claimed(String block) {
        Map<String, String> puts = N4.holding(List.of(block));
        puts.put(N4.key(), N4.json());
        AtomicLong revision = new AtomicLong();
        Eventually.passes(() -> revision.set(lab.etcd.change(puts, List.of())));
        return revision.get();
    }

    private static Duration took(Runnable act) {
        long start = System.nanoTime();
        act.run();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private void etcdIsRestarted(String... flags) {
        lab.etcd.stop();
        lab.etcd.start(flags);
    }

    /** Each is ready before the next one goes. */
    private void agentsAreRestarted(Map<String, String> environment, String... flags) {
        for (LabNode node : lab.nodes) {
            node.stopAgent();
            node.startAgent(environment, flags);
            Eventually.passes(() -> {
                Http ready = node.http("/readyz");
                assertThat(ready.status())
                        .as("%s%n%s", ready.body(), node.agentLog())
                        .isEqualTo(200);
                assertThat(ready.body()).doesNotContain("degraded");
            });
        }
    }

    private static void awaitDegraded(LabNode node, String why) {
        Eventually.passes(() -> assertThat(node.http("/readyz").body())
                .as(node.name)
                .contains("; degraded: datastore down since 2", why));
    }
}
