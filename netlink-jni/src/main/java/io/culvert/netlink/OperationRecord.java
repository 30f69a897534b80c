package io.culvert.netlink;

import io.culvert.netlink.Layout.Field;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** A change for the C shim, {@code struct culvert_op} of {@code culvert_netlink.h}: a flyweight over a buffer of records. */
final class OperationRecord {

    static final int SIZE = 40;

    private static final int KIND = 0;
    private static final int SET = 4;
    private static final int LINK_INDEX = 8;
    private static final int LINK_LOCAL = 12;
    private static final int LINK_MTU = 16;
    private static final int LINK_UP = 20;
    private static final int LINK_PMTUDISC = 21;
    private static final int LINK_NAME = 24;
    private static final int LINK_LOWER = 24;
    private static final int NAME_SIZE = 16;
    private static final int ADDRESS_INDEX = 8;
    private static final int ADDRESS_ADDRESS = 12;
    private static final int ADDRESS_PREFIX_LENGTH = 16;
    private static final int NEXTHOP_ID = 8;
    private static final int NEXTHOP_GATEWAY = 12;
    private static final int NEXTHOP_INDEX = 16;
    private static final int NEXTHOP_PROTOCOL = 20;
    private static final int NEXTHOP_ONLINK = 21;
    private static final int ROUTE_PREFIX = 8;
    private static final int ROUTE_NEXTHOP = 12;
    private static final int ROUTE_PREFIX_LENGTH = 16;
    private static final int ROUTE_TYPE = 17;
    private static final int ROUTE_PROTOCOL = 18;
    private static final int ROUTE_METRIC = 20;

    static final List<Field> FIELDS = List.of(
            new Field("kind", KIND, 4),
            new Field("set", SET, 4),
            new Field("link.index", LINK_INDEX, 4),
            new Field("link.local", LINK_LOCAL, 4),
            new Field("link.mtu", LINK_MTU, 4),
            new Field("link.up", LINK_UP, 1),
            new Field("link.pmtudisc", LINK_PMTUDISC, 1),
            new Field("link.name", LINK_NAME, NAME_SIZE),
            new Field("link.lower", LINK_LOWER, 4),
            new Field("address.index", ADDRESS_INDEX, 4),
            new Field("address.address", ADDRESS_ADDRESS, 4),
            new Field("address.prefix_length", ADDRESS_PREFIX_LENGTH, 1),
            new Field("nexthop.id", NEXTHOP_ID, 4),
            new Field("nexthop.gateway", NEXTHOP_GATEWAY, 4),
            new Field("nexthop.index", NEXTHOP_INDEX, 4),
            new Field("nexthop.protocol", NEXTHOP_PROTOCOL, 1),
            new Field("nexthop.onlink", NEXTHOP_ONLINK, 1),
            new Field("route.prefix", ROUTE_PREFIX, 4),
            new Field("route.nexthop", ROUTE_NEXTHOP, 4),
            new Field("route.prefix_length", ROUTE_PREFIX_LENGTH, 1),
            new Field("route.type", ROUTE_TYPE, 1),
            new Field("route.protocol", ROUTE_PROTOCOL, 1),
            new Field("route.metric", ROUTE_METRIC, 4));

    private static final int CREATE_LINK = 1;
    private static final int CHANGE_LINK = 2;
    private static final int DELETE_LINK = 3;
    private static final int ADD_ADDRESS = 4;
    private static final int DELETE_ADDRESS = 5;
    private static final int ADD_NEXTHOP = 6;
    private static final int DELETE_NEXTHOP = 7;
    private static final int ADD_ROUTE = 8;
    private static final int REPLACE_ROUTE = 9;
    private static final int DELETE_ROUTE = 10;

    private static final int SET_MTU = 1;
    private static final int SET_UP = 2;
    private static final int SET_TUNNEL = 4;

    static final Map<String, Integer> CONSTANTS = Map.ofEntries(
            Map.entry("LINK_CREATE", CREATE_LINK),
            Map.entry("LINK_SET", CHANGE_LINK),
            Map.entry("LINK_DELETE", DELETE_LINK),
            Map.entry("ADDRESS_ADD", ADD_ADDRESS),
            Map.entry("ADDRESS_DELETE", DELETE_ADDRESS),
            Map.entry("NEXTHOP_ADD", ADD_NEXTHOP),
            Map.entry("NEXTHOP_DELETE", DELETE_NEXTHOP),
            Map.entry("ROUTE_ADD", ADD_ROUTE),
            Map.entry("ROUTE_REPLACE", REPLACE_ROUTE),
            Map.entry("ROUTE_DELETE", DELETE_ROUTE),
            Map.entry("SET_MTU", SET_MTU),
            Map.entry("SET_UP", SET_UP),
            Map.entry("SET_TUNNEL", SET_TUNNEL));

