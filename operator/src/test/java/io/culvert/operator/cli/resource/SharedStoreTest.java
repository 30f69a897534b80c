package io.culvert.operator.cli.resource;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.culvert.operator.cli.CommandRun;
import io.culvert.operator.etcd.EtcdServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files and stored documents as users of Calico's tools have them. */
class SharedStoreTest {

    private static final String POOLS = "/calico/resources/v3/projectcalico.org/ippools/";

    private static final String FOUR = """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata:
              name: four
            spec:
              cidr: 192.168.0.0/16
              ipipMode: Always
            """;

    private static final String SIX = """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata:
              name: six
            spec:
              cidr: fd00::/48
              blockSize: 122
              vxlanMode: Never
              ipipMode: Never
              nodeSelector: all()
              allowedUses: [Workload, Tunnel]
              assignmentMode: Automatic
            """;

    private static final String BGP = """
            apiVersion: projectcalico.org/v3
            kind: BGPConfiguration
            metadata:
              name: default
            spec:
              asNumber: 64512
            """;

    private static final String SKIPPED =
            ": BGPConfiguration default skipped: Culvert reads IPPool and Node; use calicoctl"
                    + " for Calico's other kinds";

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer();

    /** An IPv4 and an IPv6 pool, as calicoctl stores them. */
    @BeforeEach
    void twoPools() throws IOException {
        culvert(FOUR, "apply", "-f", "-");
        ETCD.etcdctlReading(
                "{'kind':'IPPool','apiVersion':'projectcalico.org/v3','metadata':{'name':'six','uid':'u','creationTimestamp':"
                                .replace('\'', '"')
                        + "\"2026-01-02T03:04:05Z\"},\"spec\":{\"cidr\":\"fd00::/48\",\"vxlanMode\":\"Never\",\"ipipMode\":"
                        + "\"Never\",\"blockSize\":122,\"nodeSelector\":\"all()\",\"allowedUses\":[\"Workload\",\"Tunnel\"],"
                        + "\"assignmentMode\":\"Automatic\"}}",
                "put",
                POOLS + "six");
    }

    @ParameterizedTest
    @ValueSource(strings = {"yaml", "json"})
    void whatGetPrintsIsUnchangedAnIpv6PoolToo(String format) {
        String all =
                String.join("\n", culvert("", "get", "ippools", "-o", format).out());
        assertThat(culvert(all, "apply", "-f", "-")).isEqualTo(done("ippool/four unchanged", "ippool/six unchanged"));
        assertThat(culvert(all, "replace", "-f", "-")).isEqualTo(done("ippool/four unchanged", "ippool/six unchanged"));
        assertThat(culvert(all, "delete", "-f", "-")).isEqualTo(done("ippool/four deleted", "ippool/six deleted"));
    }

    @Test
    void anIpv6PoolThatWouldChangeIsRefusedAlone() throws IOException {
        JsonNode before = stored("six");
        CommandRun run = culvert(
                FOUR.replace("Always", "CrossSubnet") + "---\n" + SIX.replace("Automatic", "Manual"),
                "apply",
                "-f",
                "-");
        assertThat(run)
                .isEqualTo(new CommandRun(
                        1,
                        List.of("ippool/four configured"),
                        List.of("error: standard input, document 2, line 14: spec.cidr: \"fd00::/48\": is an IPv6 pool;"
                                + " IP-in-IP carries IPv4 only")));
        assertThat(stored("six")).isEqualTo(before);
        assertThat(stored("four").at("/spec/ipipMode").asText()).isEqualTo("CrossSubnet");
    }

    @Test
    void aFileOfNothingElseIsInvalid() {
        assertThat(culvert(SIX.replace("six", "new"), "create", "-f", "-").exitCode())
                .isEqualTo(2);
        assertThat(culvert(BGP, "apply", "-f", "-").exitCode()).isEqualTo(2);
    }

    @Test
    void deleteReadsKindAndNameOnly() {
        assertThat(culvert(
                        "{kind: IPPool, metadata: {name: four}}\n---\n"
                                + "{apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: six}, spec: {is: wrong}}",
                        "delete",
                        "-f",
                        "-"))
                .isEqualTo(done("ippool/four deleted", "ippool/six deleted"));
        assertThat(culvert("{kind: IPPool, spec: {cidr: 10.0.0.0/8}}", "delete", "-f", "-"))
                .isEqualTo(new CommandRun(
                        2,
                        List.of(),
                        List.of("error: standard input, document 1, line 1: metadata.name: is required")));
    }

