package io.culvert.operator.cli.resource;

import io.culvert.operator.calico.Kind;
import io.culvert.operator.cli.connect.EtcdOptions;
import io.culvert.operator.cli.input.Documents;
import io.culvert.operator.cli.input.FileOptions;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.input.ResourceArguments;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.ipam.NodeRemoval;
import io.culvert.operator.ipam.PoolRemoval;
import io.culvert.operator.resource.ResourceOutcome;
import io.culvert.operator.status.StatusReader;
import java.util.ArrayList;
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
            "Delete resources, named or in files; continue after failures. Of a file only kind and name are read.",
            "Deleting a pool disables it, releases its blocks, then removes it.",
            "Deleting a node releases everything that it and its workloads hold in IPAM, deletes what names it (workload"
                    + " and host endpoints, BGP peers, its own configurations), then removes it. A node with a live agent is"
                    + " not deleted, since the agent would register it again."
        },
        footer = {
            "",
            "Examples:",
            "  culvert delete ippool ippool-ipip-1 ippool-cs-1",
            "  culvert delete node n3",
            "  culvert delete -f pools.yaml --skip-not-exists"
        })
public final class DeleteCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Parameters(arity = "0..*", paramLabel = "KIND NAME", description = "ippool or node, then names; or KIND/NAME.")
    private List<String> words = List.of();

    @Mixin
    private FileOptions files = new FileOptions();

    @Option(
            names = {"-s", "--skip-not-exists"},
            description = "Skip resources that do not exist.")
    private boolean skipMissing;

    @Option(
            names = "--force",
            description = "Delete a node even if its agent is live. The agent registers it again, with new addresses.")
    private boolean force;

    @Mixin
    private EtcdOptions etcd = new EtcdOptions();

    private boolean complete = true;

    public DeleteCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Set<Target> targets = targets();
        try (EtcdConnection connection = etcd.connect()) {
            for (Target target : targets) {
                complete &= delete(connection, target);
            }
            WriteOptions.warnOfLock(connection, terminal);
        }
        return complete ? 0 : 1;
    }

    private Set<Target> targets() {
        if (words.isEmpty() != files.given()) {
            throw Refusal.invalid("expected either KIND NAME or -f FILE");
        }
        Set<Target> targets = new LinkedHashSet<>();
        if (words.isEmpty()) {
            Documents read = files.names(terminal.in());
            read.skipped().forEach(terminal::error);
            complete = read.skipped().isEmpty();
            read.documents().forEach(document -> targets.add(new Target(document.kind(), document.name())));
        } else {
            ResourceArguments named = ResourceArguments.parse(words);
            named.names().forEach(name -> targets.add(new Target(named.kind(), name)));
        }
        if (targets.isEmpty()) {
            throw Refusal.invalid(
                    "missing name of the " + words.get(0) + " to delete; deleting all at once is not supported");
        }
        return targets;
    }

    private boolean delete(EtcdConnection connection, Target target) {
        if (target.kind == Kind.NODE && !force && new StatusReader(connection).isLive(target.name)) {
            terminal.error(target + " not deleted: its agent is live and would register it again; stop the agent first"
                    + " (after a crash its status expires within 30 s), or use --force");
            return false;
        }
        List<String> released = new ArrayList<>();
        ResourceOutcome outcome = switch (target.kind) {
            case IP_POOL -> new PoolRemoval(connection).delete(target.name);
            case NODE ->
                new NodeRemoval(connection, line -> {
                            released.add(line);
                            terminal.print(line);
                        })
                        .delete(target.name);
        };
        if (outcome instanceof ResourceOutcome.Missing && !released.isEmpty()) {
            terminal.print(target + " does not exist; released what was left of it");
            return true;
        }
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
