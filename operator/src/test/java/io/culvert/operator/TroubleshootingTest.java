package io.culvert.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The messages in docs/troubleshooting.md are the program's own: whoever searches for one finds it. */
final class TroubleshootingTest {

    private static final Path PAGE = Path.of("..", "docs", "troubleshooting.md");
    private static final List<Path> SOURCES = List.of(
            Path.of("..", "reconciler", "src", "main"),
            Path.of("..", "netlink-jni", "src", "main"),
            Path.of("src", "main"));

    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    /** Where a message is put together from several texts. */
    private static final Pattern SEAM = Pattern.compile("…|[;:,] |[()']");

    private static final Pattern CONCATENATION = Pattern.compile("\"\\s*\\+\\s*\"");

    @Test
    void everyMessageIsTheProgramsOwn() throws IOException {
        String sources = sources();
        List<String> unknown = new ArrayList<>();
        for (String text : texts()) {
            if (!sources.contains(text)) {
                unknown.add(text);
            }
        }
        assertThat(unknown).isEmpty();
    }

    /** What is in code in the first column of the tables, without what varies; a single word proves nothing. */
    private static List<String> texts() throws IOException {
        List<String> texts = new ArrayList<>();
        for (String line : Files.readAllLines(PAGE)) {
            if (line.startsWith("| `")) {
                CODE.matcher(line.split("\\|")[1])
                        .results()
                        .map((MatchResult code) -> code.group(1))
                        .flatMap(SEAM::splitAsStream)
                        .map(String::strip)
                        .filter(text -> text.contains(" "))
                        .forEach(texts::add);
            }
        }
        assertThat(texts).hasSizeGreaterThan(30);
        return texts;
    }

    private static String sources() throws IOException {
        StringBuilder sources = new StringBuilder();
        for (Path directory : SOURCES) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.filter(Files::isRegularFile)
                        .filter(file -> !file.toString().endsWith(".class"))
                        .toList()) {
                    sources.append(Files.readString(file)).append('\n');
                }
            }
        }
        return CONCATENATION.matcher(sources).replaceAll("").replace("\\\"", "\"");
    }
}