    /** Fields of a Calico that is newer than this Culvert. */
    @Test
    void unknownFieldsThatAreStoredMayBeAppliedUnchanged() throws IOException {
        ETCD.etcdctlReading(
                stored("four")
                        .toString()
                        .replace(
                                "\"blockSize\"",
                                "\"future\":{\"ratio\":0.50,\"list\":[1,{\"deep\":true}]},\"blockSize\"")
                        .replace("\"spec\"", "\"beside\":[],\"spec\""),
                "put",
                POOLS + "four");
        String shown = String.join(
                        "\n", culvert("", "get", "ippool", "four", "-o", "yaml").out())
                .replaceAll("(?m)^ *resourceVersion:.*\n", "");
        assertThat(shown).contains("deep: true");
        assertThat(culvert(shown, "apply", "-f", "-")).isEqualTo(done("ippool/four unchanged"));
        assertThat(culvert(shown.replace("Always", "Never"), "apply", "-f", "-"))
                .isEqualTo(done("ippool/four configured"));
        assertThat(stored("four").at("/spec/future/list/1/deep").asBoolean()).isTrue();

        CommandRun changed = culvert(shown.replace("deep: true", "deep: false"), "apply", "-f", "-");
        assertThat(changed.exitCode()).isEqualTo(2);
        assertThat(changed.err()).singleElement().asString().contains("spec.future: ", "unknown field");
        assertThat(culvert(shown, "validate", "-f", "-").exitCode()).isEqualTo(2);
    }

    @Test
    void otherKindsAreSkippedAndNamed() {
        String file = BGP + "---\n" + FOUR.replace("Always", "CrossSubnet");
        List<String> skipped = List.of("error: standard input, document 1, line 1" + SKIPPED);
        assertThat(culvert(file, "apply", "--dry-run", "-f", "-"))
                .isEqualTo(new CommandRun(1, List.of("ippool/four configured (dry run)"), skipped));
        assertThat(culvert(file, "apply", "-f", "-"))
                .isEqualTo(new CommandRun(1, List.of("ippool/four configured"), skipped));
        assertThat(culvert(file, "validate", "-f", "-"))
                .isEqualTo(new CommandRun(1, List.of("ippool/four valid"), skipped));
        assertThat(culvert(file, "delete", "-f", "-"))
                .isEqualTo(new CommandRun(1, List.of("ippool/four deleted"), skipped));
    }

    @Test
    void aMisspeltKindIsNoOtherKind() throws IOException {
        CommandRun run =
                culvert(FOUR.replace("Always", "Never") + "---\n" + SIX.replace("IPPool", "IPPol"), "apply", "-f", "-");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(stored("four").at("/spec/ipipMode").asText()).isEqualTo("Always");
    }

    /** As kubespray pipes it into calicoctl. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ \"kind\": \"IPPool\", \"apiVersion\": \"projectcalico.org/v3\", \"metadata\": { \"name\": \"four\", },\n"
                        + " \"spec\": { \"cidr\": \"192.168.0.0/16\", \"ipipMode\": \"Always\", \"natOutgoing\": True, } }",
                "{\"kind\": 'IPPool', \"apiVersion\": projectcalico.org/v3, # by hand\n"
                        + " \"metadata\": {name: four}, \"spec\": {cidr: 192.168.0.0/16, natOutgoing: TRUE}}",
                "[ {\"kind\": \"IPPool\", \"apiVersion\": \"projectcalico.org/v3\", \"metadata\": {\"name\": \"four\"},"
                        + " \"spec\": {\"cidr\": \"192.168.0.0/16\", \"natOutgoing\": true}}, ]"
            })
    void flowStyleIsYaml(String text) throws IOException {
        assertThat(culvert(text, "apply", "-f", "-")).isEqualTo(done("ippool/four configured"));
        assertThat(stored("four").at("/spec/natOutgoing").asBoolean()).isTrue();
    }

    private static JsonNode stored(String pool) throws IOException {
        return new ObjectMapper().readTree(ETCD.etcdctl("get", POOLS + pool, "--print-value-only"));
    }

    private static CommandRun culvert(String stdin, String... words) {
        List<String> arguments = new ArrayList<>(List.of(words));
        if (!words[0].equals("validate")) {
            arguments.add("--etcd-endpoints=" + ETCD.endpoint());
        }
        return CommandRun.of(stdin, arguments.toArray(String[]::new));
    }

    private static CommandRun done(String... lines) {
        return new CommandRun(0, List.of(lines), List.of());
    }
}
