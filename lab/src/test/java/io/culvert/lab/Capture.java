package io.culvert.lab;

import java.util.List;
import java.util.function.Predicate;

/** The packets that pass an interface, as tcpdump writes them, one line each. */
final class Capture implements AutoCloseable {

    private final Follow tcpdump;

    private Capture(Follow tcpdump) {
        this.tcpdump = tcpdump;
    }

    /** Starts, and returns when packets are being seen. */
    static Capture on(String namespace, String device, String filter) {
        Follow tcpdump =
                Follow.start(Lab.in(namespace, "tcpdump", "--immediate-mode", "-lnn", "-t", "-i", device, filter));
        return new Capture(tcpdump.await("start of the capture", line -> line.contains("listening on")));
    }

    /** Waits for a packet whose line contains the text. */
    Capture await(String text) {
        tcpdump.await("packet with \"" + text + "\"", contains(text));
        return this;
    }

    long count(String text) {
        return tcpdump.count(contains(text));
    }

    List<String> packets() {
        return tcpdump.lines().stream().filter(line -> line.startsWith("IP ")).toList();
    }

    private static Predicate<String> contains(String text) {
        return line -> line.contains(text);
    }

    @Override
    public void close() {
        tcpdump.close();
    }
}
