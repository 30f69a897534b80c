package io.culvert.operator.cli.input;

import io.culvert.operator.cli.terminal.Format;
import picocli.CommandLine.Option;

/** Text for people or JSON for programs, for {@code @Mixin} in commands that know no other format. */
public final class JsonOption {

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            converter = Format.Converter.class,
            completionCandidates = Candidates.Json.class,
            description = "Output format: json (default text).")
    private Format format = Format.TABLE;

    /**
     * Whether JSON is asked for.
     *
     * @throws Refusal if another format is
     */
    public boolean json() {
        if (format != Format.TABLE && format != Format.JSON) {
            throw Refusal.invalid("-o must be json here");
        }
        return format == Format.JSON;
    }
}
