package io.culvert.operator.calico.field;

import io.culvert.operator.calico.IpPoolCodec;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.KnownFields;
import io.culvert.operator.calico.NodeCodec;
import io.culvert.operator.calico.rule.Rewrite;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The documentation of every field in {@link KnownFields}, by path. Rules and defaults are those of {@link IpPoolCodec}, {@link
 * NodeCodec} and {@link Rewrite}.
 */
final class FieldDocs {

    private static final String TEXT = "string";
    private static final String FLAG = "boolean";
    private static final String OBJECT = "object";
    private static final String OBJECTS = "list of objects";
    private static final String REQUIRED = "required";
    private static final String NONE = "none";
    private static final String MODES = "must be Always, CrossSubnet or Never";

    private static final Map<String, FieldDoc> ALL = all();

    private FieldDocs() {}

    /** By path, such as {@code ippool.spec.cidr} or {@code ippool}. */
    static Map<String, FieldDoc> byPath() {
        return ALL;
    }

    private static Map<String, FieldDoc> all() {
        Map<String, FieldDoc> docs = new TreeMap<>();
        for (Kind kind : Kind.values()) {
            header(kind, docs);
            metadata(kind.singular() + ".metadata", docs);
        }
        pool(docs);
        poolUse(docs);
        node(docs);
        nodeAddresses(docs);
        nodeOfOthers(docs);
        return Collections.unmodifiableMap(docs);
    }

    private static void header(Kind kind, Map<String, FieldDoc> docs) {
        String path = kind.singular();
        docs.put(
                path + ".apiVersion",
                FieldDoc.of(TEXT, REQUIRED, "must be " + Kind.API_VERSION, "The version of the resource's schema.")
                        .fixed());
        docs.put(
                path + ".kind",
                FieldDoc.of(TEXT, REQUIRED, "must be " + kind, "The type of the resource.")
                        .fixed());
        docs.put(
                path + ".metadata",
                FieldDoc.of(OBJECT, REQUIRED, "must be an object", "Name, labels and origin of the resource."));
        docs.put(
                path + ".spec",
                FieldDoc.of(OBJECT, REQUIRED, "must be an object", "The desired state: the part that you write."));
        docs.put(path + ".status", FieldDoc.kept(OBJECT, "The state that Calico's programs report."));
    }

    private static void metadata(String path, Map<String, FieldDoc> docs) {
        docs.put(
                path + ".name",
                FieldDoc.of(
                                TEXT,
                                REQUIRED,
                                "must be a DNS-1123 subdomain: lower-case letters, digits, '-' and '.', at most 253"
                                        + " characters, a letter or digit at both ends of each part",
                                "The name, unique for the kind.")
                        .fixed());
        docs.put(
                path + ".labels",
                FieldDoc.of(
                        "map of strings",
                        NONE,
                        "",
                        "Names and values for selectors. A pool's nodeSelector matches a Node's labels to decide whether"
                                + " the node takes addresses from the pool."));
        docs.put(path + ".annotations", FieldDoc.kept("map of strings", "Notes of users and programs."));
        docs.put(
                path + ".uid",
                FieldDoc.of(
                                TEXT,
                                "generated at creation",
                                "",
                                "Unique ID, also among former resources of the same name.")
                        .fixed());
        docs.put(
                path + ".creationTimestamp",
                FieldDoc.of("time, RFC 3339", "time of creation", "", "Time of creation.")
                        .fixed());
        docs.put(
                path + ".resourceVersion",
                FieldDoc.of(
                        TEXT,
                        NONE,
                        "",
                        "The etcd revision that was read. A write with another revision than the stored resource's is"
                                + " refused."));
        docs.put(path + ".namespace", FieldDoc.kept(TEXT, "Kubernetes' namespace; these kinds have none."));
        docs.put(path + ".generateName", FieldDoc.kept(TEXT, "Kubernetes' prefix for a generated name."));
        docs.put(path + ".selfLink", FieldDoc.kept(TEXT, "Kubernetes' path of the resource."));
        docs.put(path + ".generation", FieldDoc.kept("integer", "Kubernetes' counter of changes."));
        docs.put(
                path + ".deletionTimestamp",
                FieldDoc.kept("time, RFC 3339", "Time of the deletion request in Kubernetes."));
        docs.put(
                path + ".deletionGracePeriodSeconds",
                FieldDoc.kept("integer", "Grace period of a deletion in Kubernetes."));
        docs.put(path + ".ownerReferences", FieldDoc.kept(OBJECTS, "Owners of the resource in Kubernetes."));
        docs.put(path + ".finalizers", FieldDoc.kept("list of strings", "Conditions before Kubernetes deletes it."));
        docs.put(path + ".managedFields", FieldDoc.kept(OBJECTS, "Kubernetes' record of who set which field."));
    }

