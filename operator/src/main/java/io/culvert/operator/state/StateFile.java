package io.culvert.operator.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file in the state directory. It is replaced as a whole: whoever reads, also after a crash or a power cut, finds what was
 * before or what came after. Its owner alone may read it.
 *
 * <p>The first line names the version of what follows and its checksum; it begins with {@code #}, which is a comment where the
 * rest is text. A file without such a line, as earlier versions of Culvert wrote it, is accepted. A damaged file is
 * logged, renamed and ignored.
 *
 * <p>Blocks. Any thread may read; one at a time may write.
 */
public final class StateFile {

    private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);
    static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    static final FileAttribute<Set<PosixFilePermission>> DIRECTORY_OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final String UNFINISHED = ".tmp-";
    private static final String MARK = "# culvert ";
    private static final Pattern HEADER = Pattern.compile(MARK + "(\\d{1,9}) crc32c:([0-9a-f]{8})");
    private static final int LONGEST_HEADER = 64;
    private static final DateTimeFormatter SET_ASIDE_AT =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final Path path;
    private final int version;

    /**
     * @param directory made when the file is first written, and then for its owner only
     * @param version of what is written, from 1; a file of another version is not understood
     */
    public StateFile(Path directory, String name, int version) {
        this.path = directory.toAbsolutePath().resolve(name);
        this.version = version;
    }

    /**
     * Deletes the unfinished files of a node that killed processes left. What cannot be deleted is logged.
     *
     * @param nodeName with which the files' names end
     */
    public static void sweep(Path directory, String nodeName) {
        Pattern unfinished = Pattern.compile(".+" + Pattern.quote("." + nodeName + UNFINISHED) + "(\\d{1,18})");
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Matcher name = unfinished.matcher(file.getFileName().toString());
                if (name.matches() && isOver(Long.parseLong(name.group(1)))) {
                    Files.deleteIfExists(file);
                    LOG.info("deleted {}, left by a process that ended while it wrote", file);
                }
            }
        } catch (NoSuchFileException nothingKept) {
            return;
        } catch (IOException stays) {
            LOG.warn("cannot delete what an earlier process left in {} ({})", directory, stays.toString());
        }
    }

    /** In a container each process has the number of its predecessor. */
    private static boolean isOver(long pid) {
        return pid == ProcessHandle.current().pid() || ProcessHandle.of(pid).isEmpty();
    }

    /** Parses the content of a file. */
    @FunctionalInterface
    public interface Parser<T> {

        /** @throws IOException if it cannot be parsed; {@link IllegalArgumentException} means the same */
        T parse(byte[] content) throws IOException;
    }

    /** A sentence about what is wrong with a file's content. */
    private static final class Damaged extends IOException {
        Damaged(String reason) {
            super(reason);
        }
    }

    /**
     * What it holds; empty if there is none, or it was damaged and is now set aside.
     *
     * @throws IOException if it is there and cannot be read
     */
    public <T> Optional<T> read(Parser<T> parser) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(path);
        } catch (NoSuchFileException nothingKept) {
            return Optional.empty();
        } catch (AccessDeniedException denied) {
            throw Denied.explained(denied);
        }
        try {
            return Optional.of(parser.parse(content(bytes)));
        } catch (IOException | IllegalArgumentException damage) {
            setAside(damage);
            return Optional.empty();
        }
    }

    private byte[] content(byte[] bytes) throws Damaged {
        int end = 0;
        while (end < Math.min(bytes.length, LONGEST_HEADER) && bytes[end] != '\n') {
            end++;
        }
        String first = new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
        if (!first.startsWith(MARK)) {
            return bytes;
        }
        Matcher header = HEADER.matcher(first);
        if (!header.matches()) {
            throw new Damaged("its first line is broken");
        }
        if (Integer.parseInt(header.group(1)) != version) {
            throw new Damaged("it has version " + header.group(1) + ", and this program reads version " + version);
        }
        byte[] content = new byte[Math.max(0, bytes.length - end - 1)];
        System.arraycopy(bytes, bytes.length - content.length, content, 0, content.length);
        if (!checksum(content).equals(header.group(2))) {
            throw new Damaged("its checksum is " + checksum(content) + " and should be " + header.group(2));
        }
        return content;
    }

    private static String checksum(byte[] content) {
        CRC32C sum = new CRC32C();
        sum.update(content);
        return "%08x".formatted(sum.getValue());
    }

    private void setAside(Exception damage) {
        String reason = damage.getMessage() == null ? damage.toString() : damage.getMessage();
        Path aside = path.resolveSibling(path.getFileName() + ".damaged-" + SET_ASIDE_AT.format(Instant.now()));
        try {
            Files.move(path, aside, StandardCopyOption.ATOMIC_MOVE);
            LOG.warn("{} is damaged ({}): renamed to {} and ignored", path, reason, aside.getFileName());
        } catch (IOException stays) {
            LOG.warn("{} is damaged ({}): ignored, and cannot be renamed ({})", path, reason, stays);
        }
    }

    /**
     * Replaces it. Returns when it is on the disk.
     *
     * @throws IOException if it could not be written; what was there before is still there
     */
    public void write(byte[] content) throws IOException {
        try {
            replace(content);
        } catch (AccessDeniedException denied) {
            throw Denied.explained(denied);
        }
    }

    private void replace(byte[] content) throws IOException {
        Path directory = path.getParent();
        Files.createDirectories(directory, DIRECTORY_OWNER_ONLY);
        // Named after the process, so two never share it.
        Path fresh = path.resolveSibling(
                path.getFileName() + UNFINISHED + ProcessHandle.current().pid());
        String header = MARK + version + " crc32c:" + checksum(content) + "\n";
        try {
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, OWNER_ONLY);
            try (FileChannel file = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                writeAll(file, header.getBytes(StandardCharsets.ISO_8859_1));
                writeAll(file, content);
                file.force(true);
            }
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
        // rename(2) is on the disk when its directory is.
        try (FileChannel renamed = FileChannel.open(directory, StandardOpenOption.READ)) {
            renamed.force(true);
        }
    }

    private static void writeAll(FileChannel file, byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            file.write(left);
        }
    }

    /** @throws IOException if it is there and cannot be deleted */
    public void delete() throws IOException {
        Files.deleteIfExists(path);
    }

    /** Where it is. */
    @Override
    public String toString() {
        return path.toString();
    }
}
