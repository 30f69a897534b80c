package io.culvert.reconciler.net;

/**
 * An address together with the length of the prefix it lives in, host bits kept: what {@code ip addr} shows and what a
 * Calico Node carries in {@code spec.bgp.ipv4Address}.
 *
 * @param prefixLength 0 to 32
 */
public record InterfaceAddress(Address address, int prefixLength) {

    /** @throws IllegalArgumentException if the length is out of range */
    public InterfaceAddress {
        if (prefixLength < 0 || prefixLength > 32) {
            throw new IllegalArgumentException("prefix length " + prefixLength + " is not between 0 and 32");
        }
    }

    /**
     * An address with or without a length; without one it is a /32, as Calico reads it.
     *
     * @throws IllegalArgumentException if the text is neither
     */
    public static InterfaceAddress parse(String text) {
        return text.indexOf('/') < 0 ? new InterfaceAddress(Address.parse(text), 32) : parseWithLength(text);
    }

    static InterfaceAddress parseWithLength(String text) {
        int slash = text.indexOf('/');
        int length = slash < 0 ? -1 : length(text, slash + 1);
        if (length < 0) {
            throw new IllegalArgumentException("'" + text + "' is not an IPv4 prefix such as 192.168.0.0/16");
        }
        return new InterfaceAddress(Address.parse(text.substring(0, slash)), length);
    }

    /** The number from 0 to 32 without leading zeros that a text ends with; -1 if it is none. Read for every key of a block. */
    private static int length(String text, int from) {
        int digits = text.length() - from;
        int length = 0;
        for (int i = from; i < text.length() && digits <= 2; i++) {
            char digit = text.charAt(i);
            if (digit < '0' || digit > '9' || digit == '0' && digits == 2 && i == from) {
                return -1;
            }
            length = length * 10 + digit - '0';
        }
        return digits < 1 || digits > 2 || length > 32 ? -1 : length;
    }

    /** The prefix that the address lives in. */
    public Prefix prefix() {
        return Prefix.containing(address, prefixLength);
    }

    /** {@code address/length}. */
    @Override
    public String toString() {
        return address + "/" + prefixLength;
    }
}
