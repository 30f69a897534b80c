package io.culvert.reconciler.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every file below {@code scenarios/} is a test; {@link Scenario} says how to read one. {@code -Dscenarios.rewrite=DIR}
 * writes the stories as they really go into that folder, to be read and committed; the test fails all the same.
 */
class ScenarioTest {

    @TestFactory
    Stream<DynamicTest> scenarios() throws IOException, URISyntaxException {
        return files().map(file -> DynamicTest.dynamicTest(name(file), () -> run(file)));
    }

    /** The stories, in the order of their names. */
    static Stream<Path> files() throws IOException, URISyntaxException {
        Path folder = Path.of(Objects.requireNonNull(ScenarioTest.class.getResource("/scenarios"))
                .toURI());
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.sorted().toList();
            assertThat(all).isNotEmpty();
            return all.stream();
        }
    }

    static String name(Path file) {
        return file.getFileName().toString().replace(".txt", "").replace('-', ' ');
    }

    private static void run(Path file) {
        try {
            List<String> lines = Files.readAllLines(file);
            String played = new Scenario().play(lines);
            String rewrite = System.getProperty("scenarios.rewrite");
            if (rewrite != null) {
                Files.writeString(Path.of(rewrite, file.getFileName().toString()), played + "\n");
            }
            assertThat(played).isEqualTo(String.join("\n", lines));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
