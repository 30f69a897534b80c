package io.culvert.operator.nft;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.PrivateNamespace;
import io.culvert.reconciler.firewall.FirewallDiff;
import io.culvert.reconciler.firewall.FirewallState;
import io.culvert.reconciler.firewall.FirewallWarnings;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Change.Backend;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Firewalls of others on this machine's own kernel, written by nft and iptables, in a network namespace of its own. */
class NftFirewallTest {

    private static final SortedSet<Prefix> POOLS = prefixes("192.168.0.0/16", "10.244.0.0/22", "172.30.7.9/32");
    private static final Ruleset RULESET = new Ruleset(
            prefixes("192.168.0.0/16"),
            prefixes(),
            prefixes("10.0.1.11/32", "10.0.1.12/32"),
            false,
            true,
            new java.util.TreeSet<>());
    private static final FirewallWarnings.Node TUNNELLED =
            new FirewallWarnings.Node(Address.parse("10.0.1.11"), Optional.of("culvert0"), Optional.of("eth0"));
    private static final FirewallWarnings.Node DIRECT =
            new FirewallWarnings.Node(Address.parse("10.0.1.11"), Optional.empty(), Optional.of("eth0"));

    private PrivateNamespace namespace;
    private NftFirewall firewall;

    private static SortedSet<Prefix> prefixes(String... texts) {
        return new TreeSet<>(Arrays.stream(texts).map(Prefix::parse).toList());
    }

    @BeforeEach
    void open() throws IOException {
        namespace = new PrivateNamespace();
        firewall = new NftFirewall(namespace.prefix(), Path.of("/proc/" + namespace.pid() + "/net/ip_tables_names"));
    }

    @AfterEach
    void close() {
        namespace.close();
    }

    private void nft(String script) {
        namespace.run("nft", script);
    }

    private void iptables(String arguments) {
        namespace.run(("iptables-nft " + arguments).split(" "));
    }

    private void reconcile(SortedSet<Prefix> pools) {
        for (Change change : FirewallDiff.of(pools, firewall.observe())) {
            Outcome outcome = firewall.apply(change);
            assertThat(outcome.succeeded()).as("%s", outcome).isTrue();
        }
        assertThat(FirewallDiff.of(pools, firewall.observe())).isEmpty();
    }

    private List<String> warnings(FirewallWarnings.Node node) {
        return FirewallWarnings.of(RULESET, node, firewall.observe());
    }

    @Test
    void aHostWithoutFirewallIsOpen() {
        assertThat(firewall.observe()).isEqualTo(FirewallState.OPEN);
        assertThat(namespace.run("nft", "list", "ruleset")).isEmpty();
    }

    @Test
    void anOpenChainGetsNoRules() {
        iptables("-P FORWARD ACCEPT");

        assertThat(FirewallDiff.of(POOLS, firewall.observe())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"iptables", "nft"})
    void aClosedForwardChainAcceptsThePoolsAndNothingElse(String tool) {
        close(tool);
        reconcile(POOLS);

        assertThat(namespace.run("iptables-nft", "-S", "FORWARD").lines())
                .containsExactlyInAnyOrder(
                        "-P FORWARD DROP",
                        "-A FORWARD -s 10.244.0.0/22 -m comment --comment culvert -j ACCEPT",
                        "-A FORWARD -d 10.244.0.0/22 -m comment --comment culvert -j ACCEPT",
                        "-A FORWARD -s 172.30.7.9/32 -m comment --comment culvert -j ACCEPT",
                        "-A FORWARD -d 172.30.7.9/32 -m comment --comment culvert -j ACCEPT",
                        "-A FORWARD -s 192.168.0.0/16 -m comment --comment culvert -j ACCEPT",
                        "-A FORWARD -d 192.168.0.0/16 -m comment --comment culvert -j ACCEPT");
    }

    private void close(String tool) {
        if (tool.equals("nft")) {
            nft("add table ip filter; add chain ip filter FORWARD "
                    + "{ type filter hook forward priority 0; policy drop; }");
        } else {
            iptables("-P FORWARD DROP");
        }
    }

