package io.culvert.operator.cli;

import io.culvert.operator.cli.input.Candidates;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code culvert completion}. */
@Command(
        name = "completion",
        description = {
            "Print a shell completion script for commands, options, option values, kinds and names.",
            "Names of pools and nodes come from etcd as you type, with the connection flags already on the line."
        },
        footer = {
            "",
            "Examples:",
            "  source <(culvert completion bash)",
            "  culvert completion zsh > ~/.culvert.zsh; source ~/.culvert.zsh"
        })
final class CompletionCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Parameters(
            paramLabel = "SHELL",
            completionCandidates = Candidates.Shells.class,
            description = "Shell: bash or zsh.")
    private String shell = "";

    CompletionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (!shell.equals("bash") && !shell.equals("zsh")) {
            throw Refusal.invalid("unknown shell '" + shell + "': must be bash or zsh");
        }
        terminal.print(CompletionScript.of(Invocation.complete(terminal), shell));
        return 0;
    }
}
