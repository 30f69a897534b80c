package io.culvert.operator.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {

    @TempDir
    static Path files;

    private static final String CLIENT = "culvert-n1";

    private static Certificates certificates;
    private static EtcdServer server;

    @RegisterExtension
    static final AfterAllCallback STOP = context -> server.afterAll(context);

    @BeforeAll
    static void start() throws Exception {
        certificates = new Certificates(files, "127.0.0.1");
        certificates.authority("ca");
        certificates.authority("other");
        certificates.certificate("server", "ca", "etcd");
        certificates.certificate("client", "ca", CLIENT);
        server = new EtcdServer(
                "--cert-file=" + path("server.crt"),
                "--key-file=" + path("server.key"),
                "--trusted-ca-file=" + path("ca.crt"),
                "--client-cert-auth");
        server.beforeAll(null);
    }

    @Test
    void mutual_certificates_let_us_in() {
        try (EtcdConnection etcd = EtcdConnection.open(config("ca.crt", Optional.of("client")))) {
            assertThat(etcd.create("a", new byte[] {1}).done()).isTrue();
        }
    }

    /** As kubeadm writes it. */
    @Test
    void a_key_in_sec_1_lets_us_in_too() throws Exception {
        certificates.copy("client", "sec1");
        Process openssl = new ProcessBuilder("openssl", "ec", "-in", path("client.key"), "-out", path("sec1.key"))
                .redirectErrorStream(true)
                .start();
        assertThat(openssl.waitFor()).isZero();
        assertThat(Files.readString(files.resolve("sec1.key"))).startsWith("-----BEGIN EC PRIVATE KEY-----");
        try (EtcdConnection etcd = EtcdConnection.open(config("ca.crt", Optional.of("sec1")))) {
            assertThat(etcd.create("sec1", new byte[] {1}).done()).isTrue();
        }
    }

    @Test
    void a_server_that_asks_for_no_certificate_is_told_by_its_authority() throws IOException {
        EtcdServer open = new EtcdServer("--cert-file=" + path("server.crt"), "--key-file=" + path("server.key"));
        open.beforeAll(null);
        try {
            try (EtcdConnection etcd = EtcdConnection.open(config(open, "ca.crt", Optional.empty()))) {
                assertThat(etcd.create("a", new byte[] {1}).done()).isTrue();
            }
            try (EtcdConnection etcd = EtcdConnection.open(config(open, "other.crt", Optional.empty()))) {
                assertThatThrownBy(() -> etcd.get("a"))
                        .isInstanceOf(DatastoreException.class)
                        .hasMessageContaining("TLS failed")
                        .hasMessageContaining("--etcd-ca-cert " + path("other.crt"));
            }
        } finally {
            open.afterAll(null);
        }
    }

    @Test
    void with_authentication_the_common_name_is_the_user() throws IOException {
        try {
            asRoot("user", "add", "root:secret");
            asRoot("user", "grant-role", "root", "root");
            asRoot("user", "add", CLIENT, "--no-password");
            asRoot("role", "add", "one-key");
            asRoot("role", "grant-permission", "one-key", "readwrite", "own");
            asRoot("user", "grant-role", CLIENT, "one-key");
            asRoot("auth", "enable");
            try (EtcdConnection etcd = EtcdConnection.open(config("ca.crt", Optional.of("client")))) {
                assertThat(etcd.create("own", new byte[] {1}).done()).isTrue();
                assertThatThrownBy(() -> etcd.get("other"))
                        .isInstanceOf(DatastoreException.class)
                        .hasMessageContaining("permission denied");
            }
        } finally {
            asRoot("auth", "disable");
        }
    }

    private static void asRoot(String... words) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "--cacert=" + path("ca.crt"),
                "--cert=" + path("client.crt"),
                "--key=" + path("client.key"),
                "--user=root:secret"));
        arguments.addAll(List.of(words));
        server.etcdctl(arguments.toArray(String[]::new));
    }

    @Test
    void a_wrong_authority_is_named() {
        try (EtcdConnection etcd = EtcdConnection.open(config("other.crt", Optional.of("client")))) {
            DatastoreException failure = catchThrowableOfType(DatastoreException.class, () -> etcd.get("a"));
            assertThat(failure)
                    .hasMessageContaining("TLS failed")
                    .hasMessageContaining("--etcd-ca-cert " + path("other.crt"));
        }
    }

    @Test
    void a_missing_client_certificate_is_a_failure() {
        try (EtcdConnection etcd = EtcdConnection.open(config("ca.crt", Optional.empty()))) {
            assertThatThrownBy(() -> etcd.get("a"))
                    .isInstanceOf(DatastoreException.class)
                    .hasMessageContaining("--etcd-cert");
        }
    }

    @Test
    void a_file_that_is_not_there_or_no_certificate_is_named() throws IOException {
        assertThatThrownBy(() -> EtcdConnection.open(config("absent.crt", Optional.empty())))
                .hasMessageContaining("absent.crt cannot be read");
        Files.writeString(files.resolve("text.crt"), "no certificate");
        assertThatThrownBy(() -> EtcdConnection.open(config("text.crt", Optional.empty())))
                .hasMessageContaining("text.crt")
                .hasMessageContaining("PEM");
    }

    private static EtcdConfig config(String ca, Optional<String> client) {
        return config(server, ca, client);
    }

    private static EtcdConfig config(EtcdServer at, String ca, Optional<String> client) {
        return new EtcdConfig(
                EtcdConfig.parseEndpoints(at.endpoint()),
                Optional.of(Pem.in(Path.of(path(ca)))),
                client.map(name -> Pem.in(Path.of(path(name + ".crt")))),
                client.map(name -> Pem.in(Path.of(path(name + ".key")))),
                Optional.empty(),
                Optional.empty());
    }

    private static String path(String name) {
        return certificates.path(name);
    }
}
