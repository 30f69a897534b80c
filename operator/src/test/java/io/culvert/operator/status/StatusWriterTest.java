package io.culvert.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.Eventually;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StatusWriterTest {

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer();

    private static final Instance OWN = new Instance("boot-1 net:[1]", "a");

    /** The same machine later, another machine. */
    private static final Instance NEXT = new Instance("boot-1 net:[1]", "b");

    private static final Instance ELSEWHERE = new Instance("boot-2 net:[1]", "c");

    private EtcdConnection etcd;
    private StatusReader reader;

    @BeforeEach
    void connect() {
        etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()));
        reader = new StatusReader(etcd);
    }

    @AfterEach
    void disconnect() {
        etcd.close();
    }

    @Test
    void is_read_as_it_was_written_and_written_only_when_it_says_something_new() {
        StatusWriter writer = new StatusWriter(etcd, StatusWriter.TTL, OWN);
        writer.write(status("n1", 7, 1));
        writer.write(status("n1", 7, 2));
        assertThat(reader.read().nodes()).containsExactly(status("n1", 7, 1));
        writer.write(status("n1", 8, 3));
        new StatusWriter(etcd, StatusWriter.TTL, OWN).write(status("n0", 8, 3));
        assertThat(reader.read().nodes()).containsExactly(status("n0", 8, 3), status("n1", 8, 3));
        writer.withdraw();
        assertThat(reader.read().nodes()).containsExactly(status("n0", 8, 3));
    }

    @Test
    void goes_when_its_agent_is_gone_and_stays_while_it_is_refreshed() {
        StatusWriter dead = new StatusWriter(etcd, Duration.ofSeconds(1), OWN);
        StatusWriter alive = new StatusWriter(etcd, Duration.ofSeconds(1), OWN);
        dead.write(status("dead", 1, 1));
        alive.write(status("alive", 1, 1));
        Eventually.holds("the dead one is gone", () -> {
            alive.refresh();
            return reader.read().nodes().size() < 2;
        });
        assertThat(reader.read().nodes()).extracting(NodeStatus::node).containsExactly("alive");
        dead.refresh();
        assertThat(reader.read().nodes()).extracting(NodeStatus::node).containsExactly("alive", "dead");
    }

    @Test
    void comes_back_after_its_lease_was_revoked_under_it() throws Exception {
        StatusWriter writer = new StatusWriter(etcd, StatusWriter.TTL, OWN);
        writer.write(status("n1", 1, 1));
        revokeLeases();
        assertThat(reader.read().nodes()).isEmpty();
        writer.refresh();
        assertThat(reader.read().nodes()).containsExactly(status("n1", 1, 1));
    }

    @Test
    void a_write_after_the_lease_was_lost_gets_a_new_one_at_the_next_try() throws Exception {
        StatusWriter writer = new StatusWriter(etcd, StatusWriter.TTL, OWN);
        writer.write(status("n1", 1, 1));
        revokeLeases();
        Eventually.holds("written again", () -> {
            try {
                writer.write(status("n1", 2, 1));
            } catch (DatastoreException lost) {
                assertThat(lost.kind()).isEqualTo(DatastoreException.Kind.REFUSED);
            }
            return reader.read().nodes().equals(List.of(status("n1", 2, 1)));
        });
    }

    @Test
    void is_put_again_when_somebody_deletes_it() throws Exception {
        StatusWriter writer = writer(OWN);
        writer.write(status("n1", 1, 1));
        SERVER.etcdctl("del", "/culvert/v1/status/n1");
        writer.refresh();
        assertThat(reader.read().nodes()).containsExactly(status("n1", 1, 1));
        SERVER.etcdctl("put", "/culvert/v1/status/n1", "garbage");
        writer.refresh();
        assertThat(reader.read().nodes()).containsExactly(status("n1", 1, 1));
    }

    @Test
    void an_agent_elsewhere_with_the_same_name_is_left_in_peace() {
        StatusWriter first = writer(OWN);
        first.write(status("n1", 1, 1));
        StatusWriter second = writer(ELSEWHERE);
        second.write(at("10.0.0.2/24"));
        second.write(at("10.0.0.2/24"));
        second.refresh();
        assertThat(second.rival()).map(NodeStatus::address).contains("10.0.0.1/24");
        assertThat(second.holds()).isFalse();
        first.refresh();
        first.write(status("n1", 2, 1));
        assertThat(first.rival()).isEmpty();
        assertThat(reader.read().nodes()).containsExactly(status("n1", 2, 1));

        first.withdraw();
        second.refresh();
        assertThat(second.rival()).isEmpty();
        assertThat(reader.of("n1")).map(NodeStatus::address).contains("10.0.0.2/24");
    }

    @Test
    void a_predecessor_that_crashed_is_replaced_at_once() {
        writer(OWN).write(status("n1", 1, 1));
        StatusWriter next = writer(NEXT);
        next.write(at("10.0.0.9/24"));
        assertThat(next.holds()).as("the same place, another address").isTrue();
        StatusWriter rebooted = writer(ELSEWHERE);
        rebooted.write(at("10.0.0.9/24"));
        assertThat(rebooted.holds()).as("the same address, another boot").isTrue();
    }

    @Test
    void who_is_replaced_gives_way_and_comes_back_when_the_other_ends() {
        StatusWriter first = writer(OWN);
        first.write(status("n1", 1, 1));
        StatusWriter second = writer(NEXT);
        second.write(at("10.0.0.1/24"));
        first.write(status("n1", 2, 1));
        first.refresh();
        assertThat(first.rival()).map(NodeStatus::instance).contains(NEXT.toString());
        assertThat(first.holds()).isFalse();
        second.write(at("10.0.0.3/24"));
        second.refresh();
        assertThat(second.rival()).isEmpty();

        second.withdraw();
        first.refresh();
        assertThat(first.rival()).isEmpty();
        assertThat(reader.read().nodes()).containsExactly(status("n1", 2, 1));
    }

    @Test
    void an_agent_of_0_1_elsewhere_is_a_rival_too() throws Exception {
        StatusWriter writer = writer(OWN);
        writer.write(status("n1", 1, 1));
        SERVER.etcdctl("put", "/culvert/v1/status/n1", "{\"node\":\"n1\",\"address\":\"10.0.0.7/24\"}");
        writer.refresh();
        assertThat(writer.rival()).map(NodeStatus::address).contains("10.0.0.7/24");
        SERVER.etcdctl("put", "/culvert/v1/status/n1", "{\"node\":\"n1\",\"address\":\"10.0.0.1/24\"}");
        writer.refresh();
        assertThat(writer.rival()).isEmpty();
    }

    private StatusWriter writer(Instance instance) {
        return new StatusWriter(etcd, StatusWriter.TTL, instance);
    }

    private static NodeStatus at(String address) {
        return new NodeStatus(
                "n1", address, "", "1", 1, 1, true, Map.of(), List.of(), List.of(), List.of(), Map.of(), List.of(), "",
                "");
    }

    private static void revokeLeases() throws IOException {
        for (String lease : SERVER.etcdctl("lease", "list").lines().skip(1).toList()) {
            SERVER.etcdctl("lease", "revoke", lease);
        }
    }

    private static NodeStatus status(String node, long revision, long second) {
        return new NodeStatus(
                node,
                "10.0.0.1/24",
                "192.168.0.0",
                "0.1.0",
                revision,
                revision - 1,
                false,
                Map.of("p", new NodeStatus.Pool(false, 3, 2, 1)),
                List.of(new NodeStatus.Failure("route 192.168.0.0/26", "WAITING", "network is down")),
                List.of(new NodeStatus.Unrouted("192.168.1.0/26", "", "in no pool")),
                List.of(new NodeStatus.Rejection("IPPool", "/calico/x", "malformed", true)),
                Map.of("v", "VXLAN"),
                List.of("rp_filter is strict on eth0"),
                Instant.ofEpochSecond(second).toString(),
                OWN.toString());
    }
}
