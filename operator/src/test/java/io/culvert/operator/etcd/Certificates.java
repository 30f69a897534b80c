package io.culvert.operator.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Authorities and certificates, made with openssl as users make them: {@code NAME.crt} and {@code NAME.key} in a directory. */
public final class Certificates {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private final Path directory;
    private final String address;

    /** @param address of the hosts that the certificates are for */
    public Certificates(Path directory, String address) {
        this.directory = directory;
        this.address = address;
    }

    /** An authority that signs itself. */
    public void authority(String name) throws IOException {
        openssl(
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "1",
                "-keyout",
                path(name + ".key"),
                "-out",
                path(name + ".crt"),
                "-subj",
                "/CN=authority " + name);
    }

    /** A certificate of an authority that is valid for a day. */
    public void certificate(String name, String authority, String commonName) throws IOException {
        certificate(name, authority, commonName, Instant.now().plus(1, ChronoUnit.DAYS));
    }

    /** The same until a moment that may be past. */
    public void certificate(String name, String authority, String commonName, Instant end) throws IOException {
        openssl(
                "req",
                "-new",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-keyout",
                path(name + ".key"),
                "-out",
                path("request"),
                "-subj",
                "/CN=" + commonName);
        Files.writeString(directory.resolve("database"), "");
        Files.writeString(directory.resolve("settings"), """
                [ca]
                default_ca = ours
                [ours]
                database = %s
                new_certs_dir = %s
                default_md = sha256
                policy = any
                rand_serial = yes
                unique_subject = no
                [any]
                commonName = supplied
                [extensions]
                basicConstraints = critical,CA:FALSE
                subjectAltName = IP:%s
                """.formatted(path("database"), directory, address));
        openssl(
                "ca",
                "-batch",
                "-notext",
                "-config",
                path("settings"),
                "-extensions",
                "extensions",
                "-cert",
                path(authority + ".crt"),
                "-keyfile",
                path(authority + ".key"),
                "-in",
                path("request"),
                "-out",
                path(name + ".crt"),
                "-startdate",
                TIME.format(end.minus(2, ChronoUnit.DAYS)),
                "-enddate",
                TIME.format(end));
    }

    /** Has one name's certificate and key stand under another one, in place of what stood there. */
    public void copy(String from, String to) throws IOException {
        for (String kind : List.of(".crt", ".key")) {
            Files.copy(
                    directory.resolve(from + kind), directory.resolve(to + kind), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void openssl(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Process run = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(run.onExit().join().exitValue()).as(output).isZero();
    }

    /** The path of a file in the directory. */
    public String path(String file) {
        return directory.resolve(file).toString();
    }
}
