package io.culvert.operator.cli.connect;

import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.Pem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Connection settings from one source, such as the flags or a file; what the source does not set is empty.
 *
 * @param endpoints comma-separated URLs
 * @param discovery the domain whose SRV records calicoctl would read instead; Culvert does not
 */
public record EtcdSettings(
        Optional<String> endpoints,
        Optional<String> discovery,
        Optional<Pem> ca,
        Optional<Pem> cert,
        Optional<Pem> key,
        Optional<String> username,
        Optional<String> password) {

    static final String DEFAULT_ENDPOINTS = "http://127.0.0.1:2379";

    /**
     * {@code ETCD_…}, else {@code CALICO_ETCD_…}; an empty variable counts as none.
     *
     * @throws Refusal if {@code DATASTORE_TYPE} or {@code CALICO_DATASTORE_TYPE} asks for another datastore, which calicoctl would
     *     then speak to
     */
    public static EtcdSettings ofEnvironment(Map<String, String> environment) {
        for (String name : List.of("DATASTORE_TYPE", "CALICO_DATASTORE_TYPE")) {
            nonEmpty(environment.get(name))
                    .filter(type -> !type.equals("etcdv3"))
                    .ifPresent(type -> {
                        throw Refusal.invalid("environment variable " + name + " is '" + type
                                + "', but Culvert keeps its resources" + " in etcd: set it to etcdv3 or unset it");
                    });
        }
        Optional<String> endpoints = variable(environment, "ETCD_ENDPOINTS");
        Optional<String> discovery = variable(environment, "ETCD_DISCOVERY_SRV");
        if (endpoints.isPresent() && discovery.isPresent()) {
            throw Refusal.invalid("ETCD_ENDPOINTS and ETCD_DISCOVERY_SRV are both set; unset ETCD_DISCOVERY_SRV");
        }
        return new EtcdSettings(
                endpoints,
                discovery,
                variable(environment, "ETCD_CA_CERT_FILE").map(EtcdSettings::file),
                variable(environment, "ETCD_CERT_FILE").map(EtcdSettings::file),
                variable(environment, "ETCD_KEY_FILE").map(EtcdSettings::file),
                variable(environment, "ETCD_USERNAME"),
                variable(environment, "ETCD_PASSWORD"));
    }

    private static Optional<String> variable(Map<String, String> environment, String name) {
        return nonEmpty(environment.get(name)).or(() -> nonEmpty(environment.get("CALICO_" + name)));
    }

    private static Optional<String> nonEmpty(@Nullable String text) {
        return Optional.ofNullable(text).filter(value -> !value.isEmpty());
    }

    static Pem file(String path) {
        return Pem.in(Path.of(path));
    }

    /** These settings, and the others for those that are empty. */
    public EtcdSettings orElse(EtcdSettings others) {
        return new EtcdSettings(
                endpoints.or(others::endpoints),
                discovery.or(others::discovery),
                ca.or(others::ca),
                cert.or(others::cert),
                key.or(others::key),
                username.or(others::username),
                password.or(others::password));
    }

    /**
     * The connection they describe.
     *
     * @throws Refusal if they do not belong together
     */
    public EtcdConfig config() {
        if (endpoints.isEmpty() && discovery.isPresent()) {
            throw Refusal.invalid(
                    "ETCD_DISCOVERY_SRV is '" + discovery.get()
                            + "', but Culvert does not read SRV records: list the servers in ETCD_ENDPOINTS or --etcd-endpoints");
        }
        try {
            return new EtcdConfig(
                    EtcdConfig.parseEndpoints(endpoints.orElse(DEFAULT_ENDPOINTS)), ca, cert, key, username, password);
        } catch (IllegalArgumentException unusable) {
            throw Refusal.invalid(String.valueOf(unusable.getMessage()));
        }
    }

    /** Without the password. */
    @Override
    public String toString() {
        return endpoints.orElse(DEFAULT_ENDPOINTS)
                + username.map(name -> " as " + name).orElse("");
    }
}
