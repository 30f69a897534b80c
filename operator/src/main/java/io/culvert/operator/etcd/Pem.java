package io.culvert.operator.etcd;

import io.culvert.operator.state.Denied;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Optional;

/**
 * A certificate or key as PEM text, in a file or at hand. Its text form names where it is, never what it is.
 *
 * @param place the file's path, or where the text was found
 * @param text the PEM itself if it is not in a file
 */
public record Pem(String place, Optional<String> text) {

    /** In a file, which is read when a connection is opened. */
    public static Pem in(Path file) {
        return new Pem(file.toString(), Optional.empty());
    }

    /** At hand. */
    public static Pem inline(String place, String text) {
        return new Pem(place, Optional.of(text));
    }

    /** @throws IllegalArgumentException if the file cannot be read */
    InputStream open() {
        if (text.isPresent()) {
            return new ByteArrayInputStream(text.get().getBytes(StandardCharsets.UTF_8));
        }
        try {
            return new ByteArrayInputStream(Files.readAllBytes(Path.of(place)));
        } catch (AccessDeniedException denied) {
            throw new IllegalArgumentException(place + " cannot be read (" + Denied.reason() + ")");
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    place + " cannot be read (" + unreadable.getClass().getSimpleName() + ")");
        }
    }

    /**
     * A private key in the one form that Java reads.
     *
     * @throws IllegalArgumentException if the file cannot be read, or the key is encrypted or malformed
     */
    InputStream openKey() {
        try (InputStream pem = open()) {
            String asPkcs8 = Pkcs8.of(place, new String(pem.readAllBytes(), StandardCharsets.UTF_8));
            return new ByteArrayInputStream(asPkcs8.getBytes(StandardCharsets.UTF_8));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** Why it is no certificate by this host's clock: it has expired, or it is not valid yet; empty if that is not known. */
    Optional<String> invalidity() {
        try (InputStream pem = open()) {
            Certificate first = CertificateFactory.getInstance("X.509").generateCertificate(pem);
            ((X509Certificate) first).checkValidity();
        } catch (CertificateExpiredException | CertificateNotYetValidException invalid) {
            return Optional.ofNullable(invalid.getMessage());
        } catch (CertificateException | IOException | IllegalArgumentException unreadable) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return place;
    }
}
