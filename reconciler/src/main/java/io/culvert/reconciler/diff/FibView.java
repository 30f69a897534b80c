package io.culvert.reconciler.diff;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.RouteTable;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.node.Devices;
import io.culvert.reconciler.node.RouteProtocols;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The FIB as last observed, with what was written and announced since. Good enough to write at once what a single event affects;
 * only the next observation says what is true. Not for more than one thread.
 */
public final class FibView {

    private static final int GONE = -1;
    private static final int BLACKHOLE = 0;

    /** With more than that written since, observing again is cheaper. */
    private static final int MANY = 50_000;

    private final Devices devices;
    private final RouteTable seen;
    private final NextHopIds ids;
    private final int protocol;
    private final int own;
    /** By {@link #place}, the next hop of our route there, or {@link #GONE}. */
    private final Map<Long, Integer> since = new HashMap<>();

    private boolean vague;
    private int deleted;

    /**
     * As just observed.
     *
     * @param protocols the origin marks of our routes
     */
    public FibView(Devices devices, RouteTable seen, NextHopIds ids, RouteProtocols protocols) {
        this.devices = devices;
        this.seen = seen;
        this.ids = ids;
        this.protocol = protocols.current();
        int count = 0;
        for (int row = 0; row < seen.size(); row++) {
            count += protocols.owns(seen.protocol(row)) ? 1 : 0;
        }
        this.own = count;
    }

    public Devices devices() {
        return devices;
    }

    NextHopIds ids() {
        return ids;
    }

    /** Whether it is too far from the last observation to be used. */
    public boolean isVague() {
        return vague || since.size() > MANY;
    }

    /** Whether that many more deletions would remove more than half of our routes. */
    public boolean wouldSweepMost(int routes) {
        return 2 * (deleted + routes) > own;
    }

    /** Records that somebody deleted our route. */
    public void lost(Prefix prefix) {
        since.put(place(prefix, 0), GONE);
        since.put(place(prefix, RouteTable.LAST_METRIC), GONE);
    }

    /** A prefix has two places for a route of ours: one for a next hop, and one for a blackhole. */
    private static long place(Prefix prefix, int metric) {
        return place(prefix.key(), metric);
    }

    private static long place(long prefix, int metric) {
        return prefix << 1 | (metric == 0 ? 0 : 1);
    }

    private static boolean isOurs(int metric) {
        return metric == 0 || metric == RouteTable.LAST_METRIC;
    }

    private void note(Outcome outcome) {
        Change change = outcome.change();
        if (change instanceof Change.AddNextHop add && !outcome.succeeded()) {
            ids.forget(add.id());
        } else if (change instanceof Change.DeleteNextHop delete) {
            ids.forget(delete.id());
        } else if (outcome.succeeded()) {
            noteRoute(change);
        }
    }

    private void noteRoute(Change change) {
        if (change instanceof Change.AddRoute add) {
            since.put(place(add.prefix(), add.metric()), add.nextHop());
        } else if (change instanceof Change.ReplaceRoute replace) {
            since.put(place(replace.prefix(), replace.metric()), replace.nextHop());
        } else if (change instanceof Change.DeleteRoute delete && isOurs(delete.metric())) {
            since.put(place(delete.prefix(), delete.metric()), GONE);
            deleted++;
        }
    }

    /** Records how changes ended. */
    public void noteAll(List<Outcome> outcomes) {
        if (outcomes.size() > MANY) {
            vague = true;
            return;
        }
        outcomes.forEach(this::note);
    }

    /**
     * The routes of these prefixes, own and foreign.
     *
     * @param prefixes keys, ascending, each once
     */
    public RouteTable routesOf(long[] prefixes) {
        RouteTable.Builder some = new RouteTable.Builder();
        for (long prefix : prefixes) {
            addWritten(prefix, 0, some);
            for (int row = seen.firstAtOrAfter(prefix); row < seen.size() && seen.key(row) == prefix; row++) {
                int metric = seen.metric(row);
                if (!isOurs(metric) || !since.containsKey(place(prefix, metric))) {
                    some.add(seen, row);
                }
            }
            addWritten(prefix, RouteTable.LAST_METRIC, some);
        }
        return some.build();
    }

    private void addWritten(long prefix, int metric, RouteTable.Builder some) {
        Integer written = since.get(place(prefix, metric));
        if (written != null && written != GONE) {
            byte type = written == BLACKHOLE ? RouteTable.BLACKHOLE : RouteTable.UNICAST;
            some.add(prefix, metric, written, 0, 0, type, protocol);
        }
    }
}
