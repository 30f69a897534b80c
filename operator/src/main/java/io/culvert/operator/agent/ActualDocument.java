package io.culvert.operator.agent;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.node.RouteProtocols;
import java.util.Optional;

/** What the kernel holds of ours, as the part {@code actual} of {@code /state}. Pure. */
final class ActualDocument {

    private ActualDocument() {}

    static void write(ObjectNode node, Optional<Link> tunnel, FibState fib, RouteProtocols protocols) {
        tunnel.ifPresent(link -> tunnel(node.putObject("tunnel"), link));
        ArrayNode nextHops = node.putArray("nextHops");
        fib.nextHops().stream()
                .filter(nextHop -> protocols.owns(nextHop.protocol()))
                .forEach(nextHop -> {
                    ObjectNode entry = nextHops.addObject();
                    entry.put("id", Integer.toUnsignedLong(nextHop.id()));
                    nextHop.gateway().ifPresent(gateway -> entry.put("via", gateway.toString()));
                    entry.put("device", nextHop.device());
                });
        routes(node.putArray("routes"), fib, protocols);
    }

    private static void tunnel(ObjectNode node, Link link) {
        node.put("name", link.name());
        node.put("index", link.index());
        node.put("kind", link.kind());
        node.put("up", link.up());
        node.put("mtu", link.mtu());
        link.ipip().ifPresent(ipip -> node.put("local", ipip.local().toString()));
        ArrayNode addresses = node.putArray("addresses");
        link.addresses().forEach(address -> addresses.add(address.toString()));
    }

    private static void routes(ArrayNode routes, FibState fib, RouteProtocols protocols) {
        RouteTable table = fib.routes();
        for (int row = 0; row < table.size(); row++) {
            if (!protocols.owns(table.protocol(row))) {
                continue;
            }
            ObjectNode route = routes.addObject();
            route.put("prefix", table.prefix(row).toString());
            if (table.type(row) == RouteTable.BLACKHOLE) {
                route.put("blackhole", true);
            }
            if (table.nextHop(row) != 0) {
                route.put("nextHop", Integer.toUnsignedLong(table.nextHop(row)));
            }
        }
    }
}
