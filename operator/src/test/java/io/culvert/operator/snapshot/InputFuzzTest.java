package io.culvert.operator.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.DocumentFuzzer;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.IpPoolCodec;
import io.culvert.operator.calico.NodeCodec;
import io.culvert.operator.calico.store.AffinityCodec;
import io.culvert.operator.calico.store.BlockCodec;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.Stored;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.NodeSettings;
import io.culvert.reconciler.plan.Plan;
import io.culvert.reconciler.plan.Planner;
import io.culvert.reconciler.resource.Rejected;
import io.culvert.reconciler.resource.Snapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Values that are not valid in etcd: none is a crash or a hang, each rejection names key, field and rule, and what is
 * rejected changes nothing, the kernel's plan of another node least of all. {@code -Dfuzz.seed=N} and {@code -Dfuzz.documents=N} (for each kind) choose others.
 */
@Tag("slow")
class InputFuzzTest {

    private static final long SEED = Long.getLong("fuzz.seed", 1);
    private static final int DOCUMENTS = Integer.getInteger("fuzz.documents", 17_500);
    private static final long LONGEST_MILLIS = 2000;
    private static final InterfaceAddress ADDRESS = InterfaceAddress.parse("10.0.0.12/24");
    private static final YAMLMapper YAML = new YAMLMapper();

    private final SnapshotAssembler assembler = new SnapshotAssembler();
    private final Map<Kind, Integer> versions = new HashMap<>();
    private long revision;

    /** What is fuzzed: where it lies in etcd, good values of it, and how it is read. */
    enum Kind {
        POOL(
                "IPPool",
                Keys.pool("default-ipv4-ippool"),
                List.of("pool.json", "pool-v3.28.json", "pool-status.json"),
                IpPoolCodec::decode),
        NODE("Node", Keys.NODES + "node-1", List.of("node.json", "node-future.json"), NodeCodec::decode),
        BLOCK(
                "Block",
                Keys.BLOCKS + "192.168.0.0-29",
                List.of(
                        "block.json",
                        "block-v3.31.json",
                        "block-legacy.json",
                        "block-unowned.json",
                        "block-future.json"),
                value -> BlockCodec.decode(Prefix.parse("192.168.0.0/29"), value)),
        AFFINITY(
                "Affinity",
                Keys.HOSTS + "node-1/ipv4/block/192.168.0.0-29",
                List.of("affinity.json", "affinity-future.json"),
                value -> AffinityCodec.decode(
                        Keys.affinityOf(Keys.HOSTS + "node-1/ipv4/block/192.168.0.0-29")
                                .orElseThrow(),
                        value));

        private final String kind;
        private final String key;
        private final List<byte[]> golden;
        private final Function<byte[], Decoded<?>> decode;

        Kind(String kind, String key, List<String> files, Function<byte[], Decoded<?>> decode) {
            this.kind = kind;
            this.key = key;
            this.golden = files.stream().map(DocumentFuzzer::golden).toList();
            this.decode = decode;
        }
    }

