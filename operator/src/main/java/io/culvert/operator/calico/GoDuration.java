package io.culvert.operator.calico;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Calico and Go write them: {@code 60s}, {@code 1m30s}, {@code 1.5h}, {@code 500ms}. */
public final class GoDuration {

    private static final Pattern WHOLE = Pattern.compile("(\\d{1,9}(\\.\\d{1,9})?(ns|us|µs|ms|s|m|h))+|0");
    private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|µs|ms|s|m|h)");
    private static final Map<String, Double> MILLISECONDS =
            Map.of("ns", 1e-6, "us", 1e-3, "µs", 1e-3, "ms", 1.0, "s", 1e3, "m", 60e3, "h", 3600e3);

    private GoDuration() {}

    /**
     * The duration, to the millisecond; never negative.
     *
     * @throws IllegalArgumentException with the rule, if the text is none
     */
    public static Duration parse(String text) {
        if (!WHOLE.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a duration such as 60s or 1m30s");
        }
        double milliseconds = 0;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            milliseconds += Double.parseDouble(part.group(1)) * MILLISECONDS.getOrDefault(part.group(2), 0.0);
        }
        return Duration.ofMillis(Math.round(milliseconds));
    }
}
