package io.culvert.reconciler.net;

import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Addresses, some of them perhaps more than once, that are asked for the lowest one in a prefix. Immutable. */
public final class AddressBag {

    private static final int FLIP_SIGN = Integer.MIN_VALUE;

    /** So flipped that they stand in the order of addresses. */
    private final int[] sorted;

    private AddressBag(int[] sorted) {
        this.sorted = sorted;
    }

    public static AddressBag of(Collection<Address> addresses) {
        int[] sorted = flipped(addresses);
        Arrays.sort(sorted);
        return new AddressBag(sorted);
    }

    private static int[] flipped(Collection<Address> addresses) {
        int[] flipped = new int[addresses.size()];
        int count = 0;
        for (Address address : addresses) {
            flipped[count++] = address.bits() ^ FLIP_SIGN;
        }
        return flipped;
    }

    /**
     * With some taken out, once for each time they are given, and others added.
     *
     * @param gone all of them in the bag
     */
    public AddressBag with(Collection<Address> gone, Collection<Address> added) {
        int[] changed = sorted;
        for (int address : flipped(gone)) {
            int at = Arrays.binarySearch(changed, address);
            int[] fewer = Arrays.copyOf(changed, changed.length - 1);
            System.arraycopy(changed, at + 1, fewer, at, fewer.length - at);
            changed = fewer;
        }
        for (int address : flipped(added)) {
            int at = placeOf(address, changed);
            int[] more = Arrays.copyOf(changed, changed.length + 1);
            System.arraycopy(changed, at, more, at + 1, changed.length - at);
            more[at] = address;
            changed = more;
        }
        return new AddressBag(changed);
    }

    private static int placeOf(int address, int[] sorted) {
        int found = Arrays.binarySearch(sorted, address);
        return found >= 0 ? found : -found - 1;
    }

    public boolean isEmpty() {
        return sorted.length == 0;
    }

    public boolean contains(Address address) {
        return Arrays.binarySearch(sorted, address.bits() ^ FLIP_SIGN) >= 0;
    }

    /** The lowest address in the prefix. */
    public Optional<Address> lowestIn(Prefix prefix) {
        int at = placeOf(prefix.bits() ^ FLIP_SIGN, sorted);
        if (at == sorted.length) {
            return Optional.empty();
        }
        int next = sorted[at] ^ FLIP_SIGN;
        return prefix.contains(next) ? Optional.of(new Address(next)) : Optional.empty();
    }

    /** Each once, as /32. */
    public SortedSet<Prefix> hosts() {
        SortedSet<Prefix> hosts = new TreeSet<>();
        for (int address : sorted) {
            hosts.add(new Prefix(address ^ FLIP_SIGN, 32));
        }
        return hosts;
    }
}
