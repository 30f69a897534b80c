package io.culvert.operator.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.culvert.operator.Eventually;
import io.culvert.operator.etcd.DatastoreException.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class EtcdConnectionTest {

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer();

    @Test
    void no_listener_is_reported_at_once_with_the_endpoint_and_the_remedy() throws IOException {
        String endpoint = "http://127.0.0.1:" + EtcdServer.freePort();
        try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(endpoint))) {
            long started = System.nanoTime();
            DatastoreException failure = failure(etcd);
            assertThat(System.nanoTime() - started)
                    .isLessThan(Duration.ofSeconds(5).toNanos());
            assertThat(failure.kind()).isEqualTo(Kind.UNREACHABLE);
            assertThat(failure).hasMessageContaining("cannot get a").hasMessageContaining(endpoint);
            assertThat(failure).hasMessageContaining("refused").hasMessageContaining("--etcd-endpoints");
        }
    }

    @Test
    void somebody_who_never_answers_costs_a_known_time() throws IOException {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                EtcdConnection etcd =
                        EtcdConnection.open(EtcdConfig.plain("http://127.0.0.1:" + mute.getLocalPort()))) {
            long started = System.nanoTime();
            DatastoreException failure = failure(etcd);
            assertThat(failure.kind()).isEqualTo(Kind.SILENT);
            assertThat(System.nanoTime() - started)
                    .isLessThan(Duration.ofSeconds(10).toNanos());
        }
    }

    @Test
    void a_call_ends_when_its_connection_is_given_up() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            CompletableFuture<DatastoreException> call;
            try (EtcdConnection etcd =
                    EtcdConnection.open(EtcdConfig.plain("http://127.0.0.1:" + mute.getLocalPort()))) {
                call = CompletableFuture.supplyAsync(() -> failure(etcd));
                mute.accept();
            }
            assertThat(call.get(4, TimeUnit.SECONDS).kind()).isEqualTo(Kind.UNREACHABLE);
        }
    }

    @Test
    void a_write_that_failed_is_not_executed_later() throws Exception {
        try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()))) {
            etcd.create("a", bytes("1"));
            SERVER.stop();
            assertThatThrownBy(() -> etcd.create("b", bytes("late"))).isInstanceOf(DatastoreException.class);
            SERVER.start();
            Eventually.holds("answers", () -> answers(etcd));
            etcd.create("c", bytes("3"));
            assertThat(etcd.get("b")).isEmpty();
        }
    }

    @Test
    void after_an_outage_it_answers_within_five_seconds() throws Exception {
        try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()))) {
            etcd.create("a", bytes("1"));
            SERVER.stop();
            long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            Eventually.holds("down for a while", Duration.ofSeconds(30), () -> {
                assertThat(answers(etcd)).isFalse();
                return System.nanoTime() - end > 0;
            });
            SERVER.start();
            Eventually.holds("answers others", SERVER::isHealthy);
            Eventually.holds("answers", Duration.ofSeconds(5), () -> answers(etcd));
        }
    }

    @Test
    void pages_through_what_does_not_fit_into_one_answer() {
        try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()))) {
            byte[] megabyte = new byte[1 << 20];
            for (int i = 0; i < 70; i++) {
                etcd.put("big/" + (char) ('0' + i), megabyte, 0);
            }
            EtcdConnection.Listing listing = etcd.list("big/");
            assertThat(listing.entries()).hasSize(70);
            assertThat(listing.entries()).extracting(Stored::key).isSorted().doesNotHaveDuplicates();
        }
    }

    @Test
    void a_compare_and_swap_whose_answer_was_lost_recognises_itself() {
        try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()))) {
            Written.Done first = (Written.Done) etcd.create("a", bytes("1"));
            assertThat(etcd.create("a", bytes("1"))).isEqualTo(first);
            assertThat(etcd.create("a", bytes("2"))).isInstanceOf(Written.Conflict.class);
            assertThat(etcd.delete("a", first.revision() + 1)).isInstanceOf(Written.Conflict.class);
            assertThat(etcd.delete("a", first.revision()).done()).isTrue();
        }
    }

    @Test
    void a_revision_that_is_gone_is_told_apart() throws IOException {
        try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()))) {
            etcd.put("a", bytes("1"), 0);
            long revision = etcd.put("a", bytes("2"), 0);
            assertThat(etcd.getAt("a", revision - 1).orElseThrow().value()).isEqualTo(bytes("1"));
            SERVER.etcdctl("compact", Long.toString(revision));
            DatastoreException gone =
                    catchThrowableOfType(DatastoreException.class, () -> etcd.getAt("a", revision - 1));
            assertThat(gone.kind()).isEqualTo(Kind.COMPACTED);
            DatastoreException ahead =
                    catchThrowableOfType(DatastoreException.class, () -> etcd.getAt("a", revision + 1000));
            assertThat(ahead.kind()).isEqualTo(Kind.NOT_REACHED);
            assertThat(ahead).hasMessageContaining("required revision is a future revision");
        }
    }

    @Test
    void authentication_is_used_and_its_failure_explained() throws Exception {
        SERVER.etcdctl("user", "add", "root:secret");
        SERVER.etcdctl("user", "grant-role", "root", "root");
        SERVER.etcdctl("auth", "enable");
        try {
            try (EtcdConnection etcd = EtcdConnection.open(as("root", "secret"))) {
                assertThat(etcd.create("a", bytes("1")).done()).isTrue();
            }
            try (EtcdConnection etcd = EtcdConnection.open(as("root", "wrong"))) {
                assertDenied(failure(etcd), "root");
            }
            try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()))) {
                assertDenied(failure(etcd), "no user");
            }
        } finally {
            SERVER.etcdctl("--user", "root:secret", "auth", "disable");
            SERVER.etcdctl("user", "delete", "root");
        }
    }

    private static void assertDenied(DatastoreException failure, String who) {
        assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.DENIED);
        assertThat(failure).hasMessageContaining(who).hasMessageContaining("--etcd-username");
        assertThat(failure.getMessage()).doesNotContain("wrong").doesNotContain("secret");
    }

    @Test
    void parts_that_do_not_belong_together_are_refused() {
        List<URI> http = EtcdConfig.parseEndpoints("http://a:1,http://b:2");
        Optional<Pem> file = Optional.of(Pem.in(Path.of("x")));
        Optional<String> none = Optional.empty();
        assertThatThrownBy(() -> EtcdConfig.parseEndpoints("a:1")).hasMessageContaining("'a:1'");
        assertThatThrownBy(() -> EtcdConfig.plain("http://a:1,https://b:2")).hasMessageContaining("mixes");
        assertThatThrownBy(() -> new EtcdConfig(http, file, Optional.empty(), Optional.empty(), none, none))
                .hasMessageContaining("https://");
        assertThatThrownBy(() -> new EtcdConfig(
                        http, Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("u"), none))
                .hasMessageContaining("--etcd-password");
    }

    private static EtcdConfig as(String user, String password) {
        return new EtcdConfig(
                EtcdConfig.parseEndpoints(SERVER.endpoint()),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(user),
                Optional.of(password));
    }

    private static boolean answers(EtcdConnection etcd) {
        try {
            etcd.get("a");
            return true;
        } catch (DatastoreException notYet) {
            return false;
        }
    }

    private static DatastoreException failure(EtcdConnection etcd) {
        return catchThrowableOfType(DatastoreException.class, () -> etcd.get("a"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
