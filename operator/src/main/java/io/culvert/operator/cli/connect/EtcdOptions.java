package io.culvert.operator.cli.connect;

import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.terminal.AgentLog;
import io.culvert.operator.etcd.EtcdConfig;
import io.culvert.operator.etcd.EtcdConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How a command reaches etcd, for {@code @Mixin}: a flag wins, then calicoctl's configuration file, then, only without such a
 * file, the environment. That a file hides the environment is calicoctl's rule, kept so that both programs in one shell use the
 * same etcd.
 */
public final class EtcdOptions {

    private static final Path USUAL_FILE = Path.of("/etc/calico/calicoctl.cfg");

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = {
                "calicoctl's configuration file (default /etc/calico/calicoctl.cfg, if it exists).",
                "Flags take precedence. With such a file, the etcd variables of the environment are ignored."
            })
    private @Nullable Path file;

    @Mixin
    private EtcdFlags flags = new EtcdFlags();

    /**
     * The configuration from flags, file or environment.
     *
     * @throws Refusal if the file cannot be used, or the parts do not belong together
     */
    public EtcdConfig config() {
        return flags.settings().orElse(fileOrEnvironment()).config();
    }

    private EtcdSettings fileOrEnvironment() {
        if (file != null) {
            return CalicoctlConfig.read(file);
        }
        return Files.exists(USUAL_FILE)
                ? CalicoctlConfig.read(USUAL_FILE)
                : EtcdSettings.ofEnvironment(System.getenv());
    }

    /**
     * A connection that the caller closes; nothing has been sent over it yet. For commands, not for the agent: it silences
     * the logs of the libraries, since a command prints its own error.
     */
    public EtcdConnection connect() {
        AgentLog.silence();
        return EtcdConnection.open(config());
    }
}
