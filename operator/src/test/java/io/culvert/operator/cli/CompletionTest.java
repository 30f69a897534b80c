package io.culvert.operator.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What real shells offer for the beginning of a command line; | is the end of it. The script asks a program in culvert's place
 * for names, which answers only to what {@code ResourceCommandsTest} knows to be proper questions.
 */
class CompletionTest {

    private static final String TABLE = """
            culvert val|                                       ; validate
            culvert ipam |                                     ; check show
            culvert ipam ch|                                   ; check
            culvert ipam show --show-b|                        ; --show-blocks --show-borrowed
            culvert apply --dry|                               ; --dry-run
            culvert get |                                      ; ipp ippool ippools ipps node nodes pool pools
            culvert get ippool |                               ; blue bright
            culvert get ippool blue br|                        ; bright
            culvert get -o yaml nodes n|                       ; n1 n2
            culvert get node/n|                                ; node/n1 node/n2
            culvert get ippool -o |                            ; json name wide yaml
            culvert get ippool --output y|                     ; yaml
            culvert status -o w|                               ; wide
            culvert explain -o |                               ; json
            culvert explain 10.0.0.1 --from |                  ; n1 n2
            culvert diff -f pools.yaml --node n2|              ; n2
            culvert delete --etcd-endpoints http://a:1 pool f| ; far
            culvert wait --timeout 5s ippool/b|                ; ippool/blue ippool/bright
            culvert wait ippool/blue --for |                   ; converged delete
            culvert agent --block-claims o|                    ; observe
            culvert completion z|                              ; zsh
            culvert validate -f po|                            ; pools.yaml
            culvert apply --wait -f po|                        ; pools.yaml
            culvert get ippool --etcd-endpoints http://down:1 | ;
            """;

    @TempDir
    private Path directory;

    @BeforeEach
    void prepare() throws IOException {
        Files.createFile(directory.resolve("pools.yaml"));
        program("""
                case "$*" in
                    'get ippool -o name') printf 'ippool/blue\\nippool/bright\\n' ;;
                    'get node -o name' | 'get nodes -o name') printf 'node/n1\\nnode/n2\\n' ;;
                    'get pool -o name --etcd-endpoints http://a:1') echo ippool/far ;;
                    *) echo "error: no datastore for $*" >&2; exit 1 ;;
                esac
                """);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = ';', emptyValue = "", nullValues = "-", textBlock = TABLE)
    void bashCompletes(String line, String candidates) throws Exception {
        assertThat(bash(before(line))).isEqualTo(words(candidates));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = ';', emptyValue = "", nullValues = "-", textBlock = TABLE)
    void zshCompletes(String line, String candidates) throws Exception {
        assertThat(zsh(before(line))).isEqualTo(words(candidates));
    }

    @Test
    void whatStandsBehindAnEqualSignIsCompletedAsEachShellSplitsIt() throws Exception {
        assertThat(bash("culvert wait ippool/blue --for=conv")).containsExactly("converged");
        assertThat(zsh("culvert wait ippool/blue --for=conv")).containsExactly("--for=converged");
    }

    @Test
    void aDatastoreThatDoesNotAnswerIsNotWaitedForLong() throws Exception {
        program("exec sleep 30\n");

        long start = System.nanoTime();
        assertThat(bash("culvert get ippool ")).isEmpty();
        assertThat(System.nanoTime() - start).isLessThan(10_000_000_000L);
    }

    @Test
    void noTextOnTheLineIsRun() throws Exception {
        Path trace = directory.resolve("trace");

        bash("culvert get ippool --etcd-endpoints $({touch," + trace + "}) ");
        assertThat(trace).doesNotExist();
    }

    @Test
    void bashAsksTheScriptForCulvert() throws Exception {
        assertThat(run("bash", "--norc", script("bash"), "complete -p culvert"))
                .containsExactly("complete -F _culvert culvert");
    }

    private void program(String text) throws IOException {
        Path program = Files.writeString(directory.resolve("culvert"), "#!/bin/sh\n" + text);
        assertThat(program.toFile().setExecutable(true)).isTrue();
    }

    private static String before(String line) {
        return line.substring(0, line.indexOf('|'));
    }

    private static List<String> words(String text) {
        return text == null || text.isBlank() ? List.of() : List.of(text.strip().split(" +"));
    }

    private static String script(String shell) {
        return String.join("\n", CommandRun.of("", "completion", shell).out());
    }

    private List<String> bash(String line) throws Exception {
        return run(
                "bash",
                "--norc",
                script("bash"),
                "COMP_LINE=$LINE COMP_POINT=${#LINE}",
                "_culvert culvert",
                "printf '%s\\n' \"${COMPREPLY[@]}\"",
                line);
    }

    /** With the builtins that work only in zsh's line editor in the place of themselves: compadd filters as it does. */
    private List<String> zsh(String line) throws Exception {
        return run(
                "zsh",
                "-f",
                "compdef() { : }; compset() { : }",
                "compadd() { shift; print -l -- ${(M)@:#${words[CURRENT]}*} }",
                "_files() { print -l -- ${words[CURRENT]#-*=}*(N) }",
                script("zsh"),
                "words=(${=LINE}); [[ $LINE != *' ' ]] || words+=(''); CURRENT=$#words",
                "_culvert",
                line);
    }

    /** The last word is the line that is typed, the others are lines of the shell's program; without them it is asked for. */
    private List<String> run(String shell, String option, String... lines) throws Exception {
        boolean typed = lines.length > 2;
        List<String> program = new ArrayList<>(Arrays.asList(lines));
        String line = typed ? program.remove(program.size() - 1) : "";
        ProcessBuilder builder = new ProcessBuilder(shell, option, "-c", String.join("\n", program));
        builder.environment().merge("PATH", directory.toString(), (path, own) -> own + ":" + path);
        builder.environment().put("LINE", line);
        Process process =
                builder.directory(directory.toFile()).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        return out.lines().filter(word -> !word.isBlank()).sorted().toList();
    }
}
