package io.culvert.operator.node;

import io.culvert.netlink.NativeLibraryException;
import io.culvert.netlink.NetlinkKernel;
import io.culvert.operator.nft.NftFirewall;
import io.culvert.operator.nft.NftTable;
import io.culvert.operator.sysctl.OriginalValues;
import io.culvert.operator.sysctl.ProcSysctls;
import io.culvert.reconciler.desired.DesiredState;
import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.firewall.HostFirewall;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FibState;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.LinkState;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.node.NodeAddress;
import io.culvert.reconciler.node.NodeSettings;
import io.culvert.reconciler.node.RouteProtocols;
import io.culvert.reconciler.plan.Observation;
import io.culvert.reconciler.plan.Plan;
import io.culvert.reconciler.plan.Planner;
import io.culvert.reconciler.reconcile.Backoff;
import io.culvert.reconciler.reconcile.FatalException;
import io.culvert.reconciler.reconcile.Reconciler;
import io.culvert.reconciler.reconcile.Report;
import io.culvert.reconciler.resolve.Resolved;
import io.culvert.reconciler.resource.FelixConfiguration;
import io.culvert.reconciler.resource.Snapshot;
import io.github.resilience4j.core.IntervalFunction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The kernel of this node, as the process's network namespace shows it, and the reconciler over it. Belongs to one thread at
 * a time.
 */
public final class NodeKernel implements AutoCloseable {

