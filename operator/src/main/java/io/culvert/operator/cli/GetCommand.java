package io.culvert.operator.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Rewrite;
import io.culvert.operator.calico.Spelling;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.ResourceList;
import io.culvert.operator.etcd.ResourceStore;
import io.culvert.operator.etcd.ResourceWatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code culvert get}. */
@Command(
        name = "get",
        description = "Show resources as they are stored, with defaults written out.",
        footer = {
            "",
            "Examples:",
            "  culvert get ippools -o wide",
            "  culvert get ippool blue -o yaml | culvert apply -f -"
        })
final class GetCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Parameters(
            arity = "1..*",
            paramLabel = "KIND [NAME]",
            description = "ippool (ippools, ipp, pool, pools) or node (nodes), and names; or KIND/NAME.")
    private List<String> words = List.of();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private EtcdOptions etcd = new EtcdOptions();

    GetCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Option(
            names = {"-w", "--watch"},
            description = {
                "After the list, show each change as it happens, until interrupted.",
                "A deletion is the line KIND/NAME deleted; in yaml and json a comment (#)."
            })
    private boolean watch;

    @Override
    public Integer call() throws InterruptedException {
        ResourceArguments wanted = ResourceArguments.parse(words);
        if (watch) {
            try (EtcdConnection connection = etcd.connect()) {
                ResourceWatch.follow(connection, wanted.kind().plural(), new WatchView(wanted, output, terminal));
            }
            return 0;
        }
        ResourceList stored;
        try (EtcdConnection connection = etcd.connect()) {
            stored = new ResourceStore(connection).list(wanted.kind().plural());
        }
        List<String> missing = new ArrayList<>();
        List<ObjectNode> chosen = wanted.names().isEmpty() ? stored.documents() : named(wanted, stored, missing);
        chosen.forEach(Rewrite::withDefaults);
        boolean single = wanted.names().size() == 1;
        if (!chosen.isEmpty() || missing.isEmpty()) {
            new ResourceView(wanted.kind(), output)
                    .lines(chosen, single, stored.revision())
                    .forEach(terminal::print);
        }
        stored.malformed().forEach(terminal::warn);
        missing.forEach(terminal::error);
        return missing.isEmpty() ? 0 : 1;
    }

    private static List<ObjectNode> named(ResourceArguments wanted, ResourceList stored, List<String> missing) {
        List<ObjectNode> chosen = new ArrayList<>();
        for (String name : wanted.names()) {
            Optional<ObjectNode> found = stored.documents().stream()
                    .filter(document -> ResourceView.name(document).equals(name))
                    .findFirst();
            found.ifPresentOrElse(chosen::add, () -> missing.add(missing(wanted, name, stored)));
        }
        return chosen;
    }

    private static String missing(ResourceArguments wanted, String name, ResourceList stored) {
        List<String> names = stored.documents().stream().map(ResourceView::name).toList();
        return wanted.kind().singular() + "/" + name + " does not exist"
                + Spelling.nearest(name, names)
                        .map(near -> "; did you mean " + near + "?")
                        .orElse("");
    }
}
