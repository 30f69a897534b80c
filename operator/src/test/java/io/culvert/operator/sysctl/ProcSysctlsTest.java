package io.culvert.operator.sysctl;

import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcSysctlsTest {

    private static final String FORWARD = "net/ipv4/ip_forward";
    private static final String RP_FILTER = "net/ipv4/conf/culvert0/rp_filter";

    @TempDir
    private Path directory;

    private OriginalValues originals;
    private ProcSysctls sysctls;

    @BeforeEach
    void makeTree() throws IOException {
        Path root = directory.resolve("sys");
        Files.createDirectories(root.resolve("net/ipv4/conf/culvert0"));
        Files.writeString(root.resolve(FORWARD), "0\n");
        Files.writeString(root.resolve(RP_FILTER), "1\n");
        originals = new OriginalValues(directory.resolve("state"), "n1");
        sysctls = new ProcSysctls(root, originals);
    }

    @Test
    void readsNumbersAndNothingElse() {
        assertThat(sysctls.read(FORWARD)).isEqualTo(OptionalInt.of(0));
        assertThat(sysctls.read("net/ipv4/conf/gone/rp_filter")).isEmpty();
        assertThat(new ProcSysctls(Path.of("/proc/sys"), originals).read("kernel/ostype"))
                .isEmpty();
    }

    @Test
    void writes() {
        assertThat(sysctls.apply(new Change.SetSysctl(FORWARD, 1)).succeeded()).isTrue();
        assertThat(sysctls.read(FORWARD)).isEqualTo(OptionalInt.of(1));
    }

    @Test
    void keepsTheFirstValueOfTheHostsOwn() throws IOException {
        sysctls.apply(new Change.SetSysctl(FORWARD, 1));
        sysctls.apply(new Change.SetSysctl(FORWARD, 2));
        sysctls.apply(new Change.SetSysctl(RP_FILTER, 2));

        assertThat(originals.restoration()).containsExactly(new Change.SetSysctl(FORWARD, 0));
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(directory.resolve("state/sysctl.before.n1"))))
                .isEqualTo("rw-------");

        originals.forget();
        assertThat(originals.restoration()).isEmpty();
    }

    @Test
    void readsTheFileOfAnEarlierVersion() throws IOException {
        Files.createDirectories(directory.resolve("state"));
        Files.writeString(
                directory.resolve("state/sysctl.before.n1"),
                "#sysctls as they were before Culvert changed them\n#Tue Nov 24 02:21:20 UTC 2026\n"
                        + "net/ipv4/ip_forward=0\n");
        assertThat(originals.restoration()).containsExactly(new Change.SetSysctl(FORWARD, 0));
    }

    @Test
    void forgetsWhatADamagedFileSays() throws IOException {
        Files.createDirectories(directory.resolve("state"));
        Files.writeString(directory.resolve("state/sysctl.before.n1"), "net/ipv4/ip_forward=o\n");
        assertThat(originals.restoration()).isEmpty();
        sysctls.apply(new Change.SetSysctl(FORWARD, 1));
        assertThat(originals.restoration()).containsExactly(new Change.SetSysctl(FORWARD, 0));
    }

    @Test
    void namesWhatIsNotThere() {
        assertThat(sysctls.apply(new Change.SetSysctl("net/ipv4/conf/gone/rp_filter", 2))
                        .errno())
                .isEqualTo(Errno.ENOENT);
    }
}
