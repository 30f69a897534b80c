package io.culvert.operator.agent;

import io.culvert.reconciler.reconcile.FatalException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The origin marks ({@code rtm_protocol}) that this node's agents have used, one a line in a small file in the state directory:
 * by them a later agent, and {@code culvert cleanup}, know what is ours after the mark was changed. Blocks; any thread.
 */
final class UsedProtocols {

    private final Path file;
    private final Set<Integer> known;

    /**
     * @param nodeName part of the file's name: nodes in network namespaces of one host share directories
     * @throws FatalException if the file is there and cannot be read
     */
    UsedProtocols(Path stateDirectory, String nodeName) {
        file = stateDirectory.toAbsolutePath().resolve("route-protocols." + nodeName);
        known = read();
    }

    private Set<Integer> read() {
        try {
            return Files.exists(file)
                    ? Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                            .map(Integer::valueOf)
                            .collect(Collectors.toCollection(TreeSet::new))
                    : new TreeSet<>();
        } catch (IOException | NumberFormatException e) {
            throw new FatalException(file + " cannot be read (" + e.getMessage()
                    + "): it holds a number a line, the route protocols used so far; mend it or remove it");
        }
    }

    synchronized Set<Integer> known() {
        return Set.copyOf(known);
    }

    /**
     * Keeps a mark, before it is used for the first time.
     *
     * @throws IOException if it cannot be kept; the mark can be used all the same, as long as the agent lives
     */
    synchronized void remember(int protocol) throws IOException {
        if (known.contains(protocol)) {
            return;
        }
        Set<Integer> all = new TreeSet<>(known);
        all.add(protocol);
        Files.createDirectories(file.getParent());
        Path written = Files.createTempFile(
                file.getParent(),
                "route-protocols",
                ".tmp",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(written, all.stream().map(String::valueOf).toList(), StandardCharsets.UTF_8);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        known.add(protocol);
    }
}
