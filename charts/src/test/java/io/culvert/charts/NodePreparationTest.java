package io.culvert.charts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The init container's script, run as it is rendered, in a network namespace of this machine's kernel. */
final class NodePreparationTest {

    private static final String VALUES =
            "cd /proc/sys/net/ipv4; echo $(cat ip_forward conf/default/rp_filter conf/all/rp_filter)";

    private record Run(int exitCode, String output) {}

    @Test
    void setsTheSysctls() throws Exception {
        List<String> script = script("node-sysctls");

        Run run = inNamespace(
                "echo 0 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv4/conf/default/rp_filter; "
                        + "echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; \"$@\"; " + VALUES,
                script);

        assertThat(run).isEqualTo(new Run(0, "1 2 0\n"));
    }

    @Test
    void endsWithTheFirstFailure() throws Exception {
        List<String> script = script("node-prepared");

        // Loading the module is the machine's affair: here no modprobe can be found.
        Run run = inNamespace(
                "echo 0 >/proc/sys/net/ipv4/ip_forward; shift; PATH=/nowhere /bin/sh \"$@\" && exit 1; " + VALUES,
                script);

        assertThat(run.output()).contains("modprobe: not found").endsWith("0 0 0\n");
    }

    @Test
    void loadsTheModulesInOneGo() throws IOException {
        assertThat(script("node-prepared").get(2)).startsWith("modprobe -a -- ipip ||");
        assertThat(script("everything").get(2)).startsWith("modprobe -a -- ipip ip_tunnel ||");
    }

    @Test
    void aNodeWithoutModulesIsNamedAndOneThatHasThemInItsKernelIsFine(@TempDir Path directory) throws Exception {
        Path sys = Files.createDirectories(directory.resolve("sys/module"));
        String shell = "export SYS=" + directory.resolve("sys") + "; modprobe() { return 1; }; shift 2; eval \"$1\"";
        List<String> script = script("node-prepared");

        Run without = inNamespace(shell, script);
        assertThat(without.exitCode()).isEqualTo(1);
        assertThat(without.output())
                .contains("this node has no module ipip for kernel ", "kernelModules.load=false")
                .hasLineCount(1);

        Files.createDirectories(sys.resolve("ipip"));
        assertThat(inNamespace(shell, script)).isEqualTo(new Run(0, ""));
    }

    /** Kubernetes would wait for a directory that is not there, without a word. */
    @Test
    void aNodeWithoutTheDirectoryStartsTheContainer() throws IOException {
        for (JsonNode volume :
                ValueSet.named("node-prepared").manifest("DaemonSet").at("/spec/template/spec/volumes")) {
            if (volume.path("name").asText().equals("modules")) {
                assertThat(volume.at("/hostPath/path").asText()).isEqualTo("/lib/modules");
                assertThat(volume.at("/hostPath/type").asText("")).isEmpty();
                return;
            }
        }
        throw new AssertionError("no volume for modules");
    }

    private static List<String> script(String values) throws IOException {
        List<String> words = new ArrayList<>();
        for (JsonNode word :
                ValueSet.named(values).manifest("DaemonSet").at("/spec/template/spec/initContainers/0/command")) {
            words.add(word.asText());
        }
        assertThat(words).hasSize(3);
        return words;
    }

    private static Run inNamespace(String shell, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("unshare", "--net", "sh", "-uc", shell, "sh"));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), output);
    }
}