    private static void pool(Map<String, FieldDoc> docs) {
        docs.put(
                "ippool",
                FieldDoc.of(OBJECT, NONE, "", "A range of addresses for workloads, and how nodes route to them."));
        docs.put(
                "ippool.spec.cidr",
                FieldDoc.of(
                                "IPv4 prefix",
                                REQUIRED,
                                "must be an IPv4 prefix such as 192.168.0.0/16",
                                "The pool's range, without host bits. It must not overlap another pool and must hold at least"
                                        + " one block.")
                        .fixed());
        docs.put(
                "ippool.spec.ipipMode",
                FieldDoc.of(
                        TEXT,
                        "Always",
                        MODES,
                        "When traffic between nodes is encapsulated in IP-in-IP: Always; CrossSubnet, only to nodes in"
                                + " another subnet; Never, without routes to other subnets. The default is Never if vxlanMode or"
                                + " allowedUses LoadBalancer rules out IP-in-IP."));
        docs.put(
                "ippool.spec.vxlanMode",
                FieldDoc.of(
                        TEXT,
                        "Never",
                        MODES,
                        "When Calico encapsulates traffic in VXLAN. Culvert leaves a pool with a value other than Never to"
                                + " Calico; its ipipMode must be Never."));
        docs.put(
                "ippool.spec.natOutgoing",
                FieldDoc.of(
                        FLAG,
                        "false",
                        "must be true or false",
                        "Whether packets from the pool's workloads to addresses outside all pools are source-NATed to"
                                + " their node's address."));
        docs.put(
                "ippool.spec.blockSize",
                FieldDoc.of(
                                "integer",
                                "26",
                                "must be an integer from 20 to 32",
                                "Prefix length of the blocks that nodes claim; 26 gives 64 addresses per block.")
                        .fixed());
    }

    private static void poolUse(Map<String, FieldDoc> docs) {
        docs.put(
                "ippool.spec.disabled",
                FieldDoc.of(
                        FLAG,
                        "false",
                        "must be true or false",
                        "Whether the pool assigns no new blocks and tunnel addresses; it is still routed."));
        docs.put(
                "ippool.spec.nodeSelector",
                FieldDoc.of(
                        "selector",
                        "all()",
                        "must be a selector of labels, such as zone == 'east' && !has(gpu)",
                        "Which nodes take addresses from the pool; routing does not depend on it."));
        docs.put(
                "ippool.spec.allowedUses",
                FieldDoc.of(
                        "list of strings",
                        "Workload, Tunnel",
                        "must be Workload, Tunnel or LoadBalancer",
                        "Allowed uses of its addresses: workloads, the nodes' tunnel devices, or only load"
                                + " balancers."));
        docs.put(
                "ippool.spec.assignmentMode",
                FieldDoc.of(
                        TEXT,
                        "Automatic",
                        "must be Automatic or Manual",
                        "Whether nodes claim blocks of the pool on their own."));
        docs.put(
                "ippool.spec.disableBGPExport",
                FieldDoc.of(
                        FLAG,
                        "false",
                        "must be true or false",
                        "Whether Calico's BGP does not announce the pool; Culvert announces nothing."));
        docs.put(
                "ippool.spec.namespaceSelector",
                FieldDoc.of(
                        "selector",
                        NONE,
                        "must be absent while spec.allowedUses contains Tunnel",
                        "Namespaces whose workloads get addresses from the pool in Calico's IPAM. Culvert keeps it and"
                                + " ignores it."));
    }

