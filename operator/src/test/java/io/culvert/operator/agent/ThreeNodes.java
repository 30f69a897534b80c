package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.Eventually;
import io.culvert.operator.PrivateNamespace;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Three nodes in one subnet and an etcd, each in a network namespace of the host's own kernel, with the real program as child
 * processes. Everything dies with this JVM. Without ipip, pools have to be of mode Never.
 */
final class ThreeNodes implements AutoCloseable {

    static final List<String> NODES = List.of("n1", "n2", "n3");
    static final String ETCD_ADDRESS = "10.0.1.1";
    static final String ETCD = "http://" + ETCD_ADDRESS + ":2379";

    /** Where etcd speaks with tests, whatever it wants of nodes. */
    private static final String AT_HOME = "http://127.0.0.1:2379";

    /** The most that etcd carries out in one transaction, unless told otherwise. */
    private static final int OPERATIONS = 128;

    private static final Map<String, String> ADDRESSES =
            Map.of("n1", "10.0.1.11", "n2", "10.0.1.12", "n3", "10.0.1.13");

    private final Path directory;
    private final List<String> etcdFlags;
    private final PrivateNamespace hub = new PrivateNamespace();
    private final Map<String, PrivateNamespace> nodes = new HashMap<>();
    private final Map<String, Process> agents = new HashMap<>();

    /** A process that SIGSTOP held looks blocked to itself. */
    private final Set<String> stopped = new HashSet<>();

    private Process etcd;

    /** @param etcdFlags further arguments of etcd; those that begin with {@code --cert-file} make it speak https with nodes */
    ThreeNodes(Path directory, String... etcdFlags) throws IOException {
        this.directory = directory;
        this.etcdFlags = List.of(etcdFlags);
        hub.run("ip", "link", "add", "br0", "type", "bridge");
        hub.run("ip", "addr", "add", "10.0.1.1/24", "dev", "br0");
        hub.run("ip", "link", "set", "br0", "up");
        for (String name : NODES) {
            PrivateNamespace node = new PrivateNamespace();
            nodes.put(name, node);
            hub.run(
                    "ip",
                    "link",
                    "add",
                    name,
                    "type",
                    "veth",
                    "peer",
                    "name",
                    "eth0",
                    "netns",
                    Long.toString(node.pid()));
            hub.run("ip", "link", "set", name, "master", "br0", "up");
            node.run("ip", "addr", "add", address(name) + "/24", "dev", "eth0");
            node.run("ip", "link", "set", "eth0", "up");
            node.run("ip", "route", "add", "default", "via", "10.0.1.1");
        }
        startEtcd();
    }

    void startEtcd() throws IOException {
        etcd = hub.start(directory.resolve("etcd.log"), etcdCommand());
    }

    /** Ends etcd at once, as a crash would. */
    void killEtcd() {
        etcd.destroyForcibly().onExit().join();
    }

    /** Of an etcd that has ended. */
    void deleteEtcdsData() {
        hub.run("rm", "-r", directory.resolve("etcd").toString());
    }

    private List<String> etcdCommand() {
        List<String> command = new ArrayList<>(List.of(
                "etcd",
                "--data-dir",
                directory.resolve("etcd").toString(),
                "--log-level",
                "error",
                "--listen-client-urls",
                endpoint() + "," + AT_HOME,
                "--advertise-client-urls",
                endpoint(),
                "--listen-peer-urls",
                "http://127.0.0.1:2380",
                "--initial-advertise-peer-urls",
                "http://127.0.0.1:2380",
                "--initial-cluster",
                "default=http://127.0.0.1:2380"));
        command.addAll(etcdFlags);
        return command;
    }

    private String endpoint() {
        boolean tls = etcdFlags.stream().anyMatch(flag -> flag.startsWith("--cert-file"));
        return tls ? ETCD.replace("http:", "https:") : ETCD;
    }

    static String address(String node) {
        return ADDRESSES.get(node);
    }

    String etcdctl(String... words) {
        List<String> command = new ArrayList<>(List.of("env", "ETCDCTL_API=3", "etcdctl", "--endpoints", AT_HOME));
        command.addAll(List.of(words));
        return hub.run(command.toArray(String[]::new));
    }

    /** Puts many keys, in as few transactions as etcd allows by default. */
    void putAll(Map<String, String> documents) throws IOException {
        putAll(documents, OPERATIONS);
    }

    /** @param operations of one transaction; etcd's flag {@code --max-txn-ops} allows as many */
    void putAll(Map<String, String> documents, int operations) throws IOException {
        Path script = directory.resolve("puts");
        List<String> puts = new ArrayList<>();
        documents.forEach((key, value) -> puts.add("put " + key + " \"" + value.replace("\"", "\\\"") + "\"\n"));
        for (int from = 0; from < puts.size(); from += operations) {
            List<String> some = puts.subList(from, Math.min(puts.size(), from + operations));
            Files.writeString(script, "\n" + String.join("", some) + "\n\n");
            hub.run("sh", "-c", "ETCDCTL_API=3 exec etcdctl --endpoints " + AT_HOME + " txn <" + script);
        }
    }

    /** Gives a node a second device on the same wire, eth1, that is up and has no address. */
    void addDevice(String node) {
        String pid = Long.toString(nodes.get(node).pid());
        hub.run("ip", "link", "add", node + "b", "type", "veth", "peer", "name", "eth1", "netns", pid);
        hub.run("ip", "link", "set", node + "b", "master", "br0", "up");
        run(node, "ip", "link", "set", "eth1", "up");
    }

    /** Gives the wire's other end, where etcd is, a second address. */
    void addHubAddress(String address) {
        hub.run("ip", "addr", "add", address, "dev", "br0");
    }

