package io.culvert.operator.agent;

import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.reconciler.net.InterfaceAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How an agent runs.
 *
 * @param address the node's address, empty to take the one on the default route's interface; a /32 takes the length that a
 *     local interface has for it
 * @param tunnelMtu bytes, empty to derive it
 * @param routeProtocol 1 to 255
 * @param claimsBlocks whether it claims a block per pool itself
 * @param listenHost where HTTP is served
 * @param stateDirectory for what must outlive the agent
 */
public record AgentConfig(
        String nodeName,
        Optional<InterfaceAddress> address,
        EtcdConfig etcd,
        String tunnelDevice,
        OptionalInt tunnelMtu,
        int routeProtocol,
        boolean claimsBlocks,
        String listenHost,
        int listenPort,
        Duration resyncPeriod,
        Path stateDirectory) {}
