package io.culvert.operator.agent;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.node.AgentConfig;
import io.culvert.operator.node.NodeKernel;
import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.desired.Encapsulation;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.resource.Snapshot;

/**
 * {@code /state}: what the agent believes and what the kernel holds, for a person or a script. It carries no secret: etcd's
 * user, password and keys are not part of the state.
 */
final class StateDocument {

    private static final ObjectMapper JSON = new ObjectMapper();

    private StateDocument() {}

    /** @param reader opened for this document alone; blocks while it observes the kernel */
    static String of(AgentState state, AgentConfig config, NodeKernel reader) {
        ObjectNode root = JSON.createObjectNode();
        root.put("node", config.nodeName());
        ObjectNode datastore = root.putObject("datastore");
        datastore.put("state", state.datastore().phase().name());
        datastore.put("since", state.datastore().since().toString());
        if (!state.datastore().detail().isEmpty()) {
            datastore.put("detail", state.datastore().detail());
        }
        datastore.put("locked", state.locked());
        state.snapshot().ifPresent(snapshot -> snapshot(root.putObject("snapshot"), snapshot));
        state.report().ifPresent(report -> {
            desired(root.putObject("desired"), report.desired());
            applied(root, report);
        });
        ActualDocument.write(
                root.putObject("actual"),
                reader.netlink().observeLinks().named(config.tunnelDevice()),
                reader.netlink().observeFib(),
                reader.protocols(state.snapshot()));
        ArrayNode plan = root.putArray("plan");
        state.snapshot()
                .ifPresent(snapshot -> reader.plan(snapshot).changes().forEach(change -> plan.add(change.toString())));
        state.kernelFailure().ifPresent(failure -> root.put("kernelFailure", failure));
        state.unpublished().ifPresent(failure -> root.put("datastoreFailure", failure));
        return root.toPrettyString() + "\n";
    }

    private static void snapshot(ObjectNode node, Snapshot snapshot) {
        node.put("revision", snapshot.revision());
        node.put("pools", snapshot.pools().size());
        node.put("nodes", snapshot.nodes().size());
        node.put("blocks", snapshot.blocks().size());
        ArrayNode rejected = node.putArray("rejected");
        snapshot.rejected()
                .forEach(one -> rejected.addObject()
                        .put("key", one.key())
                        .put("reason", one.reason())
                        .put("lastGoodKept", one.lastGoodKept()));
        ObjectNode unsupported = node.putObject("unsupported");
        snapshot.unsupported().forEach(unsupported::put);
    }

    private static void desired(ObjectNode node, DesiredState desired) {
        desired.tunnel().ifPresent(tunnel -> {
            ObjectNode device = node.putObject("tunnel");
            device.put("name", tunnel.name());
            device.put("local", tunnel.local().toString());
            device.put("mtu", tunnel.mtu());
            tunnel.address().ifPresent(address -> device.put("address", address.toString()));
        });
        ArrayNode routes = node.putArray("routes");
        DesiredRoutes table = desired.routes();
        for (int row = 0; row < table.size(); row++) {
            ObjectNode route = routes.addObject();
            route.put("prefix", table.prefix(row).toString());
            Via via = table.via(row);
            if (via == null) {
                route.put("blackhole", true);
            } else {
                route.put("via", via.peer().toString());
                route.put("encapsulation", via.encapsulation() == Encapsulation.IPIP ? "IPIP" : "None");
            }
            route.put("pool", table.pools().get(table.poolNumber(row)));
        }
        desired.ruleset().ifPresent(ruleset -> ruleset(node.putObject("ruleset"), ruleset));
        ObjectNode sysctls = node.putObject("sysctls");
        desired.sysctls().forEach(sysctls::put);
        ArrayNode unrouted = node.putArray("unrouted");
        desired.unrouted()
                .forEach(one -> unrouted.addObject()
                        .put("prefix", one.prefix().toString())
                        .put("pool", one.pool())
                        .put("reason", one.reason()));
    }

    private static void ruleset(ObjectNode node, Ruleset ruleset) {
        ArrayNode pools = node.putArray("pools");
        ruleset.pools().forEach(prefix -> pools.add(prefix.toString()));
        ArrayNode natPools = node.putArray("natPools");
        ruleset.natPools().forEach(prefix -> natPools.add(prefix.toString()));
        ArrayNode sources = node.putArray("tunnelSources");
        ruleset.tunnelSources().forEach(prefix -> sources.add(prefix.toString()));
    }

    private static void applied(ObjectNode root, Report report) {
        ObjectNode applied = root.putObject("applied");
        applied.put("revision", report.revision());
        applied.put("cycle", report.cycle());
        applied.put("converged", report.converged());
        ArrayNode failing = root.putArray("failing");
        report.obstacles()
                .forEach(obstacle -> failing.addObject()
                        .put("subject", obstacle.subject())
                        .put("class", obstacle.failureClass().name())
                        .put("text", obstacle.text()));
        ArrayNode warnings = root.putArray("warnings");
        report.warnings().forEach(warnings::add);
    }
}
