package io.culvert.operator.sysctl;

import io.culvert.reconciler.kernel.Change;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Properties;

/**
 * What the host's sysctls were before Culvert changed them: a small file in the state directory, one {@code name=value} a
 * line, readable by its owner only.
 */
public final class OriginalValues {

    private final Path file;

    /**
     * @param stateDirectory made when the first value is remembered
     * @param nodeName part of the file's name: nodes in network namespaces of one host share directories
     */
    public OriginalValues(Path stateDirectory, String nodeName) {
        this.file = stateDirectory.resolve("sysctl.before." + nodeName);
    }

    /**
     * Keeps the value unless one is kept already: the oldest is the host's own.
     *
     * @throws IOException if the file could not be written; the sysctl should not be changed then
     */
    void remember(String name, int value) throws IOException {
        Properties values = load();
        if (values.putIfAbsent(name, Integer.toString(value)) == null) {
            store(values);
        }
    }

    /**
     * The changes that give the host its own values back.
     *
     * @throws IOException if the file is there and cannot be read
     */
    public List<Change.SetSysctl> restoration() throws IOException {
        return load().entrySet().stream()
                .map(entry -> new Change.SetSysctl(
                        entry.getKey().toString(),
                        Integer.parseInt(entry.getValue().toString())))
                .toList();
    }

    /** @throws IOException if the file is there and cannot be deleted */
    public void forget() throws IOException {
        Files.deleteIfExists(file);
    }

    private Properties load() throws IOException {
        Properties values = new Properties();
        if (Files.exists(file)) {
            try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                values.load(reader);
            }
        }
        return values;
    }

    private void store(Properties values) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path written = Files.createTempFile(
                file.toAbsolutePath().getParent(),
                "sysctl",
                ".tmp",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (Writer writer = Files.newBufferedWriter(written, StandardCharsets.UTF_8)) {
            values.store(writer, "sysctls as they were before Culvert changed them");
        }
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
