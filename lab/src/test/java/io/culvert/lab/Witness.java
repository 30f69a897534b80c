package io.culvert.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Sees, from its beginning until closed, what becomes of packets between workloads, and what the nodes' kernels announce and hold. */
final class Witness implements AutoCloseable {

    private final Lab lab;
    private final Map<LabNode, KernelPicture> before;
    private final Ping toN2;
    private final Ping toN1;
    private final Announcements announcements;

    /** Within a subnet, and across. */
    Witness(Lab lab) {
        this.lab = lab;
        before = pictures();
        toN2 = Ping.every10Millis("p1", lab.n2.workload());
        toN1 = Ping.every10Millis("p3", lab.n1.workload());
        announcements = Announcements.of(lab.nodes);
    }

    private Map<LabNode, KernelPicture> pictures() {
        return lab.nodes.stream().collect(Collectors.toMap(Function.identity(), LabNode::picture));
    }

    /** Requires that every packet so far was answered. */
    void sawNoPacketLost() {
        toN2.awaitAnswers(20);
        toN1.awaitAnswers(20);
        assertThat(toN2.lost()).as("lost of %d to n2", toN2.sent()).isZero();
        assertThat(toN1.lost()).as("lost of %d to n1", toN1.sent()).isZero();
    }

    /** Requires that no kernel announced anything of Culvert's, and that they all hold what they held. */
    void sawNothingMove() {
        assertThat(announced()).as("announced").isEmpty();
        seesWhatWasThere();
    }

    /** Requires that all kernels hold what they held at the beginning. */
    void seesWhatWasThere() {
        assertThat(pictures()).isEqualTo(before);
    }

    /** What was announced about Culvert's objects so far, each line with its node. */
    List<String> announced() {
        return announcements.aboutCulvert();
    }

    /** How many packets were sent. */
    int packets() {
        return toN2.sent() + toN1.sent();
    }

    @Override
    public void close() {
        toN2.close();
        toN1.close();
        announcements.close();
    }
}