    private static final IntervalFunction RETRY_INTERVAL =
            IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(200), 2, 0.3, Duration.ofSeconds(30));

    private final NetlinkKernel netlink;
    private final NftTable filter;
    private final OriginalValues originals;
    private final ProcSysctls sysctls;
    private final UsedMarks<Integer> usedProtocols;
    private final UsedMarks<String> usedDevices;
    private final NodeSettings settings;
    private final NodeAddress address;
    private final Reconciler reconciler;
    private final Planner planner;

    private NodeKernel(
            NetlinkKernel netlink,
            AgentConfig config,
            NodeAddress address,
            Set<Address> guarded,
            Duration handoverHold,
            UnaryOperator<Supplier<Resolved>> ahead) {
        this.netlink = netlink;
        this.address = address;
        filter = new NftTable(config.tunnelDevice());
        usedProtocols = UsedMarks.protocols(config.stateDirectory(), config.nodeName());
        usedDevices = UsedMarks.devices(config.stateDirectory(), config.nodeName());
        settings = new NodeSettings(
                config.nodeName(),
                address.address(),
                config.addressOrigin(),
                config.tunnelDevice(),
                usedDevices.known(),
                config.tunnelMtu(),
                config.routeProtocol(),
                usedProtocols.known(),
                handoverHold.toMillis(),
                guarded,
                config.forwardRules());
        originals = new OriginalValues(config.stateDirectory(), config.nodeName());
        sysctls = new ProcSysctls(Path.of("/proc/sys"), originals);
        HostFirewall firewall = new NftFirewall();
        planner = new Planner(netlink, filter, firewall, sysctls, settings);
        Backoff backoff = RETRY_INTERVAL::apply;
        reconciler = new Reconciler(netlink, filter, firewall, sysctls, settings, backoff, System::nanoTime, ahead);
    }

    /**
     * Opens the kernel and finds the node's address.
     *
     * @param handoverHold how long a cycle keeps what peers may still need
     * @param ahead starts work on another thread and returns what waits for its result
     * @throws FatalException if the node has no address to be reached by, or the native library cannot be used
     * @throws KernelException if the kernel cannot be observed
     */
    public static NodeKernel open(AgentConfig config, Duration handoverHold, UnaryOperator<Supplier<Resolved>> ahead) {
        NetlinkKernel netlink = openNetlink();
        try {
            return new NodeKernel(
                    netlink,
                    config,
                    FirstAddress.of(config, netlink),
                    endpointAddresses(config.etcd().endpoints()),
                    handoverHold,
                    ahead);
        } catch (RuntimeException e) {
            netlink.close();
            throw e;
        }
    }

    /** The same for one cycle, one plan or one view on the caller's thread: nothing is held back for peers. */
    public static NodeKernel open(AgentConfig config) {
        return open(config, Duration.ZERO, UnaryOperator.identity());
    }

    /**
     * Opens the kernel only to remove what is ours, which takes neither an address nor etcd.
     *
     * @throws FatalException if the native library cannot be used
     * @throws KernelException if the kernel cannot be asked
     */
    public static NodeKernel openForCleanUp(AgentConfig config) {
        NodeAddress none = NodeAddress.present(new InterfaceAddress(new Address(0), 32));
        return new NodeKernel(openNetlink(), config, none, Set.of(), Duration.ZERO, UnaryOperator.identity());
    }

    private static NetlinkKernel openNetlink() {
        try {
            return NetlinkKernel.open(null);
        } catch (NativeLibraryException unusable) {
            throw new FatalException(String.valueOf(unusable.getMessage()));
        }
    }

    /** A route over etcd itself would be the last one the node ever learns of. */
    private static Set<Address> endpointAddresses(List<URI> endpoints) {
        Set<Address> addresses = new HashSet<>();
        for (URI endpoint : endpoints) {
            try {
                for (InetAddress address : InetAddress.getAllByName(endpoint.getHost())) {
                    if (address.getAddress().length == 4) {
                        addresses.add(Address.parse(address.getHostAddress()));
                    }
                }
            } catch (UnknownHostException e) {
                throw new FatalException("the etcd endpoint " + endpoint + " has a host name that does not resolve: "
                        + "write its address, or check the name service");
            }
        }
        return addresses;
    }

    /** The node's address as it was when the kernel was opened. Any thread. */
    public NodeAddress address() {
        return address;
    }

    /** By which origin marks objects are ours once the snapshot is in force; before the first, what was used so far. */
    public RouteProtocols protocols(Optional<Snapshot> snapshot) {
        FelixConfiguration felix =
                snapshot.map(known -> known.felixFor(settings.nodeName())).orElse(FelixConfiguration.NONE);
        return new RouteProtocols(RouteProtocols.inUse(settings.routeProtocol(), felix), usedProtocols.known());
    }

    /**
     * Keeps in mind what the objects that are about to be made can be known by. To be called with a snapshot before it is
     * reconciled.
     *
     * @throws IOException if it cannot be kept beyond this process
     */
    public void remember(Snapshot snapshot) throws IOException {
        usedProtocols.remember(protocols(Optional.of(snapshot)).current());
        usedDevices.remember(settings.tunnelDevice());
    }

    public Reconciler reconciler() {
        return reconciler;
    }

    public NetlinkKernel netlink() {
        return netlink;
    }

    public NftTable filter() {
        return filter;
    }

    /** What a cycle towards the snapshot would change. Writes nothing. */
    public Plan plan(Snapshot snapshot) {
        return planner.plan(snapshot, Optional.empty());
    }

    /**
     * What is there, beside what the agent has computed already: nothing is resolved again. Writes nothing.
     *
     * @param desired computed from that snapshot; empty before the first cycle
     */
    public HeldState held(Optional<Snapshot> snapshot, Optional<DesiredState> desired) {
        RouteProtocols own = protocols(snapshot);
        desired.ifPresent(known -> netlink.expectRoutes(known.routes().size()));
        LinkState links = netlink.observeLinks();
        FibState fib = netlink.observeFib();
        Address at = settings.address().address();
        List<Change> plan = desired.map(
                        known -> planner.plan(known, own, at, links, fib).changes())
                .orElse(List.of());
        return new HeldState(links, fib, own, plan);
    }

    /** What is there, beside what the snapshot asks for. Writes nothing. */
    public KernelView view(Snapshot snapshot) {
        Observation observation = planner.observe(snapshot, Optional.empty());
        RouteProtocols own = protocols(Optional.of(snapshot));
        Map<Address, Integer> pathMtus = netlink.pathMtus();
        try {
            return new KernelView(observation, Optional.of(filter.observe()), "", pathMtus, own);
        } catch (KernelException unreadable) {
            return new KernelView(
                    observation, Optional.empty(), String.valueOf(unreadable.getMessage()), pathMtus, own);
        }
    }

    /**
     * What {@link #cleanUp} would change. Writes nothing.
     *
     * @throws IOException if the kept values of sysctls cannot be read
     */
    public Plan cleanUpPlan() throws IOException {
        Plan plan = planner.cleanUpPlan();
        List<Change> changes = new ArrayList<>(plan.changes());
        changes.addAll(originals.restoration());
        return new Plan(changes, plan.obstacles());
    }

    /**
     * How a clean-up ended.
     *
     * @param outcomes what was tried, in order
     * @param obstacles what is left, and why
     */
    public record CleanUp(List<Outcome> outcomes, List<Obstacle> obstacles) {

        public CleanUp {
            outcomes = List.copyOf(outcomes);
            obstacles = List.copyOf(obstacles);
        }
    }

    /**
     * Removes every object of ours and gives the host's sysctls their values back.
     *
     * @throws IOException if the kept values cannot be read or forgotten
     */
    public CleanUp cleanUp() throws IOException {
        Report report = reconciler.cleanUp();
        List<Outcome> outcomes = new ArrayList<>(report.outcomes());
        List<Outcome> restored =
                originals.restoration().stream().map(sysctls::apply).toList();
        outcomes.addAll(restored);
        if (restored.stream().allMatch(Outcome::succeeded)) {
            originals.forget();
        }
        return new CleanUp(outcomes, report.obstacles());
    }

    @Override
    public void close() {
        netlink.close();
    }
}
