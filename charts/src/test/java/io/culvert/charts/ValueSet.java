package io.culvert.charts;

import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * One file of values, as a user would give it to {@code helm install -f}. Adding a case is adding a file.
 *
 * @param file YAML
 */
record ValueSet(Path file) {

    static final Path CHART = Path.of("culvert");
    private static final Path RESOURCES = Path.of("src/test/resources");
    private static final String EXPECT = "# expect: ";

    /** Those the chart accepts. */
    static List<ValueSet> good() {
        return in("values");
    }

    /** Those it refuses; each says in its first line how. */
    static List<ValueSet> wrong() {
        return in("wrong");
    }

    static ValueSet named(String name) {
        return new ValueSet(RESOURCES.resolve("values").resolve(name + ".yaml"));
    }

    private static List<ValueSet> in(String directory) {
        try (Stream<Path> files = Files.list(RESOURCES.resolve(directory))) {
            return files.sorted().map(ValueSet::new).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the refusal must contain. */
    String expected() throws IOException {
        String first = Files.readAllLines(file).get(0);
        if (!first.startsWith(EXPECT)) {
            throw new IllegalStateException(file + " does not begin with '" + EXPECT + "'");
        }
        return first.substring(EXPECT.length());
    }

    /** The chart's objects as YAML documents. */
    String render() {
        return new Helm(CHART)
                .template()
                .withName("culvert")
                .withNamespace("kube-system")
                .withValuesFile(file)
                .call();
    }

    /** What Helm says after an installation. */
    String notes() {
        String output = new Helm(CHART)
                .install()
                .clientOnly()
                .dryRun()
                .withName("culvert")
                .withNamespace("kube-system")
                .withValuesFile(file)
                .call()
                .getOutput();
        return output.substring(output.indexOf("NOTES:"));
    }

    /** Where the rendered chart is recorded. */
    Path golden() {
        return RESOURCES.resolve("golden").resolve(file.getFileName());
    }

    @Override
    public String toString() {
        return file.getFileName().toString().replace(".yaml", "");
    }
}
