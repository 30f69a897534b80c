package io.culvert.reconciler.kernel;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import java.util.List;
import java.util.Optional;

/**
 * A network device as observed ({@code RTM_NEWLINK}, {@code RTM_NEWADDR}; {@code linux/if_link.h}).
 *
 * @param index positive interface index
 * @param kind {@code IFLA_INFO_KIND}, such as {@code ipip} or {@code veth}; empty for hardware and loopback
 * @param up administratively up ({@code IFF_UP})
 * @param mtu in bytes
 * @param ipip the tunnel's parameters, present only for kind {@code ipip}
 * @param addresses its IPv4 addresses in the kernel's order
 * @param master index of the bridge, bond or VRF that it belongs to, 0 for none
 */
public record Link(
        int index,
        String name,
        String kind,
        boolean up,
        int mtu,
        Optional<Ipip> ipip,
        List<InterfaceAddress> addresses,
        int master) {

    public Link {
        addresses = List.copyOf(addresses);
    }

    /** One that belongs to no other device. */
    public Link(
            int index,
            String name,
            String kind,
            boolean up,
            int mtu,
            Optional<Ipip> ipip,
            List<InterfaceAddress> addresses) {
        this(index, name, kind, up, mtu, ipip, addresses, 0);
    }

    /** The address with its prefix length, if this device has it. */
    public Optional<InterfaceAddress> having(Address address) {
        return addresses.stream().filter(own -> own.address().equals(address)).findFirst();
    }

    /**
     * Parameters of an ipip device ({@code linux/if_tunnel.h}).
     *
     * @param local outer source address, {@code 0.0.0.0} for any
     * @param remote outer destination, {@code 0.0.0.0} for any: then the route's next hop decides
     * @param pmtudisc whether the outer header always forbids fragments; otherwise only when the inner one does
     * @param lower index of the device it is bound to ({@code IFLA_IPTUN_LINK}), 0 for none
     */
    public record Ipip(Address local, Address remote, boolean pmtudisc, int lower) {

        /**
         * Those of our device. Packets that may be fragmented get an outer header that allows it. Otherwise those that exceed the
         * path's MTU are lost, and nothing reports that to their senders.
         */
        public static Ipip ours(Address local) {
            return new Ipip(local, new Address(0), false, 0);
        }

        /** Whether it takes packets from everybody to its local address. */
        public boolean toAnyPeer() {
            return remote.equals(new Address(0));
        }
    }
}
