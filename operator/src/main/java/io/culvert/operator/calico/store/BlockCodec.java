package io.culvert.operator.calico.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.JsonDocument;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Block;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads from an IPAM block's value what routing needs, token by token, since there may be 100,000 of them. Everything else is
 * skipped. An affinity to something other than a host, as load balancers have, is no owner; an address without the
 * attribute {@code node} has no known holder and is not reported as borrowed.
 *
 * <p>{@link PlainBlock} reads most of them; this class reads the rest and says what is wrong with it.
 */
public final class BlockCodec {

    private static final JsonFactory JSON = new JsonFactory();
    private static final ObjectReader VALUE =
            JsonDocument.MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final String HOST = "host:";
    private static final int FREE = -1;

    private final Prefix cidr;
    private final UnaryOperator<String> names;
    private Optional<String> affinity = Optional.empty();
    private Optional<String> legacyOwner = Optional.empty();
    private boolean cidrSeen;
    private int[] allocations = {};
    private final List<Optional<String>> nodes = new ArrayList<>();

    private BlockCodec(Prefix cidr, UnaryOperator<String> names) {
        this.cidr = cidr;
        this.names = names;
    }

    /** The block at a key, whose prefix its value must repeat. Never {@link Decoded.Unsupported}. */
    public static Decoded<Block> decode(Prefix cidr, byte[] json) {
        return decode(cidr, json, UnaryOperator.identity());
    }

    /**
     * The block at a key.
     *
     * @param names replaces the name of each node by an equal one, so that many blocks share it
     */
    public static Decoded<Block> decode(Prefix cidr, byte[] json, UnaryOperator<String> names) {
        Optional<Block> plain = PlainBlock.read(cidr, json, names);
        return plain.isPresent() ? new Decoded.Valid<>(plain.get()) : decodeAny(cidr, json, names);
    }

    /** The same, however the value is written. */
    static Decoded<Block> decodeAny(Prefix cidr, byte[] json, UnaryOperator<String> names) {
        try (JsonParser parser = JSON.createParser(json)) {
            return new Decoded.Valid<>(new BlockCodec(cidr, names).read(parser));
        } catch (Malformed malformed) {
            return invalid(malformed.fault);
        } catch (JsonProcessingException broken) {
            return invalid(Fault.ofDocument("invalid JSON: " + broken.getOriginalMessage()));
        } catch (IOException broken) {
            return invalid(Fault.ofDocument("invalid JSON: " + broken.getMessage()));
        } catch (NumberFormatException huge) {
            return invalid(Fault.ofDocument("has a number that cannot be read: " + huge.getMessage()));
        }
    }

    private static Decoded<Block> invalid(Fault fault) {
        return new Decoded.Invalid<>(List.of(fault));
    }

