package io.culvert.operator.cli.node;

import io.culvert.operator.calico.GoDuration;
import io.culvert.operator.calico.ResourceHeader;
import io.culvert.operator.cli.connect.EtcdFlags;
import io.culvert.operator.cli.connect.EtcdSettings;
import io.culvert.operator.cli.input.Candidates;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.node.AgentConfig;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.node.AddressOrigin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of the commands that act on this host's kernel, for {@code @Mixin}. */
public final class NodeOptions {

    private static final int MIN_MTU_BYTES = 68;
    private static final int MAX_MTU_BYTES = 65_535;
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    /** Calico's variable. */
    private static final String KUBERNETES_NODE = "CALICO_K8S_NODE_REF";

    @Mixin
    private EtcdFlags etcd = new EtcdFlags();

    @Option(
            names = "--node-name",
            paramLabel = "NAME",
            defaultValue = "${env:NODENAME:-}",
            description = "Name of this node (default: the host name in lower case). [NODENAME]")
    private String nodeName = "";

    @Option(
            names = "--node-address",
            paramLabel = "ADDRESS",
            defaultValue = "${env:IP:-}",
            description = {
                "Address at which peers reach this node, with prefix length, such as 10.0.1.11/24",
                "(default autodetect: the one that goes with the default route; none: the one in etcd). [IP]"
            })
    private String nodeAddress = "";

    @Option(
            names = "--tunnel-device",
            paramLabel = "NAME",
            defaultValue = "${env:CULVERT_TUNNEL_DEVICE:-culvert0}",
            description = "Name of the tunnel device (default culvert0). [CULVERT_TUNNEL_DEVICE]")
    private String tunnelDevice = "";

    @Option(
            names = "--mtu",
            paramLabel = "BYTES",
            defaultValue = "${env:CULVERT_MTU:-auto}",
            description = {
                "MTU of the tunnel device (default auto: ipipMTU of the FelixConfiguration, else the least MTU on the way",
                "to other nodes minus 20). [CULVERT_MTU]"
            })
    private String mtu = "";

    @Option(
            names = "--route-protocol",
            paramLabel = "NUMBER",
            defaultValue = "${env:CULVERT_ROUTE_PROTOCOL:-}",
            description = {
                "Protocol number of Culvert's routes and next hops, 5 to 255 (default 90).",
                "deviceRouteProtocol of the FelixConfiguration replaces the default. [CULVERT_ROUTE_PROTOCOL]"
            })
    private String routeProtocol = "";

    @Option(
            names = "--block-claims",
            paramLabel = "WHO",
            completionCandidates = Candidates.BlockClaims.class,
            defaultValue = "${env:CULVERT_BLOCK_CLAIMS:-auto}",
            description = {
                "Claims on blocks: auto claims one block per selecting pool, observe leaves claims to another IPAM",
                "(default auto). [CULVERT_BLOCK_CLAIMS]"
            })
    private String blockClaims = "";

    @Option(
            names = "--listen",
            paramLabel = "ADDRESS:PORT",
            defaultValue = "${env:CULVERT_LISTEN:-0.0.0.0:9474}",
            description = "Listen address for metrics and health (default 0.0.0.0:9474). [CULVERT_LISTEN]")
    private String listen = "";

    @Option(
            names = "--resync-period",
            paramLabel = "DURATION",
            defaultValue = "${env:CULVERT_RESYNC_PERIOD:-}",
            description = {
                "Full resync interval (default 60s).",
                "routeRefreshInterval of the FelixConfiguration replaces the default. [CULVERT_RESYNC_PERIOD]"
            })
    private String resyncPeriod = "";

    @Option(
            names = "--forward-rules",
            paramLabel = "BOOLEAN",
            completionCandidates = Candidates.Booleans.class,
            defaultValue = "${env:CULVERT_FORWARD_RULES:-true}",
            description = {
                "Accept the pools' traffic where the policy of iptables' FORWARD chain is drop (default true).",
                "[CULVERT_FORWARD_RULES]"
            })
    private String forwardRules = "";

    @Option(
            names = "--state-dir",
            paramLabel = "DIRECTORY",
            defaultValue = "${env:CULVERT_STATE_DIR:-/var/lib/culvert}",
            description = "Directory for persistent state (default /var/lib/culvert). [CULVERT_STATE_DIR]")
    private Path stateDirectory = Path.of("");

