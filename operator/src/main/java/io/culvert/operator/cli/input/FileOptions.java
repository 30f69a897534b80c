package io.culvert.operator.cli.input;

import java.io.InputStream;
import java.util.List;
import picocli.CommandLine.Option;

/** Which resources a command works on, for {@code @Mixin}. */
public final class FileOptions {

    @Option(
            names = {"-f", "--filename"},
            paramLabel = "FILE",
            description = "YAML or JSON; several documents and lists; a directory; - is standard input. Repeatable.")
    private List<String> files = List.of();

    @Option(
            names = {"-R", "--recursive"},
            description = "Read the directories in a directory too.")
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
        // Not by picocli's "required", which would hide a misspelt flag behind a missing one.
        if (files.isEmpty()) {
            throw Refusal.invalid("name what to read: -f FILE, or -f - for standard input");
        }
        Documents read = Documents.read(files, recursive ? Integer.MAX_VALUE : 1, stdin);
        if (!read.faults().isEmpty()) {
            throw Refusal.invalid(read.faults());
        }
        return read.documents();
    }
}
