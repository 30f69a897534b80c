package io.culvert.lab;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What happens to a cluster in months, in minutes; by a seed, so that the same can be asked for again. n1's agent is never
 * restarted. For one thread.
 */
final class Churn {

    private static final List<String> MODES = List.of("Always", "CrossSubnet", "Never");

    /** Real nodes claim blocks of it. */
    private static final String GUEST = "soak-guest";

    private static final String GUEST_CIDR = "10.77.0.0/16";

    /** Where nodes that only etcd knows have their blocks; no real node takes any. */
    private static final String FABRIC = "soak-fabric";

    private static final String FABRIC_CIDR = "172.16.0.0/16";

    private static final String BROKEN = Pool.PREFIX + "soak-broken";

    /** One transaction of etcd takes 128 operations, and a block needs two. */
    private static final int SWARM = 60;

    private static final List<String> HANDS = List.of(
            "ip route flush proto 90",
            "ip route add 172.16.255.0/26 dev lo proto 90",
            "ip nexthop flush proto 90",
            "ip link del culvert0",
            "ip link set culvert0 down",
            "ip link set culvert0 mtu 1400",
            "ip -4 address flush dev culvert0",
            "nft delete table ip culvert",
            "nft flush table ip culvert");

    /** One thing that happens, and how often compared with others. */
    private enum Act {
        POOL_CHANGES(4, Churn::poolChanges),
        GUEST_COMES_OR_GOES(3, Churn::guestComesOrGoes),
        NODE_COMES(4, Churn::nodeComes),
        NODE_GOES(3, Churn::nodeGoes),
        BLOCK_MOVES(4, Churn::blockMoves),
        SWARM_COMES_OR_GOES(2, Churn::swarmComesOrGoes),
        BROKEN_DOCUMENT(1, Churn::brokenDocument),
        COMPACTION(1, Churn::compaction),
        DRIFT(8, Churn::drift),
        AGENT_STOPPED(1, churn -> churn.agentRestarts(LabNode::stopAgent)),
        AGENT_KILLED(1, churn -> churn.agentRestarts(LabNode::killAgent)),
        ETCD_STOPPED(1, churn -> churn.etcdRestarts(Etcd::stop)),
        ETCD_KILLED(1, churn -> churn.etcdRestarts(Etcd::kill)),
        ETCD_SILENT(1, Churn::etcdIsSilent);

        private final int weight;
        private final Consumer<Churn> happens;

        Act(int weight, Consumer<Churn> happens) {
            this.weight = weight;
            this.happens = happens;
        }
    }

    private static final List<Act> ALL = Stream.of(Act.values())
            .flatMap(act -> IntStream.range(0, act.weight).mapToObj(i -> act))
            .toList();

    private static final List<Act> IN_ETCD =
            ALL.stream().filter(act -> act.compareTo(Act.COMPACTION) <= 0).toList();

    private final Lab lab;
    private final Random random;
    private final Map<Act, Integer> counts = new TreeMap<>();

    /** All that might be there, and the blocks they hold. */
    private final Map<PaperNode, TreeSet<String>> paper = new LinkedHashMap<>();

    private final PaperNode swarm = new PaperNode("soak-swarm", "10.0.2.99/24");
    private boolean swarmThere;

    Churn(Lab lab, long seed) {
        this.lab = lab;
        this.random = new Random(seed);
        for (int i = 0; i < 6; i++) {
            paper.put(new PaperNode("soak-" + i, "10.0." + (1 + i % 2) + "." + (100 + i) + "/24"), new TreeSet<>());
        }
    }

    /** Before anything happens. */
    void begin() {
        lab.etcd.put(Pool.PREFIX + FABRIC, pool(FABRIC, FABRIC_CIDR, "Always", "!all()"));
    }

    /** One thing happens. */
    void act() {
        happen(any(ALL));
    }

    private void happen(Act act) {
        counts.merge(act, 1, Integer::sum);
        act.happens.accept(this);
    }

    /** Takes everything back but the pool of the unknown nodes: two such worlds are alike. The last revision that made. */
    long tidy() {
        lab.etcd.change(Map.of(), List.of(BROKEN));
        paper.forEach((node, blocks) -> {
            lab.etcd.change(Map.of(), keys(node, List.copyOf(blocks)));
            blocks.clear();
        });
        if (swarmThere) {
            swarmComesOrGoes();
        }
        lab.etcd.put(Pool.PREFIX + GUEST, pool(GUEST, GUEST_CIDR, "Always", "all()"));
        Command deleted = lab.culvert("delete", "ippool", GUEST);
        if (deleted.status() != 0) {
            throw new AssertionError(deleted.toString());
        }
        lab.etcd.put(Pool.PREFIX + FABRIC, pool(FABRIC, FABRIC_CIDR, "Always", "!all()"));
        return lab.etcd.put(Pool.ALWAYS.key(), Pool.ALWAYS.json());
    }

    /** Takes away what {@link #begin} made. */
    void end() {
        lab.etcd.deleteAll(Pool.PREFIX + FABRIC);
    }

