/**
 * The host's own firewall: which chains of others our packets meet, whether one of them drops these packets, and which rules of
 * ours belong into iptables' FORWARD chain. Pure but for the port {@code HostFirewall}. Knows {@code net} and {@code kernel}.
 */
@NullMarked
package io.culvert.reconciler.firewall;

import org.jspecify.annotations.NullMarked;
