package io.culvert.operator.etcd;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Private keys as PKCS #8, the only form that Java and Netty read. kubeadm and openssl also write PKCS #1 ({@code BEGIN RSA PRIVATE
 * KEY}) and SEC 1 ({@code BEGIN EC PRIVATE KEY}); PKCS #8 wraps those with the algorithm's name (RFC 5208, RFC 5915).
 */
final class Pkcs8 {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----", Pattern.DOTALL);

    private static final byte[] VERSION = HexFormat.of().parseHex("020100");
    private static final byte[] RSA = HexFormat.of().parseHex("06092a864886f70d0101010500");
    private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");
    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    private static final int PARAMETERS = 0xa0;

    private Pkcs8() {}

    /**
     * The PEM text with its private key as PKCS #8; text without such a key as it is.
     *
     * @param place for the message: a file
     * @throws IllegalArgumentException if the key is encrypted or malformed
     */
    static String of(String place, String pem) {
        if (pem.contains("BEGIN ENCRYPTED PRIVATE KEY") || pem.contains("Proc-Type: 4,ENCRYPTED")) {
            throw new IllegalArgumentException(
                    "the key " + place + " is encrypted; decrypt it with 'openssl pkey -in KEY -out PLAIN'");
        }
        Optional<byte[]> rsa = block("RSA PRIVATE KEY", pem);
        if (rsa.isPresent()) {
            return text(wrapped(RSA, rsa.get()));
        }
        Optional<byte[]> ec = block("EC PRIVATE KEY", pem);
        if (ec.isEmpty()) {
            return pem;
        }
        byte[] curve = curve(ec.get())
                .or(() -> block("EC PARAMETERS", pem))
                .orElseThrow(() -> new IllegalArgumentException("the key " + place + " does not name its curve"));
        return text(wrapped(joined(EC, curve), ec.get()));
    }

    private static Optional<byte[]> block(String name, String pem) {
        Matcher block = BLOCK.matcher(pem);
        while (block.find()) {
            if (block.group(1).equals(name)) {
                return Optional.of(Base64.getMimeDecoder().decode(block.group(2)));
            }
        }
        return Optional.empty();
    }

    /** The parameters inside a SEC 1 key: version, key, then those. */
    private static Optional<byte[]> curve(byte[] key) {
        try {
            int at = content(key, 0);
            while (at < key.length) {
                int start = content(key, at);
                int end = start + length(key, at);
                if ((key[at] & 0xff) == PARAMETERS) {
                    return Optional.of(Arrays.copyOfRange(key, start, end));
                }
                at = end;
            }
            return Optional.empty();
        } catch (ArrayIndexOutOfBoundsException cutOff) {
            throw new IllegalArgumentException("the key is cut off", cutOff);
        }
    }

    /** Where the content of the element begins. */
    private static int content(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return at + 2 + (first < 0x80 ? 0 : first - 0x80);
    }

    private static int length(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        int length = first < 0x80 ? first : 0;
        for (int i = at + 2; i < content(der, at); i++) {
            length = length << 8 | der[i] & 0xff;
        }
        return length;
    }

    private static byte[] wrapped(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, joined(VERSION, element(SEQUENCE, algorithm), element(OCTETS, key)));
    }

    /** The length takes as few bytes as it can, which DER demands. No key has more than 64 KiB. */
    private static byte[] element(int tag, byte[] content) {
        byte high = (byte) (content.length >> 8);
        byte low = (byte) content.length;
        byte[] head;
        if (content.length < 0x80) {
            head = new byte[] {(byte) tag, low};
        } else if (content.length < 0x100) {
            head = new byte[] {(byte) tag, (byte) 0x81, low};
        } else {
            head = new byte[] {(byte) tag, (byte) 0x82, high, low};
        }
        return joined(head, content);
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static String text(byte[] der) {
        byte[] lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(der);
        return "-----BEGIN PRIVATE KEY-----\n" + new String(lines, StandardCharsets.US_ASCII)
                + "\n-----END PRIVATE KEY-----\n";
    }
}
