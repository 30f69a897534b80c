package io.culvert.operator.status;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * One node's status. While its key exists the agent is alive: the key hangs on a lease.
 *
 * @param address the node's address with its prefix length
 * @param tunnelAddress empty while it has none
 * @param snapshotRevision etcd revision of the last snapshot
 * @param appliedRevision etcd revision that was last applied to the kernel
 * @param converged whether the kernel holds the desired state of that revision
 * @param pools by name
 * @param failing desired changes that are not applied
 * @param unrouted what gets no route on purpose
 * @param rejected keys that are not in force as they stand
 * @param unsupported pools that are left alone, by name, with the reason
 * @param warnings risks that are not failures
 * @param timestamp when this was written, RFC 3339
 * @param instance the run of the agent that wrote it
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record NodeStatus(
        @JsonProperty("node") String node,
        @JsonProperty("address") String address,
        @JsonProperty("tunnelAddress") String tunnelAddress,
        @JsonProperty("agentVersion") String agentVersion,
        @JsonProperty("snapshotRevision") long snapshotRevision,
        @JsonProperty("appliedRevision") long appliedRevision,
        @JsonProperty("converged") boolean converged,
        @JsonProperty("pools") Map<String, Pool> pools,
        @JsonProperty("failing") List<Failure> failing,
        @JsonProperty("unrouted") List<Unrouted> unrouted,
        @JsonProperty("rejected") List<Rejection> rejected,
        @JsonProperty("unsupported") Map<String, String> unsupported,
        @JsonProperty("warnings") List<String> warnings,
        @JsonProperty("timestamp") String timestamp,
        @JsonProperty("instance") String instance) {

    private static final ObjectMapper JSON = new ObjectMapper();

    // Jackson hands null to a component that the JSON leaves out, despite the annotations.
    @SuppressWarnings({"ConstantValue", "ConditionCoveredByFurtherCondition"})
    public NodeStatus {
        node = node == null ? "" : node;
        address = address == null ? "" : address;
        agentVersion = agentVersion == null ? "" : agentVersion;
        timestamp = timestamp == null ? "" : timestamp;
        instance = instance == null ? "" : instance;
        tunnelAddress = tunnelAddress == null ? "" : tunnelAddress;
        pools = pools == null ? Map.of() : Map.copyOf(pools);
        failing = failing == null ? List.of() : List.copyOf(failing);
        unrouted = unrouted == null ? List.of() : List.copyOf(unrouted);
        rejected = rejected == null ? List.of() : List.copyOf(rejected);
        unsupported = unsupported == null ? Map.of() : Map.copyOf(unsupported);
        warnings = warnings == null ? List.of() : List.copyOf(warnings);
    }

    /**
     * A pool's routes on the node.
     *
     * @param desired how many it should have
     * @param programmed how many of them are in the kernel
     * @param failing how many are not
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Pool(
            @JsonProperty("converged") boolean converged,
            @JsonProperty("desired") int desired,
            @JsonProperty("programmed") int programmed,
            @JsonProperty("failing") int failing) {}

    /** A change that failed: the object, the class of the failure, one sentence. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Failure(
            @JsonProperty("subject") String subject,
            @JsonProperty("class") String failureClass,
            @JsonProperty("text") String text) {}

    /** A prefix without a route, on purpose. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Unrouted(
            @JsonProperty("prefix") String prefix,
            @JsonProperty("pool") String pool,
            @JsonProperty("reason") String reason) {}

    /** A key in etcd that is not in force as it stands. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Rejection(
            @JsonProperty("kind") String kind,
            @JsonProperty("key") String key,
            @JsonProperty("reason") String reason,
            @JsonProperty("lastGoodKept") boolean lastGoodKept) {}

    /** Whether it differs only in the time of writing. */
    boolean equalsButForTime(NodeStatus other) {
        return at("").equals(other.at(""));
    }

    /** What the agent at that address says while the writer of this status has the same name. */
    public String contest(String ownAddress) {
        return "another live agent has the name " + node + ", at " + address + " (this one is at " + ownAddress
                + "): this agent writes nothing to etcd until the other ends; give one of them another --node-name";
    }

    /** @param moment RFC 3339 */
    public NodeStatus at(String moment) {
        return with(moment, instance);
    }

    /** The same, written by that run. */
    NodeStatus by(Instance writer) {
        return with(timestamp, writer.toString());
    }

    private NodeStatus with(String moment, String writer) {
        return new NodeStatus(
                node,
                address,
                tunnelAddress,
                agentVersion,
                snapshotRevision,
                appliedRevision,
                converged,
                pools,
                failing,
                unrouted,
                rejected,
                unsupported,
                warnings,
                moment,
                writer);
    }

    /** Compact JSON in UTF-8. */
    public byte[] json() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a status of strings and numbers is always JSON", e);
        }
    }

    /** @throws IOException if it is not such JSON */
    public static NodeStatus read(byte[] json) throws IOException {
        return JSON.readValue(json, NodeStatus.class);
    }
}
