package io.culvert.reconciler.desired;

import io.culvert.reconciler.net.Address;
import java.util.Optional;

/**
 * The ipip device a node should have: remote any, nopmtudisc, up.
 *
 * @param local outer source: the node's address
 * @param mtu in bytes
 * @param address its only IPv4 address, a /32; empty until IPAM has assigned one
 */
public record TunnelDevice(String name, Address local, int mtu, Optional<Address> address) {}
