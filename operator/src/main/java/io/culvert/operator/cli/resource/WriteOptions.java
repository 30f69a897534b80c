package io.culvert.operator.cli.resource;

import io.culvert.operator.cli.connect.EtcdOptions;
import io.culvert.operator.cli.input.Documents;
import io.culvert.operator.cli.input.FileOptions;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.resource.DatastoreLock;
import io.culvert.operator.resource.ResourceStore;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the writing commands share: their options, and the way from files to the datastore. For {@code @Mixin}. */
final class WriteOptions {

    @Mixin
    private FileOptions files = new FileOptions();

    @Mixin
    private EtcdOptions etcd = new EtcdOptions();

    @Option(names = "--dry-run", description = "Check and print what would be done; write nothing.")
    private boolean dryRun;

    /** Where to wait for what was written. */
    EtcdOptions etcd() {
        return etcd;
    }

    /**
     * What came of the documents.
     *
     * @param writes what was written or found unchanged; nothing in a dry run
     * @param exitCode 1 if a document was left out
     */
    record Outcome(List<PlannedWrite> writes, int exitCode) {}

    /**
     * Reads, checks, plans, writes and prints a line for each resource. What Culvert leaves to Calico's tools is left out and
     * named.
     *
     * @throws Refusal if a document may not be written; then none is
     */
    Outcome carryOut(Intent intent, Terminal terminal) {
        Documents read = files.documents(terminal.in());
        try (EtcdConnection connection = etcd.connect()) {
            Writer writer = new Writer(new ResourceStore(connection), intent, terminal);
            WritePlan plan = writer.plan(read.documents());
            List<PlannedWrite> written = new ArrayList<>();
            for (PlannedWrite planned : plan.writes()) {
                if (dryRun) {
                    terminal.print(planned + " (dry run)");
                } else {
                    PlannedWrite write = writer.write(planned);
                    terminal.print(write.toString());
                    written.add(write);
                }
            }
            if (!dryRun) {
                warnOfLock(connection, terminal);
            }
            plan.leftOut().forEach(terminal::error);
            read.skipped().forEach(terminal::error);
            boolean complete = plan.leftOut().isEmpty() && read.skipped().isEmpty();
            return new Outcome(written, complete ? 0 : 1);
        }
    }

    /** The write is in etcd, but may not reach a kernel for a long time. */
    static void warnOfLock(EtcdConnection connection, Terminal terminal) {
        if (new DatastoreLock(connection).isHeld()) {
            terminal.warn(DatastoreLock.LOCKED);
        }
    }
}
