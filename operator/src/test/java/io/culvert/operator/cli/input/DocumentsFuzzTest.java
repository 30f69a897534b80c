package io.culvert.operator.cli.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.DocumentFuzzer;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.Resource;
import io.culvert.operator.calico.rule.FileCheck;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/**
 * Files as nobody should hand them over: none is a crash or a hang, every fault names document, field and rule, and a faulty file is
 * refused as a whole. {@code -Dfuzz.seed=N} and {@code -Dfuzz.documents=N} choose others.
 */
class DocumentsFuzzTest {

    private static final long SEED = Long.getLong("fuzz.seed", 1);
    private static final int DOCUMENTS = Integer.getInteger("fuzz.documents", 17_500);
    private static final long LONGEST_MILLIS = 2000;
    private static final Pattern MALFORMED =
            Pattern.compile("standard input(, line \\d+, column \\d+)?: invalid (YAML|JSON): .+");
    private static final Pattern NO_RESOURCE = Pattern.compile(
            "standard input(: contains no resource|, document \\d+(, item \\d+)?: a resource must be an object with .+)");
    private static final Pattern RULE = Pattern.compile("(?s).*\\b(must|may|is|has|are|invalid|unknown field)\\b.*");
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final List<byte[]> GOLDEN = List.of(
            DocumentFuzzer.golden("pool.json"),
            DocumentFuzzer.golden("pool-v3.28.json"),
            DocumentFuzzer.golden("pool-status.json"),
            DocumentFuzzer.golden("node.json"),
            DocumentFuzzer.golden("node-future.json"),
            DocumentFuzzer.golden("block.json"),
            DocumentFuzzer.golden("affinity.json"));

    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void no_yaml_is_a_crash_and_every_fault_is_reported() {
        DocumentFuzzer fuzzer = new DocumentFuzzer(SEED);
        int faulty = 0;
        for (int number = 0; number < DOCUMENTS; number++) {
            byte[] text = number % 2 == 0
                    ? yaml(fuzzer.structurally(fuzzer.pick(GOLDEN)))
                    : fuzzer.bytewise(yaml(tree(fuzzer.pick(GOLDEN))));
            faulty += check("YAML", number, text) ? 1 : 0;
        }
        checkShare(faulty);
    }

    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void no_json_is_a_crash_and_every_fault_is_reported() {
        DocumentFuzzer fuzzer = new DocumentFuzzer(SEED + 1);
        int faulty = 0;
        for (int number = 0; number < DOCUMENTS; number++) {
            byte[] good = fuzzer.pick(GOLDEN);
            byte[] text = number % 2 == 0
                    ? fuzzer.structurally(good).toString().getBytes(StandardCharsets.UTF_8)
                    : fuzzer.bytewise(good);
            faulty += check("JSON", number, text) ? 1 : 0;
        }
        checkShare(faulty);
    }

    private static JsonNode tree(byte[] json) {
        try {
            return new ObjectMapper().readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] yaml(JsonNode tree) {
        try {
            return YAML.writeValueAsBytes(tree);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void checkShare(int faulty) {
        if (faulty < DOCUMENTS / 5 || faulty > DOCUMENTS - DOCUMENTS / 50) {
            throw new AssertionError(faulty + " of " + DOCUMENTS + " documents are faulty, so this shows little");
        }
    }

    /** @return whether it has faults */
    private static boolean check(String form, int number, byte[] text) {
        try {
            long start = System.nanoTime();
            Documents read = Documents.read(List.of("-"), new ByteArrayInputStream(text));
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            if (millis > LONGEST_MILLIS) {
                throw new AssertionError("took " + millis + " ms");
            }
            if (read.faults().isEmpty()) {
                return false;
            }
            checkFaults(read);
            checkRefused(text, read.faults());
            return true;
        } catch (RuntimeException | AssertionError | StackOverflowError e) {
            throw new AssertionError(
                    form + ", seed " + SEED + ", document " + number + ":\n" + new String(text, StandardCharsets.UTF_8),
                    e);
        }
    }

    /** Those of a document name its field and a rule; a text that is malformed has no fields yet. */
    private static void checkFaults(Documents read) {
        Set<String> named = new HashSet<>();
        for (Document document : read.documents()) {
            for (Fault fault : faults(document)) {
                if (fault.path().isEmpty() || !RULE.matcher(fault.rule()).matches()) {
                    throw new AssertionError("a fault without field or rule: " + fault);
                }
                named.add(document.report(fault));
            }
        }
        for (String fault : read.faults()) {
            boolean placed = named.contains(fault) && fault.matches("standard input, document \\d+.*, line \\d+: .*");
            boolean ofWhole = MALFORMED.matcher(fault).matches()
                    || NO_RESOURCE.matcher(fault).matches();
            boolean readable = !fault.matches("(?s).*(Exception|java\\.|fasterxml|Cannot invoke|@[0-9a-f]{5,}).*");
            if (!placed && !ofWhole || !readable || fault.contains("\n")) {
                throw new AssertionError("a fault that is for nobody to read: " + fault);
            }
        }
    }

    private static List<Fault> faults(Document document) {
        return document.checked() instanceof Decoded.Invalid<Resource> invalid
                ? invalid.faults()
                : FileCheck.unknownFields(document.resource(), Optional.empty());
    }

    /** A command gets none of the documents if one is faulty, good ones beside it neither: nothing of them reaches etcd. */
    private static void checkRefused(byte[] text, List<String> faults) {
        FileOptions options = CommandLine.populateCommand(new FileOptions(), "-f", "-");
        try {
            options.documents(new ByteArrayInputStream(text));
        } catch (Refusal refused) {
            if (refused.lines().equals(faults)) {
                return;
            }
        }
        throw new AssertionError("not refused for " + faults);
    }
}
