package io.culvert.operator.etcd;

import io.culvert.operator.Eventually;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Three real etcd servers that elect a leader among them, with their data below a directory. They die with this JVM. */
public final class EtcdCluster implements AutoCloseable {

    private final List<EtcdServer> members = new ArrayList<>();

    public EtcdCluster() throws IOException {
        List<Integer> peers = List.of(EtcdServer.freePort(), EtcdServer.freePort(), EtcdServer.freePort());
        StringBuilder cluster = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            cluster.append(i == 0 ? "" : ",")
                    .append("m")
                    .append(i)
                    .append("=http://127.0.0.1:")
                    .append(peers.get(i));
        }
        for (int i = 0; i < 3; i++) {
            String url = "http://127.0.0.1:" + peers.get(i);
            EtcdServer member = new EtcdServer(
                    "--name=m" + i,
                    "--listen-peer-urls=" + url,
                    "--initial-advertise-peer-urls=" + url,
                    "--initial-cluster=" + cluster,
                    "--heartbeat-interval=50",
                    "--election-timeout=500");
            members.add(member);
            member.beforeAll(null);
        }
        leader();
    }

    /** Of all members, as users write them. */
    public String endpoints() {
        return String.join(",", members.stream().map(EtcdServer::endpoint).toList());
    }

    /** The member that leads, waiting for one that does. */
    public EtcdServer leader() {
        List<EtcdServer> leading = new ArrayList<>();
        Eventually.holds("somebody leads", () -> {
            for (EtcdServer member : members) {
                if (member.isRunning() && member.isLeader()) {
                    leading.add(member);
                }
            }
            return !leading.isEmpty();
        });
        return leading.get(0);
    }

    @Override
    public void close() throws IOException {
        for (EtcdServer member : members) {
            member.afterAll(null);
        }
    }
}
