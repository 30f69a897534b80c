package io.culvert.operator.etcd;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How to reach etcd.
 *
 * @param endpoints client URLs, {@code http} or {@code https}, all alike; at least one
 * @param ca the CA that signed the servers' certificates; without one Java's own are trusted
 * @param cert the client's certificate chain, with {@code key} or not at all
 * @param key the client's private key: PKCS #8, PKCS #1 or SEC 1
 * @param username etcd user, with {@code password} or not at all
 */
public record EtcdConfig(
        List<URI> endpoints,
        Optional<Pem> ca,
        Optional<Pem> cert,
        Optional<Pem> key,
        Optional<String> username,
        Optional<String> password) {

    /** @throws IllegalArgumentException if the parts do not belong together; the message names the flags */
    public EtcdConfig {
        endpoints = List.copyOf(endpoints);
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException("--etcd-endpoints names no endpoint");
        }
        boolean tls = isHttps(endpoints.get(0));
        for (URI endpoint : endpoints) {
            if (isHttps(endpoint) != tls) {
                throw new IllegalArgumentException(
                        "--etcd-endpoints mixes http and https (" + endpoint + "): use one of them for all");
            }
        }
        if (!tls && (ca.isPresent() || cert.isPresent() || key.isPresent())) {
            throw new IllegalArgumentException("certificates are set, but the endpoint " + endpoints.get(0)
                    + " is not encrypted: use https:// in --etcd-endpoints");
        }
        if (cert.isPresent() != key.isPresent()) {
            throw new IllegalArgumentException("--etcd-cert and --etcd-key must be set together: only one is set");
        }
        if (username.isPresent() != password.isPresent()) {
            throw new IllegalArgumentException(
                    "--etcd-username and --etcd-password must be set together: only one is set");
        }
    }

    /**
     * A connection without certificates and user.
     *
     * @throws IllegalArgumentException as {@link #parseEndpoints}
     */
    public static EtcdConfig plain(String endpoints) {
        return new EtcdConfig(
                parseEndpoints(endpoints),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /**
     * Comma-separated client URLs.
     *
     * @throws IllegalArgumentException if one is not {@code http://HOST:PORT} or {@code https://HOST:PORT}; one with a password in
     *     it is not repeated in the message
     */
    public static List<URI> parseEndpoints(String text) {
        // Endpoints are in the log, in the status and in the kept snapshot.
        if (text.contains("@")) {
            throw new IllegalArgumentException(
                    "--etcd-endpoints names a user or password (there is an '@' in it): give them"
                            + " as --etcd-username and in ETCD_PASSWORD");
        }
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .map(EtcdConfig::parseEndpoint)
                .toList();
    }

    private static URI parseEndpoint(String text) {
        IllegalArgumentException broken =
                new IllegalArgumentException("'" + text + "' is not an etcd endpoint such as http://127.0.0.1:2379");
        try {
            URI uri = URI.create(text);
            boolean known = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (!known || uri.getHost() == null || uri.getPort() < 0) {
                throw broken;
            }
            return uri;
        } catch (IllegalArgumentException malformed) {
            throw broken;
        }
    }

    /** Whether the connection is encrypted. */
    public boolean tls() {
        return isHttps(endpoints.get(0));
    }

    /** The endpoints as the user wrote them: {@code http://10.0.0.1:2379,http://10.0.0.2:2379}. */
    public String endpointText() {
        return String.join(",", endpoints.stream().map(URI::toString).toList());
    }

    /** The endpoints for jetcd's resolver, which decodes the path; without this, brackets of IPv6 addresses make it no URI. */
    String target() {
        return "ip:///"
                + endpoints.stream()
                        .map(URI::getAuthority)
                        .map(authority -> authority.replace("[", "%5B").replace("]", "%5D"))
                        .collect(Collectors.joining(","));
    }

    private static boolean isHttps(URI endpoint) {
        return "https".equals(endpoint.getScheme());
    }

    /** Without the password. */
    @Override
    public String toString() {
        return endpointText() + username.map(name -> " as " + name).orElse("");
    }
}
