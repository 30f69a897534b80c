package io.culvert.reconciler.firewall;

import io.culvert.reconciler.firewall.Match.Field;
import io.culvert.reconciler.firewall.Match.Range;
import io.culvert.reconciler.firewall.Match.Side;
import java.util.List;
import java.util.Optional;

/**
 * Packets of one kind, each the first of its flow: unmarked, and new to connection tracking. Those of TCP go between high ports
 * that no rule is made for.
 *
 * @param sources where they may come from
 * @param destinations where they may go to
 * @param in the device that they arrive at; empty if it is not known
 * @param out the device that they leave by; empty if it is not known
 * @param protocol number of the IP header
 */
public record Packets(
        List<Range> sources, List<Range> destinations, Optional<String> in, Optional<String> out, int protocol) {

    /** As nftables numbers the states of connection tracking. */
    public static final int STATE_NEW = 8;

    public static final int TCP = 6;

    /** IP in IP (RFC 2003). */
    public static final int IPIP = 4;

    /** Registered for nothing (IANA), and below the ports that hosts choose for themselves. */
    private static final int PORT = 31_337;

    public Packets {
        sources = List.copyOf(sources);
        destinations = List.copyOf(destinations);
    }

    List<Range> numbers(Field field) {
        return switch (field) {
            case SOURCE -> sources;
            case DESTINATION -> destinations;
            case PROTOCOL -> List.of(Range.of(protocol));
            case SOURCE_PORT, DESTINATION_PORT -> protocol == TCP ? List.of(Range.of(PORT)) : List.of();
            case STATE -> List.of(Range.of(STATE_NEW));
            case MARK -> List.of(Range.of(0));
        };
    }

    Optional<String> device(Side side) {
        return side == Side.IN ? in : out;
    }
}
