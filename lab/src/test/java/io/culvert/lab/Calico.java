package io.culvert.lab;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The lab's nodes as Calico's IP-in-IP keeps them: its documents in etcd, {@code tunl0} with the node's tunnel address, and BIRD,
 * which writes the routes. Strict reverse-path filters, as some distributions have them.
 */
final class Calico implements AutoCloseable {

    private static final String RESOURCES = "/calico/resources/v3/projectcalico.org/";
    private static final String IPAM = "/calico/ipam/v2/";
    private static final String METADATA =
            "\"metadata\":{\"name\":\"%s\",\"uid\":\"5e5f1e0e-6b8e-4d3c-8a54-9f1b5c0d7e22\",\"creationTimestamp\":\"2026-01-02T03:04:06Z\"}";
    private static final int BLOCK_SIZE = 64;
    private static final int WORKLOAD_ORDINAL = 2;

    private final Lab lab;
    private final Map<LabNode, String> blocks = new LinkedHashMap<>();
    private final Map<LabNode, Bird> birds = new LinkedHashMap<>();
    private final Map<LabNode, String> reversePathFilter = new LinkedHashMap<>();

    /** Changes nothing before {@link #start}. */
    Calico(Lab lab) {
        this.lab = lab;
        blocks.put(lab.n1, "192.168.4.128/26");
        blocks.put(lab.n2, "192.168.114.192/26");
        blocks.put(lab.n3, "192.168.225.0/26");
    }

    /** Brings all of it up; no agent runs then, and etcd holds nothing else. */
    void start() {
        lab.withoutCulvert();
        lab.nodes.forEach(LabNode::detachWorkload);
        lab.etcd.deleteAll("/");
        writeDocuments();
        blocks.forEach(this::bringUp);
        startBirds();
    }

    Bird bird(LabNode node) {
        return birds.get(node);
    }

    String block(LabNode node) {
        return blocks.get(node);
    }

    /** Starts BIRD on every node, and waits until each has heard of all. */
    void startBirds() {
        birds.values().forEach(Bird::start);
        Eventually.passes(() -> birds.forEach((node, bird) -> {
            if (bird.establishedSessions() < lab.nodes.size() - 1) {
                throw new AssertionError(node.name + ": " + bird.birdc("show", "protocols"));
            }
        }));
    }

    void stopBirds() {
        birds.values().forEach(Bird::stop);
    }

    /** All that Calico keeps in etcd, keys and values. */
    String documents() {
        return lab.etcd.all("/calico/").toString();
    }

    private void writeDocuments() {
        resource("ippools", "default-ipv4-ippool", "IPPool", """
                "spec":{"cidr":"192.168.0.0/16","vxlanMode":"Never","ipipMode":"Always","natOutgoing":true,"blockSize":26,\
                "nodeSelector":"all()","allowedUses":["Workload","Tunnel"],"assignmentMode":"Automatic"}""");
        resource("clusterinformations", "default", "ClusterInformation", """
                "spec":{"clusterGUID":"1f2e3d4c5b6a79880011223344556677","clusterType":"bgp","calicoVersion":"v3.32.1",\
                "datastoreReady":true}""");
        resource("felixconfigurations", "default", "FelixConfiguration", """
                "spec":{"reportingInterval":"0s","logSeverityScreen":"Info","floatingIPs":"Disabled"}""");
        lab.etcd.put(IPAM + "config", "{\"auto_allocate_blocks\":true}");
        blocks.forEach((node, block) -> {
            resource("nodes", node.name, "Node", """
                    "spec":{"bgp":{"ipv4Address":"%1$s/24","ipv4IPIPTunnelAddr":"%2$s"},\
                    "addresses":[{"address":"%1$s/24","type":"CalicoNodeIP"}]},"status":{}""".formatted(node.address, address(block, 0)));
            String inKey = block.replace('/', '-');
            lab.etcd.put(IPAM + "assignment/ipv4/block/" + inKey, blockDocument(node, block));
            lab.etcd.put(
                    IPAM + "host/" + node.name + "/ipv4/block/" + inKey, "{\"state\":\"confirmed\",\"deleted\":false}");
            for (String handle : List.of(tunnelHandle(node), workloadHandle(node))) {
                lab.etcd.put(IPAM + "handle/" + handle, "{\"block\":{\"" + block + "\":1},\"deleted\":false}");
            }
        });
    }

