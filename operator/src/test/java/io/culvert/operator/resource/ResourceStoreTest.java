package io.culvert.operator.resource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.JsonDocument;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.etcd.EtcdServer;
import io.culvert.operator.resource.ResourceOutcome.Changed;
import io.culvert.operator.resource.ResourceOutcome.Conflict;
import io.culvert.operator.resource.ResourceOutcome.Missing;
import io.culvert.operator.snapshot.DatastoreWatcherTest;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ResourceStoreTest {

    @RegisterExtension
    static final EtcdServer SERVER = new EtcdServer();

    private EtcdConnection etcd;
    private ResourceStore store;

    @BeforeEach
    void connect() {
        etcd = EtcdConnection.open(EtcdConfig.plain(SERVER.endpoint()));
        Clock clock = Clock.fixed(Instant.parse("2026-01-02T03:04:05.678Z"), ZoneOffset.UTC);
        store = new ResourceStore(etcd, clock);
    }

    @AfterEach
    void disconnect() {
        etcd.close();
    }

    @Test
    void creates_with_uid_and_time_and_without_a_version() throws Exception {
        ObjectNode pool = pool("p");
        Changed created = (Changed) store.create("ippools", pool);
        assertThat(pool).as("handed in").isEqualTo(pool("p"));
        String value = new String(etcd.get(Keys.pool("p")).orElseThrow().value(), StandardCharsets.UTF_8);
        assertThat(value)
                .matches(".*\"metadata\":\\{\"name\":\"p\",\"uid\":\"[0-9a-f-]{36}\","
                        + "\"creationTimestamp\":\"2026-01-02T03:04:05Z\"}.*")
                .doesNotContain("resourceVersion");
        assertThat(store.get("ippools", "p")).contains(created.document());
        assertThat(created.document().path("metadata").path("resourceVersion").asText())
                .isEqualTo(Long.toString(created.revision()));
        assertThat(store.create("ippools", pool)).isEqualTo(new Conflict(created.document()));
    }

    @Test
    void updates_only_the_version_that_was_read() throws Exception {
        ObjectNode first = ((Changed) store.create("ippools", pool("p"))).document();
        ObjectNode changed = first.deepCopy();
        changed.withObject("/spec").put("natOutgoing", true);
        Changed second = (Changed) store.update("ippools", changed);
        assertThat(etcd.get(Keys.pool("p")).map(stored -> new String(stored.value(), StandardCharsets.UTF_8)))
                .hasValueSatisfying(value -> assertThat(value).doesNotContain("resourceVersion"));
        assertThat(second.document().path("metadata").path("uid"))
                .isEqualTo(first.path("metadata").path("uid"));
        assertThat(store.update("ippools", first)).isEqualTo(new Conflict(second.document()));
        assertThat(store.delete("ippools", first)).isEqualTo(new Conflict(second.document()));
        assertThat(store.delete("ippools", "p")).isInstanceOf(Changed.class);
        assertThat(store.delete("ippools", "p")).isEqualTo(new Missing());
        assertThat(store.update("ippools", second.document())).isEqualTo(new Missing());
        assertThatThrownBy(() -> store.update("ippools", pool("p"))).hasMessageContaining("resourceVersion");
    }

    @Test
    void lists_what_can_be_read_and_names_what_cannot() throws Exception {
        store.create("ippools", pool("b"));
        store.create("ippools", pool("a"));
        etcd.put(Keys.pool("c"), "{".getBytes(StandardCharsets.UTF_8), 0);
        ResourceList list = store.list("ippools");
        assertThat(list.documents())
                .extracting(document -> document.path("metadata").path("name").asText())
                .containsExactly("a", "b");
        assertThat(list.malformed()).singleElement().asString().contains(Keys.pool("c"));
        assertThatThrownBy(() -> store.get("ippools", "c")).hasMessageContaining("malformed");
    }

    private static ObjectNode pool(String name) throws Exception {
        return (ObjectNode) JsonDocument.MAPPER.readTree(DatastoreWatcherTest.pool(name, "192.168.0.0/16"));
    }
}
