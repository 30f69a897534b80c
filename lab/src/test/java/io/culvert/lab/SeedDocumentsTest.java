package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The founding page, word for word, with culvert in calicoctl's place; and the same resource put by etcdctl. */
@InLab
@Order(3)
class SeedDocumentsTest {

    private static final String ALWAYS = """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata:
              name: ippool-ipip-1
            spec:
              cidr: 192.168.0.0/16
              ipipMode: Always
              natOutgoing: true
            """;

    private static final String CROSS_SUBNET = """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata:
              name: ippool-cs-1
            spec:
              cidr: 192.168.0.0/16
              ipipMode: CrossSubnet
              natOutgoing: true
            """;

    private final Lab lab;

    SeedDocumentsTest(Lab lab) {
        this.lab = lab;
    }

    @BeforeEach
    void noPools() {
        lab.withoutPools();
    }

    @Test
    void alwaysEncapsulatesBetweenEveryPairOfNodes() {
        Command apply = lab.apply(ALWAYS, "--wait");
        assertThat(apply.status()).as(apply.toString()).isZero();
        assertThat(apply.out()).contains("ippool/ippool-ipip-1 created");
        lab.attachWorkloads();
        long plain = Counters.plainOnTheSwitch();
        long switched = Counters.tunnelledOnTheSwitch();
        long routed = Counters.tunnelledThroughTheRouter();

        lab.everyWorkloadReachesEveryOther();

        // Three requests and three answers each way between n1 and n2; four such pairs with n3.
        assertThat(Counters.plainOnTheSwitch()).as("plain").isEqualTo(plain);
        assertThat(Counters.tunnelledOnTheSwitch()).as("between n1 and n2").isEqualTo(switched + 12);
        assertThat(Counters.tunnelledThroughTheRouter()).as("to and from n3").isEqualTo(routed + 24);
        try (Capture capture = Capture.on("router", "port1", "ip proto 4")) {
            assertThat(Ping.reaches("p1", lab.n2.workload())).isTrue();
            capture.await("IP 10.0.1.11 > 10.0.1.12: IP " + lab.n1.workload() + " > " + lab.n2.workload()
                    + ": ICMP echo request");
            capture.await("IP 10.0.1.12 > 10.0.1.11: IP " + lab.n2.workload() + " > " + lab.n1.workload()
                    + ": ICMP echo reply");
        }
    }

    @Test
    void crossSubnetEncapsulatesOnlyToTheOtherSubnet() {
        Command apply = lab.apply(CROSS_SUBNET, "--wait");
        assertThat(apply.status()).as(apply.toString()).isZero();
        assertThat(apply.out()).contains("ippool/ippool-cs-1 created");
        lab.attachWorkloads();
        long plain = Counters.plainOnTheSwitch();
        long switched = Counters.tunnelledOnTheSwitch();
        long routed = Counters.tunnelledThroughTheRouter();

        lab.everyWorkloadReachesEveryOther();

        assertThat(Counters.tunnelledOnTheSwitch()).as("between n1 and n2").isEqualTo(switched);
        assertThat(Counters.plainOnTheSwitch()).as("plain").isEqualTo(plain + 12);
        assertThat(Counters.tunnelledThroughTheRouter()).as("to and from n3").isEqualTo(routed + 24);
        try (Capture capture = Capture.on("router", "port3", "ip proto 4")) {
            assertThat(Ping.reaches("p2", lab.n3.workload())).isTrue();
            capture.await("IP 10.0.1.12 > 10.0.2.13: IP " + lab.n2.workload() + " > " + lab.n3.workload()
                    + ": ICMP echo request");
        }
    }

    @Test
    void omittingTheModeMeansAlways() {
        Command apply = lab.apply(new Pool("ippool-ipip-1", null, true).yaml(), "--wait");
        assertThat(apply.status()).as(apply.toString()).isZero();
        lab.attachWorkloads();
        long switched = Counters.tunnelledOnTheSwitch();

        assertThat(Ping.reaches("p1", lab.n2.workload())).isTrue();

        assertThat(Counters.tunnelledOnTheSwitch()).isEqualTo(switched + 6);
    }

