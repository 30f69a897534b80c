package io.culvert.operator.cli.resource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.jdi.Bootstrap;
import com.sun.jdi.Location;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.LaunchingConnector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.VMDisconnectEvent;
import com.sun.jdi.request.ClassPrepareRequest;
import io.culvert.operator.Main;
import io.culvert.operator.calico.IpPoolCodec;
import io.culvert.operator.etcd.EtcdServer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One run of {@code apply} under a debugger that counts how often a pool is decoded. */
class ParsedOnceTest {

    private static final String POOL = """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata:
              name: blue
            spec:
              cidr: 192.168.0.0/16
              ipipMode: %s
            """;

    @RegisterExtension
    static final EtcdServer ETCD = new EtcdServer();

    @Test
    void applyDecodesTheFileOnceAndWhatItReplacesOnce() throws Exception {
        assertThat(decodings(POOL.formatted("Always"), "ippool/blue created")).isEqualTo(1);
        assertThat(decodings(POOL.formatted("CrossSubnet"), "ippool/blue configured"))
                .isEqualTo(2);
        assertThat(decodings(POOL.formatted("CrossSubnet"), "ippool/blue unchanged"))
                .isEqualTo(2);
    }

    private static int decodings(String document, String outcome) throws Exception {
        VirtualMachine apply = launch(Main.class.getName() + " apply -f - --etcd-endpoints=" + ETCD.endpoint());
        try (OutputStream stdin = apply.process().getOutputStream()) {
            stdin.write(document.getBytes(UTF_8));
        }
        ClassPrepareRequest loading = apply.eventRequestManager().createClassPrepareRequest();
        loading.addClassFilter(IpPoolCodec.class.getName());
        loading.enable();

        int decodings = 0;
        boolean running = true;
        while (running) {
            for (Event event : apply.eventQueue().remove()) {
                running &= !(event instanceof VMDisconnectEvent);
                decodings += event instanceof BreakpointEvent ? 1 : 0;
                if (event instanceof ClassPrepareEvent loaded) {
                    apply.eventRequestManager()
                            .createBreakpointRequest(decoding(loaded.referenceType()))
                            .enable();
                }
            }
            resume(apply);
        }
        assertThat(new String(apply.process().getInputStream().readAllBytes(), UTF_8).strip())
                .as(() -> errors(apply))
                .isEqualTo(outcome);
        return decodings;
    }

    private static VirtualMachine launch(String main) throws Exception {
        LaunchingConnector connector = Bootstrap.virtualMachineManager().defaultConnector();
        Map<String, Connector.Argument> arguments = connector.defaultArguments();
        arguments.get("main").setValue(main);
        arguments
                .get("options")
                .setValue("-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp " + System.getProperty("java.class.path"));
        return connector.launch(arguments);
    }

    /** The one method that decodes a tree; those that read bytes call it. */
    private static Location decoding(ReferenceType codec) {
        return codec.methodsByName("decode").stream()
                .filter(method -> method.argumentTypeNames().equals(List.of(JsonNode.class.getName())))
                .findFirst()
                .orElseThrow()
                .location();
    }

    private static void resume(VirtualMachine machine) {
        try {
            machine.resume();
        } catch (VMDisconnectedException ended) {
            // Its last event has been read by now.
        }
    }

    private static String errors(VirtualMachine machine) {
        try {
            return new String(machine.process().getErrorStream().readAllBytes(), UTF_8);
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }
}
