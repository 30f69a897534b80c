package io.culvert.operator.cli.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.cli.CommandRun;
import io.culvert.operator.etcd.EtcdServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The rules that pools can break only together with what is stored already. */
class PoolRulesTest {

    private static final String BLOCKS = "/calico/ipam/v2/assignment/ipv4/block/";
    private static final String POOLS = "/calico/resources/v3/projectcalico.org/ippools/";

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer();

    @Test
    void blocks_of_another_size_refuse_a_new_pool_and_are_named() throws IOException {
        block("192.168.1.0-28");
        block("192.168.2.0-28");
        block("10.0.0.0-28");

        CommandRun run = apply(pool("p", "192.168.0.0/16", "blockSize: 26"));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .singleElement()
                .asString()
                .contains("spec.blockSize: 26: IPAM has blocks of another size in 192.168.0.0/16: 192.168.1.0/28,"
                        + " 192.168.2.0/28; release their addresses");
        assertThat(stored("p")).isEmpty();
        assertThat(apply(pool("p", "192.168.0.0/16", "natOutgoing: true")).err())
                .as("with the default size")
                .singleElement()
                .asString()
                .contains("192.168.1.0/28");
    }

    @Test
    void blocks_of_the_same_size_or_elsewhere_do_not() throws IOException {
        block("192.168.1.0-28");
        block("10.0.0.0-26");

        assertThat(apply(pool("p", "192.168.0.0/16", "blockSize: 28")).exitCode())
                .isZero();
        block("192.168.3.0-26");
        assertThat(apply(pool("p", "192.168.0.0/16", "ipipMode: Never")).out())
                .as("the rule is for creation")
                .containsExactly("ippool/p configured");
    }

    @Test
    void a_block_around_the_pool_counts_too() throws IOException {
        block("192.168.0.0-20");

        assertThat(apply(pool("p", "192.168.1.0/24", "blockSize: 26")).exitCode())
                .isEqualTo(2);
    }

    @Test
    void immutable_fields_and_all_other_faults_are_told_at_once() {
        apply(pool("p", "192.168.0.0/16", "blockSize: 26"));

        CommandRun run = apply(pool("p", "10.0.0.0/16", "blockSize: 28"));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .contains("spec.cidr")
                                .contains("cannot be changed from 192.168.0.0/16"),
                        line -> assertThat(line).contains("spec.blockSize").contains("cannot be changed from 26"));
    }

    @Test
    void a_pool_for_load_balancers_stays_one() {
        apply(pool("p", "192.168.0.0/16", "allowedUses: [LoadBalancer]"));

        CommandRun run = apply(pool("p", "192.168.0.0/16", "allowedUses: [Workload]"));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .singleElement()
                .asString()
                .contains("spec.allowedUses")
                .contains("LoadBalancer");
        assertThat(apply(pool("q", "10.0.0.0/16", "allowedUses: [Workload]")).exitCode())
                .isZero();
        assertThat(apply(pool("q", "10.0.0.0/16", "allowedUses: [Tunnel]")).exitCode())
                .isZero();
    }

    @Test
    void overlaps_are_refused_at_creation_whether_equal_larger_smaller_or_disabled() {
        apply(pool("p", "192.168.0.0/16", "disabled: true"));

        for (String cidr : List.of("192.168.0.0/16", "192.0.0.0/8", "192.168.4.0/24")) {
            assertThat(apply(pool("q", cidr, "natOutgoing: true")).err())
                    .singleElement()
                    .asString()
                    .contains("pool q would overlap pool p (192.168.0.0/16)");
        }
    }

    @Test
    void deletion_is_seen_as_a_change_to_disabled_and_then_a_deletion() throws IOException {
        apply(pool("p", "192.168.0.0/16", "natOutgoing: true"));
        String created = revision();

        assertThat(culvert("", "delete", "ippool", "p").exitCode()).isZero();

        long first = Long.parseLong(created) + 1;
        assertThat(stored("p", "--rev=" + first)).contains("\"disabled\":true");
        assertThat(stored("p", "--rev=" + (first + 1))).isEmpty();
    }

    private static String revision() throws IOException {
        String json = ETCD.etcdctl("get", "x", "-w", "json");
        return json.replaceAll(".*\"revision\":(\\d+).*", "$1").strip();
    }

    private static String stored(String pool, String... more) throws IOException {
        List<String> words = new ArrayList<>(List.of("get", POOLS + pool, "--print-value-only"));
        words.addAll(List.of(more));
        return ETCD.etcdctl(words.toArray(String[]::new)).strip();
    }

    private static void block(String key) throws IOException {
        ETCD.etcdctlReading("{}", "put", BLOCKS + key);
    }

    private static String pool(String name, String cidr, String field) {
        return "apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata:\n  name: " + name + "\nspec:\n  cidr: " + cidr
                + "\n  " + field + "\n";
    }

    private static CommandRun apply(String document) {
        return culvert(document, "apply", "-f", "-");
    }

    private static CommandRun culvert(String stdin, String... words) {
        List<String> arguments = new ArrayList<>(List.of(words));
        arguments.add("--etcd-endpoints=" + ETCD.endpoint());
        return CommandRun.of(stdin, arguments.toArray(String[]::new));
    }
}
