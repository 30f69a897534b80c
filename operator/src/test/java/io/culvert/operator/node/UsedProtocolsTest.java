package io.culvert.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsedProtocolsTest {

    @TempDir
    private Path directory;

    @Test
    void remembersEachMarkBeyondItsLife() throws IOException {
        UsedProtocols marks = new UsedProtocols(directory, "n1");
        marks.remember(90);
        marks.remember(80);
        marks.remember(90);
        assertThat(new UsedProtocols(directory, "n1").known()).containsExactlyInAnyOrder(80, 90);
        assertThat(new UsedProtocols(directory, "n2").known()).isEmpty();
    }

    @Test
    void readsTheFileOfAnEarlierVersion() throws IOException {
        Files.writeString(directory.resolve("route-protocols.n1"), "80\n90\n");
        UsedProtocols marks = new UsedProtocols(directory, "n1");
        marks.remember(17);
        assertThat(new UsedProtocols(directory, "n1").known()).containsExactlyInAnyOrder(17, 80, 90);
    }

    @Test
    void startsAnewWhenTheFileIsDamaged() throws IOException {
        Files.writeString(directory.resolve("route-protocols.n1"), "8?\n90\n");
        UsedProtocols marks = new UsedProtocols(directory, "n1");
        assertThat(marks.known()).isEmpty();
        marks.remember(90);
        assertThat(new UsedProtocols(directory, "n1").known()).containsExactly(90);
    }
}
