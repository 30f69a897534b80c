package io.culvert.operator.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.culvert.operator.http.AgentHttp;
import io.culvert.operator.node.AgentConfig;
import io.culvert.operator.node.HeldState;
import io.culvert.operator.node.NodeKernel;
import io.culvert.reconciler.desired.DesiredRoutes;
import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.desired.Encapsulation;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.resource.Snapshot;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/**
 * {@code /state}: what the agent believes and what the kernel holds, for a person or a script. It carries no secret: etcd's
 * user, password and keys are not part of the state. It is written entry by entry: as a tree of objects, the state of a large
 * cluster would fill the agent's memory.
 */
public final class StateDocument {

    private static final JsonFactory JSON = new JsonFactory();

    private final AgentState state;
    private final AgentConfig config;
    private final StateQuery query;
    private final HeldState held;

    private StateDocument(AgentState state, AgentConfig config, StateQuery query, HeldState held) {
        this.state = state;
        this.config = config;
        this.query = query;
        this.held = held;
    }

    /**
     * Gathers everything; blocks while it observes the kernel.
     *
     * @param reader opened for this document alone
     */
    public static AgentHttp.Document of(AgentState state, AgentConfig config, StateQuery query, NodeKernel reader) {
        HeldState held = reader.held(state.snapshot(), state.report().map(Report::desired));
        return new StateDocument(state, config, query, held)::writeTo;
    }

    private void writeTo(OutputStream out) throws IOException {
        try (JsonGenerator json = JSON.createGenerator(out).useDefaultPrettyPrinter()) {
            StateLists lists = new StateLists(json, query.limit());
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.writeStartObject();
            json.writeStringField("node", config.nodeName());
            datastore(json);
            if (state.snapshot().isPresent()) {
                snapshot(json, lists, state.snapshot().get());
            }
            if (state.report().isPresent()) {
                desired(json, lists, state.report().get().desired());
                applied(json, lists, state.report().get());
            }
            new ActualDocument(held.links().named(config.tunnelDevice()), held.fib(), held.protocols(), query.within())
                    .write(json, lists);
            lists.write("plan", held.plan(), change -> json.writeString(change.toString()));
            if (state.kernelFailure().isPresent()) {
                json.writeStringField("kernelFailure", state.kernelFailure().get());
            }
            if (state.contest().isPresent()) {
                json.writeStringField("contest", state.contest().get());
            }
            if (state.unpublished().isPresent()) {
                json.writeStringField("datastoreFailure", state.unpublished().get());
            }
            lists.writeOmitted();
            json.writeEndObject();
            json.writeRaw('\n');
        }
    }

    private void datastore(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("datastore");
        json.writeStringField("state", state.datastore().phase().name());
        json.writeStringField("since", state.datastore().since().toString());
        if (!state.datastore().detail().isEmpty()) {
            json.writeStringField("detail", state.datastore().detail());
        }
        json.writeBooleanField("locked", state.locked());
        json.writeEndObject();
    }

    private static void snapshot(JsonGenerator json, StateLists lists, Snapshot snapshot) throws IOException {
        json.writeObjectFieldStart("snapshot");
        json.writeNumberField("revision", snapshot.revision());
        json.writeNumberField("pools", snapshot.pools().size());
        json.writeNumberField("nodes", snapshot.nodes().size());
        json.writeNumberField("blocks", snapshot.blocks().size());
        lists.write("rejected", snapshot.rejected(), one -> {
            json.writeStartObject();
            json.writeStringField("key", one.key());
            json.writeStringField("reason", one.reason());
            json.writeBooleanField("lastGoodKept", one.lastGoodKept());
            json.writeEndObject();
        });
        json.writeObjectFieldStart("unsupported");
        for (Map.Entry<String, String> one : snapshot.unsupported().entrySet()) {
            json.writeStringField(one.getKey(), one.getValue());
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private void desired(JsonGenerator json, StateLists lists, DesiredState desired) throws IOException {
        json.writeObjectFieldStart("desired");
        if (desired.tunnel().isPresent()) {
            var tunnel = desired.tunnel().get();
            json.writeObjectFieldStart("tunnel");
            json.writeStringField("name", tunnel.name());
            json.writeStringField("local", tunnel.local().toString());
            json.writeNumberField("mtu", tunnel.mtu());
            if (tunnel.address().isPresent()) {
                json.writeStringField("address", tunnel.address().get().toString());
            }
            json.writeEndObject();
        }
        DesiredRoutes table = desired.routes();
        lists.writeRows(
                "routes",
                table.size(),
                row -> query.within().contains(table.prefix(row)),
                row -> desiredRoute(json, table, row));
        if (desired.ruleset().isPresent()) {
            ruleset(json, lists, desired.ruleset().get());
        }
        json.writeObjectFieldStart("sysctls");
        for (Map.Entry<String, Integer> sysctl : desired.sysctls().entrySet()) {
            json.writeNumberField(sysctl.getKey(), sysctl.getValue());
        }
        json.writeEndObject();
        lists.write("unrouted", desired.unrouted(), one -> {
            json.writeStartObject();
            json.writeStringField("prefix", one.prefix().toString());
            json.writeStringField("pool", one.pool());
            json.writeStringField("reason", one.reason());
            json.writeEndObject();
        });
        json.writeEndObject();
    }

    private static void desiredRoute(JsonGenerator json, DesiredRoutes table, int row) throws IOException {
        json.writeStartObject();
        json.writeStringField("prefix", table.prefix(row).toString());
        Via via = table.via(row);
        if (via == null) {
            json.writeBooleanField("blackhole", true);
        } else {
            json.writeStringField("via", via.peer().toString());
            json.writeStringField("encapsulation", via.encapsulation() == Encapsulation.IPIP ? "IPIP" : "None");
        }
        json.writeStringField("pool", table.pools().get(table.poolNumber(row)));
        json.writeEndObject();
    }

    private static void ruleset(JsonGenerator json, StateLists lists, Ruleset ruleset) throws IOException {
        json.writeObjectFieldStart("ruleset");
        StateLists.Entry<Prefix> prefix = one -> json.writeString(one.toString());
        lists.write("pools", ruleset.pools(), prefix);
        lists.write("natPools", ruleset.natPools(), prefix);
        lists.write("tunnelSources", ruleset.tunnelSources(), prefix);
        json.writeEndObject();
    }

    private static void applied(JsonGenerator json, StateLists lists, Report report) throws IOException {
        json.writeObjectFieldStart("applied");
        json.writeNumberField("revision", report.revision());
        json.writeNumberField("cycle", report.cycle());
        json.writeBooleanField("converged", report.converged());
        json.writeEndObject();
        lists.write("failing", report.obstacles(), (Obstacle obstacle) -> {
            json.writeStartObject();
            json.writeStringField("subject", obstacle.subject());
            json.writeStringField("class", obstacle.failureClass().name());
            json.writeStringField("text", obstacle.text());
            json.writeEndObject();
        });
        lists.write("warnings", report.warnings(), json::writeString);
    }
}
