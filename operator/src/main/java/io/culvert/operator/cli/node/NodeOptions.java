package io.culvert.operator.cli.node;

import io.culvert.operator.calico.GoDuration;
import io.culvert.operator.cli.connect.EtcdFlags;
import io.culvert.operator.cli.connect.EtcdSettings;
import io.culvert.operator.cli.input.Candidates;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.node.AgentConfig;
import io.culvert.reconciler.net.InterfaceAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What commands that act on this host's kernel are told, for {@code @Mixin}; flags, environment and defaults by contract. */
public final class NodeOptions {

    private static final int MIN_MTU_BYTES = 68;
    private static final int MAX_MTU_BYTES = 65_535;
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    @Mixin
    private EtcdFlags etcd = new EtcdFlags();

    @Option(
            names = "--node-name",
            paramLabel = "NAME",
            defaultValue = "${env:NODENAME:-}",
            description = "This node's name. [NODENAME, the host name in lower case]")
    private String nodeName = "";

    @Option(
            names = "--node-address",
            paramLabel = "ADDRESS",
            defaultValue = "${env:IP:-}",
            description = {
                "Where peers reach this node, with its prefix length, such as 10.0.1.11/24.",
                "[IP, the address on the interface of the default route]"
            })
    private String nodeAddress = "";

    @Option(
            names = "--tunnel-device",
            paramLabel = "NAME",
            defaultValue = "${env:CULVERT_TUNNEL_DEVICE:-culvert0}",
            description = "Name of the tunnel device. [CULVERT_TUNNEL_DEVICE, culvert0]")
    private String tunnelDevice = "";

    @Option(
            names = "--mtu",
            paramLabel = "BYTES",
            defaultValue = "${env:CULVERT_MTU:-auto}",
            description = {
                "MTU of the tunnel device; auto is ipipMTU of the FelixConfiguration, or the underlay's minus 20.",
                "[CULVERT_MTU, auto]"
            })
    private String mtu = "";

    @Option(
            names = "--route-protocol",
            paramLabel = "NUMBER",
            defaultValue = "${env:CULVERT_ROUTE_PROTOCOL:-}",
            description = {
                "Origin mark of Culvert's routes and next hops, 5 to 255.",
                "[CULVERT_ROUTE_PROTOCOL, deviceRouteProtocol of the FelixConfiguration, 90]"
            })
    private String routeProtocol = "";

    @Option(
            names = "--block-claims",
            paramLabel = "WHO",
            completionCandidates = Candidates.BlockClaims.class,
            defaultValue = "${env:CULVERT_BLOCK_CLAIMS:-auto}",
            description = {
                "auto: claim one block per selecting pool; observe: another IPAM does it.",
                "[CULVERT_BLOCK_CLAIMS, auto]"
            })
    private String blockClaims = "";

    @Option(
            names = "--listen",
            paramLabel = "ADDRESS:PORT",
            defaultValue = "${env:CULVERT_LISTEN:-0.0.0.0:9474}",
            description = "Where HTTP is served. [CULVERT_LISTEN, 0.0.0.0:9474]")
    private String listen = "";

    @Option(
            names = "--resync-period",
            paramLabel = "DURATION",
            defaultValue = "${env:CULVERT_RESYNC_PERIOD:-}",
            description = {
                "How often everything is looked at though nothing happened.",
                "[CULVERT_RESYNC_PERIOD, routeRefreshInterval of the FelixConfiguration, 60s]"
            })
    private String resyncPeriod = "";

    @Option(
            names = "--state-dir",
            paramLabel = "DIRECTORY",
            defaultValue = "${env:CULVERT_STATE_DIR:-/var/lib/culvert}",
            description = "For what must outlive the agent. [CULVERT_STATE_DIR, /var/lib/culvert]")
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
                stateDirectory);
    }

    /** From the kernel: Java would have a name service look it up first. */
    private static String hostName() {
        try {
            return Files.readString(HOST_NAME).strip().toLowerCase(Locale.ROOT);
        } catch (IOException e) {
            throw Refusal.invalid("this host's name cannot be read (" + e + "); name the node with --node-name");
        }
    }

    private Optional<InterfaceAddress> address() {
        if (nodeAddress.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InterfaceAddress.parse(nodeAddress));
        } catch (IllegalArgumentException e) {
            throw Refusal.invalid("--node-address: " + e.getMessage());
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
            default -> throw Refusal.invalid("--block-claims '" + blockClaims + "' is neither auto nor observe");
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
