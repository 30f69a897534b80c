package io.culvert.reconciler.net;

import org.jspecify.annotations.Nullable;

/**
 * An IPv4 prefix (CIDR) without host bits. Ordered by network, then by length: a prefix stands before the longer ones it
 * contains, and {@link #key()} sorts alike.
 *
 * @param bits the network's 32 bits in host order
 * @param length 0 to 32
 */
public record Prefix(int bits, int length) implements Comparable<Prefix> {

    /** @throws IllegalArgumentException if the length is out of range or bits are set behind it */
    public Prefix {
        if (length < 0 || length > 32) {
            throw new IllegalArgumentException("prefix length " + length + " is not between 0 and 32");
        }
        if ((bits & ~mask(length)) != 0) {
            throw new IllegalArgumentException(new Address(bits) + "/" + length
                    + " is not strictly masked: the network is " + new Address(bits & mask(length)) + "/" + length);
        }
    }

    /** The prefix of that length that contains the address. */
    public static Prefix containing(Address address, int length) {
        return new Prefix(address.bits() & mask(length), length);
    }

    /** The address as a /32. */
    public static Prefix host(Address address) {
        return new Prefix(address.bits(), 32);
    }

    /**
     * A prefix written as {@code 192.168.0.0/16}.
     *
     * @throws IllegalArgumentException if it is anything else or has host bits set
     */
    public static Prefix parse(String text) {
        InterfaceAddress parsed = InterfaceAddress.parseWithLength(text);
        return new Prefix(parsed.address().bits(), parsed.prefixLength());
    }

    /** The prefix whose {@link #key()} this is. */
    public static Prefix ofKey(long key) {
        return new Prefix((int) (key >>> 6), (int) (key & 63));
    }

    /** The length of the prefix whose {@link #key()} this is. */
    public static int lengthOfKey(long key) {
        return (int) key & 63;
    }

    /** A number that identifies the prefix and sorts as prefixes do: network in bits 6 to 37, length in bits 0 to 5. */
    public long key() {
        return ((bits & 0xffffffffL) << 6) | length;
    }

    public Address network() {
        return new Address(bits);
    }

    /** How many addresses the prefix holds: 1 to 2^32. */
    public long size() {
        return 1L << (32 - length);
    }

    public boolean contains(Address address) {
        return contains(address.bits());
    }

    /** @param address {@link Address#bits()} of one */
    public boolean contains(int address) {
        return (address & mask(length)) == bits;
    }

    /** Whether every address of the other prefix is in this one; true for itself. */
    public boolean contains(Prefix other) {
        return other.length >= length && contains(other.bits);
    }

    public boolean overlaps(Prefix other) {
        return contains(other) || other.contains(this);
    }

    private static int mask(int length) {
        return length == 0 ? 0 : -1 << (32 - length);
    }

    // The generated ones use method handles, which the client compiler does not inline. These are compared by millions.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Prefix prefix && prefix.bits == bits && prefix.length == length;
    }

    @Override
    public int hashCode() {
        return bits * 31 + length;
    }

    @Override
    public int compareTo(Prefix other) {
        return Long.compare(key(), other.key());
    }

    /** {@code network/length}. */
    @Override
    public String toString() {
        return new Address(bits) + "/" + length;
    }
}
