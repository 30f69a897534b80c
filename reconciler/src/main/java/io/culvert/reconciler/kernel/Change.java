package io.culvert.reconciler.kernel;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import java.util.Collections;
import java.util.Comparator;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * One change of the kernel. Its text is the command a person would type for it. {@link #subject()} names the object, so that a
 * later change of the same object can be recognised.
 */
public sealed interface Change {

    /** The object, the same for every change of it: {@code route 192.168.0.0/26}. */
    String subject();

    /** What is done, to which family of objects. */
    Action action();

    /** Which family of objects it belongs to. */
    default Kind kind() {
        return action().kind();
    }

    /** What is done to the object. */
    default Operation operation() {
        return action().operation();
    }

    /** What is done, to which family of objects: the labels of the metrics. */
    record Action(Kind kind, Operation operation) {}

    /** Families of kernel objects. */
    enum Kind {
        LINK,
        ADDRESS,
        NEXTHOP,
        ROUTE,
        RULESET,
        SYSCTL,
        /** Flows of connection tracking. */
        FLOW,
        /** An accept rule of ours in a chain of iptables. */
        FORWARD_RULE
    }

    /** What can be done to a kernel object. */
    enum Operation {
        ADD,
        REPLACE,
        DELETE
    }

    /**
     * Creates the tunnel device: kind ipip, remote any, nopmtudisc, down. {@code RTM_NEWLINK} with {@code NLM_F_EXCL}.
     *
     * @param local outer source: the node's address
     * @param mtu in bytes
     */
    record CreateTunnel(String name, Address local, int mtu) implements Change {
        @Override
        public String subject() {
            return "link " + name;
        }

        @Override
        public Action action() {
            return new Action(Kind.LINK, Operation.ADD);
        }

        @Override
        public String toString() {
            return "ip link add " + name + " type ipip local " + local + " remote any nopmtudisc mtu " + mtu;
        }
    }

    /** Sets the parameters of an existing ipip device in place: local, remote any, nopmtudisc. Index and name stay. */
    record SetTunnelParameters(int index, String name, Address local) implements Change {
        @Override
        public String subject() {
            return "link " + name;
        }

        @Override
        public Action action() {
            return new Action(Kind.LINK, Operation.REPLACE);
        }

        @Override
        public String toString() {
            return "ip link set " + name + " type ipip local " + local + " remote any nopmtudisc";
        }
    }

    /**
     * Binds an ipip device to another one, with all else as in {@link SetTunnelParameters}. The kernel then accepts a second one
     * with the same local address.
     *
     * @param lower index of the device that packets leave by
     */
    record BindTunnel(int index, String name, Address local, int lower, String lowerName) implements Change {
        @Override
        public String subject() {
            return "link " + name;
        }

        @Override
        public Action action() {
            return new Action(Kind.LINK, Operation.REPLACE);
        }

        @Override
        public String toString() {
            return "ip link set " + name + " type ipip local " + local + " remote any dev " + lowerName + " nopmtudisc";
        }
    }

    /**
     * Sets the device's MTU.
     *
     * @param mtu in bytes
     */
    record SetMtu(int index, String name, int mtu) implements Change {
        @Override
        public String subject() {
            return "link " + name + " mtu";
        }

        @Override
        public Action action() {
            return new Action(Kind.LINK, Operation.REPLACE);
        }

        @Override
        public String toString() {
            return "ip link set " + name + " mtu " + mtu;
        }
    }

    /** Sets the device administratively up. */
    record SetUp(int index, String name) implements Change {
        @Override
        public String subject() {
            return "link " + name + " up";
        }

        @Override
        public Action action() {
            return new Action(Kind.LINK, Operation.REPLACE);
        }

        @Override
        public String toString() {
            return "ip link set " + name + " up";
        }
    }

    /** Deletes the device. The kernel deletes next hops and routes on it too; remove those first. */
    record DeleteLink(int index, String name) implements Change {
        @Override
        public String subject() {
            return "link " + name;
        }

        @Override
        public Action action() {
            return new Action(Kind.LINK, Operation.DELETE);
        }

        @Override
        public String toString() {
            return "ip link del " + name;
        }
    }

    /** {@code RTM_NEWADDR} with {@code NLM_F_EXCL}. */
    record AddAddress(int index, String device, InterfaceAddress address) implements Change {
        @Override
        public String subject() {
            return "address " + address + " dev " + device;
        }

        @Override
        public Action action() {
            return new Action(Kind.ADDRESS, Operation.ADD);
        }

        @Override
        public String toString() {
            return "ip addr add " + address + " dev " + device;
        }
    }

    /** {@code RTM_DELADDR}. With the last address of a device the kernel deletes its plain routes, not those with next-hop objects. */
    record DeleteAddress(int index, String device, InterfaceAddress address) implements Change {
        @Override
        public String subject() {
            return "address " + address + " dev " + device;
        }

        @Override
        public Action action() {
            return new Action(Kind.ADDRESS, Operation.DELETE);
        }

        @Override
        public String toString() {
            return "ip addr del " + address + " dev " + device;
        }
    }

    /**
     * Adds a next-hop object, {@code NLM_F_CREATE|NLM_F_EXCL}, so that a foreign one with that id stays. {@code onlink}
     * always.
     *
     * @param protocol {@code nh_protocol}
     */
    record AddNextHop(int id, Address gateway, int device, String deviceName, int protocol) implements Change {
        @Override
        public String subject() {
            return "nexthop via " + gateway + " dev " + deviceName;
        }

        @Override
        public Action action() {
            return new Action(Kind.NEXTHOP, Operation.ADD);
        }

        @Override
        public String toString() {
            return "ip nexthop add id " + Integer.toUnsignedString(id) + " via " + gateway + " dev " + deviceName
                    + " onlink proto " + protocol;
        }
    }

    /** Deletes a next-hop object. The kernel deletes the routes that use it too, without an event. */
    record DeleteNextHop(int id) implements Change {
        @Override
        public String subject() {
            return "nexthop id " + Integer.toUnsignedString(id);
        }

        @Override
        public Action action() {
            return new Action(Kind.NEXTHOP, Operation.DELETE);
        }

        @Override
        public String toString() {
            return "ip nexthop del id " + Integer.toUnsignedString(id);
        }
    }

    /**
     * Adds a route to the main table, {@code NLM_F_CREATE|NLM_F_EXCL}.
     *
     * @param nextHop id of the next-hop object, or 0 for a blackhole
     */
    record AddRoute(Prefix prefix, int nextHop, int protocol) implements Change {

        /** As {@link Change#metricOf}. */
        public int metric() {
            return metricOf(nextHop);
        }

        @Override
        public String subject() {
            return "route " + prefix;
        }

        @Override
        public Action action() {
            return new Action(Kind.ROUTE, Operation.ADD);
        }

        @Override
        public String toString() {
            return "ip route add " + text(prefix, nextHop, protocol);
        }
    }

    /**
     * Replaces our route with the same metric, make-before-break, {@code NLM_F_CREATE|NLM_F_REPLACE}. Only for a key that was
     * just observed to be ours: the kernel would silently replace a foreign route.
     *
     * @param nextHop id of the next-hop object, or 0 for a blackhole
     */
    record ReplaceRoute(Prefix prefix, int nextHop, int protocol) implements Change {

        /** As {@link Change#metricOf}. */
        public int metric() {
            return metricOf(nextHop);
        }

        @Override
        public String subject() {
            return "route " + prefix;
        }

        @Override
        public Action action() {
            return new Action(Kind.ROUTE, Operation.REPLACE);
        }

        @Override
        public String toString() {
            return "ip route replace " + text(prefix, nextHop, protocol);
        }
    }

    /**
     * Deletes our route, named with our protocol so that a foreign one with the same key stays.
     *
     * @param metric as observed
     * @param type {@link RouteTable#UNICAST}, {@link RouteTable#BLACKHOLE} or what was observed
     */
    record DeleteRoute(Prefix prefix, int metric, int type, int protocol) implements Change {
        @Override
        public String subject() {
            return "route " + prefix;
        }

        @Override
        public Action action() {
            return new Action(Kind.ROUTE, Operation.DELETE);
        }

        @Override
        public String toString() {
            return "ip route del " + (type == RouteTable.BLACKHOLE ? "blackhole " : "") + prefix + " proto " + protocol
                    + metricText(metric);
        }
    }

    /** Replaces the whole table {@code ip culvert} in one nft transaction. */
    record ReplaceRuleset(Ruleset ruleset) implements Change {
        @Override
        public String subject() {
            return "table ip culvert";
        }

        @Override
        public Action action() {
            return new Action(Kind.RULESET, Operation.REPLACE);
        }

        @Override
        public String toString() {
            return "nft replace table ip culvert pools " + ruleset.pools() + " nat_pools " + ruleset.natPools()
                    + (ruleset.tunnelFiltered() ? " tunnel_sources " + ruleset.tunnelSources() : "")
                    + (ruleset.otherTunnels().isEmpty() ? "" : " other tunnels " + ruleset.otherTunnels())
                    + (ruleset.sourcesExempt() ? " no masquerade to " + ruleset.tunnelSources() : "");
        }
    }

    /** Removes table {@code ip culvert}. */
    record DeleteRuleset() implements Change {
        @Override
        public String subject() {
            return "table ip culvert";
        }

        @Override
        public Action action() {
            return new Action(Kind.RULESET, Operation.DELETE);
        }

        @Override
        public String toString() {
            return "nft delete table ip culvert";
        }
    }

    /**
     * Sets a numeric sysctl.
     *
     * @param name as below {@code /proc/sys}, with slashes
     */
    record SetSysctl(String name, int value) implements Change {
        @Override
        public String subject() {
            return "sysctl " + name;
        }

        @Override
        public Action action() {
            return new Action(Kind.SYSCTL, Operation.REPLACE);
        }

        @Override
        public String toString() {
            return "sysctl -w " + name + "=" + value;
        }
    }

    /**
     * Deletes flows from connection tracking that began before their translation. Which ones there are is known when it is done.
     *
     * @param count how many there were
     */
    record ForgetFlows(SortedSet<Prefix> sources, int count) implements Change {

        public ForgetFlows {
            sources = Collections.unmodifiableSortedSet(new TreeSet<>(sources));
        }

        @Override
        public String subject() {
            return FLOWS;
        }

        @Override
        public Action action() {
            return new Action(Kind.FLOW, Operation.DELETE);
        }

        @Override
        public String toString() {
            return "conntrack delete " + count + " untranslated flows from " + sources;
        }
    }

    /** The subject of {@link ForgetFlows}. */
    String FLOWS = "connection tracking";

    /** Accepts a pool's traffic in iptables' FORWARD chain, before every other rule. */
    record AddForwardRule(ForwardRule rule) implements Change {
        @Override
        public String subject() {
            return rule.subject();
        }

        @Override
        public Action action() {
            return new Action(Kind.FORWARD_RULE, Operation.ADD);
        }

        @Override
        public String toString() {
            return rule.backend().command() + " -I FORWARD " + rule;
        }
    }

    /** Removes one such rule. A rule that differs in anything, as in its comment, is foreign and stays. */
    record DeleteForwardRule(ForwardRule rule) implements Change {
        @Override
        public String subject() {
            return rule.subject();
        }

        @Override
        public Action action() {
            return new Action(Kind.FORWARD_RULE, Operation.DELETE);
        }

        @Override
        public String toString() {
            return rule.backend().command() + " -D FORWARD " + rule;
        }
    }

    /** The two implementations of iptables. A host may have rules in both. */
    enum Backend {
        /** On nftables: its tables are nft's too. */
        NFT("iptables"),
        LEGACY("iptables-legacy");

        private final String command;

        Backend(String command) {
            this.command = command;
        }

        public String command() {
            return command;
        }
    }

    /** Which address of a packet a rule compares. */
    enum Side {
        SOURCE("-s"),
        DESTINATION("-d");

        private final String option;

        Side(String option) {
            this.option = option;
        }
    }

    /**
     * A rule of ours in iptables' FORWARD chain. It names a prefix and never a set of nftables: iptables would read that as a
     * rule that accepts everything, and iptables-restore would write it so.
     */
    record ForwardRule(Backend backend, Side side, Prefix pool) implements Comparable<ForwardRule> {

        /** Marks a rule as ours. */
        public static final String COMMENT = "culvert";

        String subject() {
            return "rule " + backend.command() + " FORWARD " + side.option + " " + pool;
        }

        @Override
        public int compareTo(ForwardRule other) {
            return Comparator.comparing(ForwardRule::backend)
                    .thenComparing(ForwardRule::pool)
                    .thenComparing(ForwardRule::side)
                    .compare(this, other);
        }

        /** As {@code iptables -S} prints it. */
        @Override
        public String toString() {
            return side.option + " " + pool + " -m comment --comment " + COMMENT + " -j ACCEPT";
        }
    }

    /**
     * The metric of our route. A blackhole yields to every other route of its prefix, such as a bridge's connected route. Other
     * routes go first.
     *
     * @param nextHop id of the next-hop object, or 0 for a blackhole
     */
    static int metricOf(int nextHop) {
        return nextHop == 0 ? RouteTable.LAST_METRIC : 0;
    }

    private static String text(Prefix prefix, int nextHop, int protocol) {
        return (nextHop == 0 ? "blackhole " + prefix : prefix + " nhid " + Integer.toUnsignedString(nextHop))
                + " proto " + protocol + metricText(metricOf(nextHop));
    }

    private static String metricText(int metric) {
        return metric == 0 ? "" : " metric " + Integer.toUnsignedString(metric);
    }
}
