package io.culvert.operator.cli.ipam;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code culvert ipam}, which only has subcommands. */
@Command(
        name = "ipam",
        description = "Show and check the addresses that pools assign.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Examples:", "  culvert ipam show --show-blocks", "  culvert ipam check"},
        subcommands = {IpamShowCommand.class, IpamCheckCommand.class})
public final class IpamCommand implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "missing command: show or check");
    }
}
