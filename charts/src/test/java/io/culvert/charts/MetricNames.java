package io.culvert.charts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Names of metrics: those that an agent serves, and those that a query asks for. */
final class MetricNames {

    /** The operator's tests hold a real agent's answer against it. */
    private static final Path GOLDEN = Path.of("..", "operator", "src", "test", "resources", "metrics.txt");

    private static final Pattern SERIES = Pattern.compile("^[a-zA-Z_:][a-zA-Z0-9_:]*");

    /** Texts, matchers, windows, lists of labels: where names are not those of metrics. */
    private static final Pattern NOT_METRICS = Pattern.compile("\"[^\"]*\"|\\{[^}]*}|\\[[^]]*]"
            + "|\\b(by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)|\\b\\d[\\w.]*");

    private static final Pattern NAME = Pattern.compile("[a-zA-Z_:$][a-zA-Z0-9_:]*(?<call>\\s*\\()?");
    private static final Set<String> WORDS =
            Set.of("and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring", "group_left");

    private MetricNames() {}

    /** The names of all samples an agent serves. */
    static Set<String> served() throws IOException {
        try (var lines = Files.lines(GOLDEN)) {
            return lines.map(SERIES::matcher)
                    .filter(Matcher::find)
                    .map(Matcher::group)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** The names of all metrics that the query asks for. */
    static Set<String> in(String query) {
        Set<String> names = new TreeSet<>();
        Matcher word = NAME.matcher(NOT_METRICS.matcher(query).replaceAll(" "));
        while (word.find()) {
            boolean known = word.group("call") != null || WORDS.contains(word.group());
            if (!known && !word.group().startsWith("$")) {
                names.add(word.group());
            }
        }
        return names;
    }
}
