package io.culvert.operator.cli.explain;

import io.culvert.operator.calico.field.FieldPath;
import io.culvert.operator.cli.input.JsonOption;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.node.NodeOptions;
import io.culvert.operator.cli.terminal.AgentLog;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code culvert explain}. */
@Command(
        name = "explain",
        description = {
            "Explain how a node reaches an address and why, or what a field of a resource means.",
            "For an address: one sentence, then pool, block, owner, subnets, next hop, device, outer addresses, MTU, NAT."
                    + " If the sending node is this host, also what its kernel holds and whether that agrees."
                    + " Writes nothing."
        },
        footer = {
            "",
            "Examples:",
            "  culvert explain 192.168.1.77",
            "  culvert explain 192.168.1.77 --from n2",
            "  culvert explain 192.168.0.0/16 --from n2",
            "  culvert explain ippool.spec",
            "  culvert explain ippool.spec.ipipMode"
        })
public final class ExplainCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Parameters(paramLabel = "ADDRESS|FIELD", description = "IPv4 address or prefix, or KIND[.FIELD...].")
    private String subject = "";

    @Option(
            names = "--from",
            paramLabel = "NODE",
            defaultValue = "",
            description = "Sending node (default: this host).")
    private String from = "";

    @Mixin
    private JsonOption output = new JsonOption();

    @Mixin
    private NodeOptions node = new NodeOptions();

    public ExplainCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        boolean json = output.json();
        if (FieldPath.isMeantBy(subject)) {
            FieldView view = new FieldView(field(subject));
            (json ? view.json() : view.lines()).forEach(terminal::print);
        } else {
            Prefix asked = asked(subject);
            AgentLog.silence();
            AddressView view = new AddressView(AddressLookup.of(node.config(), from, asked));
            (json ? view.json() : view.lines()).forEach(terminal::print);
        }
        return 0;
    }

    private static FieldPath field(String text) {
        try {
            return FieldPath.parse(text);
        } catch (IllegalArgumentException unknown) {
            throw Refusal.invalid(String.valueOf(unknown.getMessage()));
        }
    }

    private static Prefix asked(String text) {
        try {
            return text.indexOf('/') < 0 ? Prefix.host(Address.parse(text)) : Prefix.parse(text);
        } catch (IllegalArgumentException malformed) {
            throw Refusal.invalid(String.valueOf(malformed.getMessage()));
        }
    }
}
