package io.culvert.lab;

/** A machine in n1's subnet that is no node, with a tunnel to n1 through which it could reach n1's workload. */
final class Stranger implements AutoCloseable {

    /** The inner source of what it sends. */
    static final String FORGED = "192.168.255.9";

    private Stranger() {}

    /** @param n1 has a workload */
    static Stranger withTunnelTo(LabNode n1) {
        run("ip", "link", "add", "forged", "type", "ipip", "local", "10.0.1.66", "remote", n1.address);
        run("ip", "address", "add", FORGED + "/32", "dev", "forged");
        run("ip", "link", "set", "forged", "up");
        run("ip", "route", "add", n1.workload() + "/32", "dev", "forged");
        return new Stranger();
    }

    /** Sends through the tunnel, five packets a second, until closed. */
    Follow pings(String workload) {
        return Follow.start(Lab.in("stranger", "ping", "-i", "0.2", workload));
    }

    private static void run(String... words) {
        Command.run(Lab.in("stranger", words));
    }

    @Override
    public void close() {
        run("ip", "link", "del", "forged");
    }
}
