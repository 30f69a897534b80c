package io.culvert.netlink;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Loads the C shim, once in a process: from the path in the system property {@code culvert.native}, else from the jar through
 * a temporary file. Only this user can read that file, and it is deleted once it is mapped.
 */
final class NativeLibrary {

    static final String OVERRIDE = "culvert.native";

    private static final String ADVICE =
            "; put the library on a file system that allows execution and set -D" + OVERRIDE + "=PATH";

    private static boolean loaded;

    private NativeLibrary() {}

    /**
     * Makes {@link NativeNetlink} usable. Further calls do nothing. Any thread.
     *
     * @throws NativeLibraryException if that fails; the message says what to do
     */
    static synchronized void load() {
        if (loaded) {
            return;
        }
        String override = System.getProperty(OVERRIDE);
        if (override != null) {
            map(Path.of(override).toAbsolutePath());
        } else {
            mapResource(resource(System.getProperty("os.arch")));
        }
        Layout.check(Layout.ofLibrary());
        loaded = true;
    }

    /** The resource with the library for an architecture of {@code os.arch}. */
    static String resource(String architecture) {
        String machine = architecture.equals("amd64") ? "x86_64" : architecture;
        return "/META-INF/native/linux-" + machine + "/libculvert.so";
    }

    static void mapResource(String resource) {
        try (InputStream library = NativeLibrary.class.getResourceAsStream(resource)) {
            if (library == null) {
                throw new NativeLibraryException(
                        "this build has no " + resource + "; build native/ for this machine and set -D" + OVERRIDE
                                + "=PATH",
                        null);
            }
            mapCopy(library);
        } catch (IOException e) {
            throw new NativeLibraryException(
                    "cannot copy " + resource + " to " + System.getProperty("java.io.tmpdir") + " (" + e + ")" + ADVICE,
                    e);
        }
    }

    private static void mapCopy(InputStream library) throws IOException {
        Path copy = Files.createTempFile(
                "libculvert",
                ".so",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            Files.copy(library, copy, StandardCopyOption.REPLACE_EXISTING);
            map(copy);
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    private static void map(Path library) {
        try {
            System.load(library.toString());
        } catch (LinkageError e) {
            throw new NativeLibraryException("cannot load " + library + " (" + e.getMessage() + ")" + ADVICE, e);
        }
    }
}
