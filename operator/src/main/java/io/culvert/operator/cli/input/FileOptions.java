package io.culvert.operator.cli.input;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Resource;
import io.culvert.operator.calico.rule.FileCheck;
import java.io.InputStream;
import java.util.List;
import java.util.function.Function;
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
    public Documents documents(InputStream stdin) {
        return read(FileCheck::check, stdin);
    }

    /**
     * The same by kind and name; what else they hold is not checked.
     *
     * @throws Refusal naming every fault, if there is one
     */
    public Documents names(InputStream stdin) {
        return read(FileCheck::name, stdin);
    }

    private Documents read(Function<ObjectNode, Decoded<Resource>> check, InputStream stdin) {
        // picocli's "required" would report this instead of a misspelt flag.
        if (files.isEmpty()) {
            throw Refusal.invalid("missing -f FILE; -f - reads standard input");
        }
        Documents read = Documents.read(files, check, recursive ? Integer.MAX_VALUE : 1, stdin);
        if (!read.faults().isEmpty()) {
            throw Refusal.invalid(read.faults());
        }
        return read;
    }
}