    private void put(Kind kind, byte[] value) {
        revision++;
        int version = versions.merge(kind, 1, Integer::sum);
        assembler.put(new Stored(kind.key, value, kind.ordinal() + 1, revision, version));
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void no_value_is_a_crash_and_a_rejected_one_changes_nothing(Kind kind) {
        DocumentFuzzer fuzzer = new DocumentFuzzer(SEED + kind.ordinal());
        for (Kind each : Kind.values()) {
            put(each, each.golden.get(0));
        }
        assertThat(plan(assembler.snapshot(revision)).changes())
                .as("all four matter to the plan")
                .anyMatch(Change.AddRoute.class::isInstance);
        int rejected = 0;
        for (int number = 0; number < DOCUMENTS; number++) {
            byte[] good = fuzzer.pick(kind.golden);
            byte[] value = switch (number % 4) {
                case 0, 1 -> fuzzer.structurally(good).toString().getBytes(StandardCharsets.UTF_8);
                case 2 -> fuzzer.bytewise(good);
                default -> fromYaml(fuzzer, good);
            };
            try {
                rejected += check(kind, value) ? 1 : 0;
            } catch (RuntimeException | AssertionError | StackOverflowError e) {
                throw new AssertionError(
                        kind + ", seed " + SEED + ", document " + number + ": "
                                + new String(value, StandardCharsets.UTF_8),
                        e);
            }
        }
        assertThat(rejected).as("rejected of %d", DOCUMENTS).isBetween(DOCUMENTS / 5, DOCUMENTS - DOCUMENTS / 50);
    }

    /** What is left of a YAML text when a tool that does not check it has put it into etcd. */
    private static byte[] fromYaml(DocumentFuzzer fuzzer, byte[] good) {
        try {
            JsonNode tree = YAML.readTree(fuzzer.bytewise(YAML.writeValueAsBytes(YAML.readTree(good))));
            return tree.toString().getBytes(StandardCharsets.UTF_8);
        } catch (IOException malformed) {
            return good;
        }
    }

    private static Plan plan(Snapshot snapshot) {
        FakeKernel kernel = new FakeKernel();
        kernel.addLink("eth0", "veth", 1500, ADDRESS);
        kernel.setSysctl("net/ipv4/ip_forward", 0);
        NodeSettings settings = new NodeSettings(
                "node-2",
                ADDRESS,
                "culvert0",
                Set.of(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                Set.of(),
                0,
                Set.of(),
                true);
        return new Planner(kernel, kernel, kernel, settings).plan(snapshot, Optional.empty());
    }

    /** @return whether the value was rejected */
    private boolean check(Kind kind, byte[] value) {
        put(kind, kind.golden.get(0));
        Snapshot before = assembler.snapshot(revision);
        long start = System.nanoTime();
        put(kind, value);
        Snapshot after = assembler.snapshot(revision);
        Plan plan = plan(after);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        if (millis > LONGEST_MILLIS) {
            throw new AssertionError("took " + millis + " ms");
        }
        List<Rejected> rejections =
                after.rejected().stream().filter(r -> r.key().equals(kind.key)).toList();
        if (rejections.isEmpty()) {
            return false;
        }
        if (rejections.size() != 1
                || !rejections.get(0).kind().equals(kind.kind)
                || !rejections.get(0).lastGoodKept()) {
            throw new AssertionError("rejected as " + rejections);
        }
        checkWords(rejections.get(0).reason());
        checkFaults(kind.decode.apply(value));
        if (!contents(after).equals(contents(before)) || !plan.equals(plan(before))) {
            throw new AssertionError("a rejected value changed " + contents(before) + " to " + contents(after)
                    + ", and the plan " + plan(before) + " to " + plan);
        }
        return true;
    }

    private static List<Object> contents(Snapshot snapshot) {
        return List.of(
                snapshot.pools(),
                snapshot.nodes(),
                new TreeMap<>(snapshot.blocks()),
                new ArrayList<>(snapshot.affinities()),
                snapshot.felix(),
                snapshot.locked(),
                snapshot.unsupported());
    }

    /** A person reads it. */
    private static void checkWords(String reason) {
        if (reason.isBlank() || reason.matches("(?s).*(Exception|java\\.|fasterxml|Cannot invoke|@[0-9a-f]{5,}).*")) {
            throw new AssertionError("the reason is unreadable: " + reason);
        }
    }

    /** Each names its field, but for those of the document as a whole, and a rule. */
    private static void checkFaults(Decoded<?> decoded) {
        if (decoded instanceof Decoded.Invalid<?> invalid) {
            for (Fault fault : invalid.faults()) {
                boolean whole = fault.rule().startsWith("invalid JSON: ")
                        || fault.rule().startsWith("must be an object")
                        || fault.rule().startsWith("a resource must be an object");
                boolean rule = fault.rule().matches("(?s).*\\b(must|may|is|has|are|invalid)\\b.*");
                if (fault.path().isEmpty() && !whole || !rule) {
                    throw new AssertionError("a fault without field or rule: " + fault);
                }
            }
        }
    }
}
