package io.culvert.operator;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher where the system gives Java too little. */
class LauncherTest {

    @TempDir
    static Path directory;

    private record Run(int exitCode, String output) {}

    @ParameterizedTest
    @ValueSource(strings = {"agent --node-name n1", "get ippools", "version"})
    void tooFewOpenFilesAreOneSentence(String command) throws IOException {
        assertThat(culvert("ulimit -n 64", command))
                .isEqualTo(new Run(
                        2,
                        "culvert: this process may open 64 files, and Culvert needs 256: raise the limit (ulimit -n 1024; in"
                                + " a systemd unit, LimitNOFILE=1024)\n"));
    }

    @Test
    void theHardLimitCounts() throws IOException {
        assertThat(culvert("ulimit -H -n 1024; ulimit -S -n 64", "version").exitCode())
                .isZero();
    }

    private static Run culvert(String limit, String command) throws IOException {
        Path launcher = directory.resolve("bin/culvert");
        if (!launcher.toFile().exists()) {
            new Distribution(directory);
        }
        Process run = new ProcessBuilder("bash", "-c", limit + "; exec " + launcher + " " + command)
                .redirectErrorStream(true)
                .start();
        String output = new String(run.getInputStream().readAllBytes(), UTF_8);
        return new Run(run.onExit().join().exitValue(), output);
    }
}
