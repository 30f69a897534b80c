package io.culvert.lab;

import java.util.ArrayList;
import java.util.List;

/** What the nodes' kernels announce about Culvert's links, addresses, routes and next hops, from the beginning until closed. */
final class Announcements implements AutoCloseable {

    private static final String PROBE = "198.51.100.77";

    private final List<LabNode> nodes;
    private final List<Follow> monitors = new ArrayList<>();

    private Announcements(List<LabNode> nodes) {
        this.nodes = nodes;
    }

    /** Starts, and returns when announcements of every node are being heard. */
    static Announcements of(List<LabNode> nodes) {
        Announcements announcements = new Announcements(nodes);
        for (LabNode node : nodes) {
            announcements.monitors.add(
                    Follow.start(Lab.in(node.name, "ip", "monitor", "link", "address", "route", "nexthop")));
        }
        announcements.hear();
        return announcements;
    }

    /** Waits until what happened before this has been heard: a foreign route comes and goes after it. */
    private void hear() {
        for (int i = 0; i < nodes.size(); i++) {
            LabNode node = nodes.get(i);
            Follow monitor = monitors.get(i);
            long before = probes(monitor);
            Eventually.passes(() -> {
                node.run("ip", "route", "add", PROBE, "dev", "lo");
                node.run("ip", "route", "del", PROBE);
                if (probes(monitor) == before) {
                    throw new AssertionError(node.name + " does not hear " + PROBE);
                }
            });
        }
    }

    private static long probes(Follow monitor) {
        return monitor.count(line -> line.startsWith("Deleted") && line.contains(PROBE));
    }

    /** Everything about Culvert's objects so far, each line with its node. */
    List<String> aboutCulvert() {
        hear();
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            String name = nodes.get(i).name;
            monitors.get(i).lines().stream()
                    .filter(line -> line.contains("culvert0") || line.contains("proto 90"))
                    .map(line -> name + ": " + line)
                    .forEach(lines::add);
        }
        return lines;
    }

    @Override
    public void close() {
        monitors.forEach(Follow::close);
    }
}
