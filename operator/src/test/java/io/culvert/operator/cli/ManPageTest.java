package io.culvert.operator.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.Voice;
import io.culvert.operator.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The manual page as a reader sees it: set by the real {@code groff}. */
class ManPageTest {

    private static final CommandLine CULVERT = Invocation.complete(Terminal.ofProcess());

    @TempDir
    private Path directory;

    private String set(String... options) throws IOException, InterruptedException {
        Path page = Files.writeString(directory.resolve("culvert.8"), ManPage.of(CULVERT, "1.2.3"));
        List<String> command = new ArrayList<>(List.of("groff", "-man", "-Tascii", "-rLL=400n"));
        command.addAll(List.of(options));
        command.add(page.toString());
        Process groff = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(groff.getInputStream().readAllBytes(), UTF_8);
        assertThat(groff.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void namesEveryCommandAndEveryFlagWithWhatTheHelpSays() throws IOException, InterruptedException {
        String page = set("-P-cbou").replaceAll("\\s+", " ");

        assertThat(page).contains("NAME culvert - IP-in-IP overlays", "Culvert 1.2.3", "Exit codes: 0 done");
        CULVERT.getSubcommands().values().forEach(command -> assertNamed(page, command));
    }

    private static void assertNamed(String page, CommandLine command) {
        String name = command.getCommandSpec().qualifiedName();
        assertThat(page)
                .contains(name + " " + command.getHelp().synopsis(0).strip().replaceAll("\\s+", " "))
                .doesNotContain("${");
        for (OptionSpec option : command.getCommandSpec().options()) {
            assertThat(page).as(name).contains(option.names());
            if (!option.inherited()) {
                assertThat(page)
                        .as(name)
                        .contains(String.join(" ", option.description()).replaceAll("\\s+", " "));
            }
        }
        command.getSubcommands().values().forEach(sub -> assertNamed(page, sub));
    }

    @Test
    void isInTheWordsOfNetworkEngineers() {
        assertThat(Voice.faults("culvert.8", ManPage.of(CULVERT, "1.2.3"))).isEmpty();
    }

    @Test
    void isWhatTheFormatterUnderstands() throws IOException, InterruptedException {
        assertThat(set("-ww", "-z")).isEmpty();
    }
}
