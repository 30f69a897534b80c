package io.culvert.lab;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A node that only etcd knows: no machine is there, and others route to it all the same.
 *
 * @param address with prefix length, {@code 10.0.2.14/24}
 */
record PaperNode(String name, String address) {

    static final String PREFIX = "/calico/resources/v3/projectcalico.org/nodes/";
    static final String BLOCKS = "/calico/ipam/v2/assignment/ipv4/block/";
    private static final int BLOCK_SIZE = 64;

    String key() {
        return PREFIX + name;
    }

    String json() {
        return """
                {"kind":"Node","apiVersion":"projectcalico.org/v3","metadata":{"name":"%s",\
                "uid":"5e5f1e0e-6b8e-4d3c-8a54-9f1b5c0d7e22","creationTimestamp":"2026-01-02T03:04:06Z"},\
                "spec":{"bgp":{"ipv4Address":"%s"}},"status":{}}""".formatted(name, address);
    }

    static String blockKey(String block) {
        return BLOCKS + block.replace('/', '-');
    }

    String claimKey(String block) {
        return Lab.AFFINITIES + name + "/ipv4/block/" + block.replace('/', '-');
    }

    /** What has to be put for the blocks, each of 64 addresses, to be this node's. */
    Map<String, String> holding(List<String> blocks) {
        Map<String, String> puts = new LinkedHashMap<>();
        for (String block : blocks) {
            puts.put(
                    blockKey(block),
                    "{\"cidr\":\"%s\",\"affinity\":\"host:%s\",\"allocations\":[%s],\"unallocated\":[],\"attributes\":[],\"sequenceNumber\":1767323047000000002,\"deleted\":false}"
                            .formatted(block, name, String.join(",", Collections.nCopies(BLOCK_SIZE, "null"))));
            puts.put(claimKey(block), "{\"state\":\"confirmed\",\"deleted\":false}");
        }
        return puts;
    }
}
