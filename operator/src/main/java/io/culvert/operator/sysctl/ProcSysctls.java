package io.culvert.operator.sysctl;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.Sysctls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Sysctls as files. Those below {@code net} are of the calling thread's network namespace. The value that the host's own
 * sysctls had before the first change is kept, so that a cleanup can restore it.
 */
public final class ProcSysctls implements Sysctls {

    private final Path root;
    private final OriginalValues originals;

    /** @param root {@code /proc/sys} */
    public ProcSysctls(Path root, OriginalValues originals) {
        this.root = root;
        this.originals = originals;
    }

    @Override
    public OptionalInt read(String name) {
        try {
            return OptionalInt.of(
                    Integer.parseInt(Files.readString(root.resolve(name)).strip()));
        } catch (IOException | NumberFormatException e) {
            // Absent, or a device that was removed meanwhile.
            return OptionalInt.empty();
        }
    }

    @Override
    public Outcome apply(Change.SetSysctl change) {
        try {
            OptionalInt before = read(change.name());
            if (before.isPresent() && !change.name().contains("/conf/")) {
                originals.remember(change.name(), before.getAsInt());
            }
            Files.writeString(root.resolve(change.name()), Integer.toString(change.value()));
            return Outcome.done(change);
        } catch (NoSuchFileException e) {
            return new Outcome(change, Errno.ENOENT, "no such sysctl: " + e.getMessage());
        } catch (IOException e) {
            return new Outcome(change, Errno.EIO, e.toString());
        }
    }
}
