package io.culvert.operator.cli.ipam;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.cli.connect.EtcdOptions;
import io.culvert.operator.cli.input.JsonOption;
import io.culvert.operator.cli.terminal.JsonOutput;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.ipam.IpamReader;
import io.culvert.operator.ipam.check.Finding;
import io.culvert.operator.ipam.check.IpamCheck;
import io.culvert.operator.ipam.check.IpamPicture;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code culvert ipam check}. */
@Command(
        name = "check",
        description = {
            "Find inconsistencies between pools, nodes, blocks, claims, handles and tunnel addresses.",
            "Prints one line each: rule, etcd key, what is wrong, what to do. Changes nothing. Reports only what is still"
                    + " inconsistent half a second later, since writes in flight are inconsistent for a moment."
        },
        footer = {
            "",
            "Exit codes: 0 consistent; 1 inconsistent, or etcd cannot be read; 2 bad usage.",
            "",
            "Examples:",
            "  culvert ipam check",
            "  culvert ipam check -o json"
        })
public final class IpamCheckCommand implements Callable<Integer> {

    private static final long MOMENT_NANOS = 500_000_000;

    private final Terminal terminal;

    @Mixin
    private JsonOption output = new JsonOption();

    @Mixin
    private EtcdOptions etcd = new EtcdOptions();

    public IpamCheckCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        boolean json = output.json();
        Checked checked;
        try (EtcdConnection connection = etcd.connect()) {
            checked = check(connection);
            if (!checked.findings.isEmpty()) {
                checked = stillThere(checked, connection);
            }
        }
        if (json) {
            ObjectNode root = IpamJson.document(checked.revision);
            IpamJson.addFindings(root, checked.findings);
            JsonOutput.lines(root).forEach(terminal::print);
        } else {
            print(checked);
        }
        return checked.findings.isEmpty() ? 0 : 1;
    }

    private record Checked(long revision, IpamPicture picture, List<Finding> findings) {}

    private static Checked check(EtcdConnection connection) {
        IpamPicture picture = new IpamPicture();
        long revision = new IpamReader(connection).read(picture::put);
        return new Checked(revision, picture, IpamCheck.check(picture));
    }

    private static Checked stillThere(Checked before, EtcdConnection connection) {
        long end = System.nanoTime() + MOMENT_NANOS;
        while (end - System.nanoTime() > 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
        Checked now = check(connection);
        Set<String> earlier =
                before.findings.stream().map(IpamCheckCommand::place).collect(Collectors.toSet());
        List<Finding> lasting = now.findings.stream()
                .filter(finding -> earlier.contains(place(finding)))
                .toList();
        return new Checked(now.revision, now.picture, lasting);
    }

    private static String place(Finding finding) {
        return finding.rule() + " " + finding.key();
    }

    private void print(Checked checked) {
        for (Finding finding : checked.findings) {
            terminal.print(terminal.red(finding.rule() + ":") + " "
                    + finding.toString().substring(finding.rule().toString().length() + 2));
        }
        String seen = checked.picture.pools().size() + " pools, "
                + checked.picture.nodes().size() + " nodes, "
                + checked.picture.blocks().size() + " blocks at revision " + checked.revision;
        int count = checked.findings.size();
        terminal.print(
                count == 0
                        ? "consistent: " + seen
                        : (count == 1 ? "1 inconsistency: " : count + " inconsistencies: ") + seen);
    }
}
