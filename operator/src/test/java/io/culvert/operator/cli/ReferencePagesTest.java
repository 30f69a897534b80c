package io.culvert.operator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The pages on commands and configuration: they name what there is, and show what other tests record. */
class ReferencePagesTest {

    private static final Path PAGES = Path.of("..", "docs");
    private static final CommandLine CULVERT = Invocation.complete(Terminal.ofProcess());
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    /** What is in code in the first column of the table below a heading. */
    private static Set<String> rows(String page, String heading) throws IOException {
        String text = Files.readString(PAGES.resolve(page));
        return text.substring(text.indexOf("\n## " + heading + "\n"))
                .lines()
                .dropWhile(line -> !line.startsWith("|"))
                .takeWhile(line -> line.startsWith("|"))
                .flatMap(line -> CODE.matcher(line.split("(?<!\\\\)\\|")[1]).results())
                .map((MatchResult code) -> code.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void configurationNamesEveryFlagOfTheAgent() throws IOException {
        Set<String> flags = new TreeSet<>();
        for (OptionSpec option :
                CULVERT.getSubcommands().get("agent").getCommandSpec().options()) {
            flags.add(option.longestName());
        }
        flags.remove("--help");

        assertThat(rows("configuration.md", "Agent")).isEqualTo(flags);
    }

    @Test
    void commandsAreNamedInTheOverview() throws IOException {
        Set<String> named = rows("cli.md", "Overview").stream()
                .map(code -> code.split(" ", -1)[0])
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(named).isEqualTo(new TreeSet<>(CULVERT.getSubcommands().keySet()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"diff/cross-subnet.txt", "explain/field.txt", "explain/tunnel.txt"})
    void samplesAreWhatTheCommandsPrint(String recording) throws IOException {
        String recorded =
                Files.readString(Path.of("src/test/resources", recording)).replaceFirst("exit \\d+\\n$", "");

        assertThat(Files.readString(PAGES.resolve("cli.md"))).contains(recorded + "```\n");
    }
}