    private Block read(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new Malformed("", parser, "must be an object");
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            readField(field, parser);
        }
        if (!cidrSeen) {
            throw new Malformed(new Fault("cidr", "", "is required", Optional.empty()));
        }
        Optional<String> owner = affinity.isPresent()
                ? affinity.filter(text -> text.startsWith(HOST)).map(text -> text.substring(HOST.length()))
                : legacyOwner;
        return new Block(cidr, owner.map(names), borrowed(owner));
    }

    private void readField(String field, JsonParser parser) throws IOException {
        switch (field) {
            case "cidr" -> readCidr(parser);
            case "affinity" -> affinity = text(field, parser);
            case "hostAffinity" -> legacyOwner = text(field, parser);
            case "allocations" -> readAllocations(parser);
            case "attributes" -> readAttributes(parser);
            default -> parser.skipChildren();
        }
    }

    private void readCidr(JsonParser parser) throws IOException {
        Optional<String> text = text("cidr", parser);
        if (!text.equals(Optional.of(cidr.toString()))) {
            throw new Malformed("cidr", parser, "must be " + cidr + ", as its key says");
        }
        cidrSeen = true;
    }

    private static Optional<String> text(String field, JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return Optional.empty();
        }
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw new Malformed(field, parser, "must be a string or null");
        }
        return Optional.of(parser.getText()).filter(text -> !text.isEmpty());
    }

    private void readAllocations(JsonParser parser) throws IOException {
        int[] read = new int[16];
        int count = 0;
        boolean present = open("allocations", parser);
        while (present && parser.nextToken() != JsonToken.END_ARRAY) {
            if (count >= cidr.size()) {
                throw new Malformed(
                        "allocations", parser, "must have one entry for each of the " + cidr.size() + " addresses");
            }
            if (count == read.length) {
                read = Arrays.copyOf(read, 2 * count);
            }
            read[count++] = index(count - 1, parser);
        }
        allocations = Arrays.copyOf(read, count);
    }

    private static int index(int ordinal, JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return FREE;
        }
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
                || parser.getNumberType() != JsonParser.NumberType.INT
                || parser.getIntValue() < 0) {
            throw new Malformed("allocations[" + ordinal + "]", parser, "must be null or an index into attributes");
        }
        return parser.getIntValue();
    }

    private void readAttributes(JsonParser parser) throws IOException {
        boolean present = open("attributes", parser);
        while (present && parser.nextToken() != JsonToken.END_ARRAY) {
            nodes.add(readOneAttributes(parser));
        }
    }

    /** The node named in {@code attributes[i].secondary.node}. */
    private Optional<String> readOneAttributes(JsonParser parser) throws IOException {
        String path = "attributes[" + nodes.size() + "]";
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new Malformed(path, parser, "must be an object");
        }
        Optional<String> node = Optional.empty();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean secondary = "secondary".equals(parser.currentName());
            parser.nextToken();
            if (secondary && parser.currentToken() == JsonToken.START_OBJECT) {
                node = readSecondary(path, parser);
            } else {
                parser.skipChildren();
            }
        }
        return node;
    }

    private static Optional<String> readSecondary(String path, JsonParser parser) throws IOException {
        Optional<String> node = Optional.empty();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean isNode = "node".equals(parser.currentName());
            parser.nextToken();
            if (isNode) {
                node = text(path + ".secondary.node", parser);
            } else {
                parser.skipChildren();
            }
        }
        return node;
    }

    private static boolean open(String field, JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return false;
        }
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw new Malformed(field, parser, "must be a list");
        }
        return true;
    }

    private Map<Address, String> borrowed(Optional<String> owner) {
        @Nullable Map<Address, String> borrowed = null;
        for (int ordinal = 0; ordinal < allocations.length; ordinal++) {
            int index = allocations[ordinal];
            if (index >= nodes.size()) {
                throw new Malformed(new Fault(
                        "allocations[" + ordinal + "]",
                        Integer.toString(index),
                        "must be an index into attributes, of which there are " + nodes.size(),
                        Optional.empty()));
            }
            Optional<String> holder = index == FREE ? Optional.empty() : nodes.get(index);
            if (holder.isPresent() && !holder.equals(owner)) {
                borrowed = borrowed == null ? new HashMap<>() : borrowed;
                borrowed.put(new Address(cidr.bits() + ordinal), names.apply(holder.get()));
            }
        }
        return borrowed == null ? Map.of() : borrowed;
    }

    /** Ends the reading of a value. */
    private static final class Malformed extends RuntimeException {
        private final transient Fault fault;

        /** Of the value that the parser is at. */
        Malformed(String path, JsonParser at, String rule) throws IOException {
            this(Fault.at(path, value(at), rule));
        }

        private static JsonNode value(JsonParser at) throws IOException {
            try {
                return at.hasCurrentToken() ? VALUE.readTree(at) : MissingNode.getInstance();
            } catch (NumberFormatException excessive) {
                return TextNode.valueOf("a number out of range");
            }
        }

        Malformed(Fault fault) {
            super(fault.toString(), null, false, false);
            this.fault = fault;
        }
    }
}
