package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.netlink.NetlinkKernel;
import io.culvert.operator.PrivateNamespace;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Prefix;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * SIGKILL at random steps of large changes, on the host's own kernel: the process is killed while it writes, and the next one begins with
 * what it left. {@code -Dculvert.test.kills=N} asks for more of them, {@code -Dculvert.test.seed=N} for the same changes and the same steps
 * again; where exactly the kill falls is the machine's to say.
 */
@Tag("slow")
@Timeout(900)
class KilledNodeTest {

    private static final int KILLS = Integer.getInteger("culvert.test.kills", 200);
    private static final int OURS = 90;
    private static final int KILLED = 128 + 9;

    private static final String BLACKHOLE = "blackhole";

    /** Where a foreign route lies; the block is there most of the time. */
    private static final Prefix TAKEN = MovingCluster.block(7);

    private final long seed =
            Long.getLong("culvert.test.seed", ThreadLocalRandom.current().nextInt(1_000_000));
    private final Random random = new Random(seed);
    private final MovingCluster cluster = new MovingCluster(seed);
    private final List<Process> processes = new ArrayList<>();
    private final Map<Integer, SortedMap<Prefix, String>> wishes = new HashMap<>();

    @TempDir
    private Path directory;

    private PrivateNamespace namespace;
    private NetlinkKernel kernel;
    private RouteWatch watch;
    private String foreignObjects;
    private String classPath;
    private Process spare;
    private int cuts;
    private int midway;
    private int longest;

    @BeforeEach
    void build() throws IOException {
        namespace = new PrivateNamespace();
        namespace.run("sh", "-ec", """
                ip link add eth0 type veth peer name peer0
                ip addr add 10.0.0.1/8 dev eth0
                ip addr add 10.9.9.9/32 dev eth0
                ip link set eth0 up
                ip link set peer0 up
                echo 1 >/proc/sys/net/ipv4/conf/eth0/rp_filter
                ip route add default via 10.0.0.2 proto 3
                ip nexthop add id 90000003 via 10.0.0.3 dev eth0 proto 11
                ip route add 203.0.113.0/24 nhid 90000003 proto 11
                ip route add blackhole %s proto 17
                ip route add blackhole %s metric 7 proto 17
                nft 'table ip theirs { set pools { type ipv4_addr; elements = { 192.0.2.1 } }; chain input { tcp dport 22 accept; }; }'
                """.formatted(TAKEN, MovingCluster.block(8)));
        Path path = Path.of("/proc", Long.toString(namespace.pid()), "ns", "net");
        kernel = NetlinkKernel.open(path);
        watch = new RouteWatch(path, OURS);
        foreignObjects = foreign();
        System.out.println("kill -9: seed " + seed);
    }

    @AfterEach
    void close() {
        processes.forEach(Process::destroyForcibly);
        watch.close();
        kernel.close();
        namespace.close();
    }

    @Test
    void theNextStartFinishesWhatTheKilledOneBegan() throws IOException {
        firstLife();
        verifyHolds(0);
        spare = startSpare();
        Process node = successor();
        int moment = 0;
        while (cuts < KILLS) {
            moment++;
            wishes.keySet().removeIf(Set.of(moment - 2)::contains);
            assertThat(moment).as("changes for %d kills, seed %d", cuts, seed).isLessThan(10 * KILLS);
            watch.want(lasting(moment - 1, moment), exchanged(moment - 1, moment));
            // Now and then the one that is to mend it is killed as well.
            while (isKilledOnTheWayTo(moment, node)) {
                cuts++;
                verifyLiesBetween(moment - 1, moment);
                node = successor();
            }
            verifyHolds(moment);
        }
        assertThat(foreign()).as("what is foreign, seed %d", seed).isEqualTo(foreignObjects);
        System.out.printf(
                "kill -9: %d kills in %d changes of up to %d steps, %d of them between the first and the last route; %d looks%n",
                cuts, moment, longest, midway, watch.looks());
        // Most kills have to fall where it hurts, and most of what happens has to be heard.
        assertThat(midway).isGreaterThan(cuts / 3);
        assertThat(watch.heard()).isGreaterThan(0.5);
    }

    /** Drives the node to a moment, and kills it at a random step unless it is there before. */
    private boolean isKilledOnTheWayTo(int moment, Process node) throws IOException {
        boolean spared = random.nextInt(4) == 0;
        int step = spared ? Integer.MAX_VALUE : 1 + random.nextInt(longest);
        int taken = follow(node, moment, step);
        longest = Math.max(longest, taken);
        return taken < 0;
    }

