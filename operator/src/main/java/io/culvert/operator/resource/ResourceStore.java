package io.culvert.operator.resource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.store.Json;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.Stored;
import io.culvert.operator.etcd.Written;
import io.culvert.reconciler.net.Prefix;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Cluster-scoped Calico resources as documents, kept as Calico's own clients keep them: one key each under {@code
 * /calico/resources/v3/projectcalico.org/PLURAL/NAME}, {@code metadata.uid} and {@code metadata.creationTimestamp} always
 * written, {@code metadata.resourceVersion} never stored but filled in on reading with the key's mod revision, every change a
 * compare-and-swap of the whole document. Knows nothing of what the documents mean and validates nothing.
 *
 * <p>Documents handed in are left unchanged; those handed out belong to the caller. Calls block. Safe for any number of
 * threads. Every call may throw {@link DatastoreException}.
 */
public final class ResourceStore {

    private static final String METADATA = "metadata";
    private static final String UID = "uid";
    private static final String CREATED = "creationTimestamp";
    private static final String VERSION = "resourceVersion";

    private final EtcdConnection etcd;
    private final Clock clock;

    public ResourceStore(EtcdConnection etcd) {
        this(etcd, Clock.systemUTC());
    }

    /** @param clock for {@code metadata.creationTimestamp} */
    ResourceStore(EtcdConnection etcd, Clock clock) {
        this.etcd = etcd;
        this.clock = clock;
    }

    /**
     * The resource, with its {@code metadata.resourceVersion}.
     *
     * @param plural as in the key: {@code ippools}, {@code nodes}
     */
    public Optional<ObjectNode> get(String plural, String name) {
        return etcd.get(Keys.resource(plural, name)).map(ResourceStore::document);
    }

    /** All resources of a kind. */
    public ResourceList list(String plural) {
        EtcdConnection.Listing listing = etcd.list(Keys.resource(plural, ""));
        List<ObjectNode> documents = new ArrayList<>();
        List<String> malformed = new ArrayList<>();
        for (Stored stored : listing.entries()) {
            try {
                documents.add(document(stored));
            } catch (DatastoreException broken) {
                malformed.add(String.valueOf(broken.getMessage()));
            }
        }
        return new ResourceList(listing.revision(), documents, malformed);
    }

    /** The prefixes of all IPv4 blocks there are, which pools must agree with. */
    public List<Prefix> blocks() {
        List<Prefix> blocks = new ArrayList<>();
        etcd.scan(Keys.BLOCKS, 0, stored -> Keys.blockOf(stored.key()).ifPresent(blocks::add));
        return blocks;
    }

    /**
     * Stores a resource that must not exist yet. A {@code uid} and a {@code creationTimestamp} are given to it unless it has
     * them.
     *
     * @param document with {@code metadata.name}
     * @return Changed or Conflict
     */
    public ResourceOutcome create(String plural, ObjectNode document) {
        ObjectNode stored = storable(document);
        return outcome(stored, etcd.create(key(plural, document), Json.write(stored)));
    }

    /**
     * Replaces a resource that must still be of the version the document names.
     *
     * @param document with {@code metadata.name} and {@code metadata.resourceVersion}; preferably one that was
     *     read and then changed, so that unknown fields stay
     * @throws IllegalArgumentException if it names no version
     */
    public ResourceOutcome update(String plural, ObjectNode document) {
        ObjectNode stored = storable(document);
        return outcome(stored, etcd.replace(key(plural, document), Json.write(stored), version(document)));
    }

    /** Removes a resource, whatever its version. Pools and nodes that IPAM knows of are removed by {@code ipam} instead. */
    public ResourceOutcome delete(String plural, String name) {
        ResourceOutcome outcome = new ResourceOutcome.Missing();
        Optional<ObjectNode> found = get(plural, name);
        while (found.isPresent()) {
            outcome = delete(plural, found.get());
            found = outcome instanceof ResourceOutcome.Conflict conflict
                    ? Optional.of(conflict.found())
                    : Optional.empty();
        }
        return outcome;
    }

    /**
     * Removes a resource that must still be of the version the document names.
     *
     * @throws IllegalArgumentException if it names no version
     */
    public ResourceOutcome delete(String plural, ObjectNode document) {
        return outcome(document, etcd.delete(key(plural, document), version(document)));
    }

    /** The revision that a document was read at: its {@code metadata.resourceVersion}. */
    public static long version(ObjectNode document) {
        String text = document.path(METADATA).path(VERSION).asText();
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException malformed) {
            throw new IllegalArgumentException("metadata.resourceVersion '" + text
                    + "' is not a revision of etcd; read the resource first and change what was read");
        }
    }

    private static String key(String plural, ObjectNode document) {
        return Keys.resource(plural, document.path(METADATA).path("name").asText());
    }

    private static ResourceOutcome outcome(ObjectNode document, Written written) {
        if (written instanceof Written.Done done) {
            return new ResourceOutcome.Changed(versioned(document, done.revision()), done.revision());
        }
        return ((Written.Conflict) written)
                .found()
                .<ResourceOutcome>map(stored -> new ResourceOutcome.Conflict(document(stored)))
                .orElseGet(ResourceOutcome.Missing::new);
    }

    private ObjectNode storable(ObjectNode document) {
        ObjectNode copy = document.deepCopy();
        ObjectNode metadata = copy.withObject(METADATA);
        metadata.remove(VERSION);
        if (isBlank(metadata.path(UID))) {
            metadata.put(UID, UUID.randomUUID().toString());
        }
        if (isBlank(metadata.path(CREATED))) {
            metadata.put(
                    CREATED, Instant.now(clock).truncatedTo(ChronoUnit.SECONDS).toString());
        }
        return copy;
    }

    private static boolean isBlank(JsonNode text) {
        return text.asText().isBlank() || text.isNull();
    }

    static ObjectNode document(Stored stored) {
        return versioned(Json.read(stored), stored.modRevision());
    }

    private static ObjectNode versioned(ObjectNode document, long revision) {
        document.withObject(METADATA).put(VERSION, Long.toString(revision));
        return document;
    }
}
