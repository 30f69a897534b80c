package io.culvert.operator.cli;

import io.culvert.operator.calico.Spelling;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.reconcile.FatalException;
import java.lang.reflect.Constructor;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Runs one command line in this process. */
public final class Invocation {

    private static final String EXIT_CODES = "Exit codes:";

    private Invocation() {}

    /**
     * Parses, runs and reports. Blocks until the command is done.
     *
     * @return the exit code: 0 done, 1 failed or differs, 2 bad usage or invalid input
     */
    public static int run(Terminal terminal, String... arguments) {
        int exitCode = commandLine(terminal, named(arguments)).execute(arguments);
        terminal.out().flush();
        terminal.err().flush();
        return exitCode;
    }

    /** With all subcommands, for the manual page and the completion. */
    static CommandLine complete(Terminal terminal) {
        return commandLine(terminal, EnumSet.allOf(Subcommand.class));
    }

    /** Only the subcommand that is named, if one is: reading the annotations of all commands costs more than most commands do. */
    private static Set<Subcommand> named(String... arguments) {
        return Arrays.stream(arguments)
                .findFirst()
                .flatMap(Subcommand::called)
                .map(EnumSet::of)
                .orElseGet(() -> EnumSet.allOf(Subcommand.class));
    }

    private static CommandLine commandLine(Terminal terminal, Set<Subcommand> subcommands) {
        TerminalFactory factory = new TerminalFactory(terminal);
        CommandLine culvert = new CommandLine(new CulvertCommand(), factory);
        subcommands.forEach(command -> culvert.addSubcommand(command.word(), new CommandLine(command.type(), factory)));
        culvert.setOut(terminal.out());
        culvert.setErr(terminal.err());
        culvert.setColorScheme(CommandLine.Help.defaultColorScheme(terminal.colours() ? Ansi.ON : Ansi.OFF));
        culvert.setUsageHelpAutoWidth(false);
        culvert.setUsageHelpWidth(100);
        nameExitCodes(culvert);
        culvert.setParameterExceptionHandler((wrong, words) -> misused(terminal, wrong));
        culvert.setExecutionExceptionHandler((failure, command, result) -> failed(terminal, failure));
        return culvert;
    }

    /** At the end of a command's help and of its subcommands', unless it has codes of its own to explain. */
    private static void nameExitCodes(CommandLine command) {
        command.getSubcommands().values().forEach(Invocation::nameExitCodes);
        UsageMessageSpec usage = command.getCommandSpec().usageMessage();
        if (String.join("", usage.footer()).contains(EXIT_CODES)) {
            return;
        }
        usage.footer(Stream.concat(
                        Arrays.stream(usage.footer()),
                        Stream.of(
                                "",
                                EXIT_CODES
                                        + " 0 done; 1 failed or differs; 2 bad usage or invalid input, nothing was written."))
                .toArray(String[]::new));
    }

    private static int misused(Terminal terminal, ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        terminal.error(fault(wrong, command));
        terminal.err().println("see " + command.getCommandSpec().qualifiedName() + " --help");
        return 2;
    }

    private static String fault(ParameterException wrong, CommandLine command) {
        if (!(wrong instanceof UnmatchedArgumentException unmatched)) {
            return oneLine(String.valueOf(wrong.getMessage()));
        }
        String given = unmatched.getUnmatched().get(0);
        boolean option = given.startsWith("-");
        // A misspelt option's value may be a secret.
        String word = option ? given.replaceFirst("=.*", "") : given;
        boolean subcommand = !option && !command.getSubcommands().isEmpty();
        Collection<String> known = option
                ? command.getCommandSpec().optionsMap().keySet()
                : command.getSubcommands().keySet();
        String what = option ? "unknown option " : subcommand ? "unknown command " : "unexpected argument ";
        return what + "'" + oneLine(word) + "'"
                + Spelling.nearest(word, known)
                        .or(() -> known.stream()
                                .filter(name -> name.startsWith(word))
                                .findFirst())
                        .map(Spelling::question)
                        .orElse("");
    }

    private static int failed(Terminal terminal, Exception failure) throws Exception {
        if (failure instanceof Refusal refusal) {
            refusal.lines().forEach(terminal::error);
            return refusal.exitCode();
        }
        if (failure instanceof DatastoreException datastore) {
            terminal.error(oneLine(String.valueOf(datastore.getMessage())));
            return 1;
        }
        if (failure instanceof FatalException || failure instanceof KernelException) {
            terminal.error(oneLine(String.valueOf(failure.getMessage())));
            return 1;
        }
        throw failure;
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ");
    }

    /** Gives a terminal to every command that takes one. */
    private record TerminalFactory(Terminal terminal) implements CommandLine.IFactory {

        @Override
        public <K> K create(Class<K> type) throws Exception {
            for (Constructor<?> constructor : type.getDeclaredConstructors()) {
                if (constructor.getParameterCount() == 1 && constructor.getParameterTypes()[0] == Terminal.class) {
                    return type.cast(constructor.newInstance(terminal));
                }
            }
            return CommandLine.defaultFactory().create(type);
        }
    }
}
