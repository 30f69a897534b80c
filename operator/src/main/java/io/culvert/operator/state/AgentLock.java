package io.culvert.operator.state;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * That a node's agent runs, for programs that must not run beside it: a lock on a file of the state directory, which the kernel
 * releases however the process ends. Agents share it; the others want it alone.
 */
public final class AgentLock implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(AgentLock.class);

    private final @Nullable FileChannel file;

    private AgentLock(@Nullable FileChannel file) {
        this.file = file;
    }

    /** Takes it for an agent. Where that is not possible the agent runs without, and says so. */
    public static AgentLock take(Path directory, String nodeName) {
        FileChannel file = null;
        try {
            Files.createDirectories(directory.toAbsolutePath(), StateFile.DIRECTORY_OWNER_ONLY);
            file = FileChannel.open(
                    path(directory, nodeName),
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                    StateFile.OWNER_ONLY);
            if (file.tryLock(0, Long.MAX_VALUE, true) == null) {
                LOG.warn("{} is locked: a cleanup of this node is running", path(directory, nodeName));
            }
        } catch (IOException | OverlappingFileLockException unusable) {
            LOG.warn(
                    "'culvert cleanup' will not notice this agent: cannot lock {} ({})",
                    path(directory, nodeName),
                    unusable.toString());
        }
        return new AgentLock(file);
    }

    /**
     * Whether a node's agent runs.
     *
     * @throws IOException if that cannot be found out
     */
    public static boolean isTaken(Path directory, String nodeName) throws IOException {
        Path path = path(directory, nodeName);
        if (!Files.exists(path)) {
            return false;
        }
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            Optional<FileLock> lock = Optional.ofNullable(file.tryLock());
            return lock.isEmpty();
        } catch (OverlappingFileLockException inThisProcess) {
            return true;
        }
    }

    private static Path path(Path directory, String nodeName) {
        return directory.toAbsolutePath().resolve("agent." + nodeName + ".lock");
    }

    @Override
    public void close() {
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException stays) {
            LOG.warn("cannot close the agent's lock ({})", stays.toString());
        }
    }
}
