package io.culvert.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The repository's pages: every link resolves, the README stays short, and users read the field's words. */
final class DocumentationTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Set<String> NOT_OURS = Set.of(".git", "target", "dist", "node_modules");
    private static final int README_LIMIT_BYTES = 9_000;

    private static final Pattern FENCED = Pattern.compile("(?ms)^ *```.*?^ *```$");
    private static final Pattern CODE = Pattern.compile("`[^`\\n]+`");
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?)$");
    private static final Pattern PROMPT = Pattern.compile("(?m)^\\w*\\$ ");
    private static final Pattern UNRELEASED = Pattern.compile("(?ms)^## \\[Unreleased]$.*?(?=^## \\[|\\z)");

    /** Words that a reader has to guess at, and what to write instead. */
    private static final Map<String, String> WORDS = Map.ofEntries(
            Map.entry("wish(es|ed)?", "desired"),
            Map.entry("look(s|ed|ing)?", "observe, read, check, see"),
            Map.entry("told|tells?|telling", "report, say, pass"),
            Map.entry("mend(s|ed|ing)?", "fix, restore, repair"),
            Map.entry("anew", "again, restart"),
            Map.entry("pass(ed|es)? over", "skip, ignore"),
            Map.entry("whatever becomes of", "continue after failures"),
            Map.entry("comes? upon", "find"),
            Map.entry("by hand of", "by"),
            Map.entry("is not to be", "cannot, invalid"),
            Map.entry("beyond all bounds", "out of range"),
            Map.entry("nobody thought of", "unexpected"),
            Map.entry("must stand alone", "cannot be combined"),
            Map.entry("not be asked", "cannot read"),
            Map.entry("dut(y|ies)", "task, name it"),
            Map.entry("patience", "time limit"));

    private static final List<Path> PAGES = files(ROOT, ".md");

    private static final List<Path> TEXTS = Stream.of(
                    files(ROOT.resolve("docs"), ".md"),
                    Stream.of(
                                    "README.md",
                                    "SECURITY.md",
                                    "CONTRIBUTING.md",
                                    "CHANGELOG.md",
                                    "charts/culvert/Chart.yaml",
                                    "charts/culvert/README.md",
                                    "charts/culvert/values.yaml",
                                    "charts/culvert/values.schema.json",
                                    "charts/culvert/templates/NOTES.txt",
                                    "charts/culvert/files/alerts.yaml",
                                    "charts/culvert/files/dashboard.json")
                            .map(ROOT::resolve)
                            .toList())
            .flatMap(List::stream)
            .toList();

    private static List<Path> files(Path directory, String suffix) {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> children = Files.list(directory)) {
            for (Path child : children.sorted().toList()) {
                if (Files.isDirectory(child)) {
                    if (!NOT_OURS.contains(child.getFileName().toString())) {
                        found.addAll(files(child, suffix));
                    }
                } else if (child.toString().endsWith(suffix)) {
                    found.add(child);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    @Test
    void thePagesAreFound() {
        assertThat(PAGES)
                .contains(ROOT.resolve("README.md"), ROOT.resolve("docs/guide.md"), ROOT.resolve("operator/DESIGN.md"));
    }

    @ParameterizedTest
    @FieldSource("PAGES")
    void everyLinkResolves(Path page) throws IOException {
        List<String> broken = new ArrayList<>();
        String prose = CODE.matcher(FENCED.matcher(Files.readString(page)).replaceAll(""))
                .replaceAll("");
        for (MatchResult link : LINK.matcher(prose).results().toList()) {
            String target = link.group(1);
            if (!target.matches("(https?|mailto):.*") && !resolves(page, target)) {
                broken.add(target);
            }
        }
        assertThat(broken).as("links of " + ROOT.relativize(page)).isEmpty();
    }

    private static boolean resolves(Path page, String target) throws IOException {
        int hash = target.indexOf('#');
        String path = hash < 0 ? target : target.substring(0, hash);
        Path file = path.isEmpty() ? page : page.resolveSibling(path).normalize();
        return file.startsWith(ROOT)
                && Files.exists(file)
                && (hash < 0 || anchors(file).contains(target.substring(hash + 1)));
    }

    /** As GitHub makes them of headings: lower case, no punctuation, hyphens for spaces, a number where one is there already. */
    private static Set<String> anchors(Path page) throws IOException {
        Set<String> anchors = new HashSet<>();
        Map<String, Integer> seen = new HashMap<>();
        String text = FENCED.matcher(Files.readString(page)).replaceAll("");
        for (MatchResult heading : HEADING.matcher(text).results().toList()) {
            String slug = heading.group(1)
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N} _-]", "")
                    .replace(' ', '-');
            int before = seen.merge(slug, 1, Integer::sum) - 1;
            anchors.add(before == 0 ? slug : slug + "-" + before);
        }
        return anchors;
    }

    @Test
    void theReadmeIsShort() throws IOException {
        assertThat(Files.size(ROOT.resolve("README.md"))).isLessThanOrEqualTo(README_LIMIT_BYTES);
    }

    @Test
    void theReadmesSamplesAreFromTheDemo() throws IOException {
        Set<String> demo = new HashSet<>();
        Files.readString(ROOT.resolve("docs/demo.md"))
                .lines()
                .map(String::strip)
                .forEach(demo::add);
        List<String> samples = new ArrayList<>();
        for (MatchResult block : FENCED.matcher(Files.readString(ROOT.resolve("README.md")))
                .results()
                .toList()) {
            if (PROMPT.matcher(block.group()).find()) {
                block.group()
                        .lines()
                        .filter(line -> !line.matches("```|#.*| *"))
                        .forEach(samples::add);
            }
        }
        assertThat(samples).hasSizeGreaterThan(10).isSubsetOf(demo);
    }

    @ParameterizedTest
    @FieldSource("TEXTS")
    void theWordsAreTheFields(Path file) throws IOException {
        String text = Files.readString(file);
        String read = file.endsWith("CHANGELOG.md") ? unreleased(text) : text;
        List<String> found = new ArrayList<>();
        WORDS.forEach((word, instead) -> Pattern.compile("(?i)\\b(?:" + word.replace(" ", "\\s+") + ")\\b")
                .matcher(read)
                .results()
                .forEach(match -> found.add(around(read, match) + "   write: " + instead)));
        assertThat(found).as("words in " + ROOT.relativize(file)).isEmpty();
    }

    private static String unreleased(String changelog) {
        List<String> sections =
                UNRELEASED.matcher(changelog).results().map(MatchResult::group).toList();
        assertThat(sections).as("sections [Unreleased] of CHANGELOG.md").hasSize(1);
        return sections.get(0);
    }

    private static String around(String text, MatchResult match) {
        int from = text.lastIndexOf('\n', match.start()) + 1;
        int to = text.indexOf('\n', match.end());
        return text.substring(from, to < 0 ? text.length() : to).strip();
    }
}
