package io.culvert.operator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.etcd.Certificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a running agent says and does when etcd's certificates and its own do not fit any more, and when etcd begins to ask for a
 * user: the kernel stays as it is, and when the files are mended the agent follows without a restart.
 */
@Tag("slow")
@Timeout(180)
class TlsFaultsTest {

    @TempDir
    private static Path directory;

    private static ThreeNodes lab;
    private static Certificates certificates;
    private static Path events;
    private static int pools;
    private static List<String> asUser = List.of();

    /** Two authorities, each with a certificate for etcd and one for agents; what stands in {@code etcd}, {@code clients} and {@code agent} counts. */
    @BeforeAll
    static void build() throws IOException {
        certificates = new Certificates(directory, ThreeNodes.ETCD_ADDRESS);
        for (String authority : List.of("ours", "theirs")) {
            certificates.authority(authority);
            certificates.certificate("etcd-" + authority, authority, "etcd");
            certificates.certificate("agent-" + authority, authority, "culvert-n1");
            certificates.certificate(
                    "expired-" + authority,
                    authority,
                    "culvert-n1",
                    Instant.now().minusSeconds(60));
        }
        for (String who : List.of("etcd", "agent")) {
            certificates.copy(who + "-ours", who);
        }
        certificates.copy("ours", "clients");
        certificates.copy("ours", "servers");
        lab = new ThreeNodes(
                directory,
                "--cert-file=" + certificates.path("etcd.crt"),
                "--key-file=" + certificates.path("etcd.key"),
                "--trusted-ca-file=" + certificates.path("clients.crt"),
                "--client-cert-auth");
        lab.eventually("etcd answers", TlsFaultsTest::putPool);
        for (String node : List.of("n1", "n2")) {
            lab.startAgent(
                    node,
                    "--etcd-ca-cert=" + certificates.path("servers.crt"),
                    "--etcd-cert=" + certificates.path("agent.crt"),
                    "--etcd-key=" + certificates.path("agent.key"));
        }
        follows();
        events = directory.resolve("events");
        lab.startIn("n1", events, List.of("stdbuf", "-oL", "ip", "-o", "monitor", "route", "nexthop"));
        lab.eventually("what is deleted is heard", () -> {
            lab.run("n1", "ip", "route", "add", "203.0.113.0/24", "via", "10.0.1.1");
            lab.run("n1", "ip", "route", "del", "203.0.113.0/24");
            return events().contains("Deleted 203.0.113.0/24");
        });
    }

    @AfterAll
    static void close() {
        lab.close();
    }

    @AfterEach
    void nothingWasTakenOutOfTheKernel() {
        assertThat(events().replace("Deleted 203.0.113.0/24", "")).as(log()).doesNotContain("Deleted");
    }

    private static String log() {
        try {
            return lab.agentLog("n1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String events() {
        try {
            return Files.readString(events);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void anotherAuthoritysServerIsNotBelievedUntilTheAgentsFileSaysSo() throws IOException {
        restartEtcd(() -> certificates.copy("etcd-theirs", "etcd"));
        says("TLS failed", "--etcd-ca-cert " + certificates.path("servers.crt"));
        certificates.copy("theirs", "servers");
        follows();

        certificates.copy("ours", "servers");
        restartEtcd(() -> certificates.copy("etcd-ours", "etcd"));
        follows();
    }

    @Test
    void anExpiredServerIsNotBelieved() throws IOException {
        certificates.certificate("etcd-expired", "ours", "etcd", Instant.now().minusSeconds(60));
        restartEtcd(() -> certificates.copy("etcd-expired", "etcd"));
        says("TLS failed", "NotAfter", "--etcd-ca-cert");
        restartEtcd(() -> certificates.copy("etcd-ours", "etcd"));
        follows();
    }

    @Test
    void aCertificateThatEtcdRefusesIsNamedUntilABetterOneStandsInItsPlace() throws IOException {
        restartEtcd(() -> certificates.copy("theirs", "clients"));
        says("TLS failed", "--etcd-cert " + certificates.path("agent.crt"));
        certificates.copy("expired-theirs", "agent");
        says("TLS failed", "--etcd-cert " + certificates.path("agent.crt") + ", which is not valid now (NotAfter: ");
        Files.writeString(Path.of(certificates.path("agent.crt")), "no certificate");
        says("cannot use the certificates", certificates.path("agent.crt"));
        certificates.copy("agent-theirs", "agent");
        follows();

        certificates.copy("agent-ours", "agent");
        restartEtcd(() -> certificates.copy("ours", "clients"));
        follows();
    }

    @Test
    void aUserThatEtcdBeginsToAskForIsNamedAndMayBeMade() throws IOException {
        lab.etcdctl("user", "add", "root:secret");
        lab.etcdctl("user", "grant-role", "root", "root");
        lab.etcdctl("auth", "enable");
        asUser = List.of("--user=root:secret");
        // The watch goes on, and the first thing that the agent wants to write is refused.
        lab.eventually("a pool is put", TlsFaultsTest::putPool);
        lab.eventually(
                "the log names the user",
                () -> log().contains(
                                "permission denied (the common name of --etcd-cert " + certificates.path("agent.crt")));
        restartEtcd(() -> {});
        says("permission denied", "--etcd-cert " + certificates.path("agent.crt"));
        lab.etcdctl("--user=root:secret", "user", "add", "culvert-n1", "--no-password");
        lab.etcdctl("--user=root:secret", "user", "grant-role", "culvert-n1", "root");
        follows();
        lab.etcdctl("--user=root:secret", "auth", "disable");
        asUser = List.of();
        follows();
    }

    private interface Step {
        void run() throws IOException;
    }

    /** What etcd reads at its start is changed while it is down, as its connections outlive a change of its files. */
    private static void restartEtcd(Step meanwhile) throws IOException {
        lab.killEtcd();
        meanwhile.run();
        lab.startEtcd();
    }

    private static void says(String... words) {
        for (String word : words) {
            lab.eventually("readyz says " + word, () -> lab.get("n1", "/readyz").contains(word));
        }
        assertThat(lab.ready("n1")).isTrue();
        assertThat(lab.get("n1", "/readyz")).contains("; degraded: datastore down since 2");
    }

    /** A pool that is made now is routed. */
    private static void follows() {
        lab.eventually("etcd answers", TlsFaultsTest::putPool);
        String network = "10." + pools + ".";
        lab.eventually("the new pool is routed, here and to the other node", () -> {
            String routes = lab.run("n1", "ip", "route", "show", "proto", "90");
            return routes.contains("blackhole " + network) && routes.contains("\n" + network);
        });
        lab.eventually(
                "it is in sync",
                () -> lab.ready("n1") && !lab.get("n1", "/readyz").contains("degraded"));
    }

    private static boolean putPool() {
        pools++;
        String pool = "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"p" + pools
                + "\"},\"spec\":{\"cidr\":\"10." + pools + ".0.0/16\",\"ipipMode\":\"Never\"}}";
        try {
            List<String> words = new ArrayList<>(asUser);
            words.addAll(List.of("put", "/calico/resources/v3/projectcalico.org/ippools/p" + pools, pool));
            return lab.etcdctl(words.toArray(String[]::new)).contains("OK");
        } catch (AssertionError notYet) {
            return false;
        }
    }
}
