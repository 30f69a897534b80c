package io.culvert.operator.nft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.operator.PrivateNamespace;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter.Dropped;
import io.culvert.reconciler.kernel.PacketFilter.FilterState;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.Prefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The table on the host's own kernel, in a network namespace of its own. */
class NftTableTest {

    private static final Ruleset RULESET = new Ruleset(
            prefixes("192.168.0.0/16", "10.244.0.0/16"),
            prefixes("192.168.0.0/16"),
            prefixes("10.0.1.11/32", "10.0.1.12/32", "10.0.1.13/32", "10.9.0.0/24"),
            false,
            true,
            new TreeSet<>());

    private PrivateNamespace namespace;
    private NftTable table;

    private static SortedSet<Prefix> prefixes(String... texts) {
        return new TreeSet<>(Arrays.stream(texts).map(Prefix::parse).toList());
    }

    @BeforeEach
    void open() throws IOException {
        namespace = new PrivateNamespace();
        List<String> command = new ArrayList<>(namespace.prefix());
        command.add("nft");
        table = new NftTable(command, "culvert0");
    }

    @AfterEach
    void close() {
        namespace.close();
    }

    private void write(Ruleset ruleset) {
        Outcome outcome = table.apply(new Change.ReplaceRuleset(ruleset));
        assertThat(outcome.succeeded()).as(outcome.text()).isTrue();
    }

    @Test
    void isAbsentAtFirst() {
        assertThat(table.observe()).isEqualTo(FilterState.ABSENT);
    }

    @Test
    void readsBackWhatItWrote() {
        write(RULESET);

        FilterState state = table.observe();
        assertThat(state.deviations()).isEmpty();
        assertThat(state.ruleset()).contains(RULESET);
    }

    @Test
    void filtersNothingWithoutTunnel() {
        Ruleset open = new Ruleset(RULESET.pools(), new TreeSet<>(), new TreeSet<>(), false, false, new TreeSet<>());
        write(open);

        assertThat(table.observe().deviations()).isEmpty();
        assertThat(table.observe().ruleset()).contains(open);
        assertThat(namespace.run("nft", "list", "chain", "ip", "culvert", "input"))
                .doesNotContain("drop");
        assertThat(namespace.run("nft", "list", "chain", "ip", "culvert", "prerouting"))
                .doesNotContain("drop");
    }

    @Test
    void dropsInnerSourcesOfNoPoolBeforeTheyAreTracked() {
        write(RULESET);

        assertThat(namespace.run("nft", "-n", "list", "chain", "ip", "culvert", "prerouting"))
                .contains("type filter hook prerouting priority -300;")
                .contains("iifname \"culvert0\" ip saddr != @pools counter packets 0 bytes 0 drop");
    }

    @Test
    void filtersForeignTunnelsThatReceiveOurPackets() {
        Ruleset two = RULESET.withOtherTunnels(new TreeSet<>(List.of("tun7", "tun8.100")));
        write(two);

        assertThat(table.observe().deviations()).isEmpty();
        assertThat(table.observe().ruleset()).contains(two);
        assertThat(namespace.run("nft", "list", "chain", "ip", "culvert", "prerouting"))
                .contains("iifname \"tun7\" ip daddr @pools ip saddr != @pools counter packets 0 bytes 0 drop");
        write(RULESET);
        assertThat(table.observe().ruleset()).contains(RULESET);
    }

    @Test
    void masqueradesTheNodesOtherAddressesIntoTheTunnel() {
        write(RULESET);

        assertThat(namespace.run("nft", "list", "chain", "ip", "culvert", "postrouting"))
                .contains("oifname \"culvert0\" fib saddr type local fib saddr . oif type != local masquerade");
    }

    @Test
    void leavesWhatGoesToTunnelSourcesItsSource() {
        Ruleset exempting =
                new Ruleset(RULESET.pools(), RULESET.natPools(), RULESET.tunnelSources(), true, true, new TreeSet<>());
        write(exempting);

        assertThat(table.observe().deviations()).isEmpty();
        assertThat(table.observe().ruleset()).contains(exempting);
        assertThat(namespace.run("nft", "list", "chain", "ip", "culvert", "postrouting"))
                .contains("ip saddr @nat_pools ip daddr != @pools ip daddr != @tunnel_sources masquerade");
    }

