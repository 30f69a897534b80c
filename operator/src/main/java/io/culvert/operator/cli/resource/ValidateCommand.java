package io.culvert.operator.cli.resource;

import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.rule.FileCheck;
import io.culvert.operator.cli.input.Document;
import io.culvert.operator.cli.input.Documents;
import io.culvert.operator.cli.input.FileOptions;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.terminal.Terminal;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code culvert validate}. */
@Command(
        name = "validate",
        description = {
            "Check resources in files, without a datastore.",
            "Checks every rule that concerns a single document. Prints all faults, one per line, and exits with 2.",
            "Names resources of Calico's other kinds and exits with 1."
        },
        footer = {"", "Examples:", "  culvert validate -f pools/", "  cat pool.yaml | culvert validate -f -"})
public final class ValidateCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private FileOptions files = new FileOptions();

    public ValidateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Documents read = files.documents(terminal.in());
        if (!read.faultsOfFilesAlone().isEmpty()) {
            throw Refusal.invalid(read.faultsOfFilesAlone());
        }
        for (Document document : read.documents()) {
            List<Fault> unsupported = FileCheck.unsupported(document.resource());
            unsupported.forEach(fault -> terminal.warn(document.report(fault)));
            if (unsupported.isEmpty()) {
                terminal.print(document.title() + " valid");
            }
        }
        read.skipped().forEach(terminal::error);
        return read.skipped().isEmpty() ? 0 : 1;
    }
}