    // --- the process

    private Process start(String archiving) throws IOException {
        List<String> words = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL"));
        words.addAll(namespace.prefix());
        words.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                archiving + directory.resolve("classes.jsa"),
                "-Xlog:cds=off",
                "-Xlog:cds+dynamic=off",
                "-cp",
                classPath,
                DoomedNode.class.getName(),
                Long.toString(seed),
                directory.resolve("state").toString()));
        Process process = new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.appendTo(errors().toFile()))
                .start();
        processes.add(process);
        return process;
    }

    /** The first, which ends in peace: it leaves the archive of class data that the others start with in half the time. */
    private void firstLife() throws IOException {
        classPath = PackedClassPath.into(directory.resolve("classes.jar"));
        Process node = start("-XX:ArchiveClassesAtExit=");
        awaitReady(node);
        longest = follow(node, 0, Integer.MAX_VALUE);
        node.getOutputStream().close();
        assertThat(node.onExit().join().exitValue())
                .as(Files.readString(errors()))
                .isZero();
    }

    private void awaitReady(Process node) throws IOException {
        assertThat(line(node)).as(Files.readString(errors())).isEqualTo(DoomedNode.READY);
    }

    private Process startSpare() throws IOException {
        return start("-XX:SharedArchiveFile=");
    }

    private Path errors() {
        return directory.resolve("errors");
    }

    /** The next process, which has had time to start while the one before was at work. */
    private Process successor() throws IOException {
        Process next = spare;
        processes.removeIf(process -> !process.isAlive());
        spare = startSpare();
        awaitReady(next);
        return next;
    }

    /** Drives it to a moment; the steps it took, or less than 0 if it was killed at that step. */
    private int follow(Process node, int moment, int killAt) throws IOException {
        OutputStream orders = node.getOutputStream();
        orders.write((moment + "\n").getBytes(StandardCharsets.US_ASCII));
        orders.flush();
        InputStream said = node.getInputStream();
        int steps = 0;
        int next = said.read();
        while (next == DoomedNode.STEP && steps < killAt) {
            steps++;
            if (steps == killAt) {
                node.toHandle().destroyForcibly();
            }
            next = said.read();
        }
        while (next == DoomedNode.STEP) {
            next = said.read();
        }
        if (next < 0) {
            assertThat(node.onExit().join().exitValue())
                    .as("%s%s", story(moment), Files.readString(errors()))
                    .isEqualTo(KILLED);
            return -1;
        }
        String end = (char) next + line(node);
        assertThat(end).as(story(moment)).startsWith(DoomedNode.REACHED);
        verifyNamesConflict(moment, end);
        return steps;
    }

    private static String line(Process process) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = process.getInputStream().read();
                next >= 0 && next != '\n';
                next = process.getInputStream().read()) {
            line.append((char) next);
        }
        return line.toString();
    }

    private String story(int moment) {
        return "seed " + seed + ", moment " + moment + ", after " + cuts + " kills: ";
    }

    // --- what has to be so

    private Set<Prefix> lasting(int before, int after) {
        Set<Prefix> lasting = new TreeSet<>(wanted(before).keySet());
        lasting.retainAll(wanted(after).keySet());
        assertThat(wanted(before).size() - lasting.size()).isLessThan(MovingCluster.MOST_LOST);
        return lasting;
    }

    /** Those of them whose route comes to or from a blackhole: that has another metric, so one is added and the other one deleted. */
    private Set<Prefix> exchanged(int before, int after) {
        Set<Prefix> exchanged = lasting(before, after);
        exchanged.removeIf(prefix -> wanted(before).get(prefix).equals(BLACKHOLE)
                == wanted(after).get(prefix).equals(BLACKHOLE));
        return exchanged;
    }

    /** What was there before and is wanted after is there, and leads where it led or where it is to lead. */
    private void verifyLiesBetween(int before, int after) {
        String story = story(after);
        SortedMap<Prefix, String> earlier = wanted(before);
        SortedMap<Prefix, String> later = wanted(after);
        SortedMap<Prefix, String> there = ownRoutes();
        SortedMap<Prefix, String> astray = new TreeMap<>(there);
        astray.entrySet()
                .removeIf(route -> route.getValue().equals(earlier.get(route.getKey()))
                        || route.getValue().equals(later.get(route.getKey())));
        assertThat(astray).as("%sroutes that nobody asked for", story).isEmpty();
        Set<Prefix> absent = lasting(before, after);
        absent.removeAll(there.keySet());
        assertThat(absent).as("%swanted routes that are absent", story).isEmpty();
        watch.verify(story);
        verifyForeign(story);
        midway += there.equals(earlier) || there.equals(later) ? 0 : 1;
    }

    private void verifyHolds(int moment) {
        String story = story(moment);
        SortedMap<Prefix, String> wanted = wanted(moment);
        assertThat(ownRoutes()).as(story).isEqualTo(wanted);
        assertThat(ownRows()).as(story).doesNotHaveDuplicates();
        Set<String> ways = new HashSet<>(wanted.values());
        ways.remove(BLACKHOLE);
        assertThat(ownNextHops()).as(story).containsExactlyInAnyOrderElementsOf(ways);
        watch.verify(story);
        verifyForeign(story);
    }

    private void verifyNamesConflict(int moment, String end) {
        String conflict = "[route " + TAKEN + ": a foreign route is in its place";
        boolean taken = !asked(moment).getOrDefault(TAKEN, BLACKHOLE).equals(BLACKHOLE);
        assertThat(end)
                .as(story(moment))
                .startsWith(DoomedNode.REACHED + " " + (taken ? conflict : "[]"))
                .doesNotContain(", route ");
    }

    /** All that the cluster asks for, but for the route that is somebody else's. */
    private SortedMap<Prefix, String> wanted(int moment) {
        SortedMap<Prefix, String> wanted = new TreeMap<>(asked(moment));
        wanted.remove(TAKEN);
        return wanted;
    }

    private SortedMap<Prefix, String> asked(int moment) {
        return wishes.computeIfAbsent(moment, cluster::routes);
    }

    // --- what there is

    private SortedMap<Prefix, String> ownRoutes() {
        LinkState links = kernel.observeLinks();
        RouteTable routes = kernel.observeFib().routes();
        SortedMap<Prefix, String> own = new TreeMap<>();
        for (int row = 0; row < routes.size(); row++) {
            if (routes.protocol(row) == OURS) {
                String way = routes.type(row) == RouteTable.BLACKHOLE
                        ? BLACKHOLE
                        : routes.gateway(row) + " " + device(links, routes.device(row));
                // Packets use the first; a second one is about to replace it.
                own.putIfAbsent(routes.prefix(row), way);
            }
        }
        // A blackhole lies there at times, after the foreign route.
        own.remove(TAKEN);
        return own;
    }

    private List<Prefix> ownRows() {
        RouteTable routes = kernel.observeFib().routes();
        return IntStream.range(0, routes.size())
                .filter(row -> routes.protocol(row) == OURS)
                .mapToObj(routes::prefix)
                .toList();
    }

    private List<String> ownNextHops() {
        LinkState links = kernel.observeLinks();
        return kernel.observeFib().nextHops().stream()
                .filter(nextHop -> nextHop.protocol() == OURS)
                .map(nextHop -> nextHop.gateway().orElseThrow() + " " + device(links, nextHop.device()))
                .toList();
    }

    private static String device(LinkState links, int index) {
        return links.indexed(index).map(Link::name).orElse("nowhere");
    }

    private Map<String, List<String>> foreignByNetlink() {
        FibState fib = kernel.observeFib();
        List<String> routes = new ArrayList<>();
        for (int row = 0; row < fib.routes().size(); row++) {
            if (fib.routes().protocol(row) != OURS) {
                routes.add(fib.routes().prefix(row) + " metric " + fib.routes().metric(row) + " nhid "
                        + fib.routes().nextHop(row) + " via " + fib.routes().gateway(row) + " dev "
                        + fib.routes().device(row) + " type " + fib.routes().type(row) + " proto "
                        + fib.routes().protocol(row));
            }
        }
        List<String> nextHops = fib.nextHops().stream()
                .filter(nextHop -> nextHop.protocol() != OURS)
                .map(NextHop::toString)
                .toList();
        List<String> links = kernel.observeLinks().links().stream()
                .filter(link -> !link.name().equals(MovingCluster.TUNNEL))
                .map(Link::toString)
                .toList();
        return Map.of("routes", routes, "next hops", nextHops, "links", links);
    }

    private void verifyForeign(String story) {
        assertThat(foreignObjects).as("%swhat is foreign", story).startsWith(text(foreignByNetlink()));
    }

    private static String text(Map<String, List<String>> objects) {
        return new TreeMap<>(objects).toString();
    }

    /** The same with what netlink does not tell of. */
    private String foreign() {
        return text(foreignByNetlink())
                + namespace.run("nft", "list", "table", "ip", "theirs")
                + namespace.run("cat", "/proc/sys/net/ipv4/conf/eth0/rp_filter");
    }
}
