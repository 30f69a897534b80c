package io.culvert.reconciler.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.EncapsulationMode;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.IpPool.AllowedUse;
import io.culvert.reconciler.resource.Node;
import io.culvert.reconciler.resource.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node that no pool gives a block is warned, though its kernel is as it should be. */
class UnselectedNodeTest {

    private final FakeKernel kernel = new FakeKernel();
    private final TreeMap<String, IpPool> pools = new TreeMap<>();

    @BeforeEach
    void host() {
        kernel.addLink("eth0", "veth", 1500, NodeN1.ADDRESS);
        kernel.setSysctl("net/ipv4/ip_forward", 1);
    }

    @Test
    void whatNoPoolSelectsIsWarned() {
        pool("ssd", "192.168.0.0/16", "disk", false);
        assertThat(warnings(Map.of("zone", "b", "host", "n1")))
                .containsExactly(
                        "no pool selects node n1 (its labels are {host=n1, zone=b}), so its workloads get no addresses:"
                                + " change a pool's nodeSelector, or the labels of the Node");
        assertThat(warnings(Map.of())).singleElement().asString().contains("(it has no labels)");
    }

    @Test
    void onePoolIsEnough() {
        pool("ssd", "192.168.0.0/16", "disk", false);
        pool("any", "10.9.0.0/16", "zone", false);
        assertThat(warnings(Map.of("zone", "b"))).isEmpty();
    }

    @Test
    void poolsThatGiveNobodyABlockAreNoReason() {
        assertThat(warnings(Map.of())).isEmpty();
        pool("off", "192.168.0.0/16", "disk", true);
        assertThat(warnings(Map.of())).isEmpty();
    }

    private void pool(String name, String cidr, String label, boolean disabled) {
        pools.put(
                name,
                new IpPool(
                        name,
                        Prefix.parse(cidr),
                        EncapsulationMode.NEVER,
                        EncapsulationMode.NEVER,
                        false,
                        disabled,
                        26,
                        labels -> labels.containsKey(label),
                        Set.of(AllowedUse.WORKLOAD),
                        true));
    }

    private List<String> warnings(Map<String, String> labels) {
        Node self = new Node("n1", Optional.of(NodeN1.ADDRESS), Optional.empty(), labels);
        Snapshot snapshot = new Snapshot(
                1, new TreeMap<>(pools), Map.of("n1", self), Map.of(), Set.of(), Map.of(), false, Map.of(), List.of());
        return new Reconciler(kernel, kernel, kernel, NodeN1.settings(), attempt -> 1000, () -> 0)
                .reconcile(snapshot, Trigger.RESYNC, KernelNews.NONE, 0)
                .warnings();
    }
}
