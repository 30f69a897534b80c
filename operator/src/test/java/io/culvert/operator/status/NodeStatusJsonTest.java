package io.culvert.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class NodeStatusJsonTest {

    @Test
    void reads_what_other_versions_wrote() {
        NodeStatus status = NodeStatusJson.read(bytes("{\"node\":\"n1\",\"future\":{},\"pools\":[{\"pool\":\"p\"}]}"))
                .orElseThrow();
        assertThat(status.node()).isEqualTo("n1");
        assertThat(status.address()).isEmpty();
        assertThat(status.pools()).containsExactly(new NodeStatus.PoolStatus("p", false, 0, 0, 0));
        assertThat(status.timestamp()).isEqualTo(Instant.EPOCH);
    }

    @Test
    void what_is_no_status_is_none() {
        assertThat(NodeStatusJson.read(bytes("{"))).isEmpty();
        assertThat(NodeStatusJson.read(bytes("{}"))).isEmpty();
        assertThat(NodeStatusJson.read(bytes(""))).isEmpty();
        assertThat(NodeStatusJson.read(bytes("{\"node\":\"n\",\"address\":\"x\"}")))
                .isEmpty();
        assertThat(NodeStatusJson.read(bytes("{\"node\":\"n\",\"timestamp\":\"x\"}")))
                .isEmpty();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
