package io.culvert.operator.cli.resource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.Signals;
import io.culvert.operator.etcd.EtcdServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code get --watch} as a process, against an etcd that is changed, restarted and compacted meanwhile. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GetWatchTest {

    private static final String POOLS = "/calico/resources/v3/projectcalico.org/ippools/";

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer();

    private Process culvert;
    private BufferedReader out;

    @AfterEach
    void end() {
        culvert.destroyForcibly().onExit().join();
    }

    @Test
    void showsTheListThenEveryChangeUntilInterrupted() throws Exception {
        put("a", "10.1.0.0/16");
        watch("-o", "name");
        assertThat(out.readLine()).isEqualTo("ippool/a");

        put("b", "10.2.0.0/16");
        assertThat(out.readLine()).isEqualTo("ippool/b");
        ETCD.etcdctl("del", POOLS + "a");
        assertThat(out.readLine()).isEqualTo("ippool/a deleted");

        Signals.send("INT", culvert.toHandle());
        assertThat(out.readLine()).isNull();
        culvert.onExit().join();
        assertThat(new String(culvert.getErrorStream().readAllBytes(), UTF_8)).isEmpty();
    }

    @Test
    void survivesARestartAndACompaction() throws Exception {
        put("a", "10.1.0.0/16");
        put("b", "10.2.0.0/16");
        watch();
        assertThat(out.readLine()).startsWith("NAME ");
        assertThat(out.readLine()).startsWith("a ");
        assertThat(out.readLine()).startsWith("b ");

        Signals.send("STOP", culvert.toHandle());
        ETCD.stop();
        ETCD.start();
        ETCD.etcdctl("del", POOLS + "b");
        put("c", "10.3.0.0/16");
        put("a", "10.4.0.0/16");
        ETCD.etcdctl("compact", revision());
        Signals.send("CONT", culvert.toHandle());

        assertThat(out.readLine()).startsWith("a ").contains("10.4.0.0/16");
        assertThat(out.readLine()).startsWith("c ");
        assertThat(out.readLine()).isEqualTo("ippool/b deleted");
        put("d", "10.5.0.0/16");
        assertThat(out.readLine()).startsWith("d ");
    }

    private void watch(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java",
                "-cp",
                System.getProperty("java.class.path"),
                "io.culvert.operator.Main"));
        command.addAll(List.of("get", "ippools", "-w", "--etcd-endpoints", ETCD.endpoint()));
        command.addAll(List.of(options));
        culvert = new ProcessBuilder(Signals.obeying(command)).start();
        out = new BufferedReader(new InputStreamReader(culvert.getInputStream(), UTF_8));
    }

    private static void put(String name, String cidr) throws IOException {
        ETCD.etcdctlReading(
                "{\"kind\":\"IPPool\",\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{\"cidr\":\"" + cidr + "\"}}",
                "put",
                POOLS + name);
    }

    private static String revision() throws IOException {
        return ETCD.etcdctl("get", "/", "-w", "json").replaceAll("(?s).*\"revision\":(\\d+).*", "$1");
    }
}
