package io.culvert.operator.cli.connect;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags that say how to reach etcd, for {@code @Mixin}. */
public final class EtcdFlags {

    /** The launcher moves the value of {@code --etcd-password} here, since every user can read command lines. */
    private static final String MOVED_PASSWORD = "CULVERT_ETCD_PASSWORD";

    @Option(
            names = "--etcd-endpoints",
            paramLabel = "URLS",
            description = "etcd client URLs, comma-separated (default " + EtcdSettings.DEFAULT_ENDPOINTS
                    + "). [ETCD_ENDPOINTS, CALICO_ETCD_ENDPOINTS]")
    private @Nullable String endpoints;

    @Option(
            names = "--etcd-ca-cert",
            paramLabel = "FILE",
            description = "CA certificate of the etcd servers, PEM. [ETCD_CA_CERT_FILE, CALICO_ETCD_CA_CERT_FILE]")
    private @Nullable String ca;

    @Option(
            names = "--etcd-cert",
            paramLabel = "FILE",
            description = "Client certificate, PEM. [ETCD_CERT_FILE, CALICO_ETCD_CERT_FILE]")
    private @Nullable String cert;

    @Option(
            names = "--etcd-key",
            paramLabel = "FILE",
            description = "Client key, PEM, without a password. [ETCD_KEY_FILE, CALICO_ETCD_KEY_FILE]")
    private @Nullable String key;

    @Option(
            names = "--etcd-username",
            paramLabel = "NAME",
            description = "etcd user name. [ETCD_USERNAME, CALICO_ETCD_USERNAME]")
    private @Nullable String username;

    @Option(
            names = "--etcd-password",
            paramLabel = "TEXT",
            description = "Password of the etcd user; safer in the environment. [ETCD_PASSWORD, CALICO_ETCD_PASSWORD]")
    private @Nullable String password;

    /** The settings from the flags alone. */
    public EtcdSettings settings() {
        return new EtcdSettings(
                given(endpoints),
                Optional.empty(),
                given(ca).map(EtcdSettings::file),
                given(cert).map(EtcdSettings::file),
                given(key).map(EtcdSettings::file),
                given(username),
                given(password).or(() -> given(System.getenv(MOVED_PASSWORD))));
    }

    private static Optional<String> given(@Nullable String text) {
        return Optional.ofNullable(text).filter(value -> !value.isEmpty());
    }
}
