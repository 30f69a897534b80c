package io.culvert.operator.calico.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.JsonDocument;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.Stored;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An IPAM block as a document that is changed and written back ({@code libcalico-go/lib/backend/model/block.go}, {@code
 * libcalico-go/lib/ipam/ipam_block.go}). Fields it does not know stay as they are. Not for more than one thread.
 *
 * <p>{@code allocations} has one entry for each address: an index into {@code attributes}, or null for a free one. {@code
 * unallocated} is the queue of free ones: taken from its head, given back at its tail. {@code sequenceNumber} grows with each
 * change.
 */
public final class BlockDocument {

    private static final String HOST = "host:";

    private final Prefix cidr;
    private final ObjectNode root;

    private BlockDocument(Prefix cidr, ObjectNode root) {
        this.cidr = cidr;
        this.root = root;
    }

    /** A block with all addresses free, in the form of Calico 3.32. */
    public static BlockDocument create(Prefix cidr, String owner, Instant now) {
        ObjectNode root = Json.object();
        root.put("cidr", cidr.toString());
        root.put("affinity", HOST + owner);
        root.put("affinity_claim_time", now.truncatedTo(ChronoUnit.SECONDS).toString());
        ArrayNode allocations = root.putArray("allocations");
        ArrayNode unallocated = root.putArray("unallocated");
        for (int ordinal = 0; ordinal < cidr.size(); ordinal++) {
            allocations.addNull();
            unallocated.add(ordinal);
        }
        root.putNull("attributes");
        root.put("sequenceNumber", now.getEpochSecond() * 1_000_000_000 + now.getNano());
        root.putObject("sequenceNumberForAllocation");
        root.put("deleted", false);
        return new BlockDocument(cidr, root);
    }

    /** @throws DatastoreException of kind REFUSED if it is not JSON */
    public static BlockDocument read(Prefix cidr, Stored stored) {
        return of(cidr, Json.read(stored));
    }

    /** @param root is changed with the block */
    public static BlockDocument of(Prefix cidr, ObjectNode root) {
        return new BlockDocument(cidr, root);
    }

    public Prefix cidr() {
        return cidr;
    }

    public byte[] json() {
        return Json.write(root);
    }

    /**
     * Its owner: {@code host:NODE}, or something that is no node such as {@code virtual:load-balancer}; empty for none.
     * {@code hostAffinity} is the form before Calico 3.
     */
    public Optional<String> affinity() {
        return text(root.path("affinity"))
                .or(() -> text(root.path("hostAffinity")).map(node -> HOST + node));
    }

    /** The node it is affine to. */
    public Optional<String> owner() {
        return affinity().filter(text -> text.startsWith(HOST)).map(text -> text.substring(HOST.length()));
    }

    /** Removes the owner; addresses stay with their holders. */
    public void disown() {
        root.putNull("affinity");
        root.remove("hostAffinity");
        root.remove("affinity_claim_time");
        advance();
    }

    /** Whether no address is taken. */
    public boolean isEmpty() {
        for (JsonNode index : root.path("allocations")) {
            if (index.isIntegralNumber()) {
                return false;
            }
        }
        return true;
    }

    /** The address, if it is taken. An index that leads nowhere is a holder without a name. */
    public Optional<Allocation> allocation(Address address) {
        JsonNode index = root.path("allocations").path(ordinal(address));
        if (index.isNull() || index.isMissingNode()) {
            return Optional.empty();
        }
        JsonNode attributes =
                index.canConvertToInt() ? root.path("attributes").path(index.intValue()) : root.missingNode();
        Map<String, String> secondary = new LinkedHashMap<>();
        attributes
                .path("secondary")
                .properties()
                .forEach(entry -> text(entry.getValue()).ifPresent(value -> secondary.put(entry.getKey(), value)));
        return Optional.of(new Allocation(
                address, text(attributes.path("handle_id")), secondary, attributes.hasNonNull("releasedAt")));
    }

    /** All taken addresses, in their order. */
    public List<Allocation> allocations() {
        List<Allocation> all = new ArrayList<>();
        for (int ordinal = 0; ordinal < root.path("allocations").size(); ordinal++) {
            allocation(new Address(cidr.bits() + ordinal)).ifPresent(all::add);
        }
        return all;
    }

    /** Frees addresses that are taken. */
    public void release(List<Address> addresses) {
        addresses.forEach(address -> free(ordinal(address)));
        dropUnusedAttributes();
        advance();
    }

