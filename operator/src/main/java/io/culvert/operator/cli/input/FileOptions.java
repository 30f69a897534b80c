package io.culvert.operator.cli.input;

import java.io.InputStream;
import java.util.List;
import picocli.CommandLine.Option;

/** Which resources a command works on, for {@code @Mixin}. */
public final class FileOptions {

    @Option(
            names = {"-f", "--filename"},
            paramLabel = "FILE",
            description =
                    "YAML or JSON file, with several documents or lists; a directory; - for standard input. Repeatable.")
    private List<String> files = List.of();

    @Option(
            names = {"-R", "--recursive"},
            description = "Recurse into subdirectories.")
    private boolean recursive;

    /** Whether any file is named. */
    public boolean given() {
        return !files.isEmpty();
    }

    /**
     * The resources in all files.
     *
     * @throws Refusal naming every fault, if there is one
     */
    public List<Document> documents(InputStream stdin) {
        // picocli's "required" would report this instead of a misspelt flag.
        if (files.isEmpty()) {
            throw Refusal.invalid("missing -f FILE; -f - reads standard input");
        }
        Documents read = Documents.read(files, recursive ? Integer.MAX_VALUE : 1, stdin);
        if (!read.faults().isEmpty()) {
            throw Refusal.invalid(read.faults());
        }
        return read.documents();
    }
}
