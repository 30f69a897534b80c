package io.culvert.operator.cli;

import picocli.CommandLine.Option;

/** Text for people or JSON for programs, for {@code @Mixin} in commands that know no other format. */
final class JsonOption {

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            defaultValue = "table",
            converter = Format.Converter.class,
            completionCandidates = Candidates.Json.class,
            description = "json; without it text.")
    private Format format = Format.TABLE;

    /**
     * Whether JSON is asked for.
     *
     * @throws Refusal if another format is
     */
    boolean json() {
        if (format != Format.TABLE && format != Format.JSON) {
            throw Refusal.invalid("-o takes json here");
        }
        return format == Format.JSON;
    }
}
