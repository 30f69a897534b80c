package io.culvert.operator.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.cli.terminal.Version;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The manual page culvert(8), in the language of man(7), with the text of {@code --help}, from picocli's model of the commands.
 * The build runs it.
 */
public final class ManPage {

    private static final String FILES = """
            .SH FILES
            .TP
            .I /etc/culvert/culvert.env
            Environment of the service, one NAME=VALUE per line: the variables named above.
            .TP
            .I /etc/calico/calicoctl.cfg
            Connection to etcd in calicoctl's format. If this file exists, commands ignore the etcd variables of the environment.
            .TP
            .I /var/lib/culvert
            Persistent state: the last snapshot of etcd, the host's original sysctl values, the route protocols and device names used.
            .SH SEE ALSO
            .BR ip\\-route (8),
            .BR nft (8),
            .BR systemctl (1)
            """;

    private final List<String> lines = new ArrayList<>();

    private ManPage() {}

    /** Prints the page. */
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, UTF_8);
        out.print(of(Invocation.complete(Terminal.ofProcess()), Version.text()));
    }

    static String of(CommandLine culvert, String version) {
        ManPage page = new ManPage();
        page.begin(culvert, version);
        culvert.getSubcommands().values().forEach(page::command);
        return String.join("\n", page.lines) + "\n" + FILES;
    }

    private void begin(CommandLine culvert, String version) {
        CommandSpec spec = culvert.getCommandSpec();
        lines.add(".TH CULVERT 8 \"\" \"Culvert " + text(version) + "\"");
        lines.add(".SH NAME");
        lines.add("culvert \\- " + text(String.join(" ", spec.usageMessage().description())));
        lines.add(".SH SYNOPSIS");
        lines.add(".B culvert");
        lines.add(".I COMMAND");
        lines.add("[ARGUMENT]...");
        lines.add(".SH DESCRIPTION");
        examples(spec);
        options(spec);
        lines.add(".SH COMMANDS");
    }

    private void command(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        lines.add(".SS " + text(spec.qualifiedName()));
        lines.add(".nf");
        lines.add(text(command.getHelp().synopsis(0).strip()));
        lines.add(".fi");
        for (String paragraph : spec.usageMessage().description()) {
            lines.add(".PP");
            lines.add(text(paragraph));
        }
        for (PositionalParamSpec argument : spec.positionalParameters()) {
            described("\\fI" + text(argument.paramLabel()) + "\\fR", argument.description());
        }
        options(spec);
        examples(spec);
        command.getSubcommands().values().forEach(this::command);
    }

    /** The options of this command alone; those of all commands are listed once. */
    private void options(CommandSpec spec) {
        for (OptionSpec option : spec.options()) {
            if (!option.inherited()) {
                described(names(option), option.description());
            }
        }
    }

    private static String names(OptionSpec option) {
        String value = option.arity().max() == 0 ? "" : "=\\fI" + text(option.paramLabel()) + "\\fR";
        return Arrays.stream(option.names())
                .map(name -> "\\fB" + text(name) + "\\fR")
                .collect(Collectors.joining(
                        ", ", "", option.arity().min() > 0 || value.isEmpty() ? value : "[" + value + "]"));
    }

    private void described(String what, String[] description) {
        lines.add(".TP");
        lines.add(what);
        lines.add(text(String.join(" ", description)));
    }

    private void examples(CommandSpec spec) {
        lines.add(".PP");
        lines.add(".nf");
        for (String line : spec.usageMessage().footer()) {
            lines.add(text(line));
        }
        lines.add(".fi");
    }

    /** A line of text in which nothing is a request or an escape. */
    private static String text(String line) {
        String plain =
                line.replace("%n", "\n").replace("%%", "%").replace("\\", "\\e").replace("-", "\\-");
        return plain.lines()
                .map(part -> part.startsWith(".") || part.startsWith("'") ? "\\&" + part : part)
                .collect(Collectors.joining("\n"));
    }
}