    /**
     * Takes the lowest free address that is not reserved, so that a node that gave its tunnel address back gets the same one
     * again; empty if there is none.
     */
    public Optional<Address> takeAny(Reservations reserved, String handle, ObjectNode secondary) {
        Optional<Address> lowest = Optional.empty();
        for (JsonNode ordinal : root.path("unallocated")) {
            Address address = new Address(cidr.bits() + ordinal.intValue());
            boolean lower = lowest.isEmpty() || address.compareTo(lowest.get()) < 0;
            if (lower && !reserved.contains(address)) {
                lowest = Optional.of(address);
            }
        }
        lowest.ifPresent(address -> take(address, handle, secondary));
        return lowest;
    }

    /** Takes an address; one that is taken gets the handle and attributes. */
    public void take(Address address, String handle, ObjectNode secondary) {
        int ordinal = ordinal(address);
        ArrayNode free = root.withArray("unallocated");
        for (int i = free.size() - 1; i >= 0; i--) {
            if (free.get(i).intValue() == ordinal) {
                free.remove(i);
            }
        }
        mark(ordinal, handle, secondary);
        dropUnusedAttributes();
    }

    private void mark(int ordinal, String handle, ObjectNode secondary) {
        ObjectNode attributes = Json.object();
        attributes.put("handle_id", handle);
        attributes.set("secondary", secondary);
        ((ArrayNode) root.path("allocations")).set(ordinal, indexOf(attributes));
        root.withObject("sequenceNumberForAllocation").set(Integer.toString(ordinal), root.path("sequenceNumber"));
        advance();
    }

    private int indexOf(ObjectNode attributes) {
        ArrayNode all = attributeList();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).equals(attributes)) {
                return i;
            }
        }
        all.add(attributes);
        return all.size() - 1;
    }

    private ArrayNode attributeList() {
        return root.path("attributes") instanceof ArrayNode all ? all : root.putArray("attributes");
    }

    /**
     * Frees every address taken with the handle.
     *
     * @return how many there were; with none the block is unchanged
     */
    public int release(String handle) {
        ArrayNode all = attributeList();
        JsonNode allocations = root.path("allocations");
        int released = 0;
        for (int ordinal = 0; ordinal < allocations.size(); ordinal++) {
            JsonNode index = allocations.get(ordinal);
            boolean held = index.isIntegralNumber()
                    && handle.equals(
                            all.path(index.intValue()).path("handle_id").asText());
            if (held) {
                free(ordinal);
                released++;
            }
        }
        if (released > 0) {
            dropUnusedAttributes();
            advance();
        }
        return released;
    }

    private void free(int ordinal) {
        ((ArrayNode) root.path("allocations")).setNull(ordinal);
        root.withArray("unallocated").add(ordinal);
        root.withObject("sequenceNumberForAllocation").remove(Integer.toString(ordinal));
    }

    /** Renumbers {@code allocations} to the attributes that are still in use. */
    private void dropUnusedAttributes() {
        ArrayNode allocations = (ArrayNode) root.path("allocations");
        Set<Integer> used = new HashSet<>();
        allocations.forEach(index -> {
            if (index.isIntegralNumber()) {
                used.add(index.intValue());
            }
        });
        ArrayNode before = attributeList();
        ArrayNode kept = JsonDocument.MAPPER.createArrayNode();
        int[] moved = new int[before.size()];
        for (int i = 0; i < before.size(); i++) {
            moved[i] = kept.size();
            if (used.contains(i)) {
                kept.add(before.get(i));
            }
        }
        root.set("attributes", kept);
        for (int ordinal = 0; ordinal < allocations.size(); ordinal++) {
            JsonNode index = allocations.get(ordinal);
            if (index.isIntegralNumber() && index.intValue() < moved.length) {
                allocations.set(ordinal, moved[index.intValue()]);
            }
        }
    }

    /** The number is a uint64 in Go. */
    private void advance() {
        JsonNode number = root.path("sequenceNumber");
        if (number.canConvertToLong() && number.longValue() < Long.MAX_VALUE) {
            root.put("sequenceNumber", number.longValue() + 1);
        } else {
            root.put("sequenceNumber", number.bigIntegerValue().add(BigInteger.ONE));
        }
    }

    private int ordinal(Address address) {
        return address.bits() - cidr.bits();
    }

    private static Optional<String> text(JsonNode node) {
        return node.isTextual() && !node.textValue().isEmpty() ? Optional.of(node.textValue()) : Optional.empty();
    }
}
