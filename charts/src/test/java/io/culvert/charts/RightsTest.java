package io.culvert.charts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What containers may do, whatever the values. */
final class RightsTest {

    private static final List<ValueSet> GOOD = ValueSet.good();

    /** Those that do not ask for more rights than the agent needs. */
    private static final List<ValueSet> WITHOUT_PRIVILEGE = GOOD.stream()
            .filter(values -> !values.toString().equals("privileged"))
            .toList();

    @ParameterizedTest
    @FieldSource("WITHOUT_PRIVILEGE")
    void theAgentMayChangeTheNetworkAndNothingElse(ValueSet values) throws IOException {
        JsonNode pod = values.manifest("DaemonSet").at("/spec/template/spec");
        JsonNode container = pod.at("/containers/0/securityContext");

        assertThat(pod.at("/containers")).hasSize(1);
        assertThat(pod.at("/hostNetwork").asText()).isEqualTo("true");
        assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
        assertThat(container.at("/capabilities")).hasToString("{\"add\":[\"NET_ADMIN\"],\"drop\":[\"ALL\"]}");
        assertThat(container.at("/privileged").asText()).isEqualTo("false");
        assertThat(container.at("/allowPrivilegeEscalation").asText()).isEqualTo("false");
        assertThat(container.at("/readOnlyRootFilesystem").asText()).isEqualTo("true");
    }

    @ParameterizedTest
    @FieldSource("GOOD")
    void thePodsOfTheJobAndOfTheTestMayNothing(ValueSet values) throws IOException {
        List<JsonNode> pods = new ArrayList<>();
        for (Manifest manifest : values.manifests()) {
            switch (manifest.kind()) {
                case "Job" -> pods.add(manifest.at("/spec/template/spec"));
                case "Pod" -> pods.add(manifest.at("/spec"));
                default -> {}
            }
        }

        assertThat(pods).isNotEmpty();
        for (JsonNode pod : pods) {
            JsonNode container = pod.at("/containers/0/securityContext");
            assertThat(pod.at("/containers")).hasSize(1);
            assertThat(pod.at("/initContainers")).isEmpty();
            assertThat(pod.at("/securityContext/runAsNonRoot").asText()).isEqualTo("true");
            assertThat(pod.at("/securityContext/runAsUser").asInt()).isPositive();
            assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
            assertThat(container.at("/capabilities")).hasToString("{\"drop\":[\"ALL\"]}");
            assertThat(container.at("/privileged").asText()).isEqualTo("false");
            assertThat(container.at("/allowPrivilegeEscalation").asText()).isEqualTo("false");
            assertThat(container.at("/readOnlyRootFilesystem").asText()).isEqualTo("true");
        }
    }

    /** The network of the nodes is for those who cannot do without. */
    @Test
    void theJobAndTheTestCanDoWithoutTheNodesNetwork() throws IOException {
        assertThat(ValueSet.named("everything")
                        .manifest("Job")
                        .at("/spec/template/spec/hostNetwork")
                        .isMissingNode())
                .isTrue();
        assertThat(ValueSet.named("pools")
                        .manifest("Job")
                        .at("/spec/template/spec/hostNetwork")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void refusedPoolsFailTheJobAtOnce() throws IOException {
        JsonNode rule = ValueSet.named("pools").manifest("Job").at("/spec/podFailurePolicy/rules/0");

        assertThat(rule.at("/action").asText()).isEqualTo("FailJob");
        assertThat(rule.at("/onExitCodes"))
                .hasToString("{\"containerName\":\"culvert\",\"operator\":\"In\",\"values\":[2]}");
        assertThat(ValueSet.named("pools")
                        .manifest("Job")
                        .at("/spec/template/spec/restartPolicy")
                        .asText())
                .isEqualTo("Never");
    }

    @ParameterizedTest
    @FieldSource("GOOD")
    void noPodSpeaksToKubernetes(ValueSet values) throws IOException {
        for (Manifest manifest : values.manifests()) {
            String pod = manifest.kind().equals("Pod") ? "/spec" : "/spec/template/spec";
            if (!manifest.at(pod + "/containers").isMissingNode()) {
                assertThat(manifest.at(pod + "/automountServiceAccountToken").asText())
                        .isEqualTo("false");
            }
            if (manifest.kind().equals("ServiceAccount")) {
                assertThat(manifest.at("/automountServiceAccountToken").asText())
                        .isEqualTo("false");
            }
        }
    }

    @ParameterizedTest
    @FieldSource("GOOD")
    void aPrivilegedContainerIsThereOnlyWhereItIsAskedFor(ValueSet values) throws IOException {
        JsonNode containers = values.manifest("DaemonSet").at("/spec/template/spec/initContainers");

        assertThat(containers.isMissingNode())
                .isNotEqualTo(
                        List.of("everything", "node-prepared", "node-sysctls").contains(values.toString()));
    }

    /** Processes without root read the etcd keys by their group only. */
    @Test
    void theJobCanReadTheKeysOfEtcd() throws IOException {
        JsonNode pod = ValueSet.named("everything").manifest("Job").at("/spec/template/spec");

        assertThat(pod.at("/securityContext/fsGroup")).isEqualTo(pod.at("/securityContext/runAsGroup"));
        assertThat(pod.findValue("defaultMode").asInt()).isEqualTo(0440);
    }
}