    private void resource(String plural, String name, String kind, String rest) {
        lab.etcd.put(
                RESOURCES + plural + "/" + name,
                "{\"kind\":\"" + kind + "\",\"apiVersion\":\"projectcalico.org/v3\"," + METADATA.formatted(name) + ","
                        + rest + "}");
    }

    /** The tunnel has the first address, the workload the third. */
    private static String blockDocument(LabNode node, String block) {
        List<String> allocations = new ArrayList<>(Collections.nCopies(BLOCK_SIZE, "null"));
        allocations.set(0, "0");
        allocations.set(WORKLOAD_ORDINAL, "1");
        String free = IntStream.range(1, BLOCK_SIZE)
                .filter(ordinal -> ordinal != WORKLOAD_ORDINAL)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(","));
        return """
                {"cidr":"%s","affinity":"host:%s","allocations":[%s],"unallocated":[%s],"attributes":[\
                {"handle_id":"%s","secondary":{"node":"%2$s","type":"ipipTunnelAddress"}},\
                {"handle_id":"%s","secondary":{"namespace":"default","node":"%2$s","pod":"web-0"}}],\
                "sequenceNumber":1767323047000000002,\
                "sequenceNumberForAllocation":{"0":1767323047000000000,"2":1767323047000000001},"deleted":false}""".formatted(
                block, node.name, String.join(",", allocations), free, tunnelHandle(node), workloadHandle(node));
    }

    private static String tunnelHandle(LabNode node) {
        return "ipip-tunnel-addr-" + node.name;
    }

    private static String workloadHandle(LabNode node) {
        return "k8s-pod-network." + node.name;
    }

    private static String address(String block, int ordinal) {
        String network = block.substring(0, block.indexOf('/'));
        int dot = network.lastIndexOf('.') + 1;
        return network.substring(0, dot) + (Integer.parseInt(network.substring(dot)) + ordinal);
    }

    private void bringUp(LabNode node, String block) {
        reversePathFilter.put(
                node, node.run("sysctl", "net.ipv4.conf.all.rp_filter", "net.ipv4.conf.default.rp_filter"));
        node.run(
                "sysctl",
                "net.ipv4.ip_forward=1",
                "net.ipv4.conf.all.rp_filter=1",
                "net.ipv4.conf.default.rp_filter=1");
        node.run("sh", "-c", "ip link show tunl0 || ip link add tunl0 type ipip");
        node.run("ip", "address", "add", address(block, 0) + "/32", "dev", "tunl0");
        node.run("ip", "link", "set", "tunl0", "mtu", "1480", "up");
        node.attachWorkload(address(block, WORKLOAD_ORDINAL));
        birds.put(
                node,
                new Bird(
                        node,
                        block,
                        lab.nodes.stream().filter(peer -> peer != node).toList()));
    }

    /** Takes everything down again: no agent runs, etcd is empty, the kernels are as they were. */
    @Override
    public void close() {
        lab.withoutCulvert();
        stopBirds();
        for (LabNode node : birds.keySet()) {
            node.detachWorkload();
            node.run("ip", "route", "flush", "proto", "bird");
            node.run("ip", "route", "flush", "proto", "91");
            node.run("ip", "address", "flush", "dev", "tunl0");
            node.run("ip", "link", "set", "tunl0", "down");
            node.run("sysctl", "net.ipv4.ip_forward=0");
            reversePathFilter.get(node).lines().forEach(line -> node.run("sysctl", "-w", line.replace(" ", "")));
        }
        lab.etcd.deleteAll("/");
    }
}