    @Test
    void replacesTheWholeTableAndKeepsItsCounts() {
        write(RULESET);
        namespace.run(
                "nft",
                "flush chain ip culvert input; add rule ip culvert input ip protocol 4 ip saddr != @tunnel_sources counter packets 7 bytes 140 drop");
        namespace.run(
                "nft",
                "flush chain ip culvert prerouting; add rule ip culvert prerouting iifname culvert0 ip saddr != @pools counter packets 5 bytes 100 drop");
        assertThat(table.observe().deviations()).isEmpty();
        write(RULESET);

        assertThat(table.observe().dropped()).isEqualTo(new Dropped(7, 5));
        assertThat(table.observe().dropped().packets()).isEqualTo(12);
        assertThat(table.observe().deviations()).isEmpty();
    }

    @Test
    void leavesOtherTablesAlone() {
        namespace.run("nft", "add table ip foreign; add chain ip foreign c; add table inet culvert");
        String before = namespace.run("nft", "list ruleset");
        write(RULESET);
        assertThat(table.apply(new Change.DeleteRuleset()).succeeded()).isTrue();

        assertThat(namespace.run("nft", "list ruleset")).isEqualTo(before);
    }

    @Test
    void deletesWhatIsNotThere() {
        assertThat(table.apply(new Change.DeleteRuleset()).succeeded()).isTrue();
        assertThat(table.observe()).isEqualTo(FilterState.ABSENT);
    }

    @Test
    void namesEveryDeviation() {
        for (String meddling : List.of(
                "flush chain ip culvert postrouting",
                "flush chain ip culvert input; add rule ip culvert input accept",
                "flush chain ip culvert input",
                "flush chain ip culvert prerouting",
                "flush chain ip culvert prerouting; delete chain ip culvert prerouting",
                "flush chain ip culvert prerouting; add rule ip culvert prerouting iifname tun9 ip saddr != @pools counter drop",
                "add rule ip culvert postrouting counter accept",
                "flush chain ip culvert postrouting; add rule ip culvert postrouting ip saddr @nat_pools ip daddr != @pools masquerade",
                "add chain ip culvert extra",
                "add set ip culvert extra { type ipv4_addr; }",
                "add counter ip culvert extra",
                "flush chain ip culvert postrouting; delete chain ip culvert postrouting",
                "flush chain ip culvert postrouting; delete set ip culvert nat_pools",
                "add element ip culvert tunnel_sources { 10.0.7.1-10.0.7.3 }")) {
            write(RULESET);
            assertThat(table.observe().deviations()).isEmpty();
            namespace.run("nft", meddling);
            assertThat(table.observe().deviations()).as(meddling).isNotEmpty();
        }
    }

    @Test
    void seesElementsThatCameOrWent() {
        write(RULESET);
        namespace.run("nft", "delete element ip culvert tunnel_sources { 10.0.1.12 }");

        FilterState state = table.observe();
        assertThat(state.deviations()).isEmpty();
        assertThat(state.ruleset().orElseThrow().tunnelSources())
                .isEqualTo(prefixes("10.0.1.11/32", "10.0.1.13/32", "10.9.0.0/24"));
    }

    @Test
    void tellsWhyItFailed() {
        NftTable broken = new NftTable(List.of("/nonexistent/nft"), "culvert0");
        assertThatThrownBy(broken::observe)
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("/nonexistent/nft")
                .hasMessageContaining("install nftables");
        assertThat(broken.apply(new Change.ReplaceRuleset(RULESET)).errno()).isEqualTo(Errno.EIO);
        assertThat(new NftTable(List.of("false"), "culvert0")
                        .apply(new Change.DeleteRuleset())
                        .succeeded())
                .isFalse();
    }
}