    /** @throws Refusal naming the flag, the value and the rule */
    public AgentConfig config() {
        int colon = listen.lastIndexOf(':');
        if (colon < 1) {
            throw Refusal.invalid("--listen '" + listen + "' is not ADDRESS:PORT, such as 0.0.0.0:9474");
        }
        if (!tunnelDevice.matches("[A-Za-z0-9_.-]{1,15}")) {
            throw Refusal.invalid("--tunnel-device '" + tunnelDevice
                    + "' is not a device name: 1 to 15 letters, digits, '_', '.' or '-'");
        }
        return new AgentConfig(
                nodeName.isEmpty() ? hostName() : nodeName,
                addressOrigin(),
                address(),
                etcd.settings()
                        .orElse(EtcdSettings.ofEnvironment(System.getenv()))
                        .config(),
                tunnelDevice,
                tunnelMtu(),
                routeProtocol(),
                claimsBlocks(),
                listen.substring(0, colon),
                port(listen.substring(colon + 1)),
                resyncPeriod(),
                forwardRules(),
                stateDirectory,
                Optional.ofNullable(System.getenv(KUBERNETES_NODE)).filter(name -> !name.isEmpty()));
    }

    /** The same for an agent, which writes the name into etcd. */
    AgentConfig agentConfig() {
        AgentConfig config = config();
        ResourceHeader.nameFault(config.nodeName()).ifPresent(fault -> {
            throw Refusal.invalid((nodeName.isEmpty()
                            ? "this host's name '" + config.nodeName()
                                    + "' cannot name a node: set --node-name (NODENAME); a"
                            : "--node-name (NODENAME) '" + config.nodeName() + "': a")
                    + " node name " + fault);
        });
        return config;
    }

    /** From the kernel: Java would ask a name service first. */
    private static String hostName() {
        try {
            return Files.readString(HOST_NAME).strip().toLowerCase(Locale.ROOT);
        } catch (IOException e) {
            throw Refusal.invalid("cannot read this host's name (" + e + "); set --node-name");
        }
    }

    /** The words are calico/node's for the variable IP. */
    private AddressOrigin addressOrigin() {
        return switch (nodeAddress) {
            case "", "autodetect" -> AddressOrigin.DETECTED;
            case "none" -> AddressOrigin.REGISTERED;
            default -> AddressOrigin.FIXED;
        };
    }

    private Optional<InterfaceAddress> address() {
        if (addressOrigin() != AddressOrigin.FIXED) {
            return Optional.empty();
        }
        try {
            return Optional.of(InterfaceAddress.parse(nodeAddress));
        } catch (IllegalArgumentException e) {
            throw Refusal.invalid("--node-address (IP): " + e.getMessage() + "; or autodetect, or none");
        }
    }

    private OptionalInt tunnelMtu() {
        if (mtu.equals("auto")) {
            return OptionalInt.empty();
        }
        int bytes = number("--mtu", mtu);
        if (bytes < MIN_MTU_BYTES || bytes > MAX_MTU_BYTES) {
            throw Refusal.invalid(
                    "--mtu " + bytes + " is not between " + MIN_MTU_BYTES + " and " + MAX_MTU_BYTES + " bytes");
        }
        return OptionalInt.of(bytes);
    }

    private OptionalInt routeProtocol() {
        if (routeProtocol.isEmpty()) {
            return OptionalInt.empty();
        }
        int protocol = number("--route-protocol", routeProtocol);
        if (protocol < 5 || protocol > 255) {
            throw Refusal.invalid("--route-protocol " + protocol
                    + " is not between 5 and 255; up to 4 are the kernel's and the administrator's own");
        }
        return OptionalInt.of(protocol);
    }

    private Optional<Duration> resyncPeriod() {
        if (resyncPeriod.isEmpty()) {
            return Optional.empty();
        }
        Duration period = duration("--resync-period", resyncPeriod);
        if (period.isZero()) {
            throw Refusal.invalid("--resync-period must be more than zero");
        }
        return Optional.of(period);
    }

    private static Duration duration(String what, String text) {
        try {
            return GoDuration.parse(text);
        } catch (IllegalArgumentException e) {
            throw Refusal.invalid(what + ": " + e.getMessage());
        }
    }

    private boolean claimsBlocks() {
        return switch (blockClaims) {
            case "auto" -> true;
            case "observe" -> false;
            default -> throw Refusal.invalid("--block-claims '" + blockClaims + "' must be auto or observe");
        };
    }

    private boolean forwardRules() {
        return switch (forwardRules) {
            case "true" -> true;
            case "false" -> false;
            default -> throw Refusal.invalid("--forward-rules '" + forwardRules + "' must be true or false");
        };
    }

    private static int port(String text) {
        int port = number("the port of --listen", text);
        if (port > 65_535) {
            throw Refusal.invalid("the port of --listen, " + port + ", is above 65535");
        }
        return port;
    }

    private static int number(String what, String text) {
        if (!text.matches("[0-9]{1,9}")) {
            throw Refusal.invalid(what + " '" + text + "' is not a number");
        }
        return Integer.parseInt(text);
    }
}
