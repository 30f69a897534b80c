package io.culvert.operator.cli.terminal;

import io.culvert.operator.calico.Spelling;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A form in which resources are shown. */
public enum Format {
    TABLE,
    WIDE,
    YAML,
    JSON,
    NAME;

    /** Reads a format in lower case; {@code ps} is calicoctl's word for the table. */
    public static final class Converter implements ITypeConverter<Format> {
        @Override
        public Format convert(String text) {
            String word = text.equals("ps") ? "table" : text;
            return Arrays.stream(values())
                    .filter(format -> format.name().toLowerCase(Locale.ROOT).equals(word))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("'" + text + "' is not wide, yaml, json or name"
                            + Spelling.hint(text, List.of("wide", "yaml", "json", "name"))));
        }
    }
}
