package io.culvert.operator.calico.store;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.Stored;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.List;

/**
 * What IPReservations keep from being assigned automatically ({@code api/pkg/apis/projectcalico/v3/ipreservation.go}). Addresses
 * that are taken already stay with their holders.
 */
public record Reservations(List<Prefix> prefixes) {

    public static final Reservations NONE = new Reservations(List.of());

    public Reservations {
        prefixes = List.copyOf(prefixes);
    }

    /**
     * The IPv4 part of the stored reservations. A bare address stands for itself, and host bits are cut off, as in Calico.
     *
     * @throws DatastoreException of kind REFUSED naming the key, if one is malformed: what it reserves is unknown
     */
    public static Reservations of(List<Stored> entries) {
        List<Prefix> prefixes = new ArrayList<>();
        for (Stored entry : entries) {
            for (JsonNode cidr : Json.read(entry).path("spec").path("reservedCIDRs")) {
                if (cidr.asText().indexOf(':') < 0) {
                    prefixes.add(prefix(entry, cidr));
                }
            }
        }
        return new Reservations(prefixes);
    }

    private static Prefix prefix(Stored entry, JsonNode cidr) {
        try {
            return InterfaceAddress.parse(cidr.asText()).prefix();
        } catch (IllegalArgumentException malformed) {
            throw new DatastoreException(
                    DatastoreException.Kind.REFUSED,
                    "no address is assigned while " + entry.key() + " is malformed: spec.reservedCIDRs has " + cidr
                            + ", which is no address or prefix; correct it with calicoctl");
        }
    }

    /** Whether the address is reserved. */
    public boolean contains(Address address) {
        return prefixes.stream().anyMatch(prefix -> prefix.contains(address));
    }

    /** Whether one reservation covers the whole block, so that claiming it is useless. */
    public boolean contains(Prefix block) {
        return prefixes.stream().anyMatch(prefix -> prefix.contains(block));
    }
}
