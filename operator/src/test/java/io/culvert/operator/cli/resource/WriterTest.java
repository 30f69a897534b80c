package io.culvert.operator.cli.resource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.operator.cli.input.Document;
import io.culvert.operator.cli.input.Documents;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.resource.PlannedWrite.Verb;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.resource.ResourceStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Others write between the plan and the write. */
class WriterTest {

    private static final String KEY = "/calico/resources/v3/projectcalico.org/ippools/blue";
    private static final String FOREIGN = "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":"
            + "{\"name\":\"blue\",\"uid\":\"u\"},\"spec\":{\"cidr\":\"10.0.0.0/8\",\"ipipMode\":\"Never\",\"foreign\":%d}}";

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer();

    private EtcdConnection connection;

    @BeforeEach
    void connect() {
        connection = EtcdConnection.open(EtcdConfig.plain(ETCD.endpoint()));
    }

    @AfterEach
    void disconnect() {
        connection.close();
    }

    @Test
    void aPoolThatSomebodyCreatedMeanwhileIsConfigured() throws IOException {
        Writer writer = writer(Intent.APPLY);
        List<PlannedWrite> plan = writer.plan(pool()).writes();
        ETCD.etcdctlReading(FOREIGN.formatted(1), "put", KEY);

        PlannedWrite write = writer.write(plan.get(0));

        assertThat(write.verb()).isEqualTo(Verb.CONFIGURED);
        assertThat(ETCD.etcdctl("get", KEY, "--print-value-only"))
                .contains("\"uid\":\"u\"", "\"foreign\":1", "\"ipipMode\":\"CrossSubnet\"");
    }

    @Test
    void aForeignChangeMadeMeanwhileIsNotLost() throws IOException {
        ETCD.etcdctlReading(FOREIGN.formatted(1), "put", KEY);
        Writer writer = writer(Intent.APPLY);
        List<PlannedWrite> plan = writer.plan(pool()).writes();
        ETCD.etcdctlReading(FOREIGN.formatted(2), "put", KEY);

        writer.write(plan.get(0));

        assertThat(ETCD.etcdctl("get", KEY, "--print-value-only")).contains("\"foreign\":2", "CrossSubnet");
    }

    @Test
    void createDoesNotOverwriteWhatSomebodyCreatedMeanwhile() throws IOException {
        Writer writer = writer(Intent.CREATE);
        List<PlannedWrite> plan = writer.plan(pool()).writes();
        ETCD.etcdctlReading(FOREIGN.formatted(1), "put", KEY);

        assertThatThrownBy(() -> writer.write(plan.get(0)))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("ippool/blue already exists");
        assertThat(ETCD.etcdctl("get", KEY, "--print-value-only").strip()).isEqualTo(FOREIGN.formatted(1));
    }

    private Writer writer(Intent intent) {
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(new byte[0]),
                new PrintWriter(new StringWriter()),
                new PrintWriter(new StringWriter()),
                false);
        return new Writer(new ResourceStore(connection), intent, terminal);
    }

    private static List<Document> pool() {
        String pool = "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"IPPool\",\"metadata\":{\"name\":\"blue\"},"
                + "\"spec\":{\"cidr\":\"10.0.0.0/8\",\"ipipMode\":\"CrossSubnet\"}}";
        return Documents.read(List.of("-"), new ByteArrayInputStream(pool.getBytes(UTF_8)))
                .documents();
    }
}
