package io.culvert.reconciler.resolve;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;

/** Addresses that no route of ours may cover, or the node would cut itself off. */
final class Guard {

    private static final int FLIP_SIGN = Integer.MIN_VALUE;

    private final int[] sorted;

    Guard(Collection<Address> addresses) {
        sorted = addresses.stream()
                .mapToInt(address -> address.bits() ^ FLIP_SIGN)
                .sorted()
                .distinct()
                .toArray();
    }

    /** The lowest guarded address in the prefix. */
    Optional<Address> coveredBy(Prefix prefix) {
        int found = Arrays.binarySearch(sorted, prefix.bits() ^ FLIP_SIGN);
        int at = found >= 0 ? found : -found - 1;
        if (at == sorted.length) {
            return Optional.empty();
        }
        Address next = new Address(sorted[at] ^ FLIP_SIGN);
        return prefix.contains(next) ? Optional.of(next) : Optional.empty();
    }
}
