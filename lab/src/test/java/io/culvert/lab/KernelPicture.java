package io.culvert.lab;

import java.util.List;

/**
 * What a node's kernel holds, as sorted lines that two pictures can be compared by: links, addresses, next hops, routes, nftables,
 * forwarding. Ids that the kernel or Culvert chooses, counters, and the workload's own wire are left out.
 */
record KernelPicture(List<String> lines) {

    /** In one process: each start of one is slow in User-Mode Linux. */
    private static final String SCRIPT = """
            set -e
            ip -o link show
            ip -o -4 address show
            ip nexthop show
            ip -4 route show table all
            nft -s list ruleset
            sysctl net.ipv4.ip_forward""";

    static KernelPicture of(String namespace) {
        return new KernelPicture(Command.run(Lab.in(namespace, "sh", "-c", SCRIPT))
                .lines()
                .filter(line -> !line.contains("pod0"))
                .map(KernelPicture::withoutIds)
                .sorted()
                .toList());
    }

    private static String withoutIds(String line) {
        return line.replaceAll("^\\d+: ", "")
                .replaceAll("\\b(nh)?id \\d+ ?", "")
                .replaceAll("@if\\d+|link-netns(id)? \\S+", "")
                .strip();
    }
}
