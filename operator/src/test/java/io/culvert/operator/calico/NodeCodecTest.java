package io.culvert.operator.calico;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.calico.Decoded.Invalid;
import io.culvert.operator.calico.Decoded.Valid;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.resource.Node;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeCodecTest {

    @Test
    void readsWhatCalicoStores() {
        assertThat(decode("""
                {"kind":"Node","apiVersion":"projectcalico.org/v3","metadata":{"name":"node-1",\
                "uid":"5e5f1e0e-6b8e-4d3c-8a54-9f1b5c0d7e22","creationTimestamp":"2026-01-02T03:04:06Z",\
                "labels":{"kubernetes.io/hostname":"node-1"}},"spec":{"bgp":{"asNumber":64512,\
                "ipv4Address":"10.0.0.11/24","ipv4IPIPTunnelAddr":"192.168.0.0"},"orchRefs":[{"nodeName":"node-1",\
                "orchestrator":"k8s"}],"addresses":[{"address":"10.0.0.11/24","type":"CalicoNodeIP"},\
                {"address":"10.0.0.11","type":"InternalIP"}]},"status":{}}"""))
                .isEqualTo(new Valid<>(new Node(
                        "node-1",
                        Optional.of(InterfaceAddress.parse("10.0.0.11/24")),
                        Optional.of(Address.parse("192.168.0.0")),
                        Map.of("kubernetes.io/hostname", "node-1"))));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'bgp':{'ipv4Address':'10.0.0.1/24'}}                                  | 10.0.0.1/24
            {'bgp':{'ipv4Address':'10.0.0.1'}}                                     | 10.0.0.1/32
            {'bgp':{'ipv4Address':'10.0.0.1/24'},'addresses':[{'address':'10.9.9.9','type':'InternalIP'}]} | 10.0.0.1/24
            {'bgp':{'ipv6Address':'fd00::1/64'},'addresses':[{'address':'10.9.9.9','type':'InternalIP'}]}  | 10.9.9.9/32
            {'addresses':[{'address':'10.9.9.8','type':'ExternalIP'},{'address':'10.9.9.9','type':'InternalIP'}]} | 10.9.9.9/32
            {'addresses':[{'address':'fd00::1','type':'InternalIP'},{'address':'10.9.9.9/16','type':'InternalIP'}]} | 10.9.9.9/16
            {'addresses':[{'address':'fd00::1','type':'InternalIP'},{'address':'10.9.9.8','type':'ExternalIP'}]} | 10.9.9.8/32
            {'addresses':[{'address':'10.9.9.9/24','type':'CalicoNodeIP'}]}        |
            {}                                                                     |
            """)
    void address(String spec, String address) {
        assertThat(decode(json(spec)))
                .isEqualTo(new Valid<>(new Node(
                        "n1", Optional.ofNullable(address).map(InterfaceAddress::parse), Optional.empty(), Map.of())));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'bgp':{'ipv4Address':'10.0.0.1/33'}}       | spec.bgp.ipv4Address: "10.0.0.1/33": '10.0.0.1/33' is not an IPv4 prefix such as 192.168.0.0/16
            {'bgp':{'ipv4Address':'n1'}}                | spec.bgp.ipv4Address: "n1": 'n1' is not an IPv4 address such as 10.0.1.11
            {'bgp':{'ipv4IPIPTunnelAddr':'10.0.0.1/32'}} | spec.bgp.ipv4IPIPTunnelAddr: "10.0.0.1/32": '10.0.0.1/32' is not an IPv4 address such as 10.0.1.11
            {'bgp':'10.0.0.1'}                          | spec.bgp: "10.0.0.1": must be an object
            {'addresses':{}}                            | spec.addresses: {}: must be a list of objects
            {'addresses':['10.0.0.1']}                  | spec.addresses[0]: "10.0.0.1": must be an object
            """)
    void refuses(String spec, String fault) {
        Decoded<Node> decoded = decode(json(spec));

        assertThat(decoded).isInstanceOf(Invalid.class);
        assertThat(((Invalid<Node>) decoded).faults())
                .extracting(Fault::toString)
                .containsExactly(fault);
    }

    private static Decoded<Node> decode(String json) {
        return NodeCodec.decode(json.getBytes(UTF_8));
    }

    private static String json(String spec) {
        return "{\"kind\":\"Node\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"n1\"},\"spec\":"
                + spec.replace('\'', '"') + "}";
    }
}
