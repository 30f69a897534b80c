package io.culvert.operator.cli;

import io.culvert.operator.calico.Kind;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.NodeRemoval;
import io.culvert.operator.etcd.PoolRemoval;
import io.culvert.operator.etcd.ResourceOutcome;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code culvert delete}. */
@Command(
        name = "delete",
        description = {
            "Delete resources.",
            "A pool is disabled first, then its blocks are released, then it goes. A node's blocks and tunnel address are released, then it goes."
        },
        footer = {"", "Example:", "  culvert delete ippool ippool-ipip-1"})
final class DeleteCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Parameters(arity = "0..*", paramLabel = "KIND NAME", description = "ippool or node, and names; or KIND/NAME.")
    private List<String> words = List.of();

    @Option(
            names = {"-f", "--filename"},
            paramLabel = "FILE",
            description = "Delete the resources in it. YAML or JSON, a directory, - is standard input.")
    private List<String> files = List.of();

    @Option(
            names = {"-s", "--skip-not-exists"},
            description = "Resources that do not exist are no failure.")
    private boolean skipMissing;

    @Mixin
    private EtcdOptions etcd = new EtcdOptions();

    DeleteCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Set<Target> targets = targets();
        boolean complete = true;
        try (EtcdConnection connection = etcd.connect()) {
            for (Target target : targets) {
                complete &= delete(connection, target);
            }
        }
        return complete ? 0 : 1;
    }

    private Set<Target> targets() {
        if (words.isEmpty() == files.isEmpty()) {
            throw Refusal.invalid("name what to delete: KIND NAME, or -f FILE");
        }
        Set<Target> targets = new LinkedHashSet<>();
        if (words.isEmpty()) {
            Documents read = Documents.read(files, terminal.in());
            if (!read.faults().isEmpty()) {
                throw Refusal.invalid(read.faults());
            }
            read.documents().forEach(document -> targets.add(new Target(document.kind(), document.name())));
        } else {
            ResourceArguments named = ResourceArguments.parse(words);
            named.names().forEach(name -> targets.add(new Target(named.kind(), name)));
        }
        if (targets.isEmpty()) {
            throw Refusal.invalid("name the " + words.get(0) + " to delete; all at once is not offered");
        }
        return targets;
    }

    private boolean delete(EtcdConnection connection, Target target) {
        ResourceOutcome outcome = switch (target.kind) {
            case IP_POOL -> new PoolRemoval(connection).delete(target.name);
            case NODE -> new NodeRemoval(connection).delete(target.name);
        };
        if (outcome instanceof ResourceOutcome.Missing) {
            if (!skipMissing) {
                terminal.error(target + " does not exist");
            }
            return skipMissing;
        }
        terminal.print(target + " deleted");
        return true;
    }

    private record Target(Kind kind, String name) {
        @Override
        public String toString() {
            return kind.singular() + "/" + name;
        }
    }
}
