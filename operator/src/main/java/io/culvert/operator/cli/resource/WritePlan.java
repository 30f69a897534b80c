package io.culvert.operator.cli.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.rule.PoolConflicts;
import io.culvert.operator.calico.rule.Rewrite;
import io.culvert.operator.cli.input.Document;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.resource.PlannedWrite.Verb;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Decides what writing documents comes to, one after the other, each in view of what the ones before will have written. Pure
 * but for its growing picture of the store. Not for more than one thread.
 */
final class WritePlan {

    private final Intent intent;
    private final List<Prefix> blocks;
    private final Map<String, ObjectNode> resources = new TreeMap<>();
    private final List<PlannedWrite> writes = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final List<String> obstacles = new ArrayList<>();

    /**
     * @param stored the pools and nodes that the documents can collide with, with their {@code resourceVersion}
     * @param blocks the IPAM blocks that pools to be created can collide with
     */
    WritePlan(Intent intent, Collection<ObjectNode> stored, Collection<Prefix> blocks) {
        this.intent = intent;
        this.blocks = List.copyOf(blocks);
        stored.forEach(resource -> resources.put(title(resource), resource));
    }

    /** In the order of the documents; complete only if nothing is wrong. */
    List<PlannedWrite> writes() {
        return writes;
    }

    /**
     * Ends the command if anything is wrong.
     *
     * @throws Refusal as invalid for broken rules, as failed for a resource that exists, is missing or has another version
     */
    void check() {
        if (!faults.isEmpty()) {
            faults.addAll(obstacles);
            throw Refusal.invalid(faults);
        }
        if (!obstacles.isEmpty()) {
            throw Refusal.failed(obstacles);
        }
    }

    /** Adds a document that is itself without faults. */
    void add(Document document) {
        Optional<ObjectNode> stored = Optional.ofNullable(resources.get(document.title()));
        if (intent == Intent.CREATE_MISSING && stored.isPresent()) {
            writes.add(new PlannedWrite(document, Verb.SKIPPED, stored.get()));
            return;
        }
        Optional<String> obstacle = obstacle(document, stored);
        if (obstacle.isPresent()) {
            obstacles.add(document.place() + ": " + obstacle.get());
            return;
        }
        PlannedWrite write = stored.map(old -> modification(document, old)).orElseGet(() -> creation(document));
        resources.put(document.title(), write.content());
        writes.add(write);
    }

    private Optional<String> obstacle(Document document, Optional<ObjectNode> stored) {
        String title = document.title();
        if (intent == Intent.CREATE && stored.isPresent()) {
            return Optional.of(title + " exists already; 'culvert apply' or 'culvert replace' modifies it");
        }
        if (intent == Intent.REPLACE && stored.isEmpty()) {
            return Optional.of(title + " does not exist; 'culvert apply' or 'culvert create' creates it");
        }
        String expected = version(document.content());
        if (intent != Intent.REPLACE && intent != Intent.APPLY && !expected.isEmpty()) {
            return Optional.of(title + " must not have metadata.resourceVersion, since it is to be created");
        }
        String actual = stored.map(WritePlan::version).orElse("");
        return expected.isEmpty() || stored.isEmpty() || expected.equals(actual)
                ? Optional.empty()
                : Optional.of(title + " has changed since it was read: metadata.resourceVersion is " + expected
                        + ", in the datastore " + actual + "; read it again, or leave the field out to overwrite");
    }

    private PlannedWrite creation(Document document) {
        ObjectNode content = Rewrite.created(document.content());
        if (document.kind() == Kind.IP_POOL) {
            report(document, PoolConflicts.overlaps(content, pools()));
            report(document, PoolConflicts.blocks(content, blocks));
        }
        return new PlannedWrite(document, Verb.CREATED, content);
    }

    private PlannedWrite modification(Document document, ObjectNode stored) {
        ObjectNode content = Rewrite.modified(stored, document.content());
        if (document.kind() == Kind.IP_POOL) {
            report(document, PoolConflicts.immutable(stored, content));
        }
        if (document.kind().decode(content) instanceof Decoded.Invalid<?> invalid) {
            report(document, invalid.faults());
        }
        Verb change = intent == Intent.REPLACE ? Verb.REPLACED : Verb.CONFIGURED;
        return new PlannedWrite(document, Rewrite.same(stored, content) ? Verb.UNCHANGED : change, content);
    }

    private void report(Document document, List<Fault> broken) {
        broken.forEach(fault -> faults.add(document.report(fault)));
    }

    private List<ObjectNode> pools() {
        return resources.values().stream()
                .filter(resource -> resource.path("kind").asText().equals(Kind.IP_POOL.toString()))
                .toList();
    }

    private static String title(ObjectNode resource) {
        String kind = resource.path("kind").asText();
        return Kind.spelled(kind).map(Kind::singular).orElse(kind) + "/"
                + resource.path("metadata").path("name").asText();
    }

    private static String version(ObjectNode resource) {
        return resource.path("metadata").path("resourceVersion").asText();
    }
}
