package io.culvert.operator.cli.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.operator.cli.CommandRun;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.etcd.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where commands learn how to reach etcd; against a real one. */
class EtcdOptionsTest {

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer();

    @TempDir
    private Path directory;

    @Test
    void readsCalicoctlsFile() throws IOException {
        Path file = file("datastoreType: etcdv3", "etcdEndpoints: " + ETCD.endpoint());

        assertThat(CommandRun.of("", "get", "pools", "-o", "name", "-c", file.toString()))
                .isEqualTo(new CommandRun(0, List.of(), List.of()));
        assertThat(CommandRun.of("", "get", "pools", "-o", "name", "--config=" + file))
                .isEqualTo(new CommandRun(0, List.of(), List.of()));
    }

    @Test
    void aFlagWinsOverTheFile() throws IOException {
        Path file = file("etcdEndpoints: http://127.0.0.1:1");

        assertThat(CommandRun.of("", "get", "pools", "-o", "name", "-c", "" + file, "--etcd-endpoints", ETCD.endpoint())
                        .exitCode())
                .isZero();
        assertThat(CommandRun.of("", "get", "pools", "-c", "" + file).err())
                .singleElement()
                .asString()
                .contains("http://127.0.0.1:1");
    }

    @Test
    void everyFaultOfTheFileIsNamed() throws IOException {
        Path file = file(
                "datastoreType: kubernetes",
                "etcdEndpoint: http://a:1",
                "etcdPassword: 123",
                "etcdDiscoverySrv: x.org");

        assertThat(CommandRun.of("", "get", "pools", "-c", file.toString()))
                .isEqualTo(new CommandRun(
                        2,
                        List.of(),
                        List.of(
                                "error: " + file
                                        + ", line 5: spec.etcdEndpoint: unknown field; did you mean etcdEndpoints?",
                                "error: " + file
                                        + ", line 4: spec.datastoreType: must be etcdv3: Culvert keeps its resources in etcd",
                                "error: " + file + ", line 7: spec.etcdDiscoverySrv: is not supported; list the servers"
                                        + " in spec.etcdEndpoints",
                                "error: " + file + ", line 6: spec.etcdPassword: must be a string; put it in quotes")));
    }

    @Test
    void aFileThatIsMissingMalformedOrOfAnotherKindIsAnError() throws IOException {
        Path other = directory.resolve("other.cfg");
        assertThat(CommandRun.of("", "get", "pools", "-c", other.toString()))
                .isEqualTo(new CommandRun(
                        2,
                        List.of(),
                        List.of("error: cannot read " + other
                                + ": no such file; --config takes a file such as /etc/calico/calicoctl.cfg")));
        Files.writeString(other, "kind: IPPool\napiVersion: projectcalico.org/v3\nspecs: {}\n");
        assertThat(CommandRun.of("", "get", "pools", "-c", other.toString()).err())
                .containsExactly(
                        "error: " + other + ", line 3: specs: unknown field; did you mean spec?",
                        "error: " + other + ", line 1: kind: must be CalicoAPIConfig");
        Files.writeString(other, "kind: [\n");
        assertThat(CommandRun.of("", "get", "pools", "-c", other.toString()).err())
                .singleElement()
                .asString()
                .startsWith("error: " + other + ", line 1: ");
    }

    @Test
    void aPasswordIsNotRepeatedInErrors() throws IOException {
        for (String endpoints : List.of(
                "http://root:hunter2@127.0.0.1:2379",
                "http://127.0.0.1:1,http://root:hunter2,hunter2@127.0.0.1:2379",
                "http://root:hunter2 @",
                "root:hunter2@127.0.0.1")) {
            assertThat(CommandRun.of("", "get", "pools", "--etcd-endpoints", endpoints))
                    .isEqualTo(new CommandRun(
                            2,
                            List.of(),
                            List.of(
                                    "error: --etcd-endpoints names a user or password (there is an '@' in it): give them as"
                                            + " --etcd-username and in ETCD_PASSWORD")));
        }
        for (String line :
                List.of("etcdPassword: \"hunter2", "etcdPassword: hunter2: x", "etcdPassword: [hunter2", "- hunter2")) {
            assertThat(CommandRun.of("", "get", "pools", "-c", "" + file(line, "etcdUsername: u"))
                            .err())
                    .isNotEmpty()
                    .allMatch(error -> error.contains("calicoctl.cfg, line "))
                    .noneMatch(error -> error.contains("hunter2"));
        }
    }

