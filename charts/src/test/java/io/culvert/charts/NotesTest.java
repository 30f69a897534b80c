package io.culvert.charts;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What Helm prints after an installation. */
final class NotesTest {

    @Test
    void sayHowToSeeTheStatus() {
        assertThat(ValueSet.named("tls").notes())
                .contains("kubectl -n kube-system exec daemonset/culvert -- culvert status")
                .contains("helm -n kube-system test culvert")
                .doesNotContain("WARNING");
    }

    @Test
    void nameTheLabelThatPodSecurityAsksFor() {
        assertThat(ValueSet.named("everything").notes())
                .contains("kubectl label --overwrite namespace network pod-security.kubernetes.io/enforce=privileged");
    }

    @Test
    void nameTheObjectsAsTheyAreCalled() {
        assertThat(ValueSet.named("everything").notes())
                .contains("kubectl -n network exec daemonset/overlay-agent -- culvert status");
    }

    @Test
    void warnOfAnUnprotectedDatastore() {
        assertThat(ValueSet.named("plain").notes())
                .contains("WARNING: no TLS to etcd at http://127.0.0.1:2379")
                .contains("WARNING: etcd.tls.existingSecret is not set");
    }

    @Test
    void warnOfAPrivilegedContainer() {
        assertThat(ValueSet.named("node-prepared").notes())
                .contains("WARNING: kernelModules.load runs a privileged container on every node")
                .contains("WARNING: sysctls.set runs a privileged container on every node");
    }

    @Test
    void sayWhatTheNodesNeedUnlessTheChartSeesToIt() {
        assertThat(ValueSet.named("tls").notes()).contains("net.ipv4.ip_forward=1");
        assertThat(ValueSet.named("node-sysctls").notes()).doesNotContain("net.ipv4.ip_forward=1");
    }

    @Test
    void warnOfAnAgentWithMoreRightsThanItNeeds() {
        assertThat(ValueSet.named("privileged").notes()).contains("WARNING: securityContext.privileged is true");
    }

    @Test
    void warnOfMetricsThatNobodyCanScrape() {
        assertThat(ValueSet.named("scraped-on-the-loopback").notes())
                .contains("WARNING: the agents listen on 127.0.0.1:9474 only, where Prometheus cannot reach them");
    }
}
