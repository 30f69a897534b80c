package io.culvert.operator.calico.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.calico.Decoded;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Block;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The quick reading of a block against the one that reads any. */
class BlockCodecTest {

    private static final Prefix CIDR = Prefix.parse("192.168.0.8/29");

    /** As Calico writes it (see {@code libcalico-go/lib/backend/model/block.go}). */
    private static final String USUAL = """
            {"cidr":"192.168.0.8/29","affinity":"host:node-1","affinity_claim_time":"2026-01-02T03:04:07Z",\
            "allocations":[0,1,null,2,3,null,null,null],"unallocated":[2,5,6,7],"attributes":[\
            {"handle_id":"ipip-tunnel-addr-node-1","secondary":{"node":"node-1","type":"ipipTunnelAddress"}},\
            {"handle_id":"k8s-pod-network.4f1c","secondary":{"namespace":"default","node":"node-2","pod":"web-0"}},\
            {"handle_id":null,"secondary":null},{}],"sequenceNumber":1767323047000000002,\
            "sequenceNumberForAllocation":{"0":1767323047000000000,"1":1767323047000000001},"deleted":false}""";

    private final Random random = new Random(4);

    @Test
    void the_usual_form_is_read_quickly_and_rightly() {
        Block expected = new Block(CIDR, Optional.of("node-1"), Map.of(Address.parse("192.168.0.9"), "node-2"));

        assertThat(PlainBlock.read(CIDR, bytes(USUAL), UnaryOperator.identity()))
                .contains(expected);
        assertThat(BlockCodec.decodeAny(CIDR, bytes(USUAL), UnaryOperator.identity()))
                .isEqualTo(new Decoded.Valid<>(expected));
    }

    @Test
    void blocks_without_owner_or_without_allocations_are_read_quickly_too() {
        for (String usual : List.of(
                USUAL.replace("\"host:node-1\"", "null"),
                USUAL.replace("host:node-1", "virtual:load-balancer"),
                USUAL.replace("[0,1,null,2,3,null,null,null]", "[null,null,null,null,null,null,null,null]"),
                "{\"cidr\":\"192.168.0.8/29\",\"affinity\":\"host:n\",\"allocations\":[],\"attributes\":null}")) {
            Optional<Block> plain = PlainBlock.read(CIDR, bytes(usual), UnaryOperator.identity());
            assertThat(plain).as(usual).isPresent();
            assertThat(BlockCodec.decodeAny(CIDR, bytes(usual), UnaryOperator.identity()))
                    .isEqualTo(new Decoded.Valid<>(plain.get()));
        }
    }

    @Test
    void both_agree_on_documents_of_random_fields() {
        int plain = 0;
        for (int i = 0; i < 50_000; i++) {
            plain += agree(bytes(document()));
        }
        assertThat(plain).isBetween(5_000, 45_000);
    }

    @Test
    void both_agree_on_values_with_random_damage() {
        int plain = 0;
        for (int i = 0; i < 50_000; i++) {
            plain += agree(damaged(bytes(i % 2 == 0 ? USUAL : document())));
        }
        assertThat(plain).isBetween(1_000, 45_000);
    }

    @Test
    void both_agree_on_values_that_break_off() {
        byte[] usual = bytes(USUAL);
        for (int length = 0; length <= usual.length; length++) {
            agree(Arrays.copyOf(usual, length));
        }
    }

    @Test
    void a_number_out_of_range_is_a_fault_of_its_value_and_nothing_else() {
        String huge = "1e99999999999";
        byte[] block = bytes(USUAL.replace("[0,1,", "[0," + huge + ","));
        byte[] claim = bytes("{\"state\":\"confirmed\",\"deleted\":" + huge + "}");

        assertThat(BlockCodec.decode(CIDR, block)).isInstanceOf(Decoded.Invalid.class);
        assertThat(AffinityCodec.decode(new Keys.AffinityKey("node-1", CIDR), claim))
                .isInstanceOf(Decoded.Invalid.class);
    }

    /** 1 if the quick reading knew the value; then, it must have read the same. */
    private static int agree(byte[] json) {
        Optional<Block> plain = PlainBlock.read(CIDR, json, UnaryOperator.identity());
        Decoded<Block> any = BlockCodec.decodeAny(CIDR, json, UnaryOperator.identity());
        plain.ifPresent(block ->
                assertThat(any).as(new String(json, StandardCharsets.UTF_8)).isEqualTo(new Decoded.Valid<>(block)));
        assertThat(BlockCodec.decode(CIDR, json)).isEqualTo(any);
        return plain.isPresent() ? 1 : 0;
    }

