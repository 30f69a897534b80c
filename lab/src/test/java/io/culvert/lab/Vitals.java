package io.culvert.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What an agent's process holds.
 *
 * @param heap bytes of living objects, after a full collection
 * @param classes of those, by class
 * @param resident bytes of memory
 */
record Vitals(long heap, Map<String, Long> classes, long resident, int descriptors, int sockets, int threads) {

    private static final Pattern CLASS = Pattern.compile("\\s*\\d+:\\s+\\d+\\s+(\\d+)\\s+(\\S+).*");
    private static final Pattern TOTAL = Pattern.compile("Total\\s+\\d+\\s+(\\d+)\\s*");
    private static final Pattern RESIDENT = Pattern.compile("(?s).*\\nVmRSS:\\s+(\\d+) kB\\n.*");

    static Vitals of(LabNode node) {
        Map<String, Long> classes = new HashMap<>();
        long heap = 0;
        for (String line : Command.run("jcmd", node.processId(), "GC.class_histogram")
                .lines()
                .toList()) {
            Matcher one = CLASS.matcher(line);
            if (one.matches()) {
                classes.merge(one.group(2), Long.valueOf(one.group(1)), Long::sum);
            }
            Matcher total = TOTAL.matcher(line);
            if (total.matches()) {
                heap = Long.parseLong(total.group(1));
            }
        }
        if (heap == 0) {
            throw new AssertionError("jcmd told no total");
        }
        Path process = Path.of("/proc", node.processId());
        List<String> open = links(process.resolve("fd"));
        return new Vitals(
                heap,
                classes,
                resident(process),
                open.size(),
                (int) open.stream().filter(link -> link.startsWith("socket:")).count(),
                names(process.resolve("task")).size());
    }

    private static long resident(Path process) {
        try {
            Matcher kilobytes = RESIDENT.matcher(Files.readString(process.resolve("status")));
            if (!kilobytes.matches()) {
                throw new AssertionError("no VmRSS of " + process);
            }
            return Long.parseLong(kilobytes.group(1)) << 10;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> names(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> links(Path directory) {
        return names(directory).stream().flatMap(Vitals::link).toList();
    }

    private static Stream<String> link(Path path) {
        try {
            return Stream.of(Files.readSymbolicLink(path).toString());
        } catch (NoSuchFileException closed) {
            return Stream.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The classes whose objects have grown most since then, for whoever looks for a leak. */
    List<String> grownSince(Vitals earlier) {
        return classes.entrySet().stream()
                .map(now -> Map.entry(now.getKey(), now.getValue() - earlier.classes.getOrDefault(now.getKey(), 0L)))
                .sorted(Comparator.comparing(Map.Entry<String, Long>::getValue).reversed())
                .limit(10)
                .map(grown -> "%s +%d".formatted(grown.getKey(), grown.getValue()))
                .toList();
    }
}
