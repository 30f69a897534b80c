package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.firewall.FirewallState;
import io.culvert.reconciler.firewall.HostFirewall;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * The host's firewall as last observed. Reading it costs some processes, so a cycle does not observe it without a reason, and
 * programs that change their rules all the time are no reason more often than once in some seconds.
 */
final class FirewallCache {

    private static final long NEVER = Long.MAX_VALUE;
    private static final long SETTLED_MILLIS = 1_000;
    private static final long SELDOM_MILLIS = 10_000;

    private final HostFirewall firewall;
    private @Nullable FirewallState seen;
    private long seenMillis;
    private long dueMillis = NEVER;

    FirewallCache(HostFirewall firewall) {
        this.firewall = firewall;
    }

    /** Makes the next use observe the firewall again. */
    void invalidate() {
        seen = null;
    }

    /** Others have changed rules: the first complete cycle from {@link #dueMillis} on observes them. */
    void doubt(long nowMillis) {
        dueMillis = Math.min(dueMillis, Math.max(nowMillis + SETTLED_MILLIS, seenMillis + SELDOM_MILLIS));
    }

    /** When a complete cycle has to run for that; {@link Long#MAX_VALUE} for never. */
    long dueMillis() {
        return dueMillis;
    }

    FirewallState state(long nowMillis) {
        if (seen == null || nowMillis >= dueMillis) {
            seen = firewall.observe();
            seenMillis = nowMillis;
            dueMillis = NEVER;
        }
        return seen;
    }

    Outcome apply(Change change) {
        invalidate();
        return firewall.apply(change);
    }
}
