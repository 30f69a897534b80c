package io.culvert.bench;

import io.culvert.reconciler.net.Prefix;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A {@link Fleet} as Calico writes it to etcd: keys and values ({@code libcalico-go/lib/backend/model}). */
public record Documents(Fleet fleet) {

    static final String BLOCKS = "/calico/ipam/v2/assignment/ipv4/block/";
    static final String HOSTS = "/calico/ipam/v2/host/";
    static final String RESOURCES = "/calico/resources/v3/projectcalico.org/";

    private static final String NULLS = String.join(",", Collections.nCopies(64, "null"));
    private static final String NUMBERS =
            IntStream.range(0, 64).mapToObj(Integer::toString).collect(Collectors.joining(","));

    /** Everything but the blocks. */
    public Map<String, String> allButBlocks(int claims) {
        Map<String, String> documents = new LinkedHashMap<>();
        documents.put(
                RESOURCES + "ippools/bench",
                "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"bench\"},"
                        + "\"spec\":{\"cidr\":\"" + Fleet.POOL + "\",\"ipipMode\":\"Never\",\"vxlanMode\":\"Never\"}}");
        for (int peer = 0; peer < fleet.peers(); peer++) {
            documents.put(
                    node(peer),
                    node(peer, fleet.peerAddress(peer, Fleet.Subnet.SHARED).toString()));
        }
        for (int block = 0; block < claims; block++) {
            documents.put(
                    HOSTS + fleet.owner(block) + "/ipv4/block/" + inKey(fleet.block(block)),
                    "{\"state\":\"confirmed\"}");
        }
        return documents;
    }

    public Map<String, String> blocks(int from, int to) {
        Map<String, String> documents = new LinkedHashMap<>();
        for (int block = from; block < to; block++) {
            documents.put(blockKey(block), block(block));
        }
        return documents;
    }

    String node(int peer) {
        return RESOURCES + "nodes/" + fleet.peer(peer);
    }

    String node(int peer, String address) {
        return "{\"kind\":\"Node\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"" + fleet.peer(peer)
                + "\",\"labels\":{\"kubernetes.io/hostname\":\"" + fleet.peer(peer)
                + "\"}},\"spec\":{\"bgp\":{\"ipv4Address\":\"" + address + "\"}}}";
    }

    public String blockKey(int block) {
        return BLOCKS + inKey(fleet.block(block));
    }

    public String block(int number) {
        return "{\"cidr\":\"" + fleet.block(number) + "\",\"affinity\":\"host:" + fleet.owner(number)
                + "\",\"allocations\":[" + NULLS + "],\"unallocated\":[" + NUMBERS
                + "],\"attributes\":[],\"deleted\":false,\"strictAffinity\":false}";
    }

    private static String inKey(Prefix prefix) {
        return prefix.network() + "-" + prefix.length();
    }
}
