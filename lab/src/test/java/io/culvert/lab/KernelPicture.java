package io.culvert.lab;

import java.util.List;
import java.util.stream.Stream;

/**
 * What a node's kernel holds, as sorted lines that two looks can be compared by: links, addresses, next hops, routes, nftables,
 * forwarding. Ids that the kernel or Culvert chooses, counters, and the workload's own wire are left out.
 */
record KernelPicture(List<String> lines) {

    static KernelPicture of(String namespace) {
        return new KernelPicture(Stream.of(
                        look(namespace, "ip", "-o", "link", "show"),
                        look(namespace, "ip", "-o", "-4", "address", "show"),
                        look(namespace, "ip", "nexthop", "show"),
                        look(namespace, "ip", "-4", "route", "show", "table", "all"),
                        look(namespace, "nft", "-s", "list", "ruleset"),
                        look(namespace, "sysctl", "net.ipv4.ip_forward"))
                .flatMap(String::lines)
                .filter(line -> !line.contains("pod0"))
                .map(KernelPicture::withoutIds)
                .sorted()
                .toList());
    }

    private static String look(String namespace, String... words) {
        return Command.run(Lab.in(namespace, words));
    }

    private static String withoutIds(String line) {
        return line.replaceAll("^\\d+: ", "")
                .replaceAll("\\b(nh)?id \\d+ ?", "")
                .replaceAll("@if\\d+|link-netns(id)? \\S+", "")
                .strip();
    }
}
