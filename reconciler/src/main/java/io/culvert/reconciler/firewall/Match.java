package io.culvert.reconciler.firewall;

import io.culvert.reconciler.net.Prefix;
import java.util.List;

/** A condition of a rule. */
public sealed interface Match {

    /** Whether it holds for these packets. */
    Answer of(Packets packets);

    /** Whether a condition holds for packets of one kind. */
    enum Answer {
        /** For every one of them. */
        YES,
        /** For none. */
        NO,
        /** For some of them, or nobody knows. */
        MAYBE;

        Answer not() {
            return switch (this) {
                case YES -> NO;
                case NO -> YES;
                case MAYBE -> MAYBE;
            };
        }

        Answer and(Answer other) {
            if (this == NO || other == NO) {
                return NO;
            }
            return this == YES && other == YES ? YES : MAYBE;
        }
    }

    /** Numbers of a packet and of what the kernel knows about it. */
    enum Field {
        SOURCE,
        DESTINATION,
        PROTOCOL,
        SOURCE_PORT,
        DESTINATION_PORT,
        /** Of connection tracking, as nftables numbers it: {@link Packets#STATE_NEW}. */
        STATE,
        MARK
    }

    /** Where it arrived, or will leave. */
    enum Side {
        IN,
        OUT
    }

    /**
     * Numbers from {@code first} to {@code last}.
     *
     * @param first an address as an unsigned number
     */
    record Range(long first, long last) {

        public static Range of(long number) {
            return new Range(number, number);
        }

        public static Range of(Prefix prefix) {
            long first = Integer.toUnsignedLong(prefix.bits());
            return new Range(first, first + prefix.size() - 1);
        }

        boolean contains(Range other) {
            return first <= other.first && other.last <= last;
        }

        boolean overlaps(Range other) {
            return first <= other.last && other.first <= last;
        }
    }

    /** A number is in one of the ranges, or in none if negated. */
    record NumberIn(Field field, List<Range> ranges, boolean negated) implements Match {

        public NumberIn {
            ranges = List.copyOf(ranges);
        }

        @Override
        public Answer of(Packets packets) {
            List<Range> possible = packets.numbers(field);
            Answer answer;
            if (possible.stream().allMatch(range -> ranges.stream().noneMatch(range::overlaps))) {
                answer = Answer.NO;
            } else if (possible.stream().allMatch(range -> ranges.stream().anyMatch(each -> each.contains(range)))) {
                answer = Answer.YES;
            } else {
                answer = Answer.MAYBE;
            }
            return negated ? answer.not() : answer;
        }
    }

    /** A device has one of the names, or none of them if negated. A name may end with {@code *}. */
    record DeviceIn(Side side, List<String> names, boolean negated) implements Match {

        public DeviceIn {
            names = List.copyOf(names);
        }

        @Override
        public Answer of(Packets packets) {
            Answer answer = packets.device(side)
                    .map(device -> names.stream().anyMatch(name -> covers(name, device)) ? Answer.YES : Answer.NO)
                    .orElse(Answer.MAYBE);
            return negated ? answer.not() : answer;
        }

        private static boolean covers(String name, String device) {
            return name.endsWith("*") ? device.startsWith(name.substring(0, name.length() - 1)) : device.equals(name);
        }
    }

    /** A condition with one answer for all packets of ours. */
    record Fixed(Answer answer) implements Match {

        @Override
        public Answer of(Packets packets) {
            return answer;
        }
    }
}
