package io.culvert.operator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.cli.terminal.Terminal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "apply",
                "create",
                "replace",
                "delete",
                "get",
                "validate",
                "diff",
                "explain",
                "ipam",
                "ipam show",
                "ipam check",
                "status",
                "wait",
                "version",
                "completion",
                "agent",
                "plan",
                "cleanup"
            })
    void everyCommandExplainsItselfWithExamplesAndExitCodes(String command) {
        CommandRun run = CommandRun.of("", (command + " --help").split(" "));

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains("Examples:")
                .anyMatch(line -> line.startsWith("Exit codes: 0 "))
                .filteredOn(line -> line.startsWith("  ") && line.contains("culvert " + command))
                .hasSizeGreaterThanOrEqualTo(2);
        assertThat(run.out()).allMatch(line -> line.length() <= 100);
    }

    @ParameterizedTest(name = "culvert {0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                            | error: missing command
            aply                          | error: unknown command 'aply'; did you mean apply?
            get --etcd-pasword=hunter2    | error: unknown option '--etcd-pasword'; did you mean --etcd-password?
            apply                         | error: missing -f FILE; -f - reads standard input
            apply --file x                | error: unknown option '--file'; did you mean --filename?
            apply -f x --wait=soon        | error: Invalid value for option '--wait': 'soon' is not a duration such as 60s or 1m30s
            get                           | error: expected either KIND [NAME] or -f FILE
            get pool -f x                 | error: expected either KIND [NAME] or -f FILE
            get pols                      | error: unknown kind 'pols'; did you mean pools?
            get felixconfigurations       | error: unknown kind 'felixconfigurations': must be ippool or node; use calicoctl for Calico's other kinds
            get pool -o jsn               | error: Invalid value for option '--output': 'jsn' is not wide, yaml, json or name; did you mean json?
            get pool --etcd-endpoints x:1 | error: 'x:1' is not an etcd endpoint such as http://127.0.0.1:2379
            get pool --etcd-cert a        | error: certificates are set, but the endpoint http://127.0.0.1:2379 is not encrypted: use https:// in --etcd-endpoints
            delete                        | error: expected either KIND NAME or -f FILE
            delete pool                   | error: missing name of the pool to delete; deleting all at once is not supported
            delete pool/                  | error: 'pool/' is not of the form ippool/NAME
            delete pool/a node/b          | error: 'node/b' is not of the form ippool/NAME
            wait pool/a --for=deleted     | error: --for=deleted: must be converged or delete
            wait node/a                   | error: missing pool to wait for: ippool/NAME
            completion fish               | error: unknown shell 'fish': must be bash or zsh
            agent --node-name=Node-A      | error: --node-name (NODENAME) 'Node-A': a node name must be a DNS-1123 subdomain: lower-case letters, digits, '-' and '.', at most 253 characters, a letter or digit at both ends of each part; did you mean node-a?
            agent --node-address=detect   | error: --node-address (IP): 'detect' is not an IPv4 address such as 10.0.1.11; or autodetect, or none
            status -o yaml                | error: -o must be wide or json here
            """)
    void badUsageIsExitCodeTwo(String line, String error) {
        CommandRun run = CommandRun.of("", line.isEmpty() ? new String[0] : line.split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().get(0)).isEqualTo(error);
    }

    @Test
    void coloursAreForThoseWhoWantThem() {
        assertThat(Terminal.wantsColours(Map.of("TERM", "xterm", "NO_COLOR", "")))
                .isTrue();
        assertThat(Terminal.wantsColours(Map.of("TERM", "xterm", "NO_COLOR", "0")))
                .isFalse();
        assertThat(Terminal.wantsColours(Map.of("TERM", "dumb"))).isFalse();
    }

    @Test
    void saysItsVersion() {
        assertThat(CommandRun.of("", "version").out())
                .singleElement()
                .asString()
                .matches("culvert \\d+\\.\\d+\\.\\d+.*");
    }

    @Test
    void helpNamesEveryCommandByTheWordItIsCalledBy() {
        List<String> help = CommandRun.of("", "--help").out();

        for (Subcommand command : Subcommand.values()) {
            assertThat(help).anyMatch(line -> line.matches("  " + command.word() + " .*"));
            assertThat(CommandRun.of("", command.word(), "--help").out().get(0))
                    .startsWith("Usage: culvert " + command.word() + " ");
        }
    }

    @Test
    void validatesWithoutADatastore() {
        String pool = "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"IPPool\",\"metadata\":{\"name\":\"a\"},"
                + "\"spec\":{\"cidr\":\"10.0.0.0/8\"}}";

        assertThat(CommandRun.of(pool, "validate", "-f", "-"))
                .isEqualTo(new CommandRun(0, List.of("ippool/a valid"), List.of()));
        assertThat(CommandRun.of(pool.replace("10.0.0.0/8", "10.0.0.1/8"), "validate", "-f", "-"))
                .isEqualTo(new CommandRun(
                        2,
                        List.of(),
                        List.of("error: standard input, document 1, line 1: spec.cidr: \"10.0.0.1/8\": must be strictly"
                                + " masked, without host bits; did you mean 10.0.0.0/8?")));
    }

    @Test
    void directoriesInDirectoriesAreReadIfAskedFor(@TempDir Path directory) throws Exception {
        String pool = "{\"apiVersion\":\"projectcalico.org/v3\",\"kind\":\"IPPool\",\"metadata\":{\"name\":\"a\"},"
                + "\"spec\":{\"cidr\":\"10.0.0.0/8\"}}";
        Files.writeString(Files.createDirectory(directory.resolve("below")).resolve("a.json"), pool);

        assertThat(CommandRun.of("", "validate", "-R", "-f", directory.toString()))
                .isEqualTo(new CommandRun(0, List.of("ippool/a valid"), List.of()));
        assertThat(CommandRun.of("", "validate", "-f", directory.toString()).exitCode())
                .isEqualTo(2);
    }
}