    @Test
    void rulesComeBackAfterAFlush() {
        iptables("-P FORWARD DROP");
        reconcile(POOLS);
        iptables("-F FORWARD");
        assertThat(firewall.observe().forwardRules()).isEmpty();

        reconcile(POOLS);

        assertThat(firewall.observe().forwardRules()).hasSize(6);
    }

    @Test
    void rulesThatIptablesSavedAndRestoredAreOursStill() {
        iptables("-P FORWARD DROP");
        reconcile(POOLS);
        String before = namespace.run("iptables-nft", "-S", "FORWARD");
        namespace.run(
                "sh",
                "-c",
                "iptables-nft-save > /tmp/culvert-$$ && iptables-nft-restore < /tmp/culvert-$$; "
                        + "s=$?; rm /tmp/culvert-$$; exit $s");

        assertThat(namespace.run("iptables-nft", "-S", "FORWARD")).isEqualTo(before);
        assertThat(FirewallDiff.of(POOLS, firewall.observe())).isEmpty();
        reconcile(prefixes());
        assertThat(namespace.run("iptables-nft", "-S", "FORWARD").lines()).containsExactly("-P FORWARD DROP");
    }

    @Test
    void repeatedRulesAreRemovedOneByOne() {
        iptables("-P FORWARD DROP");
        reconcile(POOLS);
        iptables("-A FORWARD -s 192.168.0.0/16 -m comment --comment culvert -j ACCEPT");
        assertThat(firewall.observe().forwardRules()).hasSize(7);

        reconcile(POOLS);

        assertThat(firewall.observe().forwardRules()).hasSize(6);
    }

    @Test
    void rulesOfOthersStay() {
        iptables("-P FORWARD DROP");
        iptables("-A FORWARD -s 192.168.0.0/16 -j ACCEPT");
        iptables("-A FORWARD -s 192.168.0.0/16 -p tcp -m comment --comment culvert -j ACCEPT");
        iptables("-A FORWARD -s 192.168.0.0/16 -m comment --comment culvert -j DROP");
        String before = namespace.run("iptables-nft", "-S", "FORWARD");

        reconcile(POOLS);
        reconcile(prefixes());

        assertThat(namespace.run("iptables-nft", "-S", "FORWARD")).isEqualTo(before);
    }

    @Test
    void anOpenedChainLosesOurRules() {
        iptables("-P FORWARD DROP");
        reconcile(POOLS);
        iptables("-P FORWARD ACCEPT");

        reconcile(POOLS);

        assertThat(namespace.run("iptables-nft", "-S", "FORWARD").lines()).containsExactly("-P FORWARD ACCEPT");
    }

    @Test
    void readingChangesNothing() {
        iptables("-P FORWARD DROP");
        String before = namespace.run("nft", "-a", "list", "ruleset");

        firewall.observe();

        assertThat(namespace.run("nft", "-a", "list", "ruleset")).isEqualTo(before);
    }

    @Test
    void namesAClosedForwardChainAndTheCureThatWorks() {
        nft("add table inet fw; add chain inet fw forward { type filter hook forward priority 0; policy drop; }");

        assertThat(warnings(DIRECT))
                .containsExactly("nftables table inet fw, chain forward, drops the traffic of pool 192.168.0.0/16; "
                        + "accept it: nft insert rule inet fw forward ip saddr 192.168.0.0/16 accept; "
                        + "nft insert rule inet fw forward ip daddr 192.168.0.0/16 accept");
        nft("insert rule inet fw forward ip saddr 192.168.0.0/16 accept; "
                + "insert rule inet fw forward ip daddr 192.168.0.0/16 accept");
        assertThat(warnings(DIRECT)).isEmpty();
    }