    @Test
    void etcdctlPutOfTheSameResourceWorksToo() {
        lab.converged(lab.etcd.putByEtcdctl(
                Pool.ALWAYS.key(),
                "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"ippool-ipip-1\"},"
                        + "\"spec\":{\"cidr\":\"192.168.0.0/16\",\"natOutgoing\":true}}"));
        lab.attachWorkloads();
        long switched = Counters.tunnelledOnTheSwitch();

        assertThat(Ping.reaches("p1", lab.n2.workload())).isTrue();

        assertThat(Counters.tunnelledOnTheSwitch()).isEqualTo(switched + 6);
    }

    @Test
    void applyTellsCreatedUnchangedAndConfigured() {
        assertThat(lab.apply(ALWAYS).out()).contains("ippool/ippool-ipip-1 created");
        assertThat(lab.apply(ALWAYS).out()).contains("ippool/ippool-ipip-1 unchanged");
        assertThat(lab.apply(Pool.ALWAYS.withMode("CrossSubnet").yaml()).out())
                .contains("ippool/ippool-ipip-1 configured");
    }

    @Test
    void theSecondDocumentIsRefusedWhileTheFirstPoolExistsUntilThatIsDeleted() {
        lab.apply(ALWAYS);

        Command refused = lab.apply(CROSS_SUBNET);

        assertThat(refused.status()).as(refused.toString()).isNotZero();
        assertThat(refused.err()).contains("ippool-cs-1", "ippool-ipip-1", "192.168.0.0/16", "delete");
        assertThat(lab.etcd.keys(Pool.PREFIX)).containsExactly(Pool.ALWAYS.key());

        Command deleted = lab.culvert("delete", "ippool", "ippool-ipip-1");
        assertThat(deleted.status()).as(deleted.toString()).isZero();
        Command accepted = lab.apply(CROSS_SUBNET, "--wait");
        assertThat(accepted.status()).as(accepted.toString()).isZero();
        assertThat(lab.etcd.keys(Pool.PREFIX)).containsExactly(Pool.CROSS_SUBNET.key());
        lab.attachWorkloads();
        lab.everyWorkloadReachesEveryOther();
    }

    @Test
    void theModeOfTheFirstPoolCanBeChangedInstead() {
        lab.apply(ALWAYS);

        Command changed = lab.apply(CROSS_SUBNET.replace("ippool-cs-1", "ippool-ipip-1"), "--wait");

        assertThat(changed.out()).contains("ippool/ippool-ipip-1 configured");
        lab.attachWorkloads();
        long switched = Counters.tunnelledOnTheSwitch();
        assertThat(Ping.reaches("p1", lab.n2.workload())).isTrue();
        assertThat(Counters.tunnelledOnTheSwitch()).isEqualTo(switched);
    }

    @Test
    void aBrokenFileIsRefusedWithEveryFaultAndNothingIsWritten() {
        Command refused = lab.apply("""
                apiVersion: projectcalico.org/v3
                kind: IPPool
                metadata:
                  name: good
                spec:
                  cidr: 192.168.0.0/16
                ---
                apiVersion: projectcalico.org/v3
                kind: IPPool
                metadata:
                  name: bad
                spec:
                  cidr: 10.20.30.40/16
                  ipipMode: Crosssubnet
                  natOutgoin: true
                """);

        assertThat(refused.status()).as(refused.toString()).isEqualTo(2);
        assertThat(refused.err())
                .contains("spec.cidr", "10.20.30.40/16")
                .contains("spec.ipipMode", "Crosssubnet", "CrossSubnet")
                .contains("natOutgoin", "natOutgoing");
        assertThat(lab.etcd.keys(Pool.PREFIX)).isEmpty();
    }
}
