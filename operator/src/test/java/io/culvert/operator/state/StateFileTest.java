package io.culvert.operator.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateFileTest {

    @TempDir
    private Path parent;

    private Path directory;
    private StateFile file;

    @BeforeEach
    void name() {
        directory = parent.resolve("made/when/needed");
        file = new StateFile(directory, "marks", 1);
    }

    @Test
    void holdsWhatWasWrittenLastForItsOwnerOnly() throws IOException {
        assertThat(read(file)).isEmpty();
        file.write(bytes("first"));
        file.write(bytes("second\nline"));
        assertThat(read(new StateFile(directory, "marks", 1))).contains("second\nline");
        assertThat(names()).containsExactly("marks");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
                .isEqualTo("rw-------");
        for (Path made = directory; !made.equals(parent); made = made.getParent()) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                    .isEqualTo("rwx------");
        }
        file.delete();
        assertThat(read(file)).isEmpty();
        file.write(new byte[0]);
        assertThat(read(file)).contains("");
    }

    @Test
    void isMarkedAsAComment() throws IOException {
        file.write(bytes("90\n"));
        assertThat(Files.readString(path())).isEqualTo("# culvert 1 crc32c:473eb3e4\n90\n");
    }

    @Test
    void believesAFileFromBeforeThereWereChecksums() throws IOException {
        Files.createDirectories(directory);
        Files.writeString(path(), "#Tue Nov 24\n90\n");
        assertThat(read(file)).contains("#Tue Nov 24\n90\n");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 12, 21, 29, 30, 33})
    void setsAsideAFileOfWhichOneByteIsAnother(int at) throws IOException {
        file.write(bytes("90\n91\n"));
        byte[] content = Files.readAllBytes(path());
        content[at] ^= 1;
        Files.write(path(), content);
        // Without its mark it is taken for one from before, and the parser has to object.
        assertThat(file.read(StateFileTest::twoLines)).isEmpty();
        assertSetAside(content);
    }

    @Test
    void setsAsideAFileThatWasCutOff() throws IOException {
        file.write(bytes("90\n91\n"));
        byte[] content = Files.readAllBytes(path());
        for (int length : new int[] {15, 29, 30, content.length - 1}) {
            Files.write(path(), java.util.Arrays.copyOf(content, length));
            assertThat(read(file)).as("cut off after " + length).isEmpty();
            assertThat(path()).doesNotExist();
        }
    }

    @Test
    void setsAsideAFileOfAnotherVersion() throws IOException {
        new StateFile(directory, "marks", 2).write(bytes("90\n91\n"));
        byte[] content = Files.readAllBytes(path());
        assertThat(read(file)).isEmpty();
        assertSetAside(content);
    }

    @Test
    void setsAsideAFileThatMakesNoSense() throws IOException {
        file.write(bytes("90\n91\n"));
        byte[] content = Files.readAllBytes(path());
        assertThat(file.read(bytes -> {
                    throw new EOFException("more was expected");
                }))
                .isEmpty();
        assertSetAside(content);
        file.write(bytes("92\n93\n"));
        assertThat(file.read(StateFileTest::twoLines)).contains(List.of("92", "93"));
    }

    @Test
    void keepsWhatItHasWhenItCannotBeWritten() throws IOException {
        file.write(bytes("first"));
        Files.createDirectories(
                directory.resolve("marks.tmp-" + ProcessHandle.current().pid() + "/occupied"));
        assertThatThrownBy(() -> file.write(bytes("second"))).isInstanceOf(IOException.class);
        assertThat(read(file)).contains("first");
    }

    @Test
    void overwritesWhatAKilledProcessLeft() throws IOException {
        Files.createDirectories(directory);
        Files.writeString(
                directory.resolve("marks.tmp-" + ProcessHandle.current().pid()), "torn and longer than what comes");
        file.write(bytes("90"));
        assertThat(read(file)).contains("90");
        assertThat(names()).containsExactly("marks");
    }

    @Test
    void sweepsWhatKilledProcessesLeftOfANodesFiles() throws Exception {
        StateFile.sweep(directory, "n1");
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        Process living = new ProcessBuilder("sleep", "60").start();
        try {
            Files.createDirectories(directory);
            String mine = "snapshot.n1.tmp-" + ProcessHandle.current().pid();
            List<String> others = List.of(
                    "snapshot.n1", "snapshot.n1.tmp-" + living.pid(), "snapshot.n2.tmp-" + ended.pid(), "n1.tmp-x");
            for (String name : List.of("snapshot.n1.tmp-" + ended.pid(), "sysctl.before.n1.tmp-" + ended.pid(), mine)) {
                Files.writeString(directory.resolve(name), "torn");
            }
            for (String name : others) {
                Files.writeString(directory.resolve(name), "");
            }
            StateFile.sweep(directory, "n1");
            assertThat(names()).containsExactlyInAnyOrderElementsOf(others);
        } finally {
            living.destroyForcibly();
        }
    }

    @Test
    void whatIsBeingWrittenIsForItsOwnerOnly() throws IOException {
        byte[] large = new byte[1 << 22];
        Thread writer = new Thread(() -> {
            try {
                while (!Thread.interrupted()) {
                    file.write(large);
                }
            } catch (IOException interrupted) {
                // An interrupted channel is closed.
            }
        });
        writer.start();
        Path unfinished =
                directory.resolve("marks.tmp-" + ProcessHandle.current().pid());
        for (int seen = 0; seen < 20; ) {
            try {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(unfinished)))
                        .isEqualTo("rw-------");
                seen++;
            } catch (NoSuchFileException between) {
                assertThat(writer.isAlive()).isTrue();
            }
        }
        writer.interrupt();
    }

    private void assertSetAside(byte[] content) throws IOException {
        assertThat(names()).singleElement().asString().startsWith("marks.damaged-");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.findFirst().orElseThrow()).hasBinaryContent(content);
        }
    }

    private static List<String> twoLines(byte[] content) {
        List<String> lines = new String(content, StandardCharsets.UTF_8).lines().toList();
        if (lines.size() != 2) {
            throw new IllegalArgumentException(lines.size() + " lines, 2 are due");
        }
        return lines;
    }

    private static Optional<String> read(StateFile file) throws IOException {
        return file.read(content -> new String(content, StandardCharsets.UTF_8));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(path -> path.getFileName().toString()).toList();
        }
    }

    private Path path() {
        return directory.resolve("marks");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
