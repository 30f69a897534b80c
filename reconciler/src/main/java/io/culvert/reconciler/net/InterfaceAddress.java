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
        String length = text.substring(slash + 1);
        if (slash < 0 || !length.matches("[0-9]|[12][0-9]|3[0-2]")) {
            throw new IllegalArgumentException("'" + text + "' is not an IPv4 prefix such as 192.168.0.0/16");
        }
        return new InterfaceAddress(Address.parse(text.substring(0, slash)), Integer.parseInt(length));
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
