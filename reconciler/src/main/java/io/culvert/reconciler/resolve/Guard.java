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

    private Guard(int[] sorted) {
        this.sorted = sorted;
    }

    static Guard of(Collection<Address> addresses) {
        return of(addresses.stream().mapToInt(Address::bits).toArray());
    }

    /** @param addresses the bits of each, in any order */
    static Guard of(int[] addresses) {
        int[] sorted = new int[addresses.length];
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = addresses[i] ^ FLIP_SIGN;
        }
        Arrays.sort(sorted);
        return new Guard(sorted);
    }

    /** The lowest guarded address in the prefix. */
    Optional<Address> coveredBy(Prefix prefix) {
        int found = Arrays.binarySearch(sorted, prefix.bits() ^ FLIP_SIGN);
        int at = found >= 0 ? found : -found - 1;
        if (at == sorted.length) {
            return Optional.empty();
        }
        int next = sorted[at] ^ FLIP_SIGN;
        return prefix.contains(next) ? Optional.of(new Address(next)) : Optional.empty();
    }
}
