package io.culvert.operator.agent;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** This JVM's class path with its directories in one jar, since HotSpot's archives of class data take jars only. */
final class PackedClassPath {

    private PackedClassPath() {}

    /** Makes the jar. */
    static String into(Path jar) throws IOException {
        List<Path> entries = Stream.of(
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                                .split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(Path::of)
                .toList();
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream packed = new JarOutputStream(file)) {
            Set<String> names = new HashSet<>();
            for (Path directory : entries) {
                if (Files.isDirectory(directory)) {
                    pack(directory, names, packed);
                }
            }
        }
        return Stream.concat(Stream.of(jar), entries.stream().filter(Files::isRegularFile))
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** As on a class path, the first of a name counts. */
    private static void pack(Path directory, Set<String> names, JarOutputStream packed) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : files) {
            String name = directory.relativize(file).toString();
            if (names.add(name)) {
                packed.putNextEntry(new JarEntry(name));
                Files.copy(file, packed);
                packed.closeEntry();
            }
        }
    }
}
