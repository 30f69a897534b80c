package io.culvert.operator.cli.input;

import io.culvert.operator.cli.terminal.Format;
import picocli.CommandLine.Option;

/** How a command shows resources, for {@code @Mixin}. */
public final class OutputOptions {

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            converter = Format.Converter.class,
            completionCandidates = Candidates.ResourceFormats.class,
            description = "Output format: wide, yaml, json or name (default table).")
    private Format format = Format.TABLE;

    @Option(names = "--no-headers", description = "Omit the table header.")
    private boolean noHeaders;

    public Format format() {
        return format;
    }

    /** Whether what is shown is text in rows, not documents. */
    public boolean tabular() {
        return format == Format.TABLE || format == Format.WIDE;
    }

    /** Whether tables have a heading. */
    public boolean headers() {
        return !noHeaders;
    }
}
