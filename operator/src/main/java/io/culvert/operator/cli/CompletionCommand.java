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
            "Print a script that lets the shell complete commands, options, their values, kinds and names.",
            "Names of pools and nodes are asked of etcd while you type, with the connection flags already on the line."
        },
        footer = {
            "",
            "Examples:",
            "  source <(culvert completion bash)",
            "  culvert completion zsh > ~/.culvert.zsh; source ~/.culvert.zsh"
        })
public final class CompletionCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Parameters(paramLabel = "SHELL", completionCandidates = Candidates.Shells.class, description = "bash or zsh")
    private String shell = "";

    public CompletionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (!shell.equals("bash") && !shell.equals("zsh")) {
            throw Refusal.invalid("'" + shell + "' is neither bash nor zsh");
        }
        terminal.print(CompletionScript.of(Invocation.complete(terminal), shell));
        return 0;
    }
}
