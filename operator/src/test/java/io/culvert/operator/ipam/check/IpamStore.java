package io.culvert.operator.ipam.check;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.culvert.operator.etcd.Stored;
import java.util.Map;
import java.util.TreeMap;

/** Keys and values to begin with: two nodes of a pool, each with a block and a tunnel address, and a pod on n1. */
public final class IpamStore {

    public static final String BLOCK_1 = "/calico/ipam/v2/assignment/ipv4/block/192.168.0.0-29";
    public static final String BLOCK_2 = "/calico/ipam/v2/assignment/ipv4/block/192.168.0.8-29";
    public static final String AFFINITY_1 = "/calico/ipam/v2/host/n1/ipv4/block/192.168.0.0-29";
    public static final String AFFINITY_2 = "/calico/ipam/v2/host/n2/ipv4/block/192.168.0.8-29";
    public static final String POD_HANDLE = "/calico/ipam/v2/handle/k8s-pod-network.4f1c";
    public static final String TUNNEL_HANDLE_1 = "/calico/ipam/v2/handle/ipip-tunnel-addr-n1";
    public static final String TUNNEL_HANDLE_2 = "/calico/ipam/v2/handle/ipip-tunnel-addr-n2";
    public static final String NODE_1 = "/calico/resources/v3/projectcalico.org/nodes/n1";
    public static final String NODE_2 = "/calico/resources/v3/projectcalico.org/nodes/n2";
    public static final String POOL = "/calico/resources/v3/projectcalico.org/ippools/p";
    public static final String CONFIG = "/calico/ipam/v2/config";

    private final Map<String, String> values = new TreeMap<>();

    private IpamStore() {}

    /** In the form of Calico 3.32. */
    public static IpamStore consistent() {
        IpamStore store = new IpamStore();
        store.put(
                POOL,
                "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"p\"},\"spec\":"
                        + "{\"cidr\":\"192.168.0.0/24\",\"ipipMode\":\"Always\",\"vxlanMode\":\"Never\",\"blockSize\":29}}");
        store.put(NODE_1, node("n1", "10.0.0.1/24", "192.168.0.0"));
        store.put(NODE_2, node("n2", "10.0.0.2/24", "192.168.0.8"));
        store.put(
                BLOCK_1,
                "{\"cidr\":\"192.168.0.0/29\",\"affinity\":\"host:n1\",\"affinity_claim_time\":\"2026-01-02T03:04:07Z\","
                        + "\"allocations\":[0,1,null,null,null,null,null,null],\"unallocated\":[2,3,4,5,6,7],"
                        + "\"attributes\":[{\"handle_id\":\"ipip-tunnel-addr-n1\",\"secondary\":{\"node\":\"n1\",\"type\":"
                        + "\"ipipTunnelAddress\"}},{\"handle_id\":\"k8s-pod-network.4f1c\",\"secondary\":{\"namespace\":"
                        + "\"default\",\"node\":\"n1\",\"pod\":\"web-0\",\"timestamp\":\"2026-01-02 03:04:08.1 +0000 UTC\"}}],"
                        + "\"sequenceNumber\":1767323047000000002,\"sequenceNumberForAllocation\":{\"0\":1767323047000000000,"
                        + "\"1\":1767323047000000001},\"deleted\":false}");
        store.put(
                BLOCK_2,
                "{\"cidr\":\"192.168.0.8/29\",\"affinity\":\"host:n2\",\"allocations\":[0,null,null,null,null,null,null,null],"
                        + "\"unallocated\":[1,2,3,4,5,6,7],\"attributes\":[{\"handle_id\":\"ipip-tunnel-addr-n2\",\"secondary\":"
                        + "{\"node\":\"n2\",\"type\":\"ipipTunnelAddress\"}}],\"sequenceNumber\":1767323047000000001,"
                        + "\"sequenceNumberForAllocation\":{\"0\":1767323047000000000},\"deleted\":false}");
        store.put(AFFINITY_1, "{\"state\":\"confirmed\",\"deleted\":false}");
        store.put(AFFINITY_2, "{\"state\":\"confirmed\",\"deleted\":false}");
        store.put(TUNNEL_HANDLE_1, "{\"block\":{\"192.168.0.0/29\":1},\"deleted\":false}");
        store.put(TUNNEL_HANDLE_2, "{\"block\":{\"192.168.0.8/29\":1},\"deleted\":false}");
        store.put(POD_HANDLE, "{\"block\":{\"192.168.0.0/29\":1},\"deleted\":false}");
        return store;
    }

    private static String node(String name, String address, String tunnelAddress) {
        return "{\"kind\":\"Node\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"" + name
                + "\"},\"spec\":{\"bgp\":{\"ipv4Address\":\"" + address + "\",\"ipv4IPIPTunnelAddr\":\"" + tunnelAddress
                + "\"}},\"status\":{}}";
    }

    public IpamStore put(String key, String value) {
        values.put(key, value);
        return this;
    }

    public IpamStore remove(String key) {
        if (values.remove(key) == null) {
            throw new IllegalArgumentException(key + " is not there");
        }
        return this;
    }

    /** Replaces a part of a value, which must be there. */
    public IpamStore edit(String key, String before, String after) {
        String value = String.valueOf(values.get(key));
        if (!value.contains(before)) {
            throw new IllegalArgumentException(key + " has no " + before + ": " + value);
        }
        return put(key, value.replace(before, after));
    }

    public Map<String, String> values() {
        return values;
    }

    public IpamPicture picture() {
        IpamPicture picture = new IpamPicture();
        values.forEach((key, value) -> picture.put(new Stored(key, value.getBytes(UTF_8), 1, 1, 1)));
        return picture;
    }
}
