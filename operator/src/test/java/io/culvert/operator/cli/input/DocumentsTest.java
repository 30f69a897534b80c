package io.culvert.operator.cli.input;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.culvert.operator.cli.CommandRun;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentsTest {

    private static final String POOL = """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata:
              name: %s
            spec:
              cidr: %s
            """;

    @TempDir
    Path directory;

    @Test
    void readsSeveralDocumentsAndSkipsEmptyOnes() {
        String text = "# pools\n---\n" + POOL.formatted("a", "10.0.0.0/16") + "---\n---\n# nothing\n---\n"
                + POOL.formatted("b", "10.1.0.0/16") + "...\n";

        assertThat(titles(read(text))).containsExactly("ippool/a", "ippool/b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'apiVersion':'v1','kind':'List','items':[%s,%s]}",
                "{'apiVersion':'projectcalico.org/v3','kind':'IPPoolList','metadata':{},'items':[%s,%s]}",
                "[%s,%s]",
                "%s%s",
                "%s\n%s",
                "\t[\n\t%s,\n\t%s\n\t]"
            })
    void readsJsonAndLists(String form) {
        String pool = "{'apiVersion':'projectcalico.org/v3','kind':'IPPool','metadata':{'name':'%s'},"
                + "'spec':{'cidr':'10.%d.0.0/16'}}";
        String text =
                form.formatted(pool.formatted("a", 0), pool.formatted("b", 1)).replace('\'', '"');

        assertThat(titles(read(text))).containsExactly("ippool/a", "ippool/b");
    }

    @Test
    void itemsOfATypedListNeedNoKind() {
        assertThat(titles(read("""
                kind: IPPoolList
                apiVersion: projectcalico.org/v3
                items:
                - metadata: {name: a}
                  spec: {cidr: 10.0.0.0/16}
                """))).containsExactly("ippool/a");
    }

    @Test
    void namesDocumentAndLineOfEveryFault() {
        String text = POOL.formatted("a", "10.0.0.0/16") + "---\n" + POOL.formatted("B", "10.1.0.0/33")
                + "  ipipMode: Crosssubnet\n---\nkind: Pool\n";

        assertThat(read(text).faults())
                .satisfiesExactly(
                        fault -> assertThat(fault)
                                .startsWith("standard input, document 2, line 11: metadata.name: \"B\": must be")
                                .endsWith("did you mean b?"),
                        fault -> assertThat(fault)
                                .startsWith("standard input, document 2, line 13: spec.cidr: \"10.1.0.0/33\": must be"),
                        fault -> assertThat(fault)
                                .isEqualTo(
                                        "standard input, document 2, line 14: spec.ipipMode: \"Crosssubnet\": must be"
                                                + " Always, CrossSubnet or Never; did you mean CrossSubnet?"),
                        fault -> assertThat(fault)
                                .isEqualTo("standard input, document 3, line 16: apiVersion: is required:"
                                        + " projectcalico.org/v3"),
                        fault -> assertThat(fault)
                                .isEqualTo(
                                        "standard input, document 3, line 16: kind: \"Pool\": must be IPPool or Node;"
                                                + " did you mean IPPool?"));
    }

    @Test
    void namesItemAndLineInAList() {
        assertThat(read("""
                kind: List
                items:
                - {apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: a}, spec: {cidr: 10.0.0.0/16}}
                - apiVersion: projectcalico.org/v3
                  kind: IPPool
                  metadata:
                    name: b
                  spec:
                    cidr: 10.1.0.0/16
                    natOutgoing: "yes"
                - 7
                """).faults())
                .containsExactly(
                        "standard input, document 1, item 2, line 10: spec.natOutgoing: \"yes\": must be true or false;"
                                + " did you mean true?",
                        "standard input, document 1, item 3: a resource must be an object with apiVersion, kind, metadata"
                                + " and spec");
    }

    @Test
    void namesAndValuesGiveATerminalNoCommands() {
        assertThat(read("{apiVersion: projectcalico.org/v3, kind: \"\\u009b\\u2028\"}")
                        .faults())
                .containsExactly(
                        "standard input, document 1, line 1: kind: \"\\u009b\\u2028\": must be IPPool or Node; use calicoctl for Calico's other kinds");
        assertThat(read("{\"\\u009b\": 1, \"\\u009b\": 2}").faults())
                .singleElement()
                .asString()
                .endsWith("invalid JSON: duplicate field \\u009b");
    }

    @Test
    void saysWhereTextIsMalformed() {
        assertThat(read("kind: IPPool\n  metadata: x\n").faults())
                .singleElement()
                .asString()
                .matches("standard input, line 2, column \\d+: invalid YAML: .+")
                .doesNotContain("\n");
        assertThat(read("{\"kind\": \"IPPool\",\n \"spec\": ]}").faults())
                .singleElement()
                .asString()
                .startsWith("standard input, line 2, column ");
        assertThat(read("kind: a\nkind: b\n").faults())
                .singleElement()
                .asString()
                .contains("line 2");
        assertThat(read("a: &x {b: 1}\nc: *x\n").faults())
                .singleElement()
                .asString()
                .contains("line 2", "aliases (*x) are not supported");
    }

    @Test
    void refusesTheSameResourceTwice() {
        assertThat(read(POOL.formatted("a", "10.0.0.0/16") + "---\n" + POOL.formatted("a", "10.0.0.0/16"))
                        .faults())
                .containsExactly(
                        "standard input, document 2: duplicate resource ippool/a; first in standard input, document 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# nothing\n", "---\n", "[]", "{\"kind\":\"List\",\"items\":[]}"})
    void refusesInputWithoutResources(String text) {
        assertThat(read(text).faults()).containsExactly("standard input: contains no resource");
    }

    @Test
    void readsDirectoriesInOrderOfNames() throws IOException {
        Files.writeString(directory.resolve("b.yml"), POOL.formatted("b", "10.1.0.0/16"));
        Files.writeString(directory.resolve("a.yaml"), POOL.formatted("a", "10.0.0.0/16"));
        Files.writeString(directory.resolve("readme.txt"), "not a resource");

        assertThat(titles(Documents.read(List.of(directory.toString()), stdin(""))))
                .containsExactly("ippool/a", "ippool/b");
    }

    @Test
    void goesOnPastAnUnreadableFile() {
        Documents read = Documents.read(List.of(directory.resolve("none.yaml").toString(), "-"), stdin("kind: Pool"));

        assertThat(read.faults())
                .hasSize(3)
                .first()
                .asString()
                .startsWith("cannot read ")
                .endsWith("none.yaml: no such file");
        assertThat(Documents.read(List.of(directory.toString()), stdin("")).faults())
                .containsExactly(directory + ": no .yaml, .yml or .json file in this directory");
    }

    private static List<String> titles(Documents read) {
        assertThat(read.faults()).isEmpty();
        return read.documents().stream().map(Document::title).toList();
    }

    private static Documents read(String text) {
        return Documents.read(List.of("-"), stdin(text));
    }

    private static ByteArrayInputStream stdin(String text) {
        return new ByteArrayInputStream(text.getBytes(UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "!!javax.script.ScriptEngineManager [!!java.net.URLClassLoader [[!!java.net.URL [\"%s\"]]]]",
                "kind: IPPool\napiVersion: projectcalico.org/v3\nmetadata: {name: a}\nspec: !!java.net.URL [\"%s\"]",
                "kind: IPPool\napiVersion: projectcalico.org/v3\nmetadata: {name: !!java.net.URL [\"%s\"]}"
            })
    void tagsMakeNothing(String document) throws IOException {
        try (ServerSocket asked = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            asked.setSoTimeout(1);
            String url = "http://127.0.0.1:" + asked.getLocalPort() + "/";
            CommandRun run = CommandRun.of(document.formatted(url), "validate", "-f", "-");
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.err()).isNotEmpty().allMatch(line -> line.startsWith("error: standard input, document 1"));
            assertThatThrownBy(asked::accept).isInstanceOf(SocketTimeoutException.class);
        }
    }
}
