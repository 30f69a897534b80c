package io.culvert.operator.cli.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Resource;
import io.culvert.operator.calico.ResourceHeader;
import io.culvert.operator.calico.rule.Rewrite;
import io.culvert.operator.cli.input.OutputOptions;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.input.ResourceArguments;
import io.culvert.operator.cli.terminal.Format;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.resource.ResourceWatch;
import java.util.List;

/** Shows what {@code get --watch} receives: first the list, then a row or a document for each change. */
record WatchView(ResourceArguments wanted, OutputOptions output, Terminal terminal) implements ResourceWatch.Listener {

    @Override
    public void listed(List<ObjectNode> documents) {
        List<String> missing = MissingNames.of(wanted, documents);
        if (!missing.isEmpty()) {
            throw Refusal.failed(missing);
        }
        List<ObjectNode> chosen = documents.stream()
                .filter(this::isWanted)
                .map(this::withDefaults)
                .toList();
        ResourceView view = new ResourceView(wanted.kind(), output);
        (output.tabular() ? view.lines(chosen, false, 0) : view.following(chosen)).forEach(terminal::print);
        terminal.out().flush();
    }

    @Override
    public void written(ObjectNode document) {
        if (isWanted(document)) {
            show(withDefaults(document));
        }
    }

    @Override
    public void deleted(ObjectNode document) {
        if (isWanted(document)) {
            boolean documents = output.format() == Format.YAML || output.format() == Format.JSON;
            terminal.print((documents ? "# " : "") + wanted.kind().singular() + "/" + ResourceHeader.name(document)
                    + " deleted");
            terminal.out().flush();
        }
    }

    @Override
    public void malformed(String reason) {
        terminal.warn(reason);
    }

    private ObjectNode withDefaults(ObjectNode document) {
        return Rewrite.withDefaults(Resource.of(wanted.kind(), document));
    }

    private void show(ObjectNode document) {
        new ResourceView(wanted.kind(), output).following(List.of(document)).forEach(terminal::print);
        terminal.out().flush();
    }

    private boolean isWanted(ObjectNode document) {
        return wanted.names().isEmpty() || wanted.names().contains(ResourceHeader.name(document));
    }
}
