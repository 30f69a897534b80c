package io.culvert.operator.cli.resource;

import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.Resource;
import io.culvert.operator.cli.input.Document;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.resource.PlannedWrite.Verb;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.resource.ResourceList;
import io.culvert.operator.resource.ResourceOutcome;
import io.culvert.operator.resource.ResourceStore;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Plans documents against the datastore and writes them, each as a compare-and-swap. Blocks. */
public final class Writer {

    private static final int ATTEMPTS = 5;

    private final ResourceStore store;
    private final Intent intent;
    private final Terminal terminal;

    public Writer(ResourceStore store, Intent intent, Terminal terminal) {
        this.store = store;
        this.intent = intent;
        this.terminal = terminal;
    }

    /**
     * Plans the writes of documents.
     *
     * @throws Refusal if a rule is broken; nothing has been written then
     */
    public WritePlan plan(List<Document> documents) {
        List<Resource> stored = stored(documents);
        WritePlan plan = new WritePlan(intent, stored, blocks(documents, stored));
        documents.forEach(plan::add);
        plan.check();
        return plan;
    }

    /** Only for a new pool: there may be many. */
    private List<Prefix> blocks(List<Document> documents, List<Resource> stored) {
        Set<String> titles = stored.stream().map(Resource::title).collect(Collectors.toSet());
        boolean creating = documents.stream()
                .anyMatch(document -> document.kind() == Kind.IP_POOL && !titles.contains(document.title()));
        return creating ? store.blocks() : List.of();
    }

    private List<Resource> stored(List<Document> documents) {
        List<Resource> stored = new ArrayList<>();
        if (documents.stream().anyMatch(document -> document.kind() == Kind.IP_POOL)) {
            ResourceList pools = store.list(Kind.IP_POOL.plural());
            pools.malformed().forEach(terminal::warn);
            pools.documents().forEach(pool -> stored.add(Resource.of(Kind.IP_POOL, pool)));
        }
        documents.stream()
                .filter(document -> document.kind() == Kind.NODE)
                .forEach(document -> store.get(Kind.NODE.plural(), document.name())
                        .ifPresent(node -> stored.add(Resource.of(Kind.NODE, node))));
        return stored;
    }

    /**
     * Writes, and plans again when somebody else was faster.
     *
     * @return what was done in the end, stored with its new {@code metadata.resourceVersion}
     * @throws Refusal if it breaks a rule by now, or others keep writing
     */
    PlannedWrite write(PlannedWrite planned) {
        PlannedWrite current = planned;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (current.verb().leavesAsIs()) {
                return current;
            }
            ResourceOutcome outcome = createOrUpdate(current);
            if (outcome instanceof ResourceOutcome.Changed changed) {
                return current.writtenAs(changed.document());
            }
            current = plan(List.of(planned.document())).writes().get(0);
        }
        throw Refusal.failed(planned.document().title() + " not written: other writers changed it " + ATTEMPTS
                + " times in between; try again");
    }

    private ResourceOutcome createOrUpdate(PlannedWrite write) {
        String plural = write.document().kind().plural();
        return write.verb() == Verb.CREATED
                ? store.create(plural, write.resource().document())
                : store.update(plural, write.resource().document());
    }
}
