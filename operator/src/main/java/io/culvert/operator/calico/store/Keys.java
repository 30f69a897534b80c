package io.culvert.operator.calico.store;

import io.culvert.reconciler.net.Prefix;
import java.util.Optional;

/** Every etcd key that Culvert reads or writes; all but the last group are Calico's ({@code libcalico-go/lib/backend/model}). */
public final class Keys {

    static final String RESOURCES = "/calico/resources/v3/projectcalico.org/";
    public static final String POOLS = RESOURCES + "ippools/";
    public static final String NODES = RESOURCES + "nodes/";
    public static final String FELIX = RESOURCES + "felixconfigurations/";
    public static final String CLUSTER = RESOURCES + "clusterinformations/";
    public static final String RESERVATIONS = RESOURCES + "ipreservations/";
    public static final String IPAM = "/calico/ipam/v2/";
    public static final String BLOCKS = IPAM + "assignment/ipv4/block/";
    public static final String HOSTS = IPAM + "host/";
    public static final String HANDLES = IPAM + "handle/";
    public static final String IPAM_CONFIG = IPAM + "config";
    public static final String STATUSES = "/culvert/v1/status/";

    private static final String BLOCK_OF_HOST = "/ipv4/block/";

    private Keys() {}

    /** A cluster-scoped resource. */
    public static String resource(String plural, String name) {
        return RESOURCES + plural + "/" + name;
    }

    public static String pool(String name) {
        return POOLS + name;
    }

    public static String node(String name) {
        return NODES + name;
    }

    public static String block(Prefix cidr) {
        return BLOCKS + inKey(cidr);
    }

    public static String affinity(String node, Prefix block) {
        return affinitiesOf(node) + inKey(block);
    }

    /** The prefix of the keys of one node's claims. */
    public static String affinitiesOf(String node) {
        return HOSTS + node + BLOCK_OF_HOST;
    }

    public static String handle(String id) {
        return HANDLES + id;
    }

    public static String status(String node) {
        return STATUSES + node;
    }

    /** The block that a key under {@link #BLOCKS} is about, empty if its end is not a prefix. */
    public static Optional<Prefix> blockOf(String key) {
        return prefixIn(key.substring(BLOCKS.length()));
    }

    /** The claim that a key under {@link #HOSTS} is about, empty if it is about something else or malformed. */
    public static Optional<AffinityKey> affinityOf(String key) {
        int middle = key.indexOf(BLOCK_OF_HOST, HOSTS.length());
        if (middle < 0) {
            return Optional.empty();
        }
        String node = key.substring(HOSTS.length(), middle);
        return prefixIn(key.substring(middle + BLOCK_OF_HOST.length())).map(block -> new AffinityKey(node, block));
    }

    /** Node and block of a claim. */
    public record AffinityKey(String node, Prefix block) {}

    private static String inKey(Prefix prefix) {
        return prefix.network() + "-" + prefix.length();
    }

    private static Optional<Prefix> prefixIn(String text) {
        try {
            return Optional.of(Prefix.parse(text.replace('-', '/')));
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }
}
