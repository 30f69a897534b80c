package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.snapshot.WritesOnDemand;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel holds and the agent says while etcd is away: the real agent on the host's own kernel, in order. */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(120)
class DatastoreOutageTest {

    /** What is promised, from the first answer that etcd gives to anybody. */
    private static final Duration RECOVERY = Duration.ofSeconds(5);

    private static final int LATE_WRITES = 50;

    /** Above what any kernel gives. */
    private static final int NO_PROCESS = 1 << 23;

    private static final String STATUS = "/culvert/v1/status/n1";

    @TempDir
    private static Path directory;

    private static ThreeNodes lab;
    private static Path routeEvents;

    @BeforeAll
    static void build() throws IOException {
        lab = new ThreeNodes(directory);
    }

    @AfterAll
    static void close() {
        lab.close();
    }

    @Test
    @Order(1)
    void startsAndConverges() throws IOException {
        lab.eventually("etcd answers", () -> putPool("web", "192.168.0.0/16"));
        lab.startAgent("n1");
        lab.startAgent("n2");
        lab.eventually("a blackhole and a route", () -> ownRoutes() == 2 && lab.ready("n1"));
        routeEvents = directory.resolve("routes.log");
        lab.startIn("n1", routeEvents, List.of("stdbuf", "-oL", "ip", "-o", "monitor", "route"));
        lab.eventually("changes of routes are heard", () -> {
            lab.run("n1", "ip", "route", "add", "203.0.113.0/24", "via", "10.0.1.1");
            lab.run("n1", "ip", "route", "del", "203.0.113.0/24");
            return events().contains("203.0.113.0/24");
        });
    }

    @Test
    @Order(2)
    void keepsEverythingWhileEtcdIsDownAndFollowsWhenItIsBack() throws IOException {
        lab.killEtcd();
        awaitDegraded();
        lab.startEtcd();
        followsNews("up", "10.20.0.0/16");
        assertThat(events()).as("changes of routes during the outage").doesNotContain("192.168.");
    }

    @Test
    @Order(3)
    void keepsEverythingWhilePacketsVanishAndFollowsWhenTheyArriveAgain() throws IOException {
        lab.separateFromEtcd("n1");
        awaitDegraded();
        putPool("unheard", "10.30.0.0/16");
        lab.joinWithEtcd();
        followsNews("heard", "10.40.0.0/16");
        lab.eventually("etcd holds one watch for each of two agents", () -> lab.watches() == 2);
        assertThat(events()).as("changes of routes during the outage").doesNotContain("192.168.");
    }

    /** Their bytes may well be on the way to etcd when they fail: what gives up then has to take them back. */
    @ParameterizedTest
    @ValueSource(strings = {"create", "update", "delete"})
    @Order(4)
    void writesThatTimedOutWhilePacketsVanishedAreNotExecutedLater(String action) throws IOException {
        Path answers = directory.resolve("answers-" + action);
        String keys = "/" + action + "/";
        boolean creates = action.equals("create");
        String made = creates ? "/before/" : keys;
        int count = creates ? 1 : LATE_WRITES;
        Process writer = lab.startIn("n3", answers, ThreeNodes.java(WritesOnDemand.class.getName(), ThreeNodes.ETCD));
        try (OutputStream tasks = writer.getOutputStream()) {
            // What is made twice by a busy machine is as good as made once.
            lab.eventually("keys are created", () -> {
                int answered = lines(answers, " create " + made).size();
                tell(tasks, "create " + made + " " + count);
                eventuallyAnswered(answers, " create " + made, answered + count);
                return Set.copyOf(lines(answers, "done create " + made)).size() == count;
            });

            lab.separateFromEtcd("n3");
            tell(tasks, action + " " + keys + " " + LATE_WRITES);
            String failed = "failed " + action + " " + keys;
            lab.eventually("all fail", () -> lines(answers, failed).size() == LATE_WRITES);
            assertThat(lines(answers, failed)).as("had to wait").anyMatch(line -> line.endsWith(": SILENT"));
            lab.joinWithEtcd();

            int[] tries = {0};
            lab.eventually("etcd answers again", () -> {
                int answered = lines(answers, " /after").size();
                tell(tasks, "create /after-" + action + tries[0]++ + "- 1");
                eventuallyAnswered(answers, " /after", answered + 1);
                return !lines(answers, "done create /after").isEmpty();
            });
            lab.eventually(
                    "no old connection has anything left to send",
                    () -> lab.run("n3", "ss", "-Htan", "state", "all", "dst", "10.0.1.1:2379")
                            .lines()
                            .allMatch(line -> line.startsWith("ESTAB") || line.startsWith("TIME-WAIT")));
        }
        assertThat(lab.etcdctl("get", "--prefix", "--print-value-only", keys).lines())
                .as("values as they were created, which is the key")
                .hasSize(creates ? 0 : LATE_WRITES)
                .allMatch(value -> value.startsWith(keys));
    }

