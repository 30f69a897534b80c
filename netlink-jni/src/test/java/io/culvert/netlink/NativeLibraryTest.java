package io.culvert.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM loads a library once, so each case runs in a JVM of its own. */
class NativeLibraryTest {

    @TempDir
    Path directory;

    /** The program of the other JVM. */
    static final class Probe {

        public static void main(String[] arguments) {
            try {
                NativeLibrary.load();
                System.out.println("loaded");
            } catch (NativeLibraryException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private static String java(String options) {
        return Path.of(System.getProperty("java.home"), "bin", "java") + " -XX:TieredStopAtLevel=1 " + options + " -cp "
                + System.getProperty("java.class.path") + " '" + Probe.class.getName() + "'";
    }

    private static String run(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of("unshare", "--mount", "sh", "-c", command))
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.strip();
    }

    private Path library() throws IOException {
        Path library = directory.resolve("libculvert.so");
        try (var resource =
                NativeLibrary.class.getResourceAsStream(NativeLibrary.resource(System.getProperty("os.arch")))) {
            Files.copy(resource, library);
        }
        return library;
    }

    @Test
    void leavesNoFileBehind() throws IOException, InterruptedException {
        assertThat(run(java("-Djava.io.tmpdir=" + directory))).isEqualTo("loaded");
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void advisesWhereNothingMayBeExecuted() throws IOException, InterruptedException {
        String mount = "mount -t tmpfs -o noexec none " + directory + " && ";

        assertThat(run(mount + java("-Djava.io.tmpdir=" + directory)))
                .contains("cannot load " + directory)
                .contains("set -Dculvert.native=PATH");
    }

    @Test
    void advisesWhereNothingCanBeWritten() throws IOException, InterruptedException {
        assertThat(run(java("-Djava.io.tmpdir=" + directory + "/absent")))
                .contains("cannot copy /META-INF/native/")
                .contains("-Dculvert.native=PATH");
    }

    @Test
    void loadsTheFileOfTheProperty() throws IOException, InterruptedException {
        String tmpdir = "-Djava.io.tmpdir=" + directory + "/absent ";

        assertThat(run(java(tmpdir + "-Dculvert.native=" + library()))).isEqualTo("loaded");
        assertThat(run(java(tmpdir + "-Dculvert.native=" + directory + "/none.so")))
                .contains("cannot load " + directory + "/none.so");
    }

    /** One constant's name is changed in the file, as if it came from another build. */
    @Test
    void refusesALibraryOfAnotherBuild() throws IOException, InterruptedException {
        Path library = library();
        String bytes = Files.readString(library, StandardCharsets.ISO_8859_1);
        Files.writeString(library, bytes.replace("sizeof.route", "sizeof.rouge"), StandardCharsets.ISO_8859_1);

        assertThat(run(java("-Dculvert.native=" + library)))
                .contains("sizeof.rouge is 40 in C and missing in Java")
                .contains("sizeof.route is missing in C and 40 in Java");
    }

    @Test
    void namesAnArchitectureWithoutALibrary() throws IOException, InterruptedException {
        assertThat(run(java("-Dos.arch=sparc")))
                .contains("this build has no /META-INF/native/linux-sparc/libculvert.so");
    }

    @Test
    void knowsJavasNamesOfArchitectures() {
        assertThat(NativeLibrary.resource("amd64")).isEqualTo("/META-INF/native/linux-x86_64/libculvert.so");
        assertThat(NativeLibrary.resource("aarch64")).isEqualTo("/META-INF/native/linux-aarch64/libculvert.so");
        assertThatExceptionOfType(NativeLibraryException.class)
                .isThrownBy(() -> NativeLibrary.mapResource(NativeLibrary.resource("m68k")))
                .withMessageContaining("linux-m68k");
    }
}
