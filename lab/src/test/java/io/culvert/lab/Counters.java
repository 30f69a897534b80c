package io.culvert.lab;

import com.fasterxml.jackson.databind.JsonNode;

/** The router's named counters, in packets. */
final class Counters {

    private Counters() {}

    /** Packets dropped because their source or destination is no machine the router knows. */
    static long droppedByTheCloud() {
        return packets("ip", "cloud", "unknown_source") + packets("ip", "cloud", "unknown_destination");
    }

    /** Packets of protocol 4 from port to port of a switch: between n1 and n2. */
    static long tunnelledOnTheSwitch() {
        return packets("bridge", "wire", "tunnelled");
    }

    /** Packets from port to port of a switch with a workload's address outside. */
    static long plainOnTheSwitch() {
        return packets("bridge", "wire", "plain");
    }

    /** Packets of protocol 4 that the router forwarded: between n3 and the others. */
    static long tunnelledThroughTheRouter() {
        return packets("ip", "wire", "tunnelled");
    }

    private static long packets(String family, String table, String name) {
        JsonNode listed =
                Json.parse(Command.run(Lab.in("router", "nft", "-j", "list", "counter", family, table, name)));
        for (JsonNode object : listed.path("nftables")) {
            if (object.has("counter")) {
                return object.path("counter").path("packets").asLong();
            }
        }
        throw new AssertionError("no counter " + name + " in " + listed);
    }
}