    private static void node(Map<String, FieldDoc> docs) {
        docs.put(
                "node",
                FieldDoc.of(
                        OBJECT, NONE, "", "A host of the overlay; its agent registers it and keeps it up to date."));
        docs.put(
                "node.spec.bgp",
                FieldDoc.of(
                        OBJECT,
                        NONE,
                        "must be an object",
                        "The node's addresses, in the place where Calico's programs expect them."));
        docs.put(
                "node.spec.bgp.ipv4Address",
                FieldDoc.of(
                        "IPv4 address with prefix length",
                        "the first IPv4 address of type InternalIP, then ExternalIP, in spec.addresses",
                        "must be an IPv4 address with prefix length, such as 10.0.1.11/24",
                        "Address at which peers reach the node. The prefix length defines its subnet, and so whether"
                                + " CrossSubnet uses the tunnel."));
        docs.put(
                "node.spec.bgp.ipv4IPIPTunnelAddr",
                FieldDoc.of(
                        "IPv4 address",
                        "assigned by the agent once its tunnel device is ready",
                        "must be an IPv4 address such as 192.168.0.1",
                        "Address of the node's tunnel device; shows peers that the node can receive."));
    }

    private static void nodeAddresses(Map<String, FieldDoc> docs) {
        docs.put(
                "node.spec.addresses",
                FieldDoc.of(
                        OBJECTS,
                        NONE,
                        "must be a list of objects",
                        "Further addresses of the node, used if spec.bgp.ipv4Address is absent."));
        docs.put(
                "node.spec.addresses.address",
                FieldDoc.of(
                        "IPv4 or IPv6 address, with or without prefix length",
                        NONE,
                        "must be an IPv4 address, with or without prefix length",
                        "The address; without prefix length it means a /32."));
        docs.put(
                "node.spec.addresses.type",
                FieldDoc.of(
                        TEXT,
                        NONE,
                        "",
                        "Type of the address: CalicoNodeIP, InternalIP or ExternalIP; Culvert reads the last two."));
    }

    private static void nodeOfOthers(Map<String, FieldDoc> docs) {
        docs.put("node.spec.bgp.asNumber", FieldDoc.kept("integer", "The node's BGP autonomous system."));
        docs.put("node.spec.bgp.ipv6Address", FieldDoc.kept("IPv6 address", "The node's IPv6 address."));
        docs.put(
                "node.spec.bgp.routeReflectorClusterID",
                FieldDoc.kept(TEXT, "Cluster ID of the node as a BGP route reflector."));
        docs.put(
                "node.spec.ipv4VXLANTunnelAddr",
                FieldDoc.kept("IPv4 address", "The address of Calico's VXLAN device."));
        docs.put("node.spec.vxlanTunnelMACAddr", FieldDoc.kept(TEXT, "The hardware address of Calico's VXLAN device."));
        docs.put(
                "node.spec.ipv6VXLANTunnelAddr",
                FieldDoc.kept("IPv6 address", "The address of Calico's IPv6 VXLAN device."));
        docs.put(
                "node.spec.vxlanTunnelMACAddrV6",
                FieldDoc.kept(TEXT, "The hardware address of Calico's IPv6 VXLAN device."));
        docs.put("node.spec.wireguard", FieldDoc.kept(OBJECT, "The addresses of Calico's WireGuard devices."));
        docs.put("node.spec.orchRefs", FieldDoc.kept(OBJECTS, "The node's names in orchestrators."));
        docs.put("node.spec.orchRefs.nodeName", FieldDoc.kept(TEXT, "Name of the node in the orchestrator."));
        docs.put("node.spec.orchRefs.orchestrator", FieldDoc.kept(TEXT, "The orchestrator, such as k8s."));
        docs.put("node.spec.interfaces", FieldDoc.kept(OBJECTS, "The node's interfaces, as Calico detected them."));
        docs.put("node.spec.interfaces.name", FieldDoc.kept(TEXT, "The interface's name."));
        docs.put("node.spec.interfaces.addresses", FieldDoc.kept("list of strings", "Its addresses."));
    }
}
