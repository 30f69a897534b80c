package io.culvert.operator.node;

import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.node.AddressOrigin;
import io.culvert.reconciler.node.RouteProtocols;
import io.culvert.reconciler.resource.Snapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How an agent runs.
 *
 * @param addressOrigin who says what the node's address is
 * @param address if that is fixed; a /32 takes the length that a local interface has for it
 * @param tunnelMtu bytes, empty to derive it
 * @param routeProtocol 5 to 255; empty to follow the FelixConfiguration, and without one to use {@link RouteProtocols#DEFAULT}
 * @param claimsBlocks whether it claims a block per pool itself
 * @param listenHost where HTTP is served
 * @param resyncPeriod full resync interval; empty to follow the FelixConfiguration, and
 *     without one to take {@link #RESYNC_PERIOD}
 * @param forwardRules whether pools' traffic is accepted where iptables' FORWARD chain drops the rest
 * @param stateDirectory for what must outlive the agent
 * @param kubernetesNode the node's name in Kubernetes; empty elsewhere
 */
public record AgentConfig(
        String nodeName,
        AddressOrigin addressOrigin,
        Optional<InterfaceAddress> address,
        EtcdConfig etcd,
        String tunnelDevice,
        OptionalInt tunnelMtu,
        OptionalInt routeProtocol,
        boolean claimsBlocks,
        String listenHost,
        int listenPort,
        Optional<Duration> resyncPeriod,
        boolean forwardRules,
        Path stateDirectory,
        Optional<String> kubernetesNode) {

    /** The default. */
    public static final Duration RESYNC_PERIOD = Duration.ofSeconds(60);

    /** The resync period that a snapshot asks for, zero for none. */
    public Duration resyncPeriod(Snapshot snapshot) {
        OptionalLong refreshMillis = snapshot.felixFor(nodeName).routeRefreshMillis();
        return resyncPeriod.orElse(
                refreshMillis.isPresent() ? Duration.ofMillis(refreshMillis.getAsLong()) : RESYNC_PERIOD);
    }

    /** The same for a node whose address is known from elsewhere. */
    public AgentConfig orAddress(InterfaceAddress known) {
        return new AgentConfig(
                nodeName,
                AddressOrigin.FIXED,
                address.or(() -> Optional.of(known)),
                etcd,
                tunnelDevice,
                tunnelMtu,
                routeProtocol,
                claimsBlocks,
                listenHost,
                listenPort,
                resyncPeriod,
                forwardRules,
                stateDirectory,
                kubernetesNode);
    }
}
