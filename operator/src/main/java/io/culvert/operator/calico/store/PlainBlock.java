package io.culvert.operator.calico.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.culvert.reconciler.net.Address;
import io.culvert.reconciler.net.Prefix;
import io.culvert.reconciler.resource.Block;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Reads an IPAM block as Calico writes it: JSON of ASCII without spaces and escapes, each field once ({@code
 * libcalico-go/lib/backend/model/block.go}). It goes through the bytes once and allocates nothing for what it skips. A
 * value that is written in another way, right or wrong, is left to {@link BlockCodec}, with which it agrees on all that it does read.
 */
final class PlainBlock {

    /** No name or number in it can be too long, as JSON parsers see it. */
    private static final int LARGEST = 50_000;

    private static final int DEEPEST = 16;

    private static final byte[] CIDR = ascii("\"cidr\":");
    private static final byte[] AFFINITY = ascii("\"affinity\":");
    private static final byte[] LEGACY_OWNER = ascii("\"hostAffinity\":");
    private static final byte[] ALLOCATIONS = ascii("\"allocations\":");
    private static final byte[] ATTRIBUTES = ascii("\"attributes\":");
    private static final byte[] SECONDARY = ascii("\"secondary\":");
    private static final byte[] NODE = ascii("\"node\":");
    private static final byte[] HOST = ascii("host:");
    private static final byte[] NULL = ascii("null");
    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");

    private final Prefix cidr;
    private final byte[] json;
    private final UnaryOperator<String> names;
    private int at;
    private boolean cidrSeen;
    private boolean affinitySeen;
    private boolean allocationsSeen;
    private boolean attributesSeen;
    private Span owner = Span.NONE;
    private final Pairs held = new Pairs();
    private final Pairs nodes = new Pairs();

    private PlainBlock(Prefix cidr, byte[] json, UnaryOperator<String> names) {
        this.cidr = cidr;
        this.json = json;
        this.names = names;
    }

    /** The block; empty if the value is written in another way. */
    static Optional<Block> read(Prefix cidr, byte[] json, UnaryOperator<String> names) {
        if (json.length > LARGEST) {
            return Optional.empty();
        }
        try {
            return Optional.of(new PlainBlock(cidr, json, names).read());
        } catch (Unusual unusual) {
            return Optional.empty();
        }
    }

    private Block read() {
        expect('{');
        do {
            readField();
        } while (more('}'));
        check(cidrSeen);
        return new Block(cidr, owner.isEmpty() ? Optional.empty() : Optional.of(name(owner)), borrowed());
    }

    private void readField() {
        if (take(CIDR)) {
            check(!cidrSeen);
            cidrSeen = true;
            readCidr();
        } else if (take(AFFINITY)) {
            check(!affinitySeen);
            affinitySeen = true;
            readAffinity();
        } else if (take(ALLOCATIONS)) {
            check(!allocationsSeen);
            allocationsSeen = true;
            readAllocations();
        } else if (take(ATTRIBUTES)) {
            check(!attributesSeen);
            attributesSeen = true;
            readAttributes();
        } else {
            check(!take(LEGACY_OWNER));
            name();
            skip(0);
        }
    }

    private void readCidr() {
        expect('"');
        int bits = 0;
        for (int octet = 0; octet < 4; octet++) {
            long value = number();
            check(value <= 255);
            bits = bits << 8 | (int) value;
            expect(octet < 3 ? '.' : '/');
        }
        check(bits == cidr.bits() && number() == cidr.length());
        expect('"');
    }

    private void readAffinity() {
        if (take(NULL)) {
            return;
        }
        Span text = string();
        check(!text.isEmpty());
        owner = startsWith(HOST, text.from) ? new Span(text.from + HOST.length, text.to) : Span.NONE;
        check(!owner.isEmpty() || !startsWith(HOST, text.from));
    }

    private void readAllocations() {
        if (take(NULL)) {
            return;
        }
        expect('[');
        int ordinal = 0;
        if (take(']')) {
            return;
        }
        do {
            check(ordinal < cidr.size());
            if (!take(NULL)) {
                long index = number();
                check(index >= 0 && index <= Integer.MAX_VALUE);
                held.add(ordinal, (int) index);
            }
            ordinal++;
        } while (more(']'));
    }

    private void readAttributes() {
        if (take(NULL)) {
            return;
        }
        expect('[');
        if (take(']')) {
            return;
        }
        do {
            Span node = readOneAttributes();
            nodes.add(node.from, node.to);
        } while (more(']'));
    }

