package io.culvert.operator.report;

import com.fasterxml.jackson.core.JsonGenerator;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.RouteProtocols;
import java.io.IOException;
import java.util.Optional;

/**
 * What the kernel holds of ours, as the part {@code actual} of {@code /state}.
 *
 * @param within only routes to prefixes inside this one
 */
record ActualDocument(Optional<Link> tunnel, FibState fib, RouteProtocols protocols, Prefix within) {

    void write(JsonGenerator json, StateLists lists) throws IOException {
        json.writeObjectFieldStart("actual");
        if (tunnel.isPresent()) {
            tunnel(json, tunnel.get());
        }
        lists.write(
                "nextHops",
                fib.nextHops().stream()
                        .filter(nextHop -> protocols.owns(nextHop.protocol()))
                        .toList(),
                nextHop -> nextHop(json, nextHop));
        RouteTable table = fib.routes();
        lists.writeRows(
                "routes",
                table.size(),
                row -> protocols.owns(table.protocol(row)) && within.contains(table.prefix(row)),
                row -> route(json, table, row));
        json.writeEndObject();
    }

    private static void tunnel(JsonGenerator json, Link link) throws IOException {
        json.writeObjectFieldStart("tunnel");
        json.writeStringField("name", link.name());
        json.writeNumberField("index", link.index());
        json.writeStringField("kind", link.kind());
        json.writeBooleanField("up", link.up());
        json.writeNumberField("mtu", link.mtu());
        if (link.ipip().isPresent()) {
            json.writeStringField("local", link.ipip().get().local().toString());
        }
        json.writeArrayFieldStart("addresses");
        for (InterfaceAddress address : link.addresses()) {
            json.writeString(address.toString());
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void nextHop(JsonGenerator json, NextHop nextHop) throws IOException {
        json.writeStartObject();
        json.writeNumberField("id", Integer.toUnsignedLong(nextHop.id()));
        if (nextHop.gateway().isPresent()) {
            json.writeStringField("via", nextHop.gateway().get().toString());
        }
        json.writeNumberField("device", nextHop.device());
        json.writeEndObject();
    }

    private static void route(JsonGenerator json, RouteTable table, int row) throws IOException {
        json.writeStartObject();
        json.writeStringField("prefix", table.prefix(row).toString());
        if (table.type(row) == RouteTable.BLACKHOLE) {
            json.writeBooleanField("blackhole", true);
        }
        if (table.nextHop(row) != 0) {
            json.writeNumberField("nextHop", Integer.toUnsignedLong(table.nextHop(row)));
        }
        json.writeEndObject();
    }
}
