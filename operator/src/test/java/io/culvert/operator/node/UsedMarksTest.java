package io.culvert.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsedMarksTest {

    @TempDir
    private Path directory;

    @Test
    void remembersEachMarkBeyondItsLife() throws IOException {
        UsedMarks<Integer> marks = UsedMarks.protocols(directory, "n1");
        marks.remember(90);
        marks.remember(80);
        marks.remember(90);
        assertThat(UsedMarks.protocols(directory, "n1").known()).containsExactlyInAnyOrder(80, 90);
        assertThat(UsedMarks.protocols(directory, "n2").known()).isEmpty();
    }

    @Test
    void readsTheFileOfAnEarlierVersion() throws IOException {
        Files.writeString(directory.resolve("route-protocols.n1"), "80\n90\n");
        UsedMarks<Integer> marks = UsedMarks.protocols(directory, "n1");
        marks.remember(17);
        assertThat(UsedMarks.protocols(directory, "n1").known()).containsExactlyInAnyOrder(17, 80, 90);
    }

    @Test
    void startsAnewWhenTheFileIsDamaged() throws IOException {
        Files.writeString(directory.resolve("route-protocols.n1"), "8?\n90\n");
        UsedMarks<Integer> marks = UsedMarks.protocols(directory, "n1");
        assertThat(marks.known()).isEmpty();
        marks.remember(90);
        assertThat(UsedMarks.protocols(directory, "n1").known()).containsExactly(90);
    }

    @Test
    void remembersNamesOfDevices() throws IOException {
        UsedMarks.devices(directory, "n1").remember("tun0");

        assertThat(UsedMarks.devices(directory, "n1").known()).containsExactlyInAnyOrder("culvert0", "tun0");
        assertThat(UsedMarks.devices(directory, "n2").known()).containsExactly("culvert0");
        assertThat(UsedMarks.protocols(directory, "n1").known()).isEmpty();
    }
}
