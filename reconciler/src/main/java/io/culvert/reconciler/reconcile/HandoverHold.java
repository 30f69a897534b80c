package io.culvert.reconciler.reconcile;

import io.culvert.reconciler.net.Address;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * What is kept for a while after it ceased to be wanted, because peers follow a change of mode a little later: direct routes
 * to peers that cannot receive from the tunnel yet, and the tunnel device that peers may still send to. Both end after a time
 * of patience, so the outcome depends on the snapshot alone. Not for more than one thread.
 */
final class HandoverHold {

    private final long holdMillis;
    private final Map<Address, Long> unreadySince = new HashMap<>();
    private OptionalLong deviceUnwantedSince = OptionalLong.empty();

    HandoverHold(long holdMillis) {
        this.holdMillis = holdMillis;
    }

    /** Those unready peers that are still waited for. */
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

    /** Whether an unwanted device is still kept. */
    boolean keepsDevice(boolean wanted, long nowMillis) {
        if (wanted) {
            deviceUnwantedSince = OptionalLong.empty();
            return true;
        }
        deviceUnwantedSince = OptionalLong.of(deviceUnwantedSince.orElse(nowMillis));
        return nowMillis - deviceUnwantedSince.getAsLong() < holdMillis;
    }

    /** When the next of what is kept is not kept any more. */
    OptionalLong nextDueMillis(long nowMillis) {
        return LongStream.concat(unreadySince.values().stream().mapToLong(since -> since), deviceUnwantedSince.stream())
                .map(since -> since + holdMillis)
                .filter(due -> due > nowMillis)
                .min();
    }
}
