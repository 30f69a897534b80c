package io.culvert.operator.cli;

import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/**
 * How to reach etcd, for {@code @Mixin}. Each flag falls back to {@code ETCD_…}, then to {@code CALICO_ETCD_…} in the
 * environment, then to its default; an empty variable counts as none.
 */
public final class EtcdOptions {

    private static final String DEFAULT_ENDPOINTS = "http://127.0.0.1:2379";

    @Option(
            names = "--etcd-endpoints",
            paramLabel = "URLS",
            defaultValue = "${env:ETCD_ENDPOINTS:-${env:CALICO_ETCD_ENDPOINTS:-}}",
            description = "etcd's client URLs, comma-separated; default " + DEFAULT_ENDPOINTS + ". [ETCD_ENDPOINTS]")
    private String endpoints = "";

    @Option(
            names = "--etcd-ca-cert",
            paramLabel = "FILE",
            defaultValue = "${env:ETCD_CA_CERT_FILE:-${env:CALICO_ETCD_CA_CERT_FILE:-}}",
            description = "Authority of the servers' certificates, PEM. [ETCD_CA_CERT_FILE]")
    private @Nullable String ca;

    @Option(
            names = "--etcd-cert",
            paramLabel = "FILE",
            defaultValue = "${env:ETCD_CERT_FILE:-${env:CALICO_ETCD_CERT_FILE:-}}",
            description = "Client certificate, PEM. [ETCD_CERT_FILE]")
    private @Nullable String cert;

    @Option(
            names = "--etcd-key",
            paramLabel = "FILE",
            defaultValue = "${env:ETCD_KEY_FILE:-${env:CALICO_ETCD_KEY_FILE:-}}",
            description = "Client key, PEM, PKCS #8. [ETCD_KEY_FILE]")
    private @Nullable String key;

    @Option(
            names = "--etcd-username",
            paramLabel = "NAME",
            defaultValue = "${env:ETCD_USERNAME:-${env:CALICO_ETCD_USERNAME:-}}",
            description = "etcd user. [ETCD_USERNAME]")
    private @Nullable String username;

    @Option(
            names = "--etcd-password",
            paramLabel = "TEXT",
            defaultValue = "${env:ETCD_PASSWORD:-${env:CALICO_ETCD_PASSWORD:-}}",
            showDefaultValue = Visibility.NEVER,
            description = "The user's password. [ETCD_PASSWORD]")
    private @Nullable String password;

    /**
     * What was asked for.
     *
     * @throws Refusal if the parts do not belong together
     */
    public EtcdConfig config() {
        try {
            return new EtcdConfig(
                    EtcdConfig.parseEndpoints(given(endpoints).orElse(DEFAULT_ENDPOINTS)),
                    given(ca).map(Path::of),
                    given(cert).map(Path::of),
                    given(key).map(Path::of),
                    given(username),
                    given(password));
        } catch (IllegalArgumentException unusable) {
            throw Refusal.invalid(String.valueOf(unusable.getMessage()));
        }
    }

    private static Optional<String> given(@Nullable String text) {
        return Optional.ofNullable(text).filter(value -> !value.isEmpty());
    }

    /**
     * A connection that the caller closes; nothing has been sent over it yet. For commands, not for the agent: it silences
     * the logs of the libraries underneath, since a command's own error says all there is to say.
     */
    EtcdConnection connect() {
        AgentLog.silence();
        return EtcdConnection.open(config());
    }
}
