package io.culvert.operator.ipam;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What IPAM has noted about an address that is taken.
 *
 * @param handle what it was taken with; empty if that was not noted
 * @param attributes as Calico's IPAM writes them: {@code node}, {@code pod}, {@code namespace}, {@code type} and others
 */
public record Allocation(Optional<String> handle, Map<String, String> attributes) {

    public Allocation {
        attributes = Map.copyOf(attributes);
    }

    /**
     * Reads it from the block as it is now. Blocks.
     *
     * @return empty if the address is free, or the block has gone
     * @throws DatastoreException if etcd cannot be asked, or the block is no JSON
     */
    public static Optional<Allocation> read(EtcdConnection etcd, Prefix block, Address address) {
        return etcd.get(Keys.block(block)).map(Json::read).flatMap(root -> {
            JsonNode index = root.path("allocations").path(address.bits() - block.bits());
            return index.isIntegralNumber()
                    ? Optional.of(of(root.path("attributes").path(index.intValue())))
                    : Optional.empty();
        });
    }

    private static Allocation of(JsonNode attributes) {
        Map<String, String> secondary = new TreeMap<>();
        attributes
                .path("secondary")
                .properties()
                .forEach(one -> secondary.put(one.getKey(), one.getValue().asText()));
        return new Allocation(
                Optional.of(attributes.path("handle_id").asText("")).filter(handle -> !handle.isEmpty()), secondary);
    }
}