    private final ByteBuffer records;
    private int start;

    OperationRecord(ByteBuffer records) {
        this.records = records;
    }

    /**
     * Writes a change to the record with that index.
     *
     * @throws IllegalArgumentException for a change of anything but links, addresses, next hops and routes
     */
    void put(int i, Change change) {
        start = i * SIZE;
        clear();
        if (change instanceof Change.AddRoute add) {
            putRoute(ADD_ROUTE, add.prefix(), add.nextHop(), add.protocol());
        } else if (change instanceof Change.ReplaceRoute replace) {
            putRoute(REPLACE_ROUTE, replace.prefix(), replace.nextHop(), replace.protocol());
        } else if (change instanceof Change.DeleteRoute delete) {
            putRoute(DELETE_ROUTE, delete.prefix(), 0, delete.protocol());
            putByte(ROUTE_TYPE, delete.type());
            putInt(ROUTE_METRIC, delete.metric());
        } else if (change instanceof Change.AddNextHop add) {
            putNextHop(add);
        } else if (change instanceof Change.DeleteNextHop delete) {
            putInt(KIND, DELETE_NEXTHOP);
            putInt(NEXTHOP_ID, delete.id());
        } else if (change instanceof Change.AddAddress add) {
            putAddress(ADD_ADDRESS, add.index(), add.address());
        } else if (change instanceof Change.DeleteAddress delete) {
            putAddress(DELETE_ADDRESS, delete.index(), delete.address());
        } else {
            putLink(change);
        }
    }

    private void clear() {
        for (int offset = 0; offset < SIZE; offset += Long.BYTES) {
            records.putLong(start + offset, 0);
        }
    }

    private void putInt(int field, int value) {
        records.putInt(start + field, value);
    }

    private void putByte(int field, int value) {
        records.put(start + field, (byte) value);
    }

    private void putRoute(int kind, Prefix prefix, int nextHop, int protocol) {
        putInt(KIND, kind);
        putInt(ROUTE_PREFIX, prefix.bits());
        putInt(ROUTE_NEXTHOP, nextHop);
        putByte(ROUTE_PREFIX_LENGTH, prefix.length());
        putByte(ROUTE_TYPE, nextHop == 0 ? RouteTable.BLACKHOLE : RouteTable.UNICAST);
        putByte(ROUTE_PROTOCOL, protocol);
        putInt(ROUTE_METRIC, Change.metricOf(nextHop));
    }

    private void putNextHop(Change.AddNextHop add) {
        putInt(KIND, ADD_NEXTHOP);
        putInt(NEXTHOP_ID, add.id());
        putInt(NEXTHOP_GATEWAY, add.gateway().bits());
        putInt(NEXTHOP_INDEX, add.device());
        putByte(NEXTHOP_PROTOCOL, add.protocol());
        putByte(NEXTHOP_ONLINK, 1);
    }

    private void putAddress(int kind, int index, InterfaceAddress address) {
        putInt(KIND, kind);
        putInt(ADDRESS_INDEX, index);
        putInt(ADDRESS_ADDRESS, address.address().bits());
        putByte(ADDRESS_PREFIX_LENGTH, address.prefixLength());
    }

    private void putLink(Change change) {
        if (change instanceof Change.CreateTunnel create) {
            putInt(KIND, CREATE_LINK);
            putInt(LINK_LOCAL, create.local().bits());
            putInt(LINK_MTU, create.mtu());
            Text.put(records, start + LINK_NAME, NAME_SIZE, create.name());
        } else if (change instanceof Change.SetTunnelParameters set) {
            putSetting(set.index(), SET_TUNNEL);
            putInt(LINK_LOCAL, set.local().bits());
        } else if (change instanceof Change.BindTunnel bind) {
            putSetting(bind.index(), SET_TUNNEL);
            putInt(LINK_LOCAL, bind.local().bits());
            putInt(LINK_LOWER, bind.lower());
        } else if (change instanceof Change.SetMtu set) {
            putSetting(set.index(), SET_MTU);
            putInt(LINK_MTU, set.mtu());
        } else if (change instanceof Change.SetUp set) {
            putSetting(set.index(), SET_UP);
            putByte(LINK_UP, 1);
        } else if (change instanceof Change.DeleteLink delete) {
            putInt(KIND, DELETE_LINK);
            putInt(LINK_INDEX, delete.index());
        } else {
            throw new IllegalArgumentException("not a change of links, addresses, next hops or routes: " + change);
        }
    }

    private void putSetting(int index, int property) {
        putInt(KIND, CHANGE_LINK);
        putInt(SET, property);
        putInt(LINK_INDEX, index);
    }
}
