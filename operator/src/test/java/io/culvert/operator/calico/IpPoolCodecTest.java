package io.culvert.operator.calico;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.calico.Decoded.Invalid;
import io.culvert.operator.calico.Decoded.Unsupported;
import io.culvert.operator.calico.Decoded.Valid;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.IpPool.AllowedUse;
import io.culvert.reconciler.resource.NodeSelector;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpPoolCodecTest {

    @Test
    void readsWhatCalicoStores() {
        assertThat(decode("""
                {"kind":"IPPool","apiVersion":"projectcalico.org/v3","metadata":{"name":"default-ipv4-ippool",\
                "uid":"0b7f6f52-6f27-4f4c-9d3e-0f6a2d6c1a11","creationTimestamp":"2026-01-02T03:04:05Z"},\
                "spec":{"cidr":"192.168.0.0/16","vxlanMode":"Never","ipipMode":"CrossSubnet","natOutgoing":true,\
                "blockSize":26,"nodeSelector":"all()","allowedUses":["Workload","Tunnel"],"assignmentMode":"Automatic"}}"""))
                .isEqualTo(new Valid<>(new IpPool(
                        "default-ipv4-ippool",
                        Prefix.parse("192.168.0.0/16"),
                        EncapsulationMode.CROSS_SUBNET,
                        EncapsulationMode.NEVER,
                        true,
                        false,
                        26,
                        NodeSelector.ALL,
                        Set.of(AllowedUse.WORKLOAD, AllowedUse.TUNNEL),
                        true)));
    }

    @Test
    void fillsInDefaults() {
        assertThat(pool("{'cidr':'10.0.0.0/8'}"))
                .isEqualTo(new IpPool(
                        "blue",
                        Prefix.parse("10.0.0.0/8"),
                        EncapsulationMode.ALWAYS,
                        EncapsulationMode.NEVER,
                        false,
                        false,
                        26,
                        NodeSelector.ALL,
                        Set.of(AllowedUse.WORKLOAD, AllowedUse.TUNNEL),
                        true));
    }

    @Test
    void takesEmptyValuesForAbsentOnesAsGoDoes() {
        assertThat(pool("""
                {'cidr':'10.0.0.0/8','ipipMode':'','vxlanMode':null,'natOutgoing':null,'blockSize':0,'nodeSelector':'',\
                'allowedUses':[],'assignmentMode':'','namespaceSelector':''}""")).isEqualTo(pool("{'cidr':'10.0.0.0/8'}"));
    }

    @ParameterizedTest(name = "{0} means ipipMode {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                                             | ALWAYS
            ,'vxlanMode':'Never'                           | ALWAYS
            ,'vxlanMode':'Always'                          | NEVER
            ,'vxlanMode':'CrossSubnet'                     | NEVER
            ,'ipipMode':'Never'                            | NEVER
            ,'ipipMode':'CrossSubnet','vxlanMode':'Never'  | CROSS_SUBNET
            ,'allowedUses':['LoadBalancer']                | NEVER
            """)
    void defaultMode(String fields, EncapsulationMode mode) {
        assertThat(pool("{'cidr':'10.0.0.0/8'" + (fields == null ? "" : fields) + "}")
                        .ipipMode())
                .isEqualTo(mode);
    }

    @Test
    void readsEveryField() {
        IpPool pool = pool("""
                {'cidr':'10.0.0.0/24','ipipMode':'Never','natOutgoing':true,'disabled':true,'blockSize':28,\
                'nodeSelector':'rack == \\"a\\"','allowedUses':['Workload'],'assignmentMode':'Manual',\
                'namespaceSelector':'has(x)','disableBGPExport':true,'fromTheFuture':{'x':[1]}}""");

        assertThat(pool.natOutgoing()).isTrue();
        assertThat(pool.disabled()).isTrue();
        assertThat(pool.blockSize()).isEqualTo(28);
        assertThat(pool.nodeSelector().matches(Map.of("rack", "a"))).isTrue();
        assertThat(pool.nodeSelector().matches(Map.of("rack", "b"))).isFalse();
        assertThat(pool.allowedUses()).containsExactly(AllowedUse.WORKLOAD);
        assertThat(pool.automatic()).isFalse();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}                                           | spec.cidr: is required, for example 192.168.0.0/16
            {'cidr':''}                                  | spec.cidr: "": is required, for example 192.168.0.0/16
            {'cidr':7}                                   | spec.cidr: 7: must be a string; put it in quotes
            {'cidr':'10.0.0.0'}                          | spec.cidr: "10.0.0.0": must be an IPv4 prefix such as 192.168.0.0/16
            {'cidr':'10.0.0.0/33'}                       | spec.cidr: "10.0.0.0/33": must be an IPv4 prefix such as 192.168.0.0/16
            {'cidr':'10.0.0.256/24'}                     | spec.cidr: "10.0.0.256/24": must be an IPv4 prefix such as 192.168.0.0/16
            {'cidr':'10.0.1.1/24'}                       | spec.cidr: "10.0.1.1/24": must be strictly masked, without host bits; did you mean 10.0.1.0/24?
            {'cidr':'169.254.7.0/24'}                    | spec.cidr: "169.254.7.0/24": must not overlap the link-local range 169.254.0.0/16
            {'cidr':'168.0.0.0/7'}                       | spec.cidr: "168.0.0.0/7": must not overlap the link-local range 169.254.0.0/16
            {'cidr':'10.0.0.0/27'}                       | spec.cidr: "10.0.0.0/27": must hold at least one block of /26 (spec.blockSize); use a shorter prefix or a larger blockSize
            {'cidr':'10.0.0.0/25','blockSize':24}        | spec.cidr: "10.0.0.0/25": must hold at least one block of /24 (spec.blockSize); use a shorter prefix or a larger blockSize
            {'cidr':'10.0.0.0/8','blockSize':19}         | spec.blockSize: 19: must be an integer from 20 to 32
            {'cidr':'10.0.0.0/8','blockSize':33}         | spec.blockSize: 33: must be an integer from 20 to 32
            {'cidr':'10.0.0.0/8','blockSize':'26'}       | spec.blockSize: "26": must be an integer from 20 to 32
            {'cidr':'10.0.0.0/8','blockSize':26.5}       | spec.blockSize: 26.5: must be an integer from 20 to 32
            {'cidr':'10.0.0.0/8','blockSize':99999999999999999999} | spec.blockSize: 99999999999999999999: must be an integer from 20 to 32
            {'cidr':'10.0.0.0/8','ipipMode':'Crosssubnet'} | spec.ipipMode: "Crosssubnet": must be Always, CrossSubnet or Never; did you mean CrossSubnet?
            {'cidr':'10.0.0.0/8','ipipMode':'cross-subnet'} | spec.ipipMode: "cross-subnet": must be Always, CrossSubnet or Never; did you mean CrossSubnet?
            {'cidr':'10.0.0.0/8','ipipMode':'Alwyas'}    | spec.ipipMode: "Alwyas": must be Always, CrossSubnet or Never; did you mean Always?
            {'cidr':'10.0.0.0/8','ipipMode':'off'}       | spec.ipipMode: "off": must be Always, CrossSubnet or Never
            {'cidr':'10.0.0.0/8','ipipMode':true}        | spec.ipipMode: true: must be Always, CrossSubnet or Never
            {'cidr':'10.0.0.0/8','vxlanMode':'Sometimes'} | spec.vxlanMode: "Sometimes": must be Always, CrossSubnet or Never
            {'cidr':'10.0.0.0/8','ipipMode':'Always','vxlanMode':'CrossSubnet'} | spec.vxlanMode: "CrossSubnet": must be Never while spec.ipipMode is Always
            {'cidr':'10.0.0.0/8','natOutgoing':'yes'}    | spec.natOutgoing: "yes": must be true or false; did you mean true?
            {'cidr':'10.0.0.0/8','disabled':1}           | spec.disabled: 1: must be true or false
            {'cidr':'10.0.0.0/8','nodeSelector':'rack = 1'} | spec.nodeSelector: "rack = 1": invalid selector: unexpected '=' at character 6; use == for equality
            {'cidr':'10.0.0.0/8','nodeSelector':'global()'} | spec.nodeSelector: "global()": must not use global() at character 1, which selects no node
            {'cidr':'10.0.0.0/8','allowedUses':['Workloads']} | spec.allowedUses[0]: "Workloads": must be Workload, Tunnel or LoadBalancer; did you mean Workload?
            {'cidr':'10.0.0.0/8','allowedUses':'Tunnel'} | spec.allowedUses: "Tunnel": must be a list of Workload, Tunnel or LoadBalancer
            {'cidr':'10.0.0.0/8','allowedUses':['LoadBalancer','Tunnel']} | spec.allowedUses: ["LoadBalancer","Tunnel"]: LoadBalancer cannot be combined with other uses
            {'cidr':'10.0.0.0/8','allowedUses':['LoadBalancer'],'ipipMode':'Always'} | spec.ipipMode: "Always": must be Never in a pool for LoadBalancer
            {'cidr':'10.0.0.0/8','allowedUses':['LoadBalancer'],'vxlanMode':'Always'} | spec.vxlanMode: "Always": must be Never in a pool for LoadBalancer
            {'cidr':'10.0.0.0/8','allowedUses':['LoadBalancer'],'disableBGPExport':true} | spec.disableBGPExport: true: must be false in a pool for LoadBalancer
            {'cidr':'10.0.0.0/8','allowedUses':['LoadBalancer'],'nodeSelector':'has(a)'} | spec.nodeSelector: "has(a)": must be all() in a pool for LoadBalancer
            {'cidr':'10.0.0.0/8','namespaceSelector':'has(a)'} | spec.namespaceSelector: "has(a)": must be absent while spec.allowedUses contains Tunnel
            {'cidr':'10.0.0.0/8','allowedUses':['Workload'],'namespaceSelector':'has('} | spec.namespaceSelector: "has(": invalid selector: expected a label at character 5, found the end
            {'cidr':'10.0.0.0/8','assignmentMode':'Auto'} | spec.assignmentMode: "Auto": must be Automatic or Manual
            """)
    void refuses(String spec, String fault) {
        assertThat(faults(json("blue", spec))).containsExactly(fault);
    }

    @Test
    void namesEveryFaultAtOnce() {
        assertThat(faults("""
                {"kind":"IPPool","metadata":{"name":"Blue_Pool","labels":{"a":1}},"spec":{"cidr":"10.0.0.0/30",\
                "ipipMode":"Crosssubnet","natOutgoing":"yes","blockSize":28,"allowedUses":["Work"]}}"""))
                .containsExactly(
                        "metadata.labels.a: 1: must be a string; put it in quotes",
                        "metadata.name: \"Blue_Pool\": must be a DNS-1123 subdomain: lower-case letters, digits, '-' and '.',"
                                + " at most 253 characters, a letter or digit at both ends of each part;"
                                + " did you mean blue-pool?",
                        "spec.allowedUses[0]: \"Work\": must be Workload, Tunnel or LoadBalancer",
                        "spec.ipipMode: \"Crosssubnet\": must be Always, CrossSubnet or Never; did you mean CrossSubnet?",
                        "spec.natOutgoing: \"yes\": must be true or false; did you mean true?",
                        "spec.cidr: \"10.0.0.0/30\": must hold at least one block of /28 (spec.blockSize); use a shorter prefix or a larger blockSize");
    }

    @Test
    void aDisabledPoolMayBeSmallerThanABlock() {
        assertThat(pool("{'cidr':'10.0.0.0/32','disabled':true}").cidr()).isEqualTo(Prefix.parse("10.0.0.0/32"));
    }

    @Test
    void blocksMayBeSingleAddresses() {
        assertThat(pool("{'cidr':'10.0.0.0/32','blockSize':32}").blockSize()).isEqualTo(32);
    }

    @Test
    void leavesIpv6Alone() {
        assertThat(decode(json("six", "{'cidr':'fd00::/48','blockSize':122}")))
                .isEqualTo(new Unsupported<>("six", "is an IPv6 pool; IP-in-IP carries IPv4 only"));
        assertThat(decode(json("six", "{'cidr':'fd00::/48','ipipMode':'Always'}")))
                .as("stored, whatever it says")
                .isEqualTo(new Unsupported<>("six", "is an IPv6 pool; IP-in-IP carries IPv4 only"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "0", "a-b.c", "default-ipv4-ippool"})
    void names(String name) {
        assertThat(decode(json(name, "{'cidr':'10.0.0.0/8'}"))).isInstanceOf(Valid.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"A", "a_b", "-a", "a-", "a..b", ".a", "a.", "a.-b", "a/b", "a b"})
    void notNames(String name) {
        assertThat(faults(json(name, "{'cidr':'10.0.0.0/8'}")))
                .singleElement()
                .asString()
                .startsWith("metadata.name: \"" + name + "\": must be a DNS-1123 subdomain");
    }

    @Test
    void aNameHasAtMost253Characters() {
        assertThat(decode(json("a".repeat(253), "{'cidr':'10.0.0.0/8'}"))).isInstanceOf(Valid.class);
        assertThat(faults(json("a".repeat(254), "{'cidr':'10.0.0.0/8'}"))).hasSize(1);
        assertThat(faults(json("a.".repeat(1_000_000), "{'cidr':'10.0.0.0/8'}")))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                    | a resource must be an object with apiVersion, kind, metadata and spec
            []                    | []: a resource must be an object with apiVersion, kind, metadata and spec
            {"kind":"IPPool"      | invalid JSON: Unexpected end-of-input
            {} x                  | invalid JSON: Unrecognized token 'x'
            {"a":1,"a":2}         | invalid JSON: Duplicate
            {"kind":"Node","metadata":{"name":"a"},"spec":{"cidr":"10.0.0.0/8"}} | kind: "Node": must be IPPool
            {"apiVersion":"v1","metadata":{"name":"a"},"spec":{"cidr":"10.0.0.0/8"}} | apiVersion: "v1": must be projectcalico.org/v3
            {"metadata":{},"spec":{"cidr":"10.0.0.0/8"}} | metadata.name: is required, for example default-ipv4-ippool
            {"metadata":[],"spec":{"cidr":"10.0.0.0/8"}} | metadata: []: must be an object
            {"metadata":{"name":"a"},"spec":"10.0.0.0/8"} | spec: "10.0.0.0/8": must be an object
            """)
    void refusesWhatIsNoPool(String json, String fault) {
        assertThat(faults(json == null ? "" : json).get(0)).startsWith(fault);
    }

    @Test
    void aFaultIsOneShortLine() {
        List<String> faults = faults(json("blue", "{'cidr':'" + "\\n".repeat(5000) + "'}"));

        assertThat(faults).singleElement().asString().hasSizeLessThan(200).doesNotContain("\n");
    }

    private static IpPool pool(String spec) {
        Decoded<IpPool> decoded = decode(json("blue", spec));
        assertThat(decoded).isInstanceOf(Valid.class);
        return ((Valid<IpPool>) decoded).value();
    }

    private static List<String> faults(String json) {
        Decoded<IpPool> decoded = decode(json);
        assertThat(decoded).isInstanceOf(Invalid.class);
        return ((Invalid<IpPool>) decoded)
                .faults().stream().map(Fault::toString).toList();
    }

    private static Decoded<IpPool> decode(String json) {
        return IpPoolCodec.decode(json.getBytes(UTF_8));
    }

    private static String json(String name, String spec) {
        return "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"" + name
                + "\"},\"spec\":" + spec.replace('\'', '"') + "}";
    }
}
