package io.culvert.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Three nodes, their router, a real etcd: the whole that one test run shares. Everything here blocks until it is so, or fails. For one
 * thread.
 */
final class Lab implements AutoCloseable {

    static final String AFFINITIES = "/calico/ipam/v2/host/";

    final LabNode n1 = new LabNode("n1", "10.0.1.11");
    final LabNode n2 = new LabNode("n2", "10.0.1.12");
    final LabNode n3 = new LabNode("n3", "10.0.2.13");
    final List<LabNode> nodes = List.of(n1, n2, n3);
    final Etcd etcd = new Etcd();

    /** The kernels before any agent was ever started. */
    final Map<LabNode, KernelPicture> untouched;

    Lab() {
        Command.run("lab-net", "up");
        Command.run("lab-net", "etcd", "start");
        untouched = Map.of(n1, n1.picture(), n2, n2.picture(), n3, n3.picture());
    }

    @Override
    public void close() {
        Command.run("lab-net", "down");
    }

    // --- programs

    /** The words that run a program in one of the lab's network namespaces, replacing themselves by it. */
    static String[] in(String namespace, String... words) {
        return Stream.concat(Stream.of("nsenter", "--net=/run/netns/" + namespace, "--"), Stream.of(words))
                .toArray(String[]::new);
    }

    static String[] culvertWords(String... arguments) {
        return Stream.concat(Stream.of(System.getenv("CULVERT_DIST") + "/bin/culvert"), Stream.of(arguments))
                .toArray(String[]::new);
    }

    static Command culvert(Map<String, String> environment, String input, String... words) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("ETCD_ENDPOINTS", Etcd.ENDPOINT);
        return Command.attempt(all, input, words);
    }

    /** Runs the command from outside the nodes, as its user would. */
    Command culvert(String... arguments) {
        return culvert(Map.of(), "", culvertWords(arguments));
    }

    /** {@code culvert diff -f -} with the document on standard input. */
    Command diff(String document) {
        return culvert(Map.of(), document, culvertWords("diff", "-f", "-"));
    }

    /** {@code culvert apply -f -} with the document on standard input. */
    Command apply(String document, String... more) {
        return culvert(
                Map.of(),
                document,
                culvertWords(Stream.concat(Stream.of("apply", "-f", "-"), Stream.of(more))
                        .toArray(String[]::new)));
    }

    // --- known states

    /** All agents run, this is the only pool, all have converged on it, and every workload is in a block of its node. */
    void withPool(Pool pool) {
        startAgents();
        converged(store(pool));
        attachWorkloads();
    }

    /** All agents run and there is no pool. */
    void withoutPools() {
        startAgents();
        converged(etcd.deleteAll(Pool.PREFIX));
    }

    /** No agent runs, and none has left anything. */
    void withoutCulvert() {
        for (LabNode node : nodes) {
            if (node.isRunning()) {
                node.stopAgent();
                Command cleanup = node.culvert("cleanup");
                if (cleanup.status() != 0) {
                    throw new AssertionError(cleanup.toString());
                }
            }
        }
    }

    /** Puts the pool into etcd; takes others out. The revision at which both are so. */
    long store(Pool pool) {
        for (String key : etcd.keys(Pool.PREFIX)) {
            if (!key.equals(pool.key())) {
                etcd.deleteAll(key);
            }
        }
        return etcd.put(pool.key(), pool.json());
    }

    void startAgents() {
        nodes.stream().filter(node -> !node.isRunning()).forEach(LabNode::startAgent);
    }

    /** Waits until every running agent says that its kernel matches etcd at this revision or a later one. */
    Duration converged(long revision) {
        return Eventually.passes(() -> nodes.stream().filter(LabNode::isRunning).forEach(node -> {
            long applied = node.appliedRevision();
            if (applied < revision || !node.isReady()) {
                throw new AssertionError("%s has applied revision %d of %d; readyz: %s%n%s"
                        .formatted(
                                node.name,
                                applied,
                                revision,
                                node.http("/readyz").body(),
                                node.agentLog()));
            }
        }));
    }

    void attachWorkloads() {
        for (LabNode node : nodes) {
            if (blocks(node).stream().noneMatch(node::hasWorkloadIn)) {
                node.attachWorkload();
            }
        }
    }

    /** The blocks the node has claimed, by etcd. */
    List<String> blocks(LabNode node) {
        return etcd.keys(AFFINITIES + node.name + "/ipv4/block/").stream()
                .map(key -> key.substring(key.lastIndexOf('/') + 1).replaceFirst("-(?=\\d+$)", "/"))
                .sorted(Comparator.naturalOrder())
                .toList();
    }

    /** The block of the node that its workload is in. */
    String block(LabNode node) {
        return blocks(node).stream()
                .filter(node::hasWorkloadIn)
                .findFirst()
                .orElseThrow(() -> new AssertionError(node.name + " has no block for its workload"));
    }

    // --- what can be seen

    /** The pairs of different nodes, each way. */
    List<List<LabNode>> pairs() {
        List<List<LabNode>> pairs = new ArrayList<>();
        for (LabNode from : nodes) {
            nodes.stream().filter(to -> to != from).forEach(to -> pairs.add(List.of(from, to)));
        }
        return pairs;
    }

    /** Requires that every workload reaches every other. */
    void everyWorkloadReachesEveryOther() {
        Map<List<LabNode>, Process> requests = new LinkedHashMap<>();
        for (List<LabNode> pair : pairs()) {
            requests.put(
                    pair,
                    Ping.threeRequests(
                            pair.get(0).workloadNamespace(), pair.get(1).workload()));
        }
        requests.forEach((pair, process) -> {
            if (!Ping.isAnswered(process)) {
                LabNode from = pair.get(0);
                LabNode to = pair.get(1);
                throw new AssertionError("%s (%s) does not reach %s (%s); routes of %s:%n%s"
                        .formatted(
                                from.workload(),
                                from.name,
                                to.workload(),
                                to.name,
                                from.name,
                                from.run("ip", "-4", "route")));
            }
        });
    }

    /** True on this machine's own kernel, false in User-Mode Linux. */
    static boolean onTheHostsKernel() {
        try {
            return Files.readString(Path.of("/run/lab/kernel")).strip().equals("host");
        } catch (IOException e) {
            throw new AssertionError("only inside lab-run", e);
        }
    }

    static void figure(String what, Duration took) {
        System.out.printf(
                "figure: %s: %.2f s (%s)%n",
                what, took.toMillis() / 1000.0, onTheHostsKernel() ? "host kernel" : "User-Mode Linux, one CPU");
    }
}
