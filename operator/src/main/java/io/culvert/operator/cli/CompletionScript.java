package io.culvert.operator.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.culvert.operator.calico.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A script that completes culvert's command line, made from picocli's model of it. The words for an option or an argument are
 * its completion candidates, else follow from its label: FILE, NODE, KIND. The script resolves a word in angle brackets.
 */
final class CompletionScript {

    private final Map<String, String> commands = new LinkedHashMap<>();
    private final Map<String, String> options = new LinkedHashMap<>();
    private final Map<String, String> values = new LinkedHashMap<>();
    private final Map<String, String> arguments = new LinkedHashMap<>();

    private CompletionScript(CommandLine culvert) {
        collect("", culvert);
    }

    /** @param shell {@code bash} or {@code zsh} */
    static String of(CommandLine culvert, String shell) {
        return new CompletionScript(culvert).text() + resource("completion." + shell);
    }

    private void collect(String path, CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        if (!command.getSubcommands().isEmpty()) {
            commands.put(path, String.join(" ", command.getSubcommands().keySet()));
        }
        List<String> names = new ArrayList<>();
        for (OptionSpec option : spec.options()) {
            boolean takesValue = option.arity().min() > 0;
            String known = takesValue ? candidates(option) : "";
            for (String name : option.names()) {
                names.add(takesValue ? name + "=" : name);
                if (!known.isEmpty()) {
                    values.put(path + " " + name, known);
                }
            }
        }
        options.put(path, String.join(" ", names));
        for (PositionalParamSpec argument : spec.positionalParameters()) {
            arguments.put(path, candidates(argument));
        }
        command.getSubcommands().forEach((word, sub) -> collect(path.isEmpty() ? word : path + " " + word, sub));
    }

    private static String candidates(ArgSpec argument) {
        List<String> known = new ArrayList<>();
        if (argument.completionCandidates() != null) {
            argument.completionCandidates().forEach(known::add);
        }
        if (!known.isEmpty()) {
            return String.join(" ", known);
        }
        return switch (argument.paramLabel()) {
            case "FILE", "DIRECTORY" -> "<files>";
            case "NODE" -> "<nodes>";
            case "KIND NAME", "KIND [NAME]" -> "<kinds>";
            case "ippool/NAME" -> "<pools>";
            default -> "";
        };
    }

    private String text() {
        String kinds = Arrays.stream(Kind.values())
                .flatMap(kind -> kind.words().stream())
                .collect(Collectors.joining(" "));
        return resource("completion.sh")
                .replace("@COMMANDS@", cases(commands))
                .replace("@OPTIONS@", cases(options))
                .replace("@VALUES@", cases(values))
                .replace("@ARGUMENTS@", cases(arguments))
                .replace("@KINDS@", kinds);
    }

    private static String cases(Map<String, String> answers) {
        return answers.entrySet().stream()
                .filter(answer -> !answer.getValue().isEmpty())
                .map(answer -> "        '" + answer.getKey() + "') echo '" + answer.getValue() + "' ;;")
                .collect(Collectors.joining("\n"));
    }

    private static String resource(String name) {
        try (InputStream in = CompletionScript.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing in this build");
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
