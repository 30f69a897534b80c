package io.culvert.operator.calico.field;

import io.culvert.operator.calico.IpPoolCodec;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.KnownFields;
import io.culvert.operator.calico.NodeCodec;
import io.culvert.operator.calico.rule.PoolDefaults;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The documentation of every field in {@link KnownFields}, by path. Rules and defaults are those that {@link IpPoolCodec},
 * {@link NodeCodec} and {@link PoolDefaults} hold documents to.
 */
final class FieldDocs {

    private static final String TEXT = "text";
    private static final String FLAG = "true or false";
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
                FieldDoc.of(TEXT, REQUIRED, "must be " + Kind.API_VERSION, "The version of the resource's form.")
                        .fixed());
        docs.put(
                path + ".kind",
                FieldDoc.of(TEXT, REQUIRED, "must be " + kind, "What sort of resource it is.")
                        .fixed());
        docs.put(
                path + ".metadata",
                FieldDoc.of(
                        OBJECT, REQUIRED, "must be an object", "What the resource is called and when it was made."));
        docs.put(
                path + ".spec",
                FieldDoc.of(
                        OBJECT, REQUIRED, "must be an object", "What the resource shall be: the part that you write."));
        docs.put(path + ".status", FieldDoc.kept(OBJECT, "What Calico's programs say of the resource."));
    }

    private static void metadata(String path, Map<String, FieldDoc> docs) {
        docs.put(
                path + ".name",
                FieldDoc.of(
                                TEXT,
                                REQUIRED,
                                "must be a DNS-1123 subdomain: lower-case letters, digits, '-' and '.', at most 253"
                                        + " characters, a letter or digit at both ends of each part",
                                "The resource's name, one of its kind.")
                        .fixed());
        docs.put(
                path + ".labels",
                FieldDoc.of(
                        "text by text",
                        NONE,
                        "",
                        "Names and values that selectors look at; those of a Node decide by"
                                + " a pool's nodeSelector whether the node takes addresses of it."));
        docs.put(path + ".annotations", FieldDoc.kept("text by text", "Notes of people and programs."));
        docs.put(
                path + ".uid",
                FieldDoc.of(TEXT, "made when the resource is", "", "Tells it from others that had its name.")
                        .fixed());
        docs.put(
                path + ".creationTimestamp",
                FieldDoc.of("time, RFC 3339", "the time of creation", "", "When the resource was made.")
                        .fixed());
        docs.put(
                path + ".resourceVersion",
                FieldDoc.of(
                        TEXT,
                        NONE,
                        "",
                        "The etcd revision that was read; a write that names another one than the stored"
                                + " resource has is refused."));
        docs.put(path + ".namespace", FieldDoc.kept(TEXT, "Kubernetes' namespace; these kinds have none."));
        docs.put(path + ".generateName", FieldDoc.kept(TEXT, "Kubernetes' beginning of a name to be made up."));
        docs.put(path + ".selfLink", FieldDoc.kept(TEXT, "Kubernetes' path of the resource."));
        docs.put(path + ".generation", FieldDoc.kept("number", "Kubernetes' count of changes."));
        docs.put(
                path + ".deletionTimestamp",
                FieldDoc.kept("time, RFC 3339", "When Kubernetes was asked to delete it."));
        docs.put(path + ".deletionGracePeriodSeconds", FieldDoc.kept("number", "How long Kubernetes' deletion waits."));
        docs.put(path + ".ownerReferences", FieldDoc.kept(OBJECTS, "Kubernetes' resources that it goes with."));
        docs.put(path + ".finalizers", FieldDoc.kept("list of text", "Who must agree before Kubernetes deletes it."));
        docs.put(path + ".managedFields", FieldDoc.kept(OBJECTS, "Kubernetes' notes of who wrote which field."));
    }

    private static void pool(Map<String, FieldDoc> docs) {
        docs.put(
                "ippool",
                FieldDoc.of(
                        OBJECT,
                        NONE,
                        "",
                        "A range of addresses for workloads, with the way in which nodes reach them."));
        docs.put(
                "ippool.spec.cidr",
                FieldDoc.of(
                                "IPv4 prefix",
                                REQUIRED,
                                "must be an IPv4 prefix such as 192.168.0.0/16",
                                "The pool's range, without host bits; it overlaps no other pool and holds at least one"
                                        + " block.")
                        .fixed());
        docs.put(
                "ippool.spec.ipipMode",
                FieldDoc.of(
                        TEXT,
                        "Always",
                        MODES,
                        "When traffic between nodes is wrapped in IP-in-IP: Always; CrossSubnet, only to nodes in another"
                                + " subnet; Never, which reaches no node in another subnet. The default is Never where"
                                + " vxlanMode or allowedUses LoadBalancer excludes IP-in-IP."));
        docs.put(
                "ippool.spec.vxlanMode",
                FieldDoc.of(
                        TEXT,
                        "Never",
                        MODES,
                        "When Calico wraps traffic in VXLAN; a pool with another value than Never is left to Calico, and"
                                + " its ipipMode must be Never."));
        docs.put(
                "ippool.spec.natOutgoing",
                FieldDoc.of(
                        FLAG,
                        "false",
                        "must be true or false",
                        "Whether what workloads of the pool send to an address in no pool leaves with their node's"
                                + " address."));
        docs.put(
                "ippool.spec.blockSize",
                FieldDoc.of(
                                "number",
                                "26",
                                "must be a whole number from 20 to 32",
                                "Prefix length of the blocks that nodes claim: 26 is 64 addresses each.")
                        .fixed());
    }

    private static void poolUse(Map<String, FieldDoc> docs) {
        docs.put(
                "ippool.spec.disabled",
                FieldDoc.of(
                        FLAG,
                        "false",
                        "must be true or false",
                        "Whether the pool gives out no new blocks and tunnel addresses; it is routed all the same."));
        docs.put(
                "ippool.spec.nodeSelector",
                FieldDoc.of(
                        "selector",
                        "all()",
                        "must be a selector of labels, such as zone == 'east' && !has(gpu)",
                        "Which nodes take addresses of the pool; routing does not depend on it."));
        docs.put(
                "ippool.spec.allowedUses",
                FieldDoc.of(
                        "list of text",
                        "Workload, Tunnel",
                        "must be Workload, Tunnel or LoadBalancer",
                        "What its addresses may be for: workloads, the nodes' tunnel devices, or, alone, load"
                                + " balancers."));
        docs.put(
                "ippool.spec.assignmentMode",
                FieldDoc.of(
                        TEXT,
                        "Automatic",
                        "must be Automatic or Manual",
                        "Whether nodes claim blocks of the pool without being asked."));
        docs.put(
                "ippool.spec.disableBGPExport",
                FieldDoc.of(
                        FLAG,
                        "false",
                        "must be true or false",
                        "Whether Calico's BGP leaves the pool out of what it announces; Culvert announces nothing."));
        docs.put(
                "ippool.spec.namespaceSelector",
                FieldDoc.of(
                        "selector",
                        NONE,
                        "must be absent while spec.allowedUses contains Tunnel",
                        "Which namespaces' workloads Calico's IPAM gives its addresses to; Culvert keeps it and does not"
                                + " act upon it."));
    }

    private static void node(Map<String, FieldDoc> docs) {
        docs.put(
                "node",
                FieldDoc.of(
                        OBJECT, NONE, "", "A machine of the overlay; its agent registers it and keeps it up to date."));
        docs.put(
                "node.spec.bgp",
                FieldDoc.of(
                        OBJECT,
                        NONE,
                        "must be an object",
                        "The node's addresses, where Calico's programs look for them."));
        docs.put(
                "node.spec.bgp.ipv4Address",
                FieldDoc.of(
                        "IPv4 address with prefix length",
                        "the first IPv4 address of type InternalIP, then ExternalIP, in spec.addresses",
                        "must be an IPv4 address with prefix length, such as 10.0.1.11/24",
                        "Where peers reach the node; the length says what its subnet is, and so whether CrossSubnet needs"
                                + " the tunnel."));
        docs.put(
                "node.spec.bgp.ipv4IPIPTunnelAddr",
                FieldDoc.of(
                        "IPv4 address",
                        "given by the agent when its tunnel device is ready",
                        "must be an IPv4 address such as 192.168.0.1",
                        "The address of the node's tunnel device; it shows peers that the node can receive."));
    }

    private static void nodeAddresses(Map<String, FieldDoc> docs) {
        docs.put(
                "node.spec.addresses",
                FieldDoc.of(
                        OBJECTS,
                        NONE,
                        "must be a list of objects",
                        "Further addresses of the node, looked at when spec.bgp.ipv4Address is absent."));
        docs.put(
                "node.spec.addresses.address",
                FieldDoc.of(
                        "IPv4 or IPv6 address, with or without prefix length",
                        NONE,
                        "must be an IPv4 address, with or without prefix length",
                        "The address; a bare one stands for a /32."));
        docs.put(
                "node.spec.addresses.type",
                FieldDoc.of(
                        TEXT,
                        NONE,
                        "",
                        "What sort of address it is: CalicoNodeIP, InternalIP or ExternalIP; Culvert reads the last two."));
    }

    private static void nodeOfOthers(Map<String, FieldDoc> docs) {
        docs.put("node.spec.bgp.asNumber", FieldDoc.kept("number", "The node's BGP autonomous system."));
        docs.put("node.spec.bgp.ipv6Address", FieldDoc.kept("IPv6 address", "The node's IPv6 address."));
        docs.put(
                "node.spec.bgp.routeReflectorClusterID",
                FieldDoc.kept(TEXT, "The node's part as a BGP route reflector."));
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
        docs.put("node.spec.orchRefs.nodeName", FieldDoc.kept(TEXT, "Its name there."));
        docs.put("node.spec.orchRefs.orchestrator", FieldDoc.kept(TEXT, "Which orchestrator, such as k8s."));
        docs.put("node.spec.interfaces", FieldDoc.kept(OBJECTS, "The node's interfaces, as Calico found them."));
        docs.put("node.spec.interfaces.name", FieldDoc.kept(TEXT, "The interface's name."));
        docs.put("node.spec.interfaces.addresses", FieldDoc.kept("list of text", "Its addresses."));
    }
}
