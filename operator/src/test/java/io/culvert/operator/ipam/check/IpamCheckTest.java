package io.culvert.operator.ipam.check;

import static io.culvert.operator.ipam.check.IpamStore.AFFINITY_1;
import static io.culvert.operator.ipam.check.IpamStore.AFFINITY_2;
import static io.culvert.operator.ipam.check.IpamStore.BLOCK_1;
import static io.culvert.operator.ipam.check.IpamStore.BLOCK_2;
import static io.culvert.operator.ipam.check.IpamStore.CONFIG;
import static io.culvert.operator.ipam.check.IpamStore.NODE_1;
import static io.culvert.operator.ipam.check.IpamStore.NODE_2;
import static io.culvert.operator.ipam.check.IpamStore.POD_HANDLE;
import static io.culvert.operator.ipam.check.IpamStore.POOL;
import static io.culvert.operator.ipam.check.IpamStore.TUNNEL_HANDLE_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class IpamCheckTest {

    private static final String CONFIRMED = "{\"state\":\"confirmed\",\"deleted\":false}";
    private static final String EMPTY_30 =
            "{\"cidr\":\"CIDR\",\"affinity\":\"host:n1\",\"allocations\":[null,null,null,null],"
                    + "\"unallocated\":[0,1,2,3],\"attributes\":[],\"sequenceNumber\":1,\"deleted\":false}";

    /**
     * A way to break IPAM.
     *
     * @param expected {@code rule key} and a part of the sentence, behind a bar
     */
    private record Case(String name, UnaryOperator<IpamStore> harm, List<String> expected) {

        static Case of(String name, UnaryOperator<IpamStore> harm, String... expected) {
            return new Case(name, harm, List.of(expected));
        }

        List<Finding> findings() {
            return IpamCheck.check(harm.apply(IpamStore.consistent()).picture());
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> harmful() {
        String other30 = "/calico/ipam/v2/assignment/ipv4/block/192.168.0.16-30";
        String inner30 = "/calico/ipam/v2/assignment/ipv4/block/192.168.0.4-30";
        String outside = "/calico/ipam/v2/assignment/ipv4/block/10.9.0.0-30";
        return Stream.of(
                Case.of(
                        "a block's key without a prefix",
                        store -> store.put("/calico/ipam/v2/assignment/ipv4/block/192.168.0.17-29", "{}"),
                        "malformed-key /calico/ipam/v2/assignment/ipv4/block/192.168.0.17-29|without host bits"),
                Case.of(
                        "an affinity's key without a prefix",
                        store -> store.put("/calico/ipam/v2/host/n1/ipv4/block/all", CONFIRMED),
                        "malformed-key /calico/ipam/v2/host/n1/ipv4/block/all|prefix"),
                Case.of(
                        "a torn block",
                        store -> store.put(BLOCK_2, "{\"cidr\":"),
                        "malformed-value " + BLOCK_2 + "|is not JSON"),
                Case.of(
                        "a block under another's key",
                        store -> store.edit(BLOCK_2, "192.168.0.8/29", "192.168.0.16/29"),
                        "malformed-value " + BLOCK_2 + "|the key says 192.168.0.8/29"),
                Case.of(
                        "a block cut short",
                        store -> store.edit(BLOCK_2, "[0,null,", "[0,"),
                        "malformed-value " + BLOCK_2 + "|has 7 entries"),
                Case.of(
                        "an affinity in no state there is",
                        store -> store.put(AFFINITY_2, "{\"state\":\"maybe\"}"),
                        "malformed-value " + AFFINITY_2 + "|pending, confirmed or pendingDeletion",
                        "owner-without-affinity " + BLOCK_2 + "|node n2"),
                Case.of(
                        "a handle that counts in words",
                        store -> store.put(POD_HANDLE, "{\"block\":{\"192.168.0.0/29\":\"one\"}}"),
                        "malformed-value " + POD_HANDLE + "|must count",
                        "handle-count " + POD_HANDLE + "|0 in 192.168.0.0/29 where there are 1"),
                Case.of(
                        "a pool that is none",
                        store -> store.put("/calico/resources/v3/projectcalico.org/ippools/x", "[]"),
                        "malformed-value /calico/resources/v3/projectcalico.org/ippools/x|must be an object"),
                Case.of(
                        "neither blocks nor borrowing",
                        store -> store.put(CONFIG, "{}"),
                        "ipam-configuration " + CONFIG + "|both false"),
                Case.of(
                        "a limit that borrowing gets around",
                        store -> store.put(CONFIG, "{\"auto_allocate_blocks\":true,\"maxBlocksPerHost\":2}"),
                        "ipam-configuration " + CONFIG + "|borrow instead"),
                Case.of(
                        "a limit below none",
                        store -> store.put(CONFIG, "{\"strict_affinity\":true,\"maxBlocksPerHost\":-1}"),
                        "ipam-configuration " + CONFIG + "|maxBlocksPerHost is -1"),
                Case.of(
                        "an owner that is a number",
                        store -> store.edit(BLOCK_1, "\"host:n1\"", "7"),
                        "malformed-value " + BLOCK_1 + "|affinity must be a string or null, and is 7"),
                Case.of(
                        "free addresses that are a number",
                        store -> store.edit(BLOCK_1, "[2,3,4,5,6,7]", "6"),
                        "malformed-value " + BLOCK_1 + "|attributes and unallocated must be lists"),
                Case.of(
                        "a block inside another",
                        store -> store.put(inner30, EMPTY_30.replace("CIDR", "192.168.0.4/30"))
                                .put(AFFINITY_1.replace("0.0-29", "0.4-30"), CONFIRMED),
                        "overlapping-blocks " + inner30 + "|inside block 192.168.0.0/29",
                        "block-size " + inner30 + "|blocks of pool p are /29"),
                Case.of(
                        "a block in no pool",
                        store -> store.put(outside, EMPTY_30.replace("CIDR", "10.9.0.0/30"))
                                .put("/calico/ipam/v2/host/n1/ipv4/block/10.9.0.0-30", CONFIRMED),
                        "block-outside-pools " + outside + "|in no pool"),
                Case.of(
                        "a pool that has gone",
                        store -> store.remove(POOL),
                        "block-outside-pools " + BLOCK_1 + "|2 of its addresses",
                        "block-outside-pools " + BLOCK_2 + "|1 of its addresses"),
                Case.of(
                        "a block of another size",
                        store -> store.put(other30, EMPTY_30.replace("CIDR", "192.168.0.16/30"))
                                .put("/calico/ipam/v2/host/n1/ipv4/block/192.168.0.16-30", CONFIRMED),
                        "block-size " + other30 + "|is a /30"),
                Case.of(
                        "an owner without a claim",
                        store -> store.remove(AFFINITY_1),
                        "owner-without-affinity " + BLOCK_1 + "|" + AFFINITY_1),
                Case.of(
                        "an owner whose claim is pending",
                        store -> store.put(AFFINITY_1, "{\"state\":\"pending\"}"),
                        "owner-without-affinity " + BLOCK_1 + "|no confirmed claim"),
                Case.of(
                        "a claim without a block",
                        store -> store.put("/calico/ipam/v2/host/n1/ipv4/block/192.168.0.16-29", CONFIRMED),
                        "affinity-without-block /calico/ipam/v2/host/n1/ipv4/block/192.168.0.16-29|(confirmed)"),
                Case.of(
                        "a block claimed twice",
                        store -> store.put("/calico/ipam/v2/host/n2/ipv4/block/192.168.0.0-29", CONFIRMED),
                        "affinity-of-another /calico/ipam/v2/host/n2/ipv4/block/192.168.0.0-29|belongs to node n1"),
                Case.of(
                        "a claim on a block without an owner",
                        store -> store.edit(BLOCK_1, "\"host:n1\"", "null"),
                        "affinity-of-another " + AFFINITY_1 + "|belongs to no node"),
                Case.of(
                        "a node that has gone",
                        store -> store.remove(NODE_2),
                        "unknown-node " + BLOCK_2 + "|belongs to node n2, which does not exist",
                        "tunnel-address-leaked " + BLOCK_2 + "|node n2, which does not exist"),
                Case.of(
                        "an owner that has gone and held nothing",
                        store -> store.put(
                                        other30.replace("-30", "-29"),
                                        EMPTY_30.replace("CIDR", "192.168.0.16/29")
                                                .replace("host:n1", "host:n9")
                                                .replace("[null,", "[null,null,null,null,null,")
                                                .replace("[0,1,2,3]", "[0,1,2,3,4,5,6,7]"))
                                .put("/calico/ipam/v2/host/n9/ipv4/block/192.168.0.16-29", CONFIRMED),
                        "unknown-node " + other30.replace("-30", "-29") + "|belongs to node n9"),
                Case.of(
                        "a borrower that has gone",
                        store -> store.edit(BLOCK_1, "\"node\":\"n1\",\"pod\"", "\"node\":\"n9\",\"pod\""),
                        "unknown-node " + BLOCK_1 + "|node n9, which does not exist and holds 1"),
                Case.of(
                        "more blocks than allowed",
                        store -> store.put(
                                        CONFIG,
                                        "{\"strict_affinity\":true,\"auto_allocate_blocks\":true,\"maxBlocksPerHost\":1}")
                                .put(
                                        other30.replace("-30", "-29"),
                                        EMPTY_30.replace("CIDR", "192.168.0.16/29")
                                                .replace("[null,", "[null,null,null,null,null,")
                                                .replace("[0,1,2,3]", "[0,1,2,3,4,5,6,7]"))
                                .put("/calico/ipam/v2/host/n1/ipv4/block/192.168.0.16-29", CONFIRMED),
                        "too-many-blocks /calico/ipam/v2/host/n1/ipv4/block/|claims 2 blocks, and maxBlocksPerHost is 1"),
                Case.of(
                        "an index behind the attributes",
                        store -> store.edit(BLOCK_1, "[0,1,null", "[0,2,null"),
                        "attribute-index " + BLOCK_1 + "|allocations[1] is 2",
                        "unused-handle " + POD_HANDLE + "|with this handle, and it counts 192.168.0.0/29"),
                Case.of(
                        "taken and free at once",
                        store -> store.edit(BLOCK_1, "[2,3,4,5,6,7]", "[1,2,3,4,5,6,7]"),
                        "ordinals " + BLOCK_1 + "|ordinals 1 are taken in allocations and free"),
                Case.of(
                        "neither taken nor free",
                        store -> store.edit(BLOCK_1, "[2,3,4,5,6,7]", "[2,3]"),
                        "ordinals " + BLOCK_1 + "|ordinals 4, 5, 6, 7 are neither"),
                Case.of(
                        "free twice",
                        store -> store.edit(BLOCK_1, "[2,3,4,5,6,7]", "[2,3,4,5,6,7,7]"),
                        "ordinals " + BLOCK_1 + "|ordinals 7 are in unallocated more than once"),
                Case.of(
                        "free and not there",
                        store -> store.edit(BLOCK_1, "[2,3,4,5,6,7]", "[2,3,4,5,6,7,8]"),
                        "ordinals " + BLOCK_1 + "|no such address"),
                Case.of(
                        "a number that went through a double",
                        store -> store.edit(
                                BLOCK_2, "\"sequenceNumber\":1767323047000000001", "\"sequenceNumber\":1.767323047e18"),
                        "sequence-number " + BLOCK_2 + "|floating-point"),
                Case.of(
                        "a number above 64 bits",
                        store -> store.edit(
                                BLOCK_2,
                                "\"sequenceNumber\":1767323047000000001",
                                "\"sequenceNumber\":18446744073709551616"),
                        "sequence-number " + BLOCK_2 + "|2^64-1"),
                Case.of(
                        "a number that went back",
                        store -> store.edit(
                                BLOCK_2,
                                "\"sequenceNumber\":1767323047000000001",
                                "\"sequenceNumber\":1767323047000000000"),
                        "sequence-number " + BLOCK_2 + "|sequenceNumberForAllocation[0] is 1767323047000000000"),
                Case.of(
                        "a number that was rounded above 2^53",
                        store -> store.edit(
                                BLOCK_1,
                                "\"sequenceNumber\":1767323047000000002",
                                "\"sequenceNumber\":" + (long) 1767323047000000002.0),
                        "sequence-number " + BLOCK_1 + "|sequenceNumberForAllocation[0] is 1767323047000000000,"
                                + " sequenceNumberForAllocation[1] is 1767323047000000001, and must be a whole"
                                + " number, for taken ordinals below sequenceNumber (1767323047000000000); its writer may have read it"
                                + " as a floating-point number, which is not exact above 2^53"),
                Case.of(
                        "a fraction for a free address",
                        store -> store.edit(BLOCK_2, "{\"0\":", "{\"3\":7.5,\"0\":"),
                        "sequence-number " + BLOCK_2 + "|sequenceNumberForAllocation[3] is 7.5"),
                Case.of(
                        "a handle that counts too many",
                        store -> store.edit(POD_HANDLE, ":1}", ":2}"),
                        "handle-count " + POD_HANDLE + "|2 in 192.168.0.0/29 where there are 1"),
                Case.of(
                        "a handle that counts elsewhere",
                        store -> store.edit(POD_HANDLE, ":1}", ":1,\"192.168.0.8/29\":1}"),
                        "handle-count " + POD_HANDLE + "|1 in 192.168.0.8/29 where there are 0"),
                Case.of(
                        "a handle of nothing",
                        store -> store.put("/calico/ipam/v2/handle/gone", "{\"block\":{\"192.168.0.0/29\":1}}"),
                        "unused-handle /calico/ipam/v2/handle/gone|no address"),
                Case.of(
                        "an empty handle",
                        store -> store.put("/calico/ipam/v2/handle/gone", "{\"block\":{},\"deleted\":false}"),
                        "unused-handle /calico/ipam/v2/handle/gone|no address"),
                Case.of(
                        "an address whose handle is gone",
                        store -> store.remove(POD_HANDLE),
                        "missing-handle " + BLOCK_1 + "|192.168.0.1 is taken with handle k8s-pod-network.4f1c"),
                Case.of(
                        "a tunnel address that is free",
                        store -> store.edit(NODE_1, "\"192.168.0.0\"", "\"192.168.0.2\""),
                        "tunnel-address-leaked " + BLOCK_1 + "|node n1, which names 192.168.0.2",
                        "tunnel-address-not-allocated " + NODE_1 + "|is free in block 192.168.0.0/29"),
                Case.of(
                        "a tunnel address in no block",
                        store -> store.edit(NODE_1, "\"192.168.0.0\"", "\"192.168.0.99\""),
                        "tunnel-address-leaked " + BLOCK_1 + "|192.168.0.0",
                        "tunnel-address-not-allocated " + NODE_1 + "|lies in no block"),
                Case.of(
                        "a tunnel address that is a pod's",
                        store -> store.edit(NODE_1, "\"192.168.0.0\"", "\"192.168.0.1\""),
                        "tunnel-address-leaked " + BLOCK_1 + "|192.168.0.0",
                        "tunnel-address-of-another " + NODE_1 + "|taken by default/web-0"),
                Case.of(
                        "a tunnel address that no node names",
                        store -> store.edit(NODE_1, ",\"ipv4IPIPTunnelAddr\":\"192.168.0.0\"", ""),
                        "tunnel-address-leaked " + BLOCK_1 + "|node n1, which names none"),
                Case.of(
                        "two nodes with one tunnel address",
                        store -> store.edit(NODE_2, "\"192.168.0.8\"", "\"192.168.0.0\""),
                        "tunnel-address-leaked " + BLOCK_2 + "|192.168.0.8",
                        "tunnel-address-of-another " + NODE_2 + "|taken by node n1",
                        "tunnel-address-shared " + NODE_1 + "|nodes n1, n2"));
    }

    @Test
    void a_consistent_store_has_no_findings() {
        assertThat(IpamCheck.check(IpamStore.consistent().picture())).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("harmful")
    void names_every_inconsistency_by_rule_and_key_and_no_other(Case broken) {
        List<Finding> findings = broken.findings();
        assertThat(findings.stream().map(found -> found.rule() + " " + found.key()))
                .containsExactlyInAnyOrderElementsOf(broken.expected().stream()
                        .map(line -> line.substring(0, line.indexOf('|')))
                        .toList());
        for (String line : broken.expected()) {
            assertThat(findings)
                    .anySatisfy(found -> assertThat(found.rule() + " " + found.key() + "|" + found.what())
                            .startsWith(line.substring(0, line.indexOf('|') + 1))
                            .contains(line.substring(line.indexOf('|') + 1)));
        }
        assertThat(findings)
                .allSatisfy(found -> assertThat(found.toString())
                        .isEqualTo(found.rule() + ": " + found.key() + ": " + found.what() + "; " + found.advice())
                        .doesNotContain("\n"));
    }

    @Test
    void every_rule_is_broken_once() {
        Set<Rule> broken = harmful()
                .flatMap(harm -> harm.findings().stream())
                .map(Finding::rule)
                .collect(Collectors.toSet());
        assertThat(broken).containsExactlyInAnyOrderElementsOf(EnumSet.allOf(Rule.class));
    }

    /** What is unusual and valid. */
    static Stream<Case> harmless() {
        return Stream.of(
                Case.of("an affinity of old", store -> store.put(AFFINITY_1, "")),
                Case.of("an affinity without a state", store -> store.put(AFFINITY_1, "{}")),
                Case.of(
                        "an owner of old",
                        store -> store.edit(BLOCK_1, "\"affinity\":\"host:n1\"", "\"hostAffinity\":\"n1\"")),
                Case.of(
                        "a block without numbers",
                        store -> store.edit(
                                BLOCK_2,
                                "\"sequenceNumber\":1767323047000000001,\"sequenceNumberForAllocation\":{\"0\":1767323047000000000},",
                                "")),
                Case.of(
                        "the greatest number",
                        store -> store.edit(
                                BLOCK_2,
                                "\"sequenceNumber\":1767323047000000001",
                                "\"sequenceNumber\":18446744073709551615")),
                Case.of(
                        "numbers of released addresses, as Calico 3.28 to 3.32 leaves them",
                        store -> store.edit(BLOCK_2, "{\"0\":", "{\"3\":7,\"5\":18446744073709551615,\"0\":")),
                Case.of("a host's marker", store -> store.put("/calico/ipam/v2/host/n1", "{}")),
                Case.of(
                        "an IPv6 block",
                        store -> store.put("/calico/ipam/v2/assignment/ipv6/block/fd00::-122", "{}")
                                .put("/calico/ipam/v2/host/n1/ipv6/block/fd00::-122", "{}")),
                Case.of(
                        "a handle of an IPv6 address",
                        store -> store.put("/calico/ipam/v2/handle/six", "{\"block\":{\"fd00::/122\":1}}")),
                Case.of(
                        "a block for load balancers",
                        store -> store.edit(BLOCK_2, "host:n2", "virtual:load-balancer")
                                .remove(AFFINITY_2)),
                Case.of(
                        "an address that cools down",
                        store -> store.edit(
                                        BLOCK_1,
                                        "{\"handle_id\":\"k8s-pod-network.4f1c\",",
                                        "{\"handle_id\":\"k8s-pod-network.4f1c\",\"releasedAt\":\"2026-01-02T03:04:09Z\",")
                                .remove(POD_HANDLE)),
                Case.of(
                        "an address that cools down while another has its handle",
                        store -> store.edit(BLOCK_1, "[0,1,null", "[0,1,2")
                                .edit(BLOCK_1, "[2,3,4,5,6,7]", "[3,4,5,6,7]")
                                .edit(
                                        BLOCK_1,
                                        "UTC\"}}]",
                                        "UTC\"}},{\"handle_id\":\"k8s-pod-network.4f1c\",\"releasedAt\":\"2026-01-02T03:04:09Z\"}]")),
                Case.of(
                        "a tunnel address that cools down",
                        store -> store.edit(BLOCK_2, "[0,null", "[0,1")
                                .edit(BLOCK_2, "[1,2,3,4,5,6,7]", "[2,3,4,5,6,7]")
                                .edit(
                                        BLOCK_2,
                                        "\"}}],",
                                        "\"}},{\"handle_id\":\"ipip-tunnel-addr-n2\",\"releasedAt\":\"2026-01-02T03:04:09Z\","
                                                + "\"secondary\":{\"node\":\"n2\",\"type\":\"ipipTunnelAddress\"}}],")),
                Case.of(
                        "addresses reserved for Windows",
                        store -> store.edit(BLOCK_1, "k8s-pod-network.4f1c", "windows-reserved-ipam-handle")
                                .remove(POD_HANDLE)),
                Case.of(
                        "a tunnel address of old",
                        store -> store.edit(
                                        BLOCK_1,
                                        "{\"handle_id\":\"ipip-tunnel-addr-n1\",\"secondary\":{\"node\":\"n1\",\"type\":\"ipipTunnelAddress\"}}",
                                        "{\"handle_id\":null,\"secondary\":null}")
                                .remove(TUNNEL_HANDLE_1)),
                Case.of(
                        "a strict configuration",
                        store -> store.put(CONFIG, "{\"strict_affinity\":true,\"maxBlocksPerHost\":1}")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("harmless")
    void finds_nothing_where_nothing_is_wrong(Case odd) {
        assertThat(odd.findings()).isEmpty();
    }

    @Test
    void all_findings_come_at_once_by_key() {
        IpamStore store =
                IpamStore.consistent().remove(POD_HANDLE).remove(AFFINITY_2).remove(NODE_1);
        List<Finding> findings = IpamCheck.check(store.picture());
        assertThat(findings).isSorted();
        assertThat(findings.stream().map(Finding::rule))
                .containsExactlyInAnyOrderElementsOf(Arrays.asList(
                        Rule.UNKNOWN_NODE,
                        Rule.MISSING_HANDLE,
                        Rule.TUNNEL_ADDRESS_LEAKED,
                        Rule.OWNER_WITHOUT_AFFINITY));
    }
}