    @Test
    void certificatesMayBeFilesOrInline() throws IOException {
        EtcdSettings files =
                CalicoctlConfig.read(file("etcdCACertFile: /ca.crt", "etcdCertFile: /a.crt", "etcdKeyFile: /a.key"));
        assertThat(List.of(files.ca(), files.cert(), files.key()))
                .extracting(Optional::orElseThrow)
                .containsExactly(Pem.in(Path.of("/ca.crt")), Pem.in(Path.of("/a.crt")), Pem.in(Path.of("/a.key")));

        Path file = file("etcdEndpoints: https://127.0.0.1:1", "etcdCACert: |", "  secret text", "etcdUsername: u");
        EtcdSettings inline = CalicoctlConfig.read(file);
        assertThat(inline.ca()).contains(Pem.inline("spec.etcdCACert of " + file, "secret text\n"));
        assertThat(inline.username()).contains("u");
        assertThat(CommandRun.of("", "get", "pools", "-c", file.toString(), "--etcd-password=p")
                        .err())
                .singleElement()
                .asString()
                .contains("spec.etcdCACert of " + file, "PEM")
                .doesNotContain("secret");

        assertThat(CommandRun.of("", "get", "pools", "-c", "" + file("etcdKey: a", "etcdKeyFile: b"))
                        .err())
                .singleElement()
                .asString()
                .endsWith("spec.etcdKey: conflicts with spec.etcdKeyFile; remove one of them");
    }

    @Test
    void theEnvironmentIsReadByBothNames() {
        EtcdSettings settings = EtcdSettings.ofEnvironment(Map.of(
                "ETCD_ENDPOINTS", "http://a:1",
                "CALICO_ETCD_ENDPOINTS", "http://b:1",
                "ETCD_USERNAME", "",
                "CALICO_ETCD_USERNAME", "u",
                "CALICO_ETCD_PASSWORD", "p"));

        EtcdConfig config = settings.config();
        assertThat(config.endpointText()).isEqualTo("http://a:1");
        assertThat(config.username()).contains("u");
        assertThat(config.password()).contains("p");
        assertThat(settings.toString()).doesNotContain("p,").isEqualTo("http://a:1 as u");
        assertThat(EtcdSettings.ofEnvironment(Map.of("ETCD_CA_CERT_FILE", "/ca"))
                        .ca())
                .contains(Pem.in(Path.of("/ca")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ETCD_DISCOVERY_SRV", "CALICO_ETCD_DISCOVERY_SRV"})
    void srvDiscoveryIsRefusedUnlessAFlagNamesEndpoints(String variable) {
        EtcdSettings settings = EtcdSettings.ofEnvironment(Map.of(variable, "example.com"));
        assertThatThrownBy(settings::config)
                .isInstanceOf(Refusal.class)
                .hasMessage(
                        "ETCD_DISCOVERY_SRV is 'example.com', but Culvert does not read SRV records: list the servers"
                                + " in ETCD_ENDPOINTS or --etcd-endpoints");
        EtcdSettings flags = EtcdSettings.ofEnvironment(Map.of("ETCD_ENDPOINTS", "http://10.0.0.1:2379"));
        assertThat(flags.orElse(settings).config().endpointText()).isEqualTo("http://10.0.0.1:2379");
        assertThatThrownBy(() -> EtcdSettings.ofEnvironment(
                        Map.of(variable, "example.com", "ETCD_ENDPOINTS", "http://10.0.0.1:2379")))
                .hasMessageContaining("both set");
    }

    @Test
    void anotherDatastoreIsRefused() {
        for (String name : List.of("DATASTORE_TYPE", "CALICO_DATASTORE_TYPE")) {
            assertThatThrownBy(() -> EtcdSettings.ofEnvironment(Map.of(name, "kubernetes")))
                    .isInstanceOf(Refusal.class)
                    .hasMessage("environment variable " + name
                            + " is 'kubernetes', but Culvert keeps its resources in etcd: set it"
                            + " to etcdv3 or unset it");
            assertThat(EtcdSettings.ofEnvironment(Map.of(name, "etcdv3", "ETCD_ENDPOINTS", "http://a:1"))
                            .endpoints())
                    .contains("http://a:1");
        }
    }

    @Test
    void helpNamesBothNamesOfEachVariable() {
        String help = String.join(" ", CommandRun.of("", "get", "--help").out());

        for (String name : List.of("ENDPOINTS", "CA_CERT_FILE", "CERT_FILE", "KEY_FILE", "USERNAME", "PASSWORD")) {
            assertThat(help).contains("[ETCD_" + name + ",").contains(" CALICO_ETCD_" + name);
        }
    }

    private Path file(String... spec) throws IOException {
        Path file = directory.resolve("calicoctl.cfg");
        return Files.writeString(
                file,
                "apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nspec:\n  " + String.join("\n  ", spec)
                        + "\n");
    }
}
