package io.culvert.operator.cli;

import io.culvert.operator.cli.diff.DiffCommand;
import io.culvert.operator.cli.explain.ExplainCommand;
import io.culvert.operator.cli.ipam.IpamCommand;
import io.culvert.operator.cli.node.AgentCommand;
import io.culvert.operator.cli.node.CleanupCommand;
import io.culvert.operator.cli.node.PlanCommand;
import io.culvert.operator.cli.resource.ApplyCommand;
import io.culvert.operator.cli.resource.CreateCommand;
import io.culvert.operator.cli.resource.DeleteCommand;
import io.culvert.operator.cli.resource.GetCommand;
import io.culvert.operator.cli.resource.ReplaceCommand;
import io.culvert.operator.cli.resource.ValidateCommand;
import io.culvert.operator.cli.status.StatusCommand;
import io.culvert.operator.cli.status.WaitCommand;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The subcommands of {@code culvert}, in the order of its help: this list is where one is added. */
enum Subcommand {
    AGENT(AgentCommand.class),
    APPLY(ApplyCommand.class),
    DIFF(DiffCommand.class),
    CREATE(CreateCommand.class),
    REPLACE(ReplaceCommand.class),
    DELETE(DeleteCommand.class),
    GET(GetCommand.class),
    VALIDATE(ValidateCommand.class),
    STATUS(StatusCommand.class),
    EXPLAIN(ExplainCommand.class),
    WAIT(WaitCommand.class),
    PLAN(PlanCommand.class),
    IPAM(IpamCommand.class),
    CLEANUP(CleanupCommand.class),
    VERSION(VersionCommand.class),
    COMPLETION(CompletionCommand.class);

    private final Class<?> type;

    Subcommand(Class<?> type) {
        this.type = type;
    }

    /** The one that a user calls by that word. */
    static Optional<Subcommand> called(String word) {
        return Arrays.stream(values())
                .filter(command -> command.word().equals(word))
                .findFirst();
    }

    /** As it is typed. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Its class, with picocli's annotations. */
    Class<?> type() {
        return type;
    }
}
