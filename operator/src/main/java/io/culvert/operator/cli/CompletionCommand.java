package io.culvert.operator.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code culvert completion}. */
@Command(
        name = "completion",
        description = "Print a script that lets the shell complete commands and options.",
        footer = {
            "",
            "Examples:",
            "  source <(culvert completion bash)",
            "  culvert completion zsh > ~/.culvert.zsh; source ~/.culvert.zsh"
        })
final class CompletionCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "bash or zsh")
    private String shell = "";

    CompletionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (!shell.equals("bash") && !shell.equals("zsh")) {
            throw Refusal.invalid("'" + shell + "' is neither bash nor zsh");
        }
        // One script serves both: picocli's makes zsh load its emulation of bash's completion.
        terminal.print(AutoComplete.bash("culvert", spec.root().commandLine()));
        return 0;
    }
}
