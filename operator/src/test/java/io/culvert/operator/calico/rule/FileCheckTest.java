package io.culvert.operator.calico.rule;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.Fault;
import io.culvert.operator.calico.Resource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileCheckTest {

    private static final String HEAD = "{'apiVersion':'projectcalico.org/v3','kind':'IPPool','metadata':{'name':'a'}";

    @Test
    void acceptsACompletePoolAndNode() throws JsonProcessingException {
        assertThat(faults(HEAD
                        + ",'spec':{'cidr':'10.0.0.0/8','vxlanMode':'Never','ipipMode':'Always','natOutgoing':true,"
                        + "'disabled':false,'disableBGPExport':false,'blockSize':26,'nodeSelector':'all()',"
                        + "'allowedUses':['Tunnel'],'assignmentMode':'Manual'},'status':{'conditions':[{'x':1}]}}"))
                .isEmpty();
        assertThat(faults(
                        "{'apiVersion':'projectcalico.org/v3','kind':'Node','metadata':{'name':'a','labels':{'b':'c'}},"
                                + "'spec':{'bgp':{'ipv4Address':'10.0.0.1/24'},'orchRefs':[{'nodeName':'a'}],"
                                + "'wireguard':{'interfaceIPv4Address':'1.2.3.4'}}}"))
                .isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ,'spec':{'cidr':'10.0.0.0/8','ipipmode':'Always'}}     | spec.ipipmode: "Always": unknown field; did you mean ipipMode?
            ,'spec':{'cidr':'10.0.0.0/8','nat-outgoing':true}}     | spec.nat-outgoing: true: unknown field; did you mean natOutgoing?
            ,'spec':{'cidr':'10.0.0.0/8','mode':'Always'}}         | spec.mode: "Always": unknown field
            ,'spec':{'cidr':'10.0.0.0/8'},'specs':{}}              | specs: {}: unknown field; did you mean spec?
            ,'spec':{'cidr':'fd00::/48'}}                          | spec.cidr: "fd00::/48": is an IPv6 pool; IP-in-IP carries IPv4 only
            }                                                      | spec.cidr: is required, for example 192.168.0.0/16
            """)
    void pools(String rest, String fault) throws JsonProcessingException {
        assertThat(faults(HEAD + rest)).containsExactly(fault);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'kind':'Node','metadata':{'name':'a'}}                                     | apiVersion: is required: projectcalico.org/v3
            {'apiVersion':'projectcalico.org/v1','kind':'Node','metadata':{'name':'a'}} | apiVersion: "projectcalico.org/v1": must be projectcalico.org/v3
            {'apiVersion':'projectcalico.org/v3'}                                       | kind: is required: IPPool or Node
            {'apiVersion':'projectcalico.org/v3','kind':'ippool'}                       | kind: "ippool": must be IPPool or Node; did you mean IPPool?
            {'apiVersion':'projectcalico.org/v3','kind':'IPPoll'}                       | kind: "IPPoll": must be IPPool or Node; did you mean IPPool?
            {'apiVersion':'projectcalico.org/v3','kind':'BGPPeer'}                      | kind: "BGPPeer": must be IPPool or Node; use calicoctl for Calico's other kinds
            {'apiVersion':'projectcalico.org/v3','kind':'Node','metadata':{'name':'a','label':{}}} | metadata.label: {}: unknown field; did you mean labels?
            {'apiVersion':'projectcalico.org/v3','kind':'Node','metadata':{'name':'a'},'spec':{'orchRefs':[{'name':'x'}]}} | spec.orchRefs[0].name: "x": unknown field
            """)
    void headers(String document, String fault) throws JsonProcessingException {
        assertThat(faults(document)).containsExactly(fault);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            'cidr':'fd00::/48','ipipMode':'Never'            | 0
            'cidr':'fd00::/48','ipipMode':''                 | 0
            'cidr':'fd00::/48','ipipMode':'Always'           | spec.ipipMode: "Always": must be Never in an IPv6 pool
            'cidr':'fd00::/48','ipipMode':'CrossSubnet'      | spec.ipipMode: "CrossSubnet": must be Never in an IPv6 pool
            'cidr':'0000:0000:0000:0000:0000:ffff:255.255.255.255/128' | spec.cidr: "0000:0000:0000:0000:0000:ffff:255.255.255.255/128": must have at most 48 characters
            """)
    void anIpv6PoolIsToldWhatCalicoWouldRefuseToo(String spec, String fault) throws JsonProcessingException {
        List<String> faults = faults(HEAD + ",'spec':{" + spec + "}}");
        assertThat(faults).first().asString().endsWith("is an IPv6 pool; IP-in-IP carries IPv4 only");
        assertThat(faults.subList(1, faults.size())).isEqualTo(fault.equals("0") ? List.of() : List.of(fault));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nodeSelector", "namespaceSelector"})
    void globalSelectsNoNodeAndNoNamespace(String field) throws JsonProcessingException {
        assertThat(faults(HEAD + ",'spec':{'cidr':'10.0.0.0/8','allowedUses':['Workload'],'" + field
                        + "':'has(a) || global()'}}"))
                .containsExactly("spec." + field
                        + ": \"has(a) || global()\": must not use global() at character 11, which selects no node");
    }

    @Test
    void anIpv4CidrWithTooManyCharactersIsNoPrefix() throws JsonProcessingException {
        assertThat(faults(HEAD + ",'spec':{'cidr':'" + "0".repeat(40) + "10.0.0.0/8'}}"))
                .singleElement()
                .asString()
                .contains("spec.cidr: ")
                .contains("must be ");
    }

    @Test
    void namesUnknownFieldsBesideBrokenRules() throws JsonProcessingException {
        assertThat(faults(HEAD + ",'spec':{'cdir':'10.0.0.0/8','natOutgoing':'yes'}}"))
                .containsExactly(
                        "spec.cdir: \"10.0.0.0/8\": unknown field; did you mean cidr?",
                        "spec.cidr: is required, for example 192.168.0.0/16",
                        "spec.natOutgoing: \"yes\": must be true or false; did you mean true?");
    }

    private static List<String> faults(String document) throws JsonProcessingException {
        Decoded<Resource> checked =
                FileCheck.check((ObjectNode) new ObjectMapper().readTree(document.replace('\'', '"')));
        if (checked instanceof Decoded.Valid<Resource> valid) {
            return Stream.concat(
                            FileCheck.unknownFields(valid.value(), Optional.empty()).stream(),
                            FileCheck.unsupported(valid.value()).stream())
                    .map(Fault::toString)
                    .toList();
        }
        return ((Decoded.Invalid<Resource>) checked)
                .faults().stream().map(Fault::toString).toList();
    }
}