    private Span readOneAttributes() {
        Span node = Span.NONE;
        expect('{');
        if (take('}')) {
            return node;
        }
        do {
            boolean secondary = take(SECONDARY);
            if (!secondary) {
                name();
            }
            if (secondary && peek() == '{') {
                node = readSecondary();
            } else {
                skip(0);
            }
        } while (more('}'));
        return node;
    }

    private Span readSecondary() {
        Span node = Span.NONE;
        expect('{');
        if (take('}')) {
            return node;
        }
        do {
            if (take(NODE)) {
                node = take(NULL) ? Span.NONE : string();
            } else {
                name();
                skip(0);
            }
        } while (more('}'));
        return node;
    }

    private Map<Address, String> borrowed() {
        Map<Address, String> borrowed = Map.of();
        for (int i = 0; i < held.size; i++) {
            int index = held.second(i);
            check(index < nodes.size);
            Span node = new Span(nodes.first(index), nodes.second(index));
            if (!node.isEmpty() && !Arrays.equals(json, node.from, node.to, json, owner.from, owner.to)) {
                borrowed = borrowed.isEmpty() ? new HashMap<>() : borrowed;
                borrowed.put(new Address(cidr.bits() + held.first(i)), name(node));
            }
        }
        return borrowed;
    }

    private void skip(int depth) {
        check(depth < DEEPEST);
        switch (peek()) {
            case '"' -> string();
            case '{' -> skipObject(depth);
            case '[' -> skipList(depth);
            case 'n' -> check(take(NULL));
            case 't' -> check(take(TRUE));
            case 'f' -> check(take(FALSE));
            default -> number();
        }
    }

    private void skipObject(int depth) {
        expect('{');
        if (take('}')) {
            return;
        }
        do {
            name();
            skip(depth + 1);
        } while (more('}'));
    }

    private void skipList(int depth) {
        expect('[');
        if (take(']')) {
            return;
        }
        do {
            skip(depth + 1);
        } while (more(']'));
    }

    private void name() {
        string();
        expect(':');
    }

    private Span string() {
        expect('"');
        int from = at;
        while (peek() != '"') {
            check(peek() >= ' ' && peek() != '\\');
            at++;
        }
        at++;
        return new Span(from, at - 1);
    }

    /** A whole number without a sign; one of 19 digits may come out negative. */
    private long number() {
        int from = at;
        long value = 0;
        for (int digit = peek() - '0'; digit >= 0 && digit <= 9; digit = peek() - '0') {
            value = value * 10 + digit;
            at++;
        }
        int digits = at - from;
        check(digits == 1 || digits > 1 && digits <= 19 && json[from] != '0');
        return value;
    }

    /** Whether a comma announces another element; without one, the end has to follow. */
    private boolean more(char end) {
        if (take(',')) {
            return true;
        }
        expect(end);
        return false;
    }

    private boolean take(char one) {
        boolean there = peek() == one;
        if (there) {
            at++;
        }
        return there;
    }

    private void expect(char one) {
        check(take(one));
    }

    private boolean take(byte[] word) {
        boolean there = startsWith(word, at);
        if (there) {
            at += word.length;
        }
        return there;
    }

    private boolean startsWith(byte[] word, int from) {
        return from + word.length <= json.length && Arrays.equals(json, from, from + word.length, word, 0, word.length);
    }

    /** The next byte: negative for what is not ASCII, 0, which JSON does not know, behind the end. */
    private byte peek() {
        return at < json.length ? json[at] : 0;
    }

    private String name(Span span) {
        return names.apply(new String(json, span.from, span.to - span.from, US_ASCII));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    private static void check(boolean usual) {
        if (!usual) {
            throw new Unusual();
        }
    }

    /** A piece of the value, from {@code from} up to, but without, {@code to}. */
    private record Span(int from, int to) {
        static final Span NONE = new Span(0, 0);

        boolean isEmpty() {
            return from == to;
        }
    }

    /** Pairs of numbers in the order they were met. */
    private static final class Pairs {
        private static final int[] EMPTY = {};

        private int[] numbers = EMPTY;
        private int size;

        void add(int first, int second) {
            if (2 * size == numbers.length) {
                numbers = Arrays.copyOf(numbers, Math.max(16, 2 * numbers.length));
            }
            numbers[2 * size] = first;
            numbers[2 * size + 1] = second;
            size++;
        }

        int first(int i) {
            return numbers[2 * i];
        }

        int second(int i) {
            return numbers[2 * i + 1];
        }
    }

    /** The value is not written as it usually is, which is no error. */
    private static final class Unusual extends RuntimeException {
        Unusual() {
            super("written in another way", null, false, false);
        }
    }
}
