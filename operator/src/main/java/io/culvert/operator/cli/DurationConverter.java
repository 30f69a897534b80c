package io.culvert.operator.cli;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Durations as Calico and Go write them: {@code 60s}, {@code 1m30s}, {@code 1.5h}, {@code 500ms}. */
public final class DurationConverter implements ITypeConverter<Duration> {

    private static final Pattern WHOLE = Pattern.compile("(\\d{1,9}(\\.\\d{1,9})?(ms|s|m|h))+|0");
    private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|s|m|h)");
    private static final Map<String, Double> MILLISECONDS = Map.of("ms", 1.0, "s", 1e3, "m", 60e3, "h", 3600e3);

    @Override
    public Duration convert(String text) {
        if (!WHOLE.matcher(text).matches()) {
            throw new TypeConversionException("'" + text + "' is not a duration such as 60s or 1m30s");
        }
        double milliseconds = 0;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            milliseconds += Double.parseDouble(part.group(1)) * MILLISECONDS.getOrDefault(part.group(2), 0.0);
        }
        return Duration.ofMillis(Math.round(milliseconds));
    }
}
