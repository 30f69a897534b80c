package io.culvert.operator.cli.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.Resource;
import io.culvert.operator.calico.ResourceHeader;
import io.culvert.operator.calico.rule.Rewrite;
import io.culvert.operator.cli.connect.EtcdOptions;
import io.culvert.operator.cli.input.Documents;
import io.culvert.operator.cli.input.FileOptions;
import io.culvert.operator.cli.input.OutputOptions;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.input.ResourceArguments;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.resource.ResourceList;
import io.culvert.operator.resource.ResourceStore;
import io.culvert.operator.resource.ResourceWatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code culvert get}. */
@Command(
        name = "get",
        description = {
            "Show stored resources, with defaults written out.",
            "Selects by kind, by name, or with -f by the resources in a file."
        },
        footer = {
            "",
            "Examples:",
            "  culvert get ippools -o wide",
            "  culvert get ippool blue -o yaml | culvert apply -f -",
            "  culvert get nodes -w",
            "  culvert get -f pools.yaml -o yaml"
        })
public final class GetCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Parameters(
            arity = "0..*",
            paramLabel = "KIND [NAME]",
            description = "ippool (ippools, ipp, pool, pools) or node (nodes), then names; or KIND/NAME.")
    private List<String> words = List.of();

    @Mixin
    private FileOptions files = new FileOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Mixin
    private EtcdOptions etcd = new EtcdOptions();

    public GetCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Option(
            names = {"-w", "--watch"},
            description = {
                "After the list, show each change as it happens, until interrupted.",
                "A deletion prints KIND/NAME deleted, in yaml and json as a comment (#).",
                "Named resources must exist at the start."
            })
    private boolean watch;

    private boolean complete = true;

    @Override
    public Integer call() throws InterruptedException {
        List<ResourceArguments> wanted = wanted();
        try (EtcdConnection connection = etcd.connect()) {
            if (watch) {
                ResourceArguments one = theOnly(wanted);
                ResourceWatch.follow(connection, one.kind().plural(), new WatchView(one, output, terminal));
                return 0;
            }
            ResourceStore store = new ResourceStore(connection);
            for (int i = 0; i < wanted.size(); i++) {
                if (i > 0 && output.tabular()) {
                    terminal.print("");
                }
                ResourceArguments kind = wanted.get(i);
                complete &= show(kind, store.list(kind.kind().plural()), wanted.size() == 1);
            }
            return complete ? 0 : 1;
        }
    }

    private List<ResourceArguments> wanted() {
        if (words.isEmpty() != files.given()) {
            throw Refusal.invalid("expected either KIND [NAME] or -f FILE");
        }
        if (!files.given()) {
            return List.of(ResourceArguments.parse(words));
        }
        Map<Kind, List<String>> names = new LinkedHashMap<>();
        Documents read = files.names(terminal.in());
        read.skipped().forEach(terminal::error);
        complete = read.skipped().isEmpty();
        read.documents()
                .forEach(document -> names.computeIfAbsent(document.kind(), kind -> new ArrayList<>())
                        .add(document.name()));
        return names.entrySet().stream()
                .map(entry -> new ResourceArguments(entry.getKey(), entry.getValue()))
                .toList();
    }

    private static ResourceArguments theOnly(List<ResourceArguments> wanted) {
        if (wanted.size() > 1) {
            throw Refusal.invalid("-w watches one kind, but the files name " + wanted.size());
        }
        return wanted.get(0);
    }

    private boolean show(ResourceArguments wanted, ResourceList stored, boolean alone) {
        List<ObjectNode> chosen = (wanted.names().isEmpty() ? stored.documents() : named(wanted, stored))
                .stream()
                        .map(document -> Rewrite.withDefaults(Resource.of(wanted.kind(), document)))
                        .toList();
        List<String> missing = MissingNames.of(wanted, stored.documents());
        if (!chosen.isEmpty() || missing.isEmpty()) {
            boolean single = wanted.names().size() == 1;
            ResourceView view = new ResourceView(wanted.kind(), output);
            (alone || output.tabular() ? view.lines(chosen, single, stored.revision()) : view.following(chosen))
                    .forEach(terminal::print);
        }
        stored.malformed().forEach(terminal::warn);
        missing.forEach(terminal::error);
        return missing.isEmpty();
    }

    private static List<ObjectNode> named(ResourceArguments wanted, ResourceList stored) {
        return wanted.names().stream()
                .flatMap(name -> stored.documents().stream()
                        .filter(document -> ResourceHeader.name(document).equals(name)))
                .toList();
    }
}
