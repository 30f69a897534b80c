package io.culvert.charts;

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
    String render() throws IOException {
        return Chart.CULVERT
                .withoutHooks(Path.of("target", "chart", toString()))
                .renderAll(file);
    }

    /** The same with stand-ins for the files of alerts and dashboard, and of a version that no release changes. */
    String renderToRecord() throws IOException {
        return Chart.CULVERT
                .withoutHooks(Path.of("target", "recorded-chart", toString()))
                .with(RESOURCES.resolve("files"))
                .version("1.2.3")
                .renderAll(file);
    }

    List<Manifest> manifests() throws IOException {
        return Manifest.of(render());
    }

    /** The one object of that kind. */
    Manifest manifest(String kind) throws IOException {
        List<Manifest> found = manifests().stream()
                .filter(manifest -> manifest.kind().equals(kind))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError(this + " renders " + found.size() + " objects of kind " + kind);
        }
        return found.get(0);
    }

    /** What Helm says after an installation. */
    String notes() {
        return Chart.CULVERT.notes(file);
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