    @Test
    void namesAClosedInputChainAndTheCureThatWorks() {
        iptables("-P INPUT DROP");
        iptables("-A INPUT -i lo -j ACCEPT");
        iptables("-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT");
        iptables("-A INPUT -p icmp -j ACCEPT");
        iptables("-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT");

        assertThat(warnings(TUNNELLED))
                .containsExactly(
                        "iptables table filter, chain INPUT, drops protocol 4 (IP-in-IP) from the peers, so the "
                                + "tunnel receives nothing; accept it: iptables -I INPUT -p 4 -j ACCEPT");
        assertThat(warnings(DIRECT)).isEmpty();
        iptables("-I INPUT -p 4 -j ACCEPT");
        assertThat(warnings(TUNNELLED)).isEmpty();
    }

    /** What drops in one of these, and what does not. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # policy | rules | dropped
            accept | reject with icmpx type admin-prohibited | true
            accept | ct state established,related accept; drop | true
            accept | iifname "culvert0" drop | true
            accept | iifname "eth1" drop |
            accept | ip saddr 192.168.0.0/16 ip daddr 192.168.0.0/16 accept; drop |
            accept | ip saddr { 10.0.0.0/8, 192.168.0.0/16 } accept; drop |
            accept | ip saddr { 10.0.0.0/8, 192.168.0.0-192.168.0.255 } accept; drop |
            accept | ip saddr 10.0.0.0/8 accept; drop | true
            accept | ip saddr @known accept; drop |
            accept | ip saddr @others accept; drop | true
            accept | jump closed | true
            accept | jump open; drop |
            accept | jump back; drop | true
            accept | goto back; drop |
            accept | iifname vmap { "culvert0" : jump closed, "lo" : accept } | true
            accept | meta mark 0x1 accept; drop | true
            accept | meta mark & 0x4000 == 0 accept; drop |
            accept | limit rate 5/second drop |
            accept | tcp dport 22 drop |
            accept | udp dport 53 drop |
            drop   | tcp dport 22 accept; icmp type echo-request accept | true
            drop   | meta l4proto { tcp, udp, icmp } accept |
            drop   | ct state vmap { established : accept, related : accept, invalid : drop } | true
            drop   | ct state { new, established } accept |
            drop   | counter; log prefix "x" | true
            drop   | iifname { "culvert0", "docker0" } accept; oifname "culvert0" accept |
            drop   | iifname "culvert*" accept; oifname != "eth0" accept |
            """)
    void knowsWhatARulesetDoesToThePools(String policy, String rules, Boolean dropped) {
        nft(
                "add table inet fw; add set inet fw known { type ipv4_addr; flags interval; elements = { 192.168.0.0/16 }; };"
                        + " add set inet fw others { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 }; };"
                        + " add chain inet fw closed; add rule inet fw closed drop;"
                        + " add chain inet fw open; add rule inet fw open accept;"
                        + " add chain inet fw back; add rule inet fw back ip saddr 192.168.0.0/16 return; add rule inet fw back drop;"
                        + " add chain inet fw forward { type filter hook forward priority 0; policy " + policy + "; };"
                        + Arrays.stream(rules.split("; "))
                                .map(rule -> " add rule inet fw forward " + rule + ";")
                                .reduce("", String::concat));

        assertThat(warnings(TUNNELLED)).hasSize(dropped == null ? 0 : 1);
    }

    /** The same for what iptables writes, which nft cannot explain. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -A INPUT -j REJECT | true
            -A INPUT -p 4 -j DROP | true
            -A INPUT -m conntrack --ctstate NEW -i eth1 -j DROP |
            -A INPUT -m conntrack --ctstate NEW -i eth0 -j DROP | true
            -A INPUT -m conntrack --ctstate INVALID -j DROP |
            -A INPUT ! -p tcp -j DROP | true
            -A INPUT -p tcp -m multiport --dports 22,80 -j DROP |
            -A INPUT -s 10.0.1.0/24 -m comment --comment peers -j ACCEPT;-A INPUT -j DROP |
            -A INPUT -s 10.0.1.12/32 -j ACCEPT;-P INPUT DROP |
            -A INPUT -s 10.0.2.0/24 -j ACCEPT;-P INPUT DROP | true
            -N X;-A INPUT -j X;-A X -m mark --mark 0x1/0x1 -j ACCEPT;-A X -j DROP | true
            -N X;-A INPUT -j X;-A X -s 10.0.1.12/32 -j RETURN;-A X -j DROP |
            -A INPUT -m limit --limit 5/s -j DROP |
            -A OUTPUT -p 4 -j DROP | true
            """)
    void knowsWhatIptablesDoesToTheTunnel(String commands, Boolean dropped) {
        for (String command : commands.split(";")) {
            iptables(command);
        }

        assertThat(warnings(TUNNELLED)).hasSize(dropped == null ? 0 : 1);
    }

    private void legacy(String arguments) {
        namespace.run(("iptables-legacy -w 5 " + arguments).split(" "));
    }

    @Test
    void iptablesLegacyGetsRulesOfItsOwn() {
        legacy("-P FORWARD DROP");
        legacy("-A FORWARD -s 192.168.0.0/16 -j ACCEPT");
        String before = namespace.run("iptables-legacy", "-S", "FORWARD");
        assertThat(firewall.observe().closed()).containsExactly(Backend.LEGACY);

        reconcile(POOLS);

        assertThat(namespace.run("iptables-legacy", "-S", "FORWARD"))
                .contains("-A FORWARD -s 10.244.0.0/22 -m comment --comment culvert -j ACCEPT")
                .contains("-A FORWARD -d 172.30.7.9/32 -m comment --comment culvert -j ACCEPT");
        assertThat(warnings(DIRECT)).isEmpty();
        assertThat(namespace.run("nft", "list", "ruleset")).isEmpty();
        reconcile(prefixes());
        assertThat(namespace.run("iptables-legacy", "-S", "FORWARD")).isEqualTo(before);
    }

    @Test
    void bothKindsOfIptablesAtOnce() {
        iptables("-P FORWARD DROP");
        legacy("-P FORWARD DROP");
        reconcile(POOLS);

        assertThat(firewall.observe().forwardRules()).hasSize(12);
    }

    @Test
    void namesWhatIptablesLegacyDrops() {
        legacy("-A INPUT -p tcp -j ACCEPT");
        legacy("-A INPUT -j DROP");

        assertThat(warnings(TUNNELLED))
                .containsExactly(
                        "iptables-legacy table filter, chain INPUT, drops protocol 4 (IP-in-IP) from the peers, "
                                + "so the tunnel receives nothing; accept it: iptables-legacy -I INPUT -p 4 -j ACCEPT");
        legacy("-I INPUT -p 4 -j ACCEPT");
        assertThat(warnings(TUNNELLED)).isEmpty();
    }

    /** Asking iptables-legacy about a table makes the kernel create it. */
    @Test
    void readingCreatesNoTableOfIptablesLegacy() {
        firewall.observe();

        assertThat(namespace.run("cat", "/proc/" + namespace.pid() + "/net/ip_tables_names"))
                .isEmpty();
    }

    @Test
    void otherFamiliesAndHooksDoNotConcernUs() {
        nft(
                "add table ip6 fw; add chain ip6 fw forward { type filter hook forward priority 0; policy drop; };"
                        + " add table bridge fw; add chain bridge fw forward { type filter hook forward priority 0; policy drop; };"
                        + " add table ip culvert; add chain ip culvert x { type filter hook forward priority 0; policy drop; }");

        assertThat(warnings(TUNNELLED)).isEmpty();
    }

    @Test
    void ourRulesSatisfyTheWarnings() {
        iptables("-P FORWARD DROP");
        assertThat(warnings(DIRECT)).hasSize(1);

        reconcile(RULESET.pools());

        assertThat(warnings(DIRECT)).isEmpty();
        assertThat(firewall.observe().closed()).containsExactly(Backend.NFT);
    }
}