    /** How often each thing has happened. */
    @Override
    public String toString() {
        return counts.values().stream().mapToInt(Integer::intValue).sum() + " things happened: " + counts;
    }

    // --- in etcd

    private void poolChanges() {
        if (random.nextBoolean()) {
            lab.etcd.put(
                    Pool.ALWAYS.key(),
                    Pool.ALWAYS
                            .withMode(any(MODES))
                            .withNatOutgoing(random.nextBoolean())
                            .json());
        } else {
            lab.etcd.put(Pool.PREFIX + FABRIC, pool(FABRIC, FABRIC_CIDR, any(MODES), "!all()"));
        }
    }

    /** It may leave its blocks behind, as a pool does that somebody deletes by etcdctl. */
    private void guestComesOrGoes() {
        String key = Pool.PREFIX + GUEST;
        if (lab.etcd.get(key).isEmpty()) {
            lab.etcd.put(key, pool(GUEST, GUEST_CIDR, any(MODES), "all()"));
        } else {
            lab.etcd.deleteAll(key);
        }
    }

    private void nodeComes() {
        PaperNode node = any(List.copyOf(paper.keySet()));
        TreeSet<String> blocks = paper.get(node);
        for (int i = random.nextInt(4); i >= 0; i--) {
            String block = "172.16." + random.nextInt(16) + "." + 64 * random.nextInt(4) + "/26";
            if (paper.values().stream().noneMatch(held -> held.contains(block))) {
                blocks.add(block);
            }
        }
        Map<String, String> puts = node.holding(List.copyOf(blocks));
        puts.put(node.key(), node.json());
        lab.etcd.change(puts, List.of());
    }

    /** It may leave its blocks behind. */
    private void nodeGoes() {
        PaperNode node = any(List.copyOf(paper.keySet()));
        if (random.nextBoolean()) {
            lab.etcd.deleteAll(node.key());
        } else {
            lab.etcd.change(Map.of(), keys(node, List.copyOf(paper.get(node))));
            paper.get(node).clear();
        }
    }

    private void blockMoves() {
        PaperNode from = any(List.copyOf(paper.keySet()));
        PaperNode to = any(List.copyOf(paper.keySet()));
        if (from.equals(to) || paper.get(from).isEmpty()) {
            return;
        }
        String block = any(List.copyOf(paper.get(from)));
        paper.get(from).remove(block);
        paper.get(to).add(block);
        lab.etcd.change(to.holding(List.of(block)), List.of(from.claimKey(block)));
    }

    private void swarmComesOrGoes() {
        List<String> blocks = IntStream.range(0, SWARM)
                .mapToObj(i -> "172.16." + (64 + i / 4) + "." + 64 * (i % 4) + "/26")
                .toList();
        if (swarmThere) {
            lab.etcd.change(Map.of(), keys(swarm, blocks));
        } else {
            Map<String, String> puts = swarm.holding(blocks);
            puts.put(swarm.key(), swarm.json());
            lab.etcd.change(puts, List.of());
        }
        swarmThere = !swarmThere;
    }

    /** Something is written first: the same revision cannot be compacted twice. */
    private void compaction() {
        lab.etcd.put("/soak/compaction", "");
        lab.etcd.compact();
    }

    private void brokenDocument() {
        lab.etcd.put(BROKEN, "{\"kind\":\"IPPool\",\"spec\":{\"cidr\":\"" + random.nextInt(1000));
    }

    private static List<String> keys(PaperNode node, List<String> blocks) {
        List<String> keys = new ArrayList<>(List.of(node.key()));
        for (String block : blocks) {
            keys.add(node.claimKey(block));
            keys.add(PaperNode.blockKey(block));
        }
        return keys;
    }

    private static String pool(String name, String cidr, String mode, String selector) {
        return """
                {"kind":"IPPool","apiVersion":"projectcalico.org/v3","metadata":{"name":"%s"},\
                "spec":{"cidr":"%s","ipipMode":"%s","natOutgoing":true,"nodeSelector":"%s"}}""".formatted(name, cidr, mode, selector);
    }

    // --- in kernels

    /** What the hand reaches for may not be there; that it tried is enough. */
    private void drift() {
        Command.attempt(Lab.in(any(lab.nodes).name, any(HANDS).split(" ")));
    }

    // --- to processes

    private void agentRestarts(Consumer<LabNode> ends) {
        LabNode node = any(List.of(lab.n2, lab.n3));
        ends.accept(node);
        meanwhile(ALL.stream().filter(act -> act.compareTo(Act.DRIFT) <= 0).toList());
        node.startAgent();
    }

    private void etcdRestarts(Consumer<Etcd> ends) {
        ends.accept(lab.etcd);
        meanwhile(List.of(Act.DRIFT));
        lab.etcd.start();
    }

    private void etcdIsSilent() {
        lab.etcd.silence();
        meanwhile(IN_ETCD);
        lab.etcd.endSilence();
    }

    private void meanwhile(List<Act> acts) {
        for (int i = random.nextInt(4); i > 0; i--) {
            happen(any(acts));
        }
    }

    private <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }
}
