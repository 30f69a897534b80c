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
 * What the kernel holds as far as one can know without looking: the last look, and what was written and announced since. Good enough
 * to write at once what a single event asks for; only the next look says what is true. Not for more than one thread.
 */
public final class FibView {

    private static final int GONE = -1;
    private static final int BLACKHOLE = 0;

    /** With more than that written since, the next cycle had better look. */
    private static final int MANY = 50_000;

    private final Devices devices;
    private final RouteTable seen;
    private final NextHopIds ids;
    private final int protocol;
    private final int own;
    private final Map<Long, Integer> since = new HashMap<>();
    private boolean vague;
    private int deleted;

    /**
     * A fresh look.
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

    /** Whether it is no longer of use. */
    public boolean isVague() {
        return vague || since.size() > MANY;
    }

    /** Whether to delete that many besides those deleted since would take more than half of our routes. */
    public boolean wouldSweepMost(int routes) {
        return 2 * (deleted + routes) > own;
    }

    /** Somebody deleted our route. */
    public void lost(Prefix prefix) {
        since.put(prefix.key(), GONE);
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
            since.put(add.prefix().key(), add.nextHop());
        } else if (change instanceof Change.ReplaceRoute replace) {
            since.put(replace.prefix().key(), replace.nextHop());
        } else if (change instanceof Change.DeleteRoute delete && delete.metric() == 0) {
            since.put(delete.prefix().key(), GONE);
            deleted++;
        }
    }

    /** What has come of changes. */
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
            Integer written = since.get(prefix);
            if (written != null && written != GONE) {
                byte type = written == BLACKHOLE ? RouteTable.BLACKHOLE : RouteTable.UNICAST;
                some.add(prefix, 0, written, 0, 0, type, protocol);
            }
            for (int row = seen.firstAtOrAfter(prefix); row < seen.size() && seen.key(row) == prefix; row++) {
                if (written == null || seen.metric(row) != 0) {
                    some.add(seen, row);
                }
            }
        }
        return some.build();
    }
}