    private static void tell(OutputStream tasks, String task) {
        try {
            tasks.write((task + "\n").getBytes(StandardCharsets.UTF_8));
            tasks.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void eventuallyAnswered(Path answers, String containing, int atLeast) {
        lab.eventually("an answer", () -> lines(answers, containing).size() >= atLeast);
    }

    private static List<String> lines(Path file, String containing) {
        try {
            return Files.readString(file)
                    .lines()
                    .filter(line -> line.contains(containing))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Order(5)
    void holdsTheKernelToTheLastSnapshotWhenEtcdIsDownAtItsStart() throws IOException, InterruptedException {
        lab.eventually("two routes for each of four pools", () -> ownRoutes() == 8);
        lab.stopAgent("n1");
        lab.killEtcd();
        forgetKernel();
        assertThat(ownRoutes()).isZero();
        Path torn = Files.createFile(lab.stateDirectory("n1").resolve("snapshot.n1.tmp-" + NO_PROCESS));

        lab.startAgent("n1");
        lab.eventually("the routes are back", () -> ownRoutes() == 8);
        assertThat(torn).as("what an agent that was killed left").doesNotExist();
        lab.eventually(
                "it says how it stands",
                () -> lab.get("n1", "/readyz").contains("; degraded: datastore down since 2") && lab.ready("n1"));
        lab.run("n1", "ip", "route", "del", unicastPrefix());
        lab.eventually("what is removed is brought back", () -> ownRoutes() == 8);

        lab.startEtcd();
        followsNews("after", "10.50.0.0/16");
        lab.eventually("etcd is told", () -> lab.etcdctl("get", STATUS).contains("\"converged\":true"));
    }

    @Test
    @Order(6)
    void aDamagedSnapshotIsNamedAndNothingIsChangedByIt() throws IOException, InterruptedException {
        lab.eventually("two routes for each of five pools", () -> ownRoutes() == 10 && lab.ready("n1"));
        lab.stopAgent("n1");
        lab.killEtcd();
        Path kept = lab.stateDirectory("n1").resolve("snapshot.n1");
        byte[] content = Files.readAllBytes(kept);
        content[content.length / 2] ^= 1;
        Files.write(kept, content);

        lab.startAgent("n1");
        lab.eventually(
                "it knows nothing, and says so",
                () -> lab.get("n1", "/readyz")
                        .contains("not ready: no complete cycle has run; datastore down since 2"));
        lab.eventually("the file is named", () -> agentLog().contains(kept + " is damaged (its checksum is "));
        assertThat(agentLog()).contains("renamed to snapshot.n1.damaged-");
        assertThat(ownRoutes()).isEqualTo(10);

        lab.startEtcd();
        lab.eventually("ready", () -> lab.ready("n1"));
        assertThat(ownRoutes()).isEqualTo(10);
    }

    private static String agentLog() {
        try {
            return lab.agentLog("n1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @Order(7)
    void writesNothingToEtcdByTheSnapshotKeptOnDisk() throws IOException, InterruptedException {
        lab.eventually("two routes for each of five pools", () -> ownRoutes() == 10);
        lab.stopAgent("n1");
        lab.eventually("its status is gone", () -> lab.etcdctl("get", STATUS).isEmpty());
        forgetKernel();
        for (String words : List.of(
                "user add root:secret",
                "user grant-role root root",
                "role add writer",
                "role grant-permission writer write --prefix=true /",
                "user add writer:secret",
                "user grant-role writer writer",
                "auth enable")) {
            lab.etcdctl(words.split(" "));
        }

        lab.startAgent("n1", "--etcd-username=writer", "--etcd-password=secret", "--resync-period=1s");
        lab.eventually("it may not read, and goes on with what it knows", () -> ownRoutes() == 10);
        lab.eventually("two more cycles have ended", () -> cycles("resync") >= 2);

        assertThat(lab.get("n1", "/readyz")).contains("datastore down since", "permission denied");
        assertThat(lab.etcdctl("--user=root:secret", "get", STATUS)).isEmpty();
        lab.etcdctl("--user=root:secret", "role", "grant-permission", "writer", "readwrite", "--prefix=true", "/");
        lab.eventually(
                "etcd is told when it was read",
                () -> lab.etcdctl("--user=root:secret", "get", STATUS).contains("\"converged\":true"));
    }

    @Test
    @Order(8)
    void plansNothingByAStoreThatHasLostItsData() throws Exception {
        lab.stopAgent("n1");
        lab.stopAgent("n2");
        lab.killEtcd();
        lab.deleteEtcdsData();
        lab.startEtcd();
        lab.eventually("etcd answers", () -> isAnswering());

        for (List<String> arguments :
                List.of(List.of("plan"), List.of("agent", "--once"), List.of("agent", "--once", "--dry-run"))) {
            List<String> words = new ArrayList<>(List.of("sh", "-c", "\"$@\" 2>&1; echo \"exit $?\"", "sh"));
            words.addAll(lab.culvert("n1", arguments.toArray(String[]::new)));
            assertThat(lab.run("n1", words.toArray(String[]::new)))
                    .as(arguments.toString())
                    .contains("has lost its data")
                    .doesNotContain("ip route")
                    .endsWith("exit 1\n");
        }
        assertThat(ownRoutes()).isEqualTo(10);
        assertThat(lab.etcdctl("get", "--prefix", "--keys-only", "/")).isBlank();
    }

    private static boolean isAnswering() {
        try {
            return lab.etcdctl("get", "x").isEmpty();
        } catch (AssertionError notYet) {
            return false;
        }
    }

    private static void awaitDegraded() throws IOException {
        lab.eventually(
                "it says that etcd is away",
                () -> lab.get("n1", "/readyz").contains("; degraded: datastore down since 2"));
        assertThat(lab.ready("n1")).isTrue();
    }

    /** A pool that is made as soon as etcd answers is routed within what is promised. */
    private static void followsNews(String name, String cidr) throws IOException {
        lab.eventually("etcd answers", lab::etcdAnswers);
        long answered = System.nanoTime();
        lab.eventually("the new pool is written", () -> putPool(name, cidr));
        String network = "blackhole " + cidr.substring(0, cidr.indexOf("0.0/"));
        lab.eventually(
                "the new pool is routed", () -> ownRouteLines().lines().anyMatch(line -> line.startsWith(network)));
        Duration took = Duration.ofNanos(System.nanoTime() - answered);
        System.out.printf(
                Locale.ROOT,
                "figure: etcd answers again, agent has followed news (%s): %.2f s%n",
                name,
                took.toNanos() / 1e9);
        assertThat(took)
                .as("from etcd's first answer until %s was routed", name)
                .isLessThan(RECOVERY);
    }

    private static boolean putPool(String name, String cidr) {
        String pool = "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"" + name
                + "\"},\"spec\":{\"cidr\":\"" + cidr + "\",\"ipipMode\":\"Never\"}}";
        try {
            return lab.etcdctl("put", "/calico/resources/v3/projectcalico.org/ippools/" + name, pool)
                    .contains("OK");
        } catch (AssertionError notYet) {
            return false;
        }
    }

    /** As a reboot does. */
    private static void forgetKernel() {
        lab.run("n1", "ip", "nexthop", "flush", "proto", "90");
        lab.run("n1", "ip", "route", "flush", "proto", "90", "type", "blackhole");
        lab.run("n1", "nft", "flush", "ruleset");
    }

    private static String ownRouteLines() {
        return lab.run("n1", "ip", "route", "show", "proto", "90");
    }

    private static long ownRoutes() {
        return ownRouteLines().lines().count();
    }

    private static String unicastPrefix() {
        return lab.run("n1", "ip", "route", "show", "proto", "90", "type", "unicast")
                .lines()
                .findFirst()
                .orElseThrow()
                .split(" ")[0];
    }

    private static String events() {
        try {
            return Files.readString(routeEvents);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Those that found or made the kernel as it should be. */
    private static double cycles(String trigger) {
        Matcher count = Pattern.compile(
                        "culvert_reconcile_total\\{trigger=\"" + trigger + "\",result=\"converged\",} (\\S+)")
                .matcher(lab.get("n1", "/metrics"));
        return count.find() ? Double.parseDouble(count.group(1)) : 0;
    }
}