    /**
     * Runs a script by bash in which etcdctl finds this etcd; a failure of it is an error.
     *
     * @param user with password, {@code root:secret}; empty is nobody
     */
    String etcdShell(String user, String script) {
        return hub.run(
                "env", "ETCDCTL_API=3", "ETCDCTL_ENDPOINTS=" + AT_HOME, "ETCDCTL_USER=" + user, "bash", "-ec", script);
    }

    /** Drops what a node and etcd send one another, without a word to either. */
    void separateFromEtcd(String node) {
        hub.run(
                "nft",
                "table ip separation { chain in { type filter hook input priority 0; ip saddr " + address(node)
                        + " tcp dport 2379 drop; }; chain out { type filter hook output priority 0; ip daddr "
                        + address(node) + " tcp sport 2379 drop; }; }");
    }

    void joinWithEtcd() {
        hub.run("nft", "delete", "table", "ip", "separation");
    }

    /** Runs a command in a node's namespace; a failure of it is an error. */
    String run(String node, String... words) {
        return nodes.get(node).run(words);
    }

    /** The words that give the command behind them the node's environment. */
    List<String> environment(String node) {
        return List.of(
                "env",
                "NODENAME=" + node,
                "ETCD_ENDPOINTS=" + endpoint(),
                "CULVERT_STATE_DIR=" + stateDirectory(node),
                "ETCD_PASSWORD=");
    }

    /** The words that run {@code culvert} with these arguments. */
    List<String> culvert(String node, String... arguments) {
        List<String> words = new ArrayList<>(environment(node));
        words.addAll(java("io.culvert.operator.Main", arguments));
        return words;
    }

    Path stateDirectory(String node) {
        return directory.resolve(node);
    }

    /** The words that run the program as it has been compiled. */
    static List<String> program() {
        return java("io.culvert.operator.Main");
    }

    /** The words that run a class of this class path. */
    static List<String> java(String mainClass, String... arguments) {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                mainClass));
        words.addAll(List.of(arguments));
        return words;
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                .replace(File.pathSeparator + File.pathSeparator, File.pathSeparator);
    }

    void startAgent(String node, String... flags) throws IOException {
        List<String> words = culvert(node, "agent");
        words.addAll(List.of(flags));
        agents.put(node, nodes.get(node).start(log(node), words));
    }

    /** Starts a command in a node's namespace that dies with this JVM; its output goes to the file. */
    Process startIn(String node, Path output, List<String> words) throws IOException {
        return nodes.get(node).start(output, words);
    }

    /** Sends SIGTERM and waits. */
    void stopAgent(String node) throws InterruptedException {
        Process agent = agents.remove(node);
        agent.destroy();
        agent.waitFor();
    }

    /** Sends a signal to the agent, named as kill(1) names it. */
    void signal(String node, String name) {
        if (name.equals("STOP")) {
            stopped.add(node);
        }
        run(node, "kill", "-" + name, Long.toString(agents.get(node).pid()));
    }

    private Path log(String node) {
        return directory.resolve(node + ".log");
    }

    String agentLog(String node) throws IOException {
        return Files.readString(log(node));
    }

    /** What the node's agent answers to GET, headers included; empty while it does not. */
    String get(String node, String path) {
        return nodes.get(node)
                .run(
                        "bash",
                        "-c",
                        "exec 2>/dev/null 3<>/dev/tcp/127.0.0.1/9474 || exit 0; printf 'GET " + path
                                + " HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3; true");
    }

    /** Whether etcd answers a client that asks for the first time, and knows a leader. */
    boolean etcdAnswers() {
        return getFromEtcd("/health").contains("true");
    }

    /** How many watches etcd holds open. */
    long watches() {
        return getFromEtcd("/metrics")
                .lines()
                .filter(line -> line.startsWith("etcd_debugging_mvcc_watcher_total "))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Empty while it does not answer. */
    private String getFromEtcd(String path) {
        return hub.run(
                "bash",
                "-c",
                "exec 2>/dev/null 3<>/dev/tcp/127.0.0.1/2379 || exit 0; printf 'GET " + path
                        + " HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3; true");
    }

    boolean ready(String node) {
        return get(node, "/readyz").startsWith("HTTP/1.0 200")
                || get(node, "/readyz").startsWith("HTTP/1.1 200");
    }

    /** Repeats a check until it holds; a failure shows what n1's kernel holds and what its agent says. */
    void eventually(String what, Eventually.Condition condition) {
        eventually(what, Eventually.LIMIT, condition);
    }

    void eventually(String what, Duration limit, Eventually.Condition condition) {
        Eventually.holds(
                what,
                limit,
                condition,
                () -> "n1's routes:\n" + run("n1", "sh", "-c", "ip route | head -n 20") + get("n1", "/readyz")
                        + "\nn1's agent:\n" + (Files.exists(log("n1")) ? agentLog("n1") : "never started"));
    }

    /** Ends everything; fails if Vert.x reported that an agent blocked a thread for too long. */
    @Override
    public void close() {
        agents.values().forEach(Process::destroyForcibly);
        nodes.values().forEach(PrivateNamespace::close);
        hub.close();
        NODES.stream().filter(node -> !stopped.contains(node)).forEach(this::assertNothingBlocked);
    }

    private void assertNothingBlocked(String node) {
        try (Stream<String> lines = Files.exists(log(node)) ? Files.lines(log(node)) : Stream.empty()) {
            // Before its first cycle an agent loads classes, which takes what it takes on a busy machine.
            assertThat(lines.dropWhile(line -> !line.contains("cycle 1 "))
                            .filter(line -> line.contains("has been blocked for")))
                    .as("threads of " + node + " that were blocked")
                    .isEmpty();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
