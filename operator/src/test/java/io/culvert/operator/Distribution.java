package io.culvert.operator;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/**
 * {@code culvert} as {@code script/build} lays it out, made of what is under test: the launcher, and this JVM's class path beside
 * it. Everything is a copy, so whoever may enter the directory may run it.
 */
public final class Distribution {

    private final Path directory;

    public Distribution(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory.resolve("bin"));
        Files.createDirectories(lib());
        Files.copy(Path.of("src/main/launcher/culvert"), launcher());
        copyClassPath();
        copyNativeLibrary();
    }

    /** What a user types. */
    public Path launcher() {
        return directory.resolve("bin/culvert");
    }

    /** Where its libraries are. */
    public Path lib() {
        return directory.resolve("lib");
    }

    private void copyClassPath() throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> directories = new ArrayList<>();
        int number = 0;
        for (String entry : classPath.split(File.pathSeparator)) {
            Path path = Path.of(entry);
            if (Files.isDirectory(path)) {
                String copy = "classes/" + number++ + "/";
                copyTree(path, directory.resolve(copy));
                directories.add("../" + copy);
            } else if (Files.exists(path)) {
                Files.copy(path, lib().resolve(path.getFileName()));
            }
        }
        writeClassPathJar(String.join(" ", directories));
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                Path copy = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(path, copy);
                }
            }
        }
    }

    private void writeClassPathJar(String classPath) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath);
        try (OutputStream file = Files.newOutputStream(lib().resolve("a-classes.jar"));
                JarOutputStream jar = new JarOutputStream(file, manifest)) {
            jar.finish();
        }
    }

    private void copyNativeLibrary() throws IOException {
        String machine = System.getProperty("os.arch").replace("amd64", "x86_64");
        String resource = "/META-INF/native/linux-" + machine + "/libculvert.so";
        try (InputStream library = Distribution.class.getResourceAsStream(resource)) {
            Files.copy(Objects.requireNonNull(library, resource), lib().resolve("libculvert.so"));
        }
    }
}
