package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * The whole agent is killed again and again, at random moments of a large change or of its start with one before it: the next one brings
 * it to its end. {@code -Dculvert.test.killing=SECONDS} for longer, {@code -Dculvert.test.seed=N} for the same changes and waits again.
 */
@InLab
@Order(7)
class KilledAgentTest {

    private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("culvert.test.killing", 60));
    private static final long SEED = Long.getLong("culvert.test.seed", System.currentTimeMillis());

    /** In n1's subnet or not, so that with mode CrossSubnet its routes go one way or the other. */
    private static final List<PaperNode> PLACES =
            List.of(new PaperNode("n4", "10.0.1.14/24"), new PaperNode("n4", "10.0.2.14/24"));

    private static final PaperNode N4 = PLACES.get(0);
    private static final int STAYING = 240;
    private static final int MOVING = 60;

    /** Each block is two keys, and etcd takes 128 of them at once. */
    private static final int AT_ONCE = 60;

    private final Lab lab;
    private final Random random = new Random(SEED);
    private List<String> staying = List.of();
    private List<String> moving = List.of();
    private boolean moved;

    KilledAgentTest(Lab lab) {
        this.lab = lab;
    }

    @AfterEach
    void forget() {
        forget(staying);
        forget(moving);
        lab.etcd.change(Map.of(), List.of(N4.key()));
        lab.n1.shell(
                "ip link del foreign0; ip nexthop flush proto 17; ip route flush proto 17; nft delete table ip foreign");
    }

    private void forget(List<String> blocks) {
        for (int from = 0; from < blocks.size(); from += AT_ONCE) {
            lab.etcd.change(Map.of(), keys(blocks.subList(from, Math.min(blocks.size(), from + AT_ONCE))));
        }
    }

    private static List<String> keys(List<String> blocks) {
        List<String> keys = new ArrayList<>();
        blocks.forEach(block -> keys.addAll(List.of(N4.claimKey(block), PaperNode.blockKey(block))));
        return keys;
    }

    @Test
    void theNextOneBringsAChangeToItsEnd() {
        lab.withPool(Pool.ALWAYS);
        lab.converged(fourthNode());
        Command foreign = lab.n1.shell("""
                ip link add foreign0 type dummy && ip addr add 192.168.7.7/32 dev foreign0 && ip link set foreign0 up &&
                ip nexthop add id 90000007 via 10.0.1.66 dev eth0 proto 17 &&
                ip route add 192.168.7.0/24 nhid 90000007 proto 17 && ip route add blackhole 192.168.250.1 metric 7 proto 17 &&
                nft add table ip foreign""");
        assertThat(foreign.status()).as(foreign.toString()).isZero();
        String before = foreignObjects();
        Duration change = lab.converged(change());
        lab.n1.killAgent();
        long revision = change();
        lab.n1.startAgent();
        Duration start = lab.converged(revision);

        int rounds = 0;
        try (Ping toN2 = Ping.every10Millis("p1", lab.n2.workload());
                Ping toN3 = Ping.every10Millis("p1", lab.n3.workload());
                Announcements monitor = Announcements.of(List.of(lab.n1))) {
            for (long begin = System.nanoTime(); System.nanoTime() - begin < LENGTH.toNanos(); rounds++) {
                killAmid(change, start);
                assertThat(Expected.inKernel(lab.n1))
                        .as("round %d, seed %d", rounds, SEED)
                        .isEqualTo(Expected.of(lab.etcd).routes(lab.n1));
                assertThat(foreignObjects())
                        .as("round %d, seed %d", rounds, SEED)
                        .isEqualTo(before);
            }
            toN2.awaitAnswers(20);
            toN3.awaitAnswers(20);

            Set<String> claimed = claimed();
            List<String> deleted = monitor.aboutCulvert().stream()
                    .filter(line -> line.startsWith("n1: Deleted "))
                    .toList();
            assertThat(deleted)
                    .as("seed %d: what is not wanted any more is seen to go", SEED)
                    .anyMatch(line -> concerns(line, Set.copyOf(moving)));
            assertThat(deleted)
                    .as("seed %d: what is wanted before and after", SEED)
                    .noneMatch(line -> concerns(line, Set.copyOf(staying)))
                    .noneMatch(line -> concerns(line, claimed));
            assertThat(toN2.lost())
                    .as("seed %d: lost of %d to n2", SEED, toN2.sent())
                    .isZero();
            assertThat(toN3.lost())
                    .as("seed %d: lost of %d to n3", SEED, toN3.sent())
                    .isZero();
        }
        System.out.printf("figure: killed %d times, seed %d%n", rounds, SEED);
        assertThat(rounds).isGreaterThan(1);
    }

    private static boolean concerns(String line, Set<String> blocks) {
        return List.of(line.split(" ")).stream().anyMatch(blocks::contains);
    }

    private Set<String> claimed() {
        return lab.nodes.stream().flatMap(node -> lab.blocks(node).stream()).collect(Collectors.toSet());
    }

    /** With blocks that nobody has claimed. */
    private long fourthNode() {
        Set<String> claimed = claimed();
        List<String> free = IntStream.range(0, 1024)
                .mapToObj(number -> "192.168." + number / 4 + "." + number % 4 * 64 + "/26")
                .filter(block -> !claimed.contains(block))
                .limit(STAYING + MOVING)
                .toList();
        staying = free.subList(0, STAYING);
        moving = free.subList(STAYING, STAYING + MOVING);
        for (int from = 0; from < STAYING; from += AT_ONCE) {
            lab.etcd.change(N4.holding(staying.subList(from, from + AT_ONCE)), List.of());
        }
        return lab.etcd.put(N4.key(), N4.json());
    }

    /** Every route of n1's is another one afterwards, or may be; and many are new, or gone. */
    private long change() {
        PaperNode place = PLACES.get(random.nextInt(PLACES.size()));
        Pool pool = Pool.ALWAYS.withMode(random.nextBoolean() ? "Always" : "CrossSubnet");
        Map<String, String> puts = new TreeMap<>(Map.of(place.key(), place.json(), pool.key(), pool.json()));
        moved = !moved;
        puts.putAll(moved ? N4.holding(moving) : Map.of());
        return lab.etcd.change(puts, moved ? List.of() : keys(moving));
    }

    /**
     * Kills the agent once.
     *
     * @param change how long one takes undisturbed
     * @param start how long a start takes with a change before it
     */
    private void killAmid(Duration change, Duration start) {
        boolean starting = random.nextBoolean();
        if (starting) {
            lab.n1.killAgent();
        }
        long revision = change();
        if (starting) {
            lab.n1.startAgent();
        }
        LockSupport.parkNanos((long) (random.nextDouble() * (starting ? start : change).toNanos()));
        lab.n1.killAgent();
        lab.n1.startAgent();
        lab.converged(revision);
    }

    private String foreignObjects() {
        return String.join(
                "\n",
                lab.n1.run("ip", "-o", "-4", "address", "show", "dev", "foreign0"),
                lab.n1.run("ip", "nexthop", "show", "proto", "17"),
                lab.n1.run("ip", "-d", "route", "show", "proto", "17"),
                lab.n1.run("nft", "list", "table", "ip", "foreign"));
    }
}
