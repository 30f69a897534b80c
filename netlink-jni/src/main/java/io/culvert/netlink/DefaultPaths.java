package io.culvert.netlink;

import io.culvert.reconciler.kernel.DefaultPath;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.net.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Collects where default routes lead. A route may name next-hop objects only: with {@code nexthop_compat_mode} 0 it says
 * neither gateway nor device.
 */
final class DefaultPaths {

    private final List<Hop> hops = new ArrayList<>();

    private record Hop(int metric, int nextHop, int gateway, int device, int source) {}

    /** Adds a hop of a default route; a number is 0 where there is none. */
    void add(int metric, int nextHop, int gateway, int device, int source) {
        hops.add(new Hop(metric, nextHop, gateway, device, source));
    }

    /** All paths, the lowest metric first. */
    List<DefaultPath> resolved(List<NextHop> objects, Map<Integer, List<Integer>> groups) {
        Map<Integer, NextHop> byId = hops.stream().allMatch(hop -> hop.nextHop == 0)
                ? Map.of()
                : objects.stream().collect(Collectors.toMap(NextHop::id, Function.identity(), (one, other) -> one));
        return hops.stream()
                .sorted((one, other) -> Integer.compareUnsigned(one.metric, other.metric))
                .flatMap(hop -> paths(hop, byId, groups))
                .filter(path -> path.device() != 0)
                .distinct()
                .toList();
    }

    private static Stream<DefaultPath> paths(
            Hop hop, Map<Integer, NextHop> objects, Map<Integer, List<Integer>> groups) {
        Optional<Address> source = address(hop.source);
        if (hop.nextHop == 0) {
            return Stream.of(new DefaultPath(address(hop.gateway), hop.device, source));
        }
        return groups.getOrDefault(hop.nextHop, List.of(hop.nextHop)).stream()
                .flatMap(id -> Stream.ofNullable(objects.get(id)))
                .map(object -> new DefaultPath(object.gateway(), object.device(), source));
    }

    private static Optional<Address> address(int bits) {
        return bits == 0 ? Optional.empty() : Optional.of(new Address(bits));
    }
}
