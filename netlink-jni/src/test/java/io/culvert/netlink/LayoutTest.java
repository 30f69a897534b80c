package io.culvert.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LayoutTest {

    @Test
    void theLibraryMatches() {
        NativeLibrary.load();

        Map<String, Integer> library = Layout.ofLibrary();
        assertThat(library).isEqualTo(Layout.ofJava()).containsEntry("op.route.metric", 20);
        assertThatCode(() -> Layout.check(library)).doesNotThrowAnyException();
    }

    @Test
    void namesAFieldThatMoved() {
        Map<String, Integer> library = new HashMap<>(Layout.ofJava());
        library.put("route.prefix", 8);

        assertThatExceptionOfType(NativeLibraryException.class)
                .isThrownBy(() -> Layout.check(library))
                .withMessageContaining("route.prefix is 8 in C and 0 in Java");
    }

    @Test
    void namesWhatIsMissingOnOneSide() {
        Map<String, Integer> library = new HashMap<>(Layout.ofJava());
        library.remove("errno.ENODEV");
        library.put("link.alias", 72);

        assertThatExceptionOfType(NativeLibraryException.class)
                .isThrownBy(() -> Layout.check(library))
                .withMessageContaining("errno.ENODEV is missing in C and 19 in Java")
                .withMessageContaining("link.alias is 72 in C and missing in Java");
    }
}
