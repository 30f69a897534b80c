package io.culvert.operator.ipam.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.BlockDocument;
import io.culvert.reconciler.net.Prefix;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * That one block's value is consistent in itself ({@code libcalico-go/lib/backend/model/block.go}): an ordinal is an address's
 * distance from the block's first; {@code allocations} has an entry for each, null or an index into {@code attributes};
 * {@code unallocated} names each free one once; {@code sequenceNumber} is a uint64 that only grows, and {@code
 * sequenceNumberForAllocation} holds for taken ordinals a number that it had before. Calico 3.28 to 3.32 leaves the entry of
 * a released address there until the next assignment overwrites it, so entries of free ordinals are valid.
 */
final class BlockValueRules {

    private static final BigInteger UINT64_END = BigInteger.ONE.shiftLeft(64);
    private static final String ROUNDED =
            "; its writer may have read it as a floating-point number, which is not exact above 2^53";
    private static final String REPAIR =
            "release its addresses with their owners' tools, or put a correct value while no client allocates";

    private final String key;
    private final Prefix cidr;
    private final ObjectNode root;
    private final Consumer<Finding> faults;

    private BlockValueRules(String key, Prefix cidr, ObjectNode root, Consumer<Finding> faults) {
        this.key = key;
        this.cidr = cidr;
        this.root = root;
        this.faults = faults;
    }

    /** The block; empty if it is malformed as a whole. */
    static Optional<IpamBlock> read(String key, Prefix cidr, ObjectNode root, Consumer<Finding> faults) {
        return new BlockValueRules(key, cidr, root, faults).read();
    }

    private Optional<IpamBlock> read() {
        if (!isWellFormed()) {
            return Optional.empty();
        }
        checkIndexes();
        checkOrdinals();
        checkSequenceNumbers();
        BlockDocument block = BlockDocument.of(cidr, root);
        return Optional.of(new IpamBlock(key, cidr, block.affinity(), block.allocations()));
    }

    private boolean isWellFormed() {
        JsonNode allocations = root.path("allocations");
        if (!root.path("cidr").asText().equals(cidr.toString())) {
            fault(Rule.MALFORMED_VALUE, "cidr is " + root.path("cidr") + ", and the key says " + cidr);
        } else if (!allocations.isArray() || allocations.size() != cidr.size()) {
            fault(
                    Rule.MALFORMED_VALUE,
                    "allocations " + (allocations.isArray() ? "has " + allocations.size() + " entries" : "is no list")
                            + ", and must have one for each of the " + cidr.size() + " addresses");
        } else if (!isTextOrNull("affinity") || !isTextOrNull("hostAffinity")) {
            fault(Rule.MALFORMED_VALUE, "affinity must be a string or null, and is " + root.path("affinity"));
        } else if (!isListOrNull("attributes") || !isListOrNull("unallocated")) {
            fault(Rule.MALFORMED_VALUE, "attributes and unallocated must be lists");
        } else {
            return true;
        }
        return false;
    }

    private boolean isTextOrNull(String field) {
        JsonNode value = root.path(field);
        return value.isTextual() || value.isNull() || value.isMissingNode();
    }

    private boolean isListOrNull(String field) {
        JsonNode value = root.path(field);
        return value.isArray() || value.isNull() || value.isMissingNode();
    }

    private void checkIndexes() {
        JsonNode indexes = root.path("allocations");
        int attributes = root.path("attributes").size();
        List<String> dangling = new ArrayList<>();
        for (int ordinal = 0; ordinal < indexes.size(); ordinal++) {
            JsonNode index = indexes.get(ordinal);
            boolean valid =
                    index.isNull() || index.canConvertToInt() && index.intValue() >= 0 && index.intValue() < attributes;
            if (!valid) {
                dangling.add("allocations[" + ordinal + "] is " + index);
            }
        }
        if (!dangling.isEmpty()) {
            fault(
                    Rule.ATTRIBUTE_INDEX,
                    Finding.few(dangling) + ", and must be null or an index into attributes, of which there are "
                            + attributes);
        }
    }

    private void checkOrdinals() {
        Map<Integer, Integer> free = new TreeMap<>();
        List<JsonNode> foreign = new ArrayList<>();
        for (JsonNode ordinal : root.path("unallocated")) {
            if (ordinal.canConvertToInt() && ordinal.intValue() >= 0 && ordinal.intValue() < cidr.size()) {
                free.merge(ordinal.intValue(), 1, Integer::sum);
            } else {
                foreign.add(ordinal);
            }
        }
        Set<Integer> twice = new TreeSet<>();
        free.forEach((ordinal, times) -> {
            if (times > 1) {
                twice.add(ordinal);
            }
        });
        Set<Integer> both = new TreeSet<>();
        Set<Integer> neither = new TreeSet<>();
        JsonNode indexes = root.path("allocations");
        for (int ordinal = 0; ordinal < indexes.size(); ordinal++) {
            boolean taken = !indexes.get(ordinal).isNull();
            if (taken == free.containsKey(ordinal)) {
                (taken ? both : neither).add(ordinal);
            }
        }
        ordinals(both, "taken in allocations and free in unallocated");
        ordinals(neither, "neither taken in allocations nor free in unallocated, so they are never assigned");
        ordinals(twice, "in unallocated more than once, so two may get the same address");
        ordinals(foreign, "in unallocated, and the block has no such address");
    }

    private void ordinals(Collection<?> ordinals, String what) {
        if (!ordinals.isEmpty()) {
            fault(Rule.ORDINALS, "ordinals " + Finding.few(ordinals) + " are " + what);
        }
    }

    private void checkSequenceNumbers() {
        JsonNode now = root.path("sequenceNumber");
        if (!isUint64(now)) {
            fault(
                    Rule.SEQUENCE_NUMBER,
                    "sequenceNumber is " + now + ", and must be a whole number from 0 to 2^64-1" + ROUNDED);
            return;
        }
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry :
                root.path("sequenceNumberForAllocation").properties()) {
            JsonNode then = entry.getValue();
            boolean plausible = isUint64(then)
                    && (!isTaken(entry.getKey()) || then.bigIntegerValue().compareTo(now.bigIntegerValue()) < 0);
            if (!plausible) {
                wrong.add("sequenceNumberForAllocation[" + entry.getKey() + "] is " + then);
            }
        }
        if (!wrong.isEmpty()) {
            fault(
                    Rule.SEQUENCE_NUMBER,
                    Finding.few(wrong) + ", and must be a whole number, for taken ordinals below sequenceNumber (" + now
                            + ")" + (isRounded(now.bigIntegerValue()) ? ROUNDED : ""));
        }
    }

    /** Whether it is a number above 2^53 that a double can hold. */
    private static boolean isRounded(BigInteger number) {
        return number.bitLength() > 53
                && new BigDecimal(number.doubleValue()).toBigInteger().equals(number);
    }

    /** An absent number counts as 0, as in Go. */
    private static boolean isUint64(JsonNode number) {
        return number.isMissingNode()
                || number.isIntegralNumber()
                        && number.bigIntegerValue().signum() >= 0
                        && number.bigIntegerValue().compareTo(UINT64_END) < 0;
    }

    private boolean isTaken(String ordinal) {
        try {
            return root.path("allocations").path(Integer.parseInt(ordinal)).isIntegralNumber();
        } catch (NumberFormatException noOrdinal) {
            return false;
        }
    }

    private void fault(Rule rule, String what) {
        faults.accept(new Finding(rule, key, what, REPAIR));
    }
}
