package io.culvert.operator.agent;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code /metrics} answers, in Prometheus' text format, in a shape that does not depend on the moment: families by name,
 * values left out, and of what depends on the machine or the Java only the labels' names.
 */
record MetricsPage(String text) {

    private static final Pattern HEAD = Pattern.compile("# (?:HELP|TYPE) (\\S+) .*");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"(?:[^\"\\\\]|\\\\.)*\"");

    /** Comes with the first garbage collection. */
    private static final String LATE = "jvm_memory_pool_allocated_bytes";

    /** From an answer of HTTP, whose head is left out. */
    static MetricsPage of(String answer) {
        return new MetricsPage(answer.substring(answer.indexOf("\r\n\r\n") + "\r\n\r\n".length()));
    }

    String shape() {
        SortedMap<String, List<String>> heads = new TreeMap<>();
        SortedMap<String, SortedSet<String>> samples = new TreeMap<>();
        String family = "";
        for (String line : text.lines().toList()) {
            Matcher head = HEAD.matcher(line);
            if (head.matches()) {
                family = head.group(1);
                heads.computeIfAbsent(family, first -> new ArrayList<>()).add(line);
            } else {
                samples.computeIfAbsent(family, first -> new TreeSet<>()).add(shapeOf(line));
            }
        }
        heads.keySet().removeIf(name -> name.startsWith(LATE));
        StringBuilder page = new StringBuilder();
        heads.forEach((name, lines) -> {
            lines.forEach(line -> page.append(line).append('\n'));
            samples.getOrDefault(name, Collections.emptySortedSet())
                    .forEach(sample -> page.append(sample).append('\n'));
        });
        return page.toString();
    }

    private static String shapeOf(String sample) {
        String series = sample.substring(0, sample.lastIndexOf(' '));
        return LABEL.matcher(series)
                .replaceAll(label -> isStable(series, label.group(1))
                        ? Matcher.quoteReplacement(label.group())
                        : label.group(1) + "=\"…\"");
    }

    private static boolean isStable(String series, String label) {
        return !series.startsWith("jvm_") && !List.of("le", "version").contains(label);
    }
}
