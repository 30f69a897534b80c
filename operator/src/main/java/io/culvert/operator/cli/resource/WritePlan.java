package io.culvert.operator.cli.resource;

import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.Resource;
import io.culvert.operator.calico.rule.FileCheck;
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
 * Plans the writes of documents, one after the other, each with the effect of those before. Pure but for its picture of the
 * store, which grows. Not for more than one thread.
 */
public final class WritePlan {

    private final Intent intent;
    private final List<Prefix> blocks;
    private final Map<String, Resource> resources = new TreeMap<>();
    private final List<PlannedWrite> writes = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();
    private final List<String> obstacles = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();

    /**
     * @param stored the pools and nodes that the documents can collide with, with their {@code resourceVersion}
     * @param blocks the IPAM blocks that new pools can collide with
     */
    WritePlan(Intent intent, Collection<Resource> stored, Collection<Prefix> blocks) {
        this.intent = intent;
        this.blocks = List.copyOf(blocks);
        stored.forEach(resource -> resources.put(resource.title(), resource));
    }

    /** In the order of the documents; complete only if nothing is wrong. */
    public List<PlannedWrite> writes() {
        return writes;
    }

    /** One line for each fault of a resource that Culvert does not support, and that would change; the others are written. */
    public List<String> leftOut() {
        return leftOut;
    }

    /**
     * Ends the command if anything is wrong, or nothing is left to do.
     *
     * @throws Refusal as invalid for broken rules, as failed for a resource that exists, is missing or has another version
     */
    void check() {
        if (writes.isEmpty()) {
            faults.addAll(leftOut);
        }
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
        Optional<Resource> stored = Optional.ofNullable(resources.get(document.title()));
        if (intent == Intent.CREATE_MISSING && stored.isPresent()) {
            writes.add(new PlannedWrite(document, Verb.SKIPPED, stored, stored.get()));
            return;
        }
        Optional<String> obstacle = obstacle(document, stored);
        if (obstacle.isPresent()) {
            obstacles.add(document.place() + ": " + obstacle.get());
            return;
        }
        List<Fault> unsupported = FileCheck.unsupported(document.resource());
        if (!unsupported.isEmpty()) {
            addUnsupported(document, stored, unsupported);
            return;
        }
        report(document, FileCheck.unknownFields(document.resource(), stored));
        PlannedWrite write = stored.map(old -> modification(document, old)).orElseGet(() -> creation(document));
        resources.put(document.title(), write.resource());
        writes.add(write);
    }

    private void addUnsupported(Document document, Optional<Resource> stored, List<Fault> reasons) {
        boolean unchanged = stored.filter(old -> Rewrite.same(old, Rewrite.modified(old, document.resource())))
                .isPresent();
        if (unchanged) {
            writes.add(new PlannedWrite(document, Verb.UNCHANGED, stored, stored.get()));
        } else {
            reasons.forEach(reason -> leftOut.add(document.report(reason)));
        }
    }

    private Optional<String> obstacle(Document document, Optional<Resource> stored) {
        String title = document.title();
        if (intent == Intent.CREATE && stored.isPresent()) {
            return Optional.of(title + " already exists; use 'culvert apply' or 'culvert replace' to modify it");
        }
        if (intent == Intent.REPLACE && stored.isEmpty()) {
            return Optional.of(title + " does not exist; use 'culvert apply' or 'culvert create' to create it");
        }
        String expected = version(document.resource());
        if (intent != Intent.REPLACE && intent != Intent.APPLY && !expected.isEmpty()) {
            return Optional.of(title + " must not have metadata.resourceVersion when it is created");
        }
        String actual = stored.map(WritePlan::version).orElse("");
        return expected.isEmpty() || stored.isEmpty() || expected.equals(actual)
                ? Optional.empty()
                : Optional.of(title + " has changed since you read it: metadata.resourceVersion is " + expected
                        + ", the stored one is " + actual + "; read it again, or omit the field to overwrite");
    }

    private PlannedWrite creation(Document document) {
        Resource resource = Rewrite.created(document.resource());
        if (document.kind() == Kind.IP_POOL) {
            report(document, PoolConflicts.overlaps(resource, pools()));
            report(document, PoolConflicts.blocks(resource, blocks));
        }
        return new PlannedWrite(document, Verb.CREATED, Optional.empty(), resource);
    }

    private PlannedWrite modification(Document document, Resource stored) {
        Resource resource = Rewrite.modified(stored, document.resource());
        if (document.kind() == Kind.IP_POOL) {
            report(document, PoolConflicts.immutable(stored, resource));
        }
        if (resource.decoded() instanceof Decoded.Invalid<?> invalid) {
            report(document, invalid.faults());
        }
        Verb change = intent == Intent.REPLACE ? Verb.REPLACED : Verb.CONFIGURED;
        Verb verb = Rewrite.same(stored, resource) ? Verb.UNCHANGED : change;
        return new PlannedWrite(document, verb, Optional.of(stored), resource);
    }

    private void report(Document document, List<Fault> broken) {
        broken.forEach(fault -> faults.add(document.report(fault)));
    }

    private List<Resource> pools() {
        return resources.values().stream()
                .filter(resource -> resource.kind() == Kind.IP_POOL)
                .toList();
    }

    private static String version(Resource resource) {
        return resource.document().path("metadata").path("resourceVersion").asText();
    }
}
