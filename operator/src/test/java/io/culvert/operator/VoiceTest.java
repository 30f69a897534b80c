package io.culvert.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Strings, comments and names of all modules' main code are in the words of network engineers. */
class VoiceTest {

    private static final Path REPOSITORY = Path.of("..");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "native/src",
                "native/include",
                "reconciler/src/main",
                "netlink-jni/src/main",
                "operator/src/main",
                "lab/bench/src/main"
            })
    void mainCodeHasNoForbiddenWord(String folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(REPOSITORY.resolve(folder))) {
            files = all.filter(Files::isRegularFile).toList();
        }
        assertThat(files).isNotEmpty();
        List<String> faults = new ArrayList<>();
        for (Path file : files) {
            faults.addAll(Voice.faults(file.toString(), Files.readString(file, StandardCharsets.UTF_8)));
        }
        assertThat(faults).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "those wished for",
                "private Map<String, Long> wishedRoutes;",
                "// looks at the kernel",
                "view.look()",
                "KernelLook",
                "LOOKED",
                "no agent tells its status",
                "StatusTold",
                "MENDED",
                "a fault\n     * that is not\n     * to be read",
                "\"such fields are passed \"\n    + \"over\"",
                "Ways ways",
                "json.put(\"sort\", type)"
            })
    void forbiddenWordsAreFound(String text) {
        assertThat(Voice.faults("text", text)).hasSize(1);
    }

    @Test
    void theirNeighboursAreNot() {
        assertThat(Voice.faults(
                        "text",
                        "looks up the address, a lookup, looks like a prefix, always, recommend, amended, touched,"
                                + " one pass over the routes,"
                                + " list.sort(), outlook, sideways"))
                .isEmpty();
    }

    @Test
    void theLineIsNamed() {
        assertThat(Voice.faults("A.java", "one\ntwo\nwish")).containsExactly("A.java:3: 'wish'; write: desired");
    }
}
