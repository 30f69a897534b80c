package io.culvert.lab;

/** An IPv4 prefix. */
record Prefix(int network, int length) {

    /** From its usual form, {@code 192.168.0.0/26}. */
    static Prefix of(String text) {
        int slash = text.indexOf('/');
        return new Prefix(bits(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    boolean contains(String address) {
        int mask = length == 0 ? 0 : -1 << (32 - length);
        return (bits(address) & mask) == (network & mask);
    }

    private static int bits(String address) {
        int bits = 0;
        for (String part : address.split("\\.")) {
            bits = bits << 8 | Integer.parseInt(part);
        }
        return bits;
    }
}
