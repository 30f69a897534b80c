package io.culvert.operator.cli.diff;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.cli.CommandRun;
import io.culvert.operator.etcd.EtcdServer;
import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code culvert diff} in a datastore of 1,000 nodes with four blocks each. Prints how long it took. */
class DiffScaleTest {

    private static final int NODES = 1000;
    private static final int BLOCKS_EACH = 4;
    private static final String POOL = """
            {"apiVersion":"projectcalico.org/v3","kind":"IPPool","metadata":{"name":"blue"},
            "spec":{"cidr":"172.16.0.0/12","ipipMode":"%s"}}""";

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer();

    @Test
    void aThousandNodesAreForeseen() throws IOException {
        assertThat(run("apply", "Always").exitCode()).isZero();
        for (int node = 0; node < NODES; node += 20) {
            fill(node, node + 20);
        }

        long start = System.nanoTime();
        CommandRun run = run("diff", "CrossSubnet");
        double seconds = (System.nanoTime() - start) / 1e9;

        System.out.printf(Locale.ROOT, "diff of 1,000 nodes with 4 blocks each: %.2f s%n", seconds);
        // Four subnets of 250 nodes: each reaches 249 others directly, with four blocks each.
        assertThat(run.out())
                .endsWith("1000 nodes: 249000 next hops and 996000 routes change device, none is lost; NAT unchanged")
                .contains("... and 980 more nodes; --all shows them");
    }

    private static CommandRun run(String command, String mode) {
        return CommandRun.of(POOL.formatted(mode), command, "-f", "-", "--etcd-endpoints", ETCD.endpoint());
    }

    /** One transaction of etcdctl: no compares, puts, no puts otherwise. etcd takes 128 operations in one. */
    private static void fill(int from, int to) throws IOException {
        for (int block = 0; block < BLOCKS_EACH; block++) {
            StringBuilder puts = new StringBuilder("\n");
            for (int node = from; node < to; node++) {
                String cidr = "172." + (16 + node / 250) + "." + node % 250 + "." + 64 * block;
                if (block == 0) {
                    put(puts, "/calico/resources/v3/projectcalico.org/nodes/n" + node, node(node, cidr));
                }
                put(puts, "/calico/ipam/v2/assignment/ipv4/block/" + cidr + "-26", block(cidr, node));
                put(puts, "/calico/ipam/v2/host/n" + node + "/ipv4/block/" + cidr + "-26", "{'state':'confirmed'}");
            }
            ETCD.etcdctlReading(puts.append("\n\n").toString(), "txn");
        }
    }

    private static void put(StringBuilder puts, String key, String value) {
        puts.append("put ")
                .append(key)
                .append(" \"")
                .append(value.replace("'", "\\\""))
                .append("\"\n");
    }

    private static String node(int node, String tunnel) {
        return "{'kind':'Node','apiVersion':'projectcalico.org/v3','metadata':{'name':'n" + node
                + "'},'spec':{'bgp':{'ipv4Address':'10.0." + node / 250 + "." + (1 + node % 250)
                + "/24','ipv4IPIPTunnelAddr':'" + tunnel + "'}}}";
    }

    private static String block(String cidr, int node) {
        return "{'cidr':'" + cidr + "/26','affinity':'host:n" + node
                + "','allocations':[],'unallocated':[],'attributes':[]}";
    }
}
