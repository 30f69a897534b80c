package io.culvert.operator.cli.explain;

import io.culvert.operator.node.KernelView;
import io.culvert.reconciler.desired.Encapsulation;
import io.culvert.reconciler.desired.Via;
import io.culvert.reconciler.kernel.Link;
import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resolve.Explanation;
import io.culvert.reconciler.resolve.Explanation.Candidate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel of the sending node holds for an address, and whether that matches the desired state. Pure.
 *
 * @param lines by label, in order
 * @param faults what differs; none if it agrees
 */
record KernelFinding(Map<String, String> lines, List<String> faults) {

    KernelFinding {
        faults = List.copyOf(faults);
    }

    static KernelFinding of(Explanation explanation, KernelView view) {
        return new Search(explanation, view).finding();
    }

    /** A route of the kernel. */
    private record Found(
            Prefix prefix, int protocol, boolean blackhole, Optional<Address> gateway, Optional<Link> link) {

        @Override
        public String toString() {
            return (blackhole ? "blackhole " : "") + prefix
                    + gateway.map(via -> " via " + via).orElse("")
                    + link.map(device -> " dev " + device.name()).orElse("") + " proto " + protocol;
        }
    }

    private static final class Search {

        private final Explanation explanation;
        private final KernelView view;
        private final RouteTable routes;
        private final List<String> faults = new ArrayList<>();
        private final Map<String, String> lines = new LinkedHashMap<>();

        Search(Explanation explanation, KernelView view) {
            this.explanation = explanation;
            this.view = view;
            this.routes = view.observation().fib().routes();
        }

        KernelFinding finding() {
            Optional<Found> own = longest(true);
            Optional<Found> any = longest(false);
            lines.put("route", own.map(Found::toString).orElse("none from Culvert"));
            compare(own);
            if (any.isPresent() && !any.equals(own)) {
                boolean taken = own.isEmpty()
                        || any.get().prefix().length() >= own.get().prefix().length();
                lines.put(taken ? "taken" : "besides", any.get() + ", not from Culvert");
                if (taken && explanation.via().isPresent()) {
                    faults.add("a foreign route takes its packets");
                }
            }
            explanation.via().ifPresent(this::device);
            explanation.via().ifPresent(this::path);
            explanation
                    .via()
                    .filter(via -> via.encapsulation() == Encapsulation.IPIP)
                    .ifPresent(this::filter);
            return new KernelFinding(lines, faults);
        }

        private Optional<Found> longest(boolean ownOnly) {
            int best = -1;
            for (int row = 0; row < routes.size(); row++) {
                boolean counts = !ownOnly || view.own().owns(routes.protocol(row));
                if (counts
                        && routes.prefix(row).contains(explanation.asked())
                        && (best < 0
                                || routes.prefix(row).length()
                                        > routes.prefix(best).length())) {
                    best = row;
                }
            }
            return best < 0 ? Optional.empty() : Optional.of(found(best));
        }

        private Found found(int row) {
            Optional<NextHop> object = view.observation().fib().nextHops().stream()
                    .filter(nextHop -> nextHop.id() == routes.nextHop(row))
                    .findFirst();
            @Nullable Address gateway = routes.gateway(row);
            int device = object.map(NextHop::device).orElse(routes.device(row));
            return new Found(
                    routes.prefix(row),
                    routes.protocol(row),
                    routes.type(row) == RouteTable.BLACKHOLE,
                    object.flatMap(NextHop::gateway).or(() -> Optional.ofNullable(gateway)),
                    view.observation().links().indexed(device));
        }

        private void compare(Optional<Found> own) {
            Optional<Candidate> desired = explanation.effective();
            if (desired.isEmpty()) {
                own.ifPresent(found -> faults.add("a stale route to " + found.prefix() + " exists"));
            } else if (own.isEmpty() || !own.get().prefix().equals(desired.get().prefix())) {
                faults.add("the route to " + desired.get().prefix() + " is missing");
            } else {
                Optional<Address> gateway = explanation.via().map(Via::peer);
                if (!own.get().gateway().equals(gateway) || own.get().blackhole() != gateway.isEmpty()) {
                    faults.add("the route should be "
                            + gateway.map(via -> "via " + via).orElse("a blackhole"));
                }
            }
            Optional<String> device = explanation.via().flatMap(this::deviceOf);
            if (device.isPresent() && own.isPresent() && faults.isEmpty()) {
                String actual = own.get().link().map(Link::name).orElse("none");
                if (!actual.equals(device.get())) {
                    faults.add("the route should use device " + device.get());
                }
            }
        }

        private Optional<String> deviceOf(Via via) {
            return via.encapsulation() == Encapsulation.IPIP
                    ? Optional.of(explanation.from().tunnelDevice())
                    : underlay().map(Link::name);
        }

        private Optional<Link> underlay() {
            return view.observation()
                    .links()
                    .carrying(explanation.from().address().address());
        }

        private void device(Via via) {
            Optional<String> name = deviceOf(via);
            Optional<Link> link = name.flatMap(view.observation().links()::named);
            lines.put(
                    "device",
                    link.map(one -> one.name() + (one.up() ? " is up" : " is down") + ", MTU " + one.mtu())
                            .orElse(name.orElse("the underlay") + " is missing"));
            if (link.isEmpty() || !link.get().up()) {
                faults.add(name.orElse("the underlay") + (link.isEmpty() ? " is missing" : " is down"));
            } else if (via.encapsulation() == Encapsulation.IPIP
                    && link.get().mtu() != explanation.from().tunnelMtu()) {
                faults.add("the MTU of " + link.get().name() + " should be "
                        + explanation.from().tunnelMtu());
            }
        }

        private void path(Via via) {
            Integer learned = view.pathMtus().get(via.peer());
            if (learned == null) {
                return;
            }
            boolean tunnel = via.encapsulation() == Encapsulation.IPIP;
            lines.put(
                    "path MTU",
                    learned + " to " + via.peer() + ", learned from a router on the way"
                            + (tunnel ? ": " + (learned - 20) + " for workloads" : ""));
        }

        private void filter(Via via) {
            if (view.filter().isEmpty()) {
                lines.put("filter", "not read: " + view.filterFault());
                return;
            }
            boolean listed = view.filter().get().ruleset().stream()
                    .flatMap(ruleset -> ruleset.tunnelSources().stream())
                    .anyMatch(source -> source.contains(via.peer()));
            lines.put("filter", "tunnel_sources " + (listed ? "has " : "lacks ") + via.peer());
            if (!listed) {
                faults.add("tunnel packets from " + via.peer() + " are dropped");
            }
        }
    }
}
