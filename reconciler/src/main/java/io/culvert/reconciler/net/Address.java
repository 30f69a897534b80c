package io.culvert.reconciler.net;

import org.jspecify.annotations.Nullable;

/**
 * An IPv4 address. Ordered as unsigned numbers, which is the order of dotted text read octet by octet.
 *
 * @param bits the 32 bits in host order: {@code 10.0.0.1} is {@code 0x0a000001}
 */
public record Address(int bits) implements Comparable<Address> {

    /**
     * The address written as four decimal octets.
     *
     * @throws IllegalArgumentException for anything else: leading zeros, missing octets, octets above 255, names
     */
    public static Address parse(String text) {
        int bits = 0;
        int octets = 0;
        int start = 0;
        while (octets < 4) {
            int end = octets == 3 ? text.length() : text.indexOf('.', start);
            if (end < 0) {
                throw notAnAddress(text);
            }
            bits = bits << 8 | octet(text, start, end);
            start = end + 1;
            octets++;
        }
        return new Address(bits);
    }

    private static int octet(String text, int start, int end) {
        int digits = end - start;
        if (digits < 1 || digits > 3 || digits > 1 && text.charAt(start) == '0') {
            throw notAnAddress(text);
        }
        int value = 0;
        for (int i = start; i < end; i++) {
            char digit = text.charAt(i);
            if (digit < '0' || digit > '9') {
                throw notAnAddress(text);
            }
            value = value * 10 + digit - '0';
        }
        if (value > 255) {
            throw notAnAddress(text);
        }
        return value;
    }

    private static IllegalArgumentException notAnAddress(String text) {
        return new IllegalArgumentException("'" + text + "' is not an IPv4 address such as 10.0.1.11");
    }

    // The generated ones use method handles, which the client compiler does not inline. These are compared by millions.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Address address && address.bits == bits;
    }

    @Override
    public int hashCode() {
        return bits;
    }

    @Override
    public int compareTo(Address other) {
        return Integer.compareUnsigned(bits, other.bits);
    }

    /** Four decimal octets. */
    @Override
    public String toString() {
        return (bits >>> 24) + "." + (bits >>> 16 & 255) + "." + (bits >>> 8 & 255) + "." + (bits & 255);
    }
}
