package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.net.Address;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Holds what a mode change no longer needs while peers follow it a little later: direct routes to peers that cannot receive from
 * the tunnel yet, and the tunnel device that peers may still send to. Each hold ends after a fixed time, so the outcome depends
 * on the snapshot alone. Not for more than one thread.
 */
final class HandoverHold {

    private final long holdMillis;
    private final Map<Address, Long> unreadySince = new HashMap<>();
    private OptionalLong deviceUndesiredSince = OptionalLong.empty();

    HandoverHold(long holdMillis) {
        this.holdMillis = holdMillis;
    }

    /** The unready peers whose direct routes stay. */
    Set<Address> heldPeers(Set<Address> unready, long nowMillis) {
        unreadySince.keySet().retainAll(unready);
        Set<Address> held = new HashSet<>();
        for (Address peer : unready) {
            long since = unreadySince.computeIfAbsent(peer, first -> nowMillis);
            if (nowMillis - since < holdMillis) {
                held.add(peer);
            }
        }
        return held;
    }

    /** Whether the device stays, desired or not. */
    boolean keepsDevice(boolean desired, long nowMillis) {
        if (desired) {
            deviceUndesiredSince = OptionalLong.empty();
            return true;
        }
        deviceUndesiredSince = OptionalLong.of(deviceUndesiredSince.orElse(nowMillis));
        return nowMillis - deviceUndesiredSince.getAsLong() < holdMillis;
    }

    /** When the next hold ends. */
    OptionalLong nextDueMillis(long nowMillis) {
        return LongStream.concat(
                        unreadySince.values().stream().mapToLong(since -> since), deviceUndesiredSince.stream())
                .map(since -> since + holdMillis)
                .filter(due -> due > nowMillis)
                .min();
    }
}
