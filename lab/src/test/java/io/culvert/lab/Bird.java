package io.culvert.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A real BIRD on a node, set up as Calico sets up its own ({@code confd/etc/calico/confd/templates/bird.cfg.template}): it
 * announces the node's block to the others by BGP, learns what others write into the kernel, writes what it hears with metric 0
 * and leaves that behind. The way into the tunnel, for which Calico's has a word of its own, comes from an IGP table here.
 */
final class Bird {

    private final LabNode node;
    private final Path configuration;
    private final String control;
    private @Nullable Follow daemon;

    Bird(LabNode node, String block, List<LabNode> peers) {
        this.node = node;
        this.configuration = Path.of("/run/lab", node.name, "bird.conf");
        this.control = "/run/lab/" + node.name + "/bird.ctl";
        try {
            Files.writeString(configuration, configuration(node, block, peers));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String configuration(LabNode node, String block, List<LabNode> peers) {
        return """
                router id %1$s;
                log stderr all;
                ipv4 table tunnels;
                protocol device { scan time 2; }
                protocol static { ipv4; route %2$s blackhole; }
                protocol static { ipv4 { table tunnels; }; %3$s }
                protocol kernel kernel1 {
                    learn;
                    persist;
                    scan time 2;
                    metric 0;
                    ipv4 { import all; export where net ~ [ 192.168.0.0/16{26,26} ]; };
                }
                template bgp mesh {
                    local %1$s as 64512;
                    multihop;
                    connect delay time 1;
                    connect retry time 3;
                    error wait time 1, 5;
                    ipv4 { igp table tunnels; import all; export where net ~ [ 192.168.0.0/16{26,26} ]; };
                }
                %4$s
                """.formatted(
                        node.address,
                        block,
                        peers.stream()
                                .map(peer -> "route " + peer.address + "/32 via " + peer.address + "%tunl0 onlink;")
                                .collect(Collectors.joining(" ")),
                        peers.stream()
                                .map(peer -> "protocol bgp " + peer.name + " from mesh { neighbor " + peer.address
                                        + " as 64512; }")
                                .collect(Collectors.joining("\n")));
    }

    void start() {
        daemon = Follow.start(Lab.in(node.name, "bird", "-f", "-c", configuration.toString(), "-s", control));
        Eventually.passes(() -> birdc("show", "status"));
    }

    /** Ends it in good order; its peers hear of that at once. */
    void stop() {
        if (daemon != null) {
            birdc("down");
            daemon.close();
            daemon = null;
        }
    }

    /** What its command line says to the words. */
    String birdc(String... words) {
        String[] all = new String[words.length + 3];
        all[0] = "birdc";
        all[1] = "-s";
        all[2] = control;
        System.arraycopy(words, 0, all, 3, words.length);
        return Command.run(all);
    }

    /** Its BGP sessions that are up. */
    long establishedSessions() {
        return birdc("show", "protocols")
                .lines()
                .filter(line -> line.contains(" BGP ") && line.contains("Established"))
                .count();
    }
}