    private String document() {
        List<String> fields = new ArrayList<>();
        fields.add("\"cidr\":"
                + oneOf(
                        List.of("\"192.168.0.8/29\""),
                        List.of(
                                "\"192.168.0.8/30\"",
                                "\"192.168.00.8/29\"",
                                "\"192.168.0.8/029\"",
                                "8",
                                "null",
                                "\"192.168.0.264/29\"",
                                "\"192.168.0.8/29 \"")));
        fields.add("\"affinity\":"
                + oneOf(
                        List.of("\"host:node-1\"", "null", "\"virtual:x\"", "\"host:node-2\""),
                        List.of(
                                "\"host:\"",
                                "\"\"",
                                "7",
                                "\"hostnode\"",
                                "\"host:n\\u00f6de\"",
                                "\"host:nöde\"",
                                "[]")));
        fields.add("\"allocations\":" + allocations());
        fields.add("\"attributes\":" + attributes());
        fields.add("\"unallocated\":" + value(0));
        if (random.nextInt(8) == 0) {
            fields.add("\"hostAffinity\":" + oneOf(List.of("\"node-1\"", "null"), List.of("3", "\"\"")));
        }
        if (random.nextInt(8) == 0) {
            fields.remove(random.nextInt(fields.size()));
        }
        if (random.nextInt(8) == 0) {
            fields.add(fields.get(random.nextInt(fields.size())));
        }
        if (random.nextInt(3) == 0) {
            fields.add("\"" + oneOf(List.of("deleted", "x", "", "cid"), List.of("c\\u0069dr", "naïve")) + "\":"
                    + value(0));
        }
        if (random.nextInt(2) == 0) {
            Collections.shuffle(fields, random);
        }
        return "{" + String.join(random.nextInt(12) == 0 ? ", " : ",", fields) + "}"
                + oneOf(List.of(""), List.of(" ", "}", "x"));
    }

    private String allocations() {
        return random.nextInt(16) == 0
                ? oneOf(List.of("null", "[]"), List.of("{}", "\"x\"", "[null,]", "[,]"))
                : list(
                        random.nextInt(16) == 0 ? 9 : 8,
                        () -> oneOf(
                                List.of("null", "null", "0", "1"),
                                List.of(
                                        "2",
                                        "-1",
                                        "00",
                                        "1.0",
                                        "1e0",
                                        "\"0\"",
                                        "[]",
                                        "99999999999",
                                        "9999999999999999999",
                                        "18446744073709551616")));
    }

    private String attributes() {
        return random.nextInt(16) == 0
                ? oneOf(List.of("null", "[]"), List.of("{}", "7", "[null]", "[7]"))
                : list(
                        2,
                        () -> oneOf(
                                List.of(
                                        "{}",
                                        "{\"secondary\":null}",
                                        "{\"secondary\":{}}",
                                        "{\"handle_id\":\"h\",\"secondary\":{\"pod\":\"p\",\"node\":\"node-"
                                                + random.nextInt(3) + "\"}}",
                                        "{\"secondary\":{\"node\":\"node-1\"},\"secondary\":7}",
                                        "{\"secondary\":{\"node\":\"node-1\",\"node\":null}}",
                                        "{\"secondary\":{\"node\":\"\"},\"other\":" + value(0) + "}"),
                                List.of(
                                        "{\"secondary\":{\"node\":7}}",
                                        "{\"secondary\":[{\"node\":\"node-2\"}]}",
                                        "{\"second\\u0061ry\":{\"node\":\"node-3\"}}",
                                        "null")));
    }

    private String value(int depth) {
        int kind = random.nextInt(depth > 3 ? 6 : 8);
        return switch (kind) {
            case 0 -> "null";
            case 1 -> "true";
            case 2 -> "false";
            case 3 ->
                oneOf(
                        List.of("0", "7", "1767323047000000002"),
                        List.of("01", "-3", "1.5e3", "12345678901234567890", "+1", "."));
            case 4, 5 ->
                oneOf(
                        List.of("\"\"", "\"text\"", "\"2026-01-02T03:04:07Z\""),
                        List.of("\"\\n\"", "\"ü\"", "\"\t\"", "\"\\x\"", "'x'"));
            case 6 -> list(random.nextInt(3), () -> value(depth + 1));
            default ->
                "{" + (random.nextBoolean() ? "" : "\"a\":" + value(depth + 1) + ",\"b\":" + value(depth + 1)) + "}";
        };
    }

    private static String list(int size, Supplier<String> element) {
        List<String> elements = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            elements.add(element.get());
        }
        return "[" + String.join(",", elements) + "]";
    }

    /** Mostly something usual. */
    private String oneOf(List<String> usual, List<String> unusual) {
        List<String> from = random.nextInt(40) == 0 ? unusual : usual;
        return from.get(random.nextInt(from.size()));
    }

    private byte[] damaged(byte[] json) {
        int at = random.nextInt(json.length);
        int bytes = random.nextInt(3);
        ByteArrayOutputStream result = new ByteArrayOutputStream();
        result.write(json, 0, at);
        for (int i = 0; i < bytes; i++) {
            result.write(
                    random.nextInt(4) == 0 ? random.nextInt(256) : "\"{}[]:,\\ 019nultfe-.".charAt(random.nextInt(20)));
        }
        int skipped = Math.min(json.length - at, random.nextInt(3));
        result.write(json, at + skipped, json.length - at - skipped);
        return result.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
