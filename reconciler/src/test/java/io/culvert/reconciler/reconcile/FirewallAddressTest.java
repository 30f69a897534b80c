package io.culvert.reconciler.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.firewall.FirewallState;
import io.culvert.reconciler.firewall.HostFirewall;
import io.culvert.reconciler.firewall.Match;
import io.culvert.reconciler.firewall.Table;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.FakeKernel;
import io.culvert.reconciler.kernel.KernelNews;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.InterfaceAddress;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.AddressOrigin;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The node had another address when the agent started; the host's firewall names one of the two. */
class FirewallAddressTest {

    private static final String NOW = "10.0.1.21";

    @Test
    void aRuleForTheAddressOfTodayLetsTheTunnelPass() {
        assertThat(warningsWhereOnlyMayReceive(NOW)).isEmpty();
    }

    @Test
    void aRuleForTheFormerOneDoesNot() {
        assertThat(warningsWhereOnlyMayReceive(NodeN1.ADDRESS.address().toString()))
                .singleElement()
                .asString()
                .contains("chain input", "drops protocol 4");
    }

    private static List<String> warningsWhereOnlyMayReceive(String address) {
        FakeKernel kernel = new FakeKernel();
        int eth0 = kernel.addLink("eth0", "veth", 1500, InterfaceAddress.parse(NOW + "/24"));
        kernel.setSysctl("net/ipv4/ip_forward", 1);
        kernel.putRoute(new FakeKernel.Route(
                Prefix.parse("0.0.0.0/0"), 0, 0, Optional.of(Address.parse("10.0.1.1")), eth0, RouteTable.UNICAST, 3));
        Datastore datastore = new Datastore();
        for (String line : List.of(
                "pool web 192.168.0.0/16 Always",
                "node n1 10.0.1.21/24 tunnel 192.168.0.128",
                "node n2 10.0.1.12/24 tunnel 192.168.0.1",
                "block 192.168.0.0/26 n2",
                "block 192.168.0.128/26 n1")) {
            assertThat(datastore.carryOut(List.of(line.split(" ")))).isTrue();
        }
        Reconciler reconciler = new Reconciler(
                kernel,
                kernel,
                accepting(address),
                kernel,
                NodeN1.settings(AddressOrigin.DETECTED, Set.of(), 0),
                attempt -> 1000,
                () -> 0,
                work -> work);
        return reconciler
                .reconcile(datastore.snapshot(), Trigger.START, KernelNews.NONE, 0)
                .warnings();
    }

    private static HostFirewall accepting(String destination) {
        Match match = new Match.NumberIn(
                Match.Field.DESTINATION, List.of(Match.Range.of(Prefix.host(Address.parse(destination)))), false);
        Table.Chain input = new Table.Chain(
                Optional.of(Table.Hook.INPUT),
                true,
                List.of(new Table.Rule(List.of(match), new Table.Verdict.Accept())));
        Table table = new Table(Table.Tool.NFT, "inet fw", Map.of("input", input));
        return new HostFirewall() {
            @Override
            public FirewallState observe() {
                return new FirewallState(List.of(table), Set.of(), List.of(), List.of());
            }

            @Override
            public Outcome apply(Change change) {
                throw new AssertionError(change.toString());
            }
        };
    }
}
