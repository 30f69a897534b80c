package io.culvert.operator.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class EventLoopsTest {

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer();

    @Test
    void noNetworkThreadIsLeftAtTheEndOfAProcess() throws IOException {
        Process java = new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName(),
                        ETCD.endpoint())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();

        assertThat(new String(java.getInputStream().readAllBytes(), UTF_8)).isEqualTo("before: some\nafter: none\n");
    }

    /** A process of its own, because it ends what all connections of a process share. */
    static final class Program {
        public static void main(String[] arguments) {
            try (EtcdConnection etcd = EtcdConnection.open(EtcdConfig.plain(arguments[0]))) {
                etcd.list("/");
            }
            System.out.println("before: " + networkThreads());
            EventLoops.end();
            System.out.println("after: " + networkThreads());
        }

        private static String networkThreads() {
            return Thread.getAllStackTraces().values().stream()
                            .flatMap(Arrays::stream)
                            .anyMatch(frame -> frame.getClassName().equals("sun.nio.ch.EPoll"))
                    ? "some"
                    : "none";
        }
    }
}
