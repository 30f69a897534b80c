package io.culvert.operator.calico;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;

/** Makes bad documents out of good ones: by their structure, and byte by byte. The same seed makes the same documents. */
public final class DocumentFuzzer {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "null",
            "Always",
            "always",
            "Never",
            "CrossSubnet",
            "10.0.0.0/8",
            "192.168.0.0/16",
            "192.168.0.1/16",
            "0.0.0.0/0",
            "256.1.1.1/33",
            "10.0.0.11",
            "10.0.0.11/24",
            "10.0.0.11/-1",
            "1.2.3.4.5",
            "fd00::/48",
            "fd00::1",
            "host:node-1",
            "host:",
            "virtual:x",
            "confirmed",
            "pending",
            "pendingDeletion",
            "all()",
            "!all(",
            "has(a) && (b == 'c'",
            "((((((((((((((((((((",
            "projectcalico.org/v1",
            "\u0000",
            "\ud83d\ude00",
            "x".repeat(5000),
            "../../../etc/passwd");

    private static final List<String> NUMBERS = List.of(
            "0",
            "-1",
            "1",
            "7",
            "33",
            "1.5",
            "1e400",
            "-0",
            "2147483648",
            "9007199254740993",
            "9223372036854775807",
            "9223372036854775808",
            "123456789012345678901234567890",
            "1e2147483647");

    private static final List<String> TOKENS = List.of(
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"",
            "\\",
            "\\u00",
            "null",
            "true",
            "1e999999999",
            "---\n",
            "- ",
            "? ",
            "&a ",
            "*a",
            "!!",
            "!!int ",
            "|\n",
            ">-\n",
            "\t",
            "\r",
            "#",
            "%YAML 9.9\n",
            "<<: ",
            "\ufeff",
            "\u2028",
            "[[[[[[[[",
            "{{{{{{{{",
            "\"a\":",
            "'");

    private final SplittableRandom random;

    public DocumentFuzzer(long seed) {
        random = new SplittableRandom(seed);
    }

    /** The golden document of that name. */
    public static byte[] golden(String file) {
        try (InputStream stream = DocumentFuzzer.class.getResourceAsStream("/calico/" + file)) {
            return Objects.requireNonNull(stream, file).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One of them. */
    public <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** The document with one to four things changed: fields dropped, misspelt, doubled, given values of other sorts. */
    public JsonNode structurally(byte[] document) {
        try {
            JsonNode tree = MAPPER.readTree(document);
            for (int count = random.nextInt(1, 5); count > 0; count--) {
                tree = change(tree);
            }
            return tree;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode change(JsonNode tree) {
        List<JsonNode> containers = new ArrayList<>();
        collect(tree, containers);
        if (containers.isEmpty() || random.nextInt(200) == 0) {
            return value(0);
        }
        JsonNode container = pick(containers);
        if (container instanceof ObjectNode object) {
            change(object);
        } else {
            change((ArrayNode) container);
        }
        return tree;
    }

    private static void collect(JsonNode tree, List<JsonNode> containers) {
        if (tree.isContainerNode()) {
            containers.add(tree);
            tree.forEach(child -> collect(child, containers));
        }
    }

    private void change(ObjectNode object) {
        List<String> names = new ArrayList<>();
        for (Iterator<String> fields = object.fieldNames(); fields.hasNext(); ) {
            names.add(fields.next());
        }
        if (names.isEmpty()) {
            object.set(pick(TEXTS), value(0));
            return;
        }
        String name = pick(names);
        JsonNode was = object.get(name);
        switch (random.nextInt(8)) {
            case 0 -> object.remove(name);
            case 1 -> {
                object.remove(name);
                object.set(misspelt(name), was);
            }
            case 2 -> object.set(misspelt(name), value(0));
            case 3 -> object.set(name, object.get(pick(names)));
            case 4 -> object.set(name, NODES.arrayNode().add(was));
            case 5 -> object.set(name, was.isTextual() ? NODES.textNode(misspelt(was.asText())) : value(0));
            default -> object.set(name, value(0));
        }
    }

    private void change(ArrayNode array) {
        int at = array.isEmpty() ? 0 : random.nextInt(array.size());
        switch (random.nextInt(array.isEmpty() ? 1 : 4)) {
            case 0 -> array.insert(at, value(0));
            case 1 -> array.remove(at);
            case 2 -> array.set(at, value(0));
            default -> array.add(array.get(at));
        }
    }

    private JsonNode value(int depth) {
        return switch (random.nextInt(depth > 3 ? 4 : 7)) {
            case 0 -> NODES.nullNode();
            case 1 -> NODES.booleanNode(random.nextBoolean());
            case 2 -> number(pick(NUMBERS));
            case 3 -> NODES.textNode(pick(TEXTS));
            case 4 -> NODES.arrayNode().add(value(depth + 1)).add(value(depth + 1));
            case 5 -> NODES.objectNode().set(pick(TEXTS), value(depth + 1));
            default -> nested(random.nextInt(1, 60));
        };
    }

    private static JsonNode number(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            return NODES.textNode(text);
        }
    }

    private static JsonNode nested(int depth) {
        JsonNode node = NODES.arrayNode();
        for (int level = 0; level < depth; level++) {
            node = NODES.arrayNode().add(node);
        }
        return node;
    }

    private String misspelt(String text) {
        if (text.isEmpty()) {
            return "x";
        }
        int at = random.nextInt(text.length());
        return switch (random.nextInt(4)) {
            case 0 -> text.substring(0, at) + text.substring(at + 1);
            case 1 -> text.substring(0, at) + (char) random.nextInt(32, 127) + text.substring(at);
            case 2 -> text.toUpperCase(java.util.Locale.ROOT);
            default -> text.substring(0, at) + (char) random.nextInt(1, 0x250) + text.substring(at + 1);
        };
    }

    /** The text with one to six bytes or runs of bytes changed, cut out, doubled or thrown in. */
    public byte[] bytewise(byte[] text) {
        byte[] bytes = text;
        for (int count = random.nextInt(1, 7); count > 0; count--) {
            bytes = changeBytes(bytes);
        }
        return bytes;
    }

    private byte[] changeBytes(byte[] bytes) {
        if (bytes.length == 0) {
            return pick(TOKENS).getBytes(StandardCharsets.UTF_8);
        }
        int from = random.nextInt(bytes.length);
        int to = Math.min(bytes.length, from + random.nextInt(1, 30));
        return switch (random.nextInt(8)) {
            case 7 -> number(bytes, from);
            case 0 -> {
                byte[] changed = bytes.clone();
                changed[from] = (byte) random.nextInt(256);
                yield changed;
            }
            case 1 -> {
                byte[] changed = bytes.clone();
                changed[from] ^= (byte) (1 << random.nextInt(8));
                yield changed;
            }
            case 2 -> joined(bytes, from, new byte[0], to);
            case 3 -> joined(bytes, from, slice(bytes, from, to), from);
            case 4 -> random.nextInt(4) == 0 ? slice(bytes, 0, from) : joined(bytes, from, token(), to);
            default -> joined(bytes, from, token(), from);
        };
    }

    /** The value of the next field becomes a number, which may be one that trees have no room for. */
    private byte[] number(byte[] bytes, int from) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int at = text.indexOf(':', from) + 1;
        String number = random.nextInt(3) == 0 ? "1e9999999999" : pick(NUMBERS);
        return (text.substring(0, at) + " " + number + (random.nextBoolean() ? "," : "") + text.substring(at))
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private byte[] token() {
        String token = pick(TOKENS);
        return token.repeat(random.nextInt(50) == 0 ? 2000 : 1).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] slice(byte[] bytes, int from, int to) {
        return java.util.Arrays.copyOfRange(bytes, from, to);
    }

    private static byte[] joined(byte[] bytes, int head, byte[] middle, int tail) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        joined.write(bytes, 0, head);
        joined.writeBytes(middle);
        joined.write(bytes, tail, bytes.length - tail);
        return joined.toByteArray();
    }
}
