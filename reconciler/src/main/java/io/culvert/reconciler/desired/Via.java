package io.culvert.reconciler.desired;

import io.culvert.reconciler.net.Address;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** The way to a peer: its node address, and how packets travel there. Becomes one next-hop object. */
public record Via(Address peer, Encapsulation encapsulation) implements Comparable<Via> {

    private static final Comparator<Via> ORDER = Comparator.comparing(Via::peer).thenComparing(Via::encapsulation);

    // The generated ones go through method handles, which a client compiler does not see through; these are compared by
    // millions.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Via via && via.peer.equals(peer) && via.encapsulation == encapsulation;
    }

    @Override
    public int hashCode() {
        return peer.hashCode() * 2 + (encapsulation == Encapsulation.IPIP ? 1 : 0);
    }

    @Override
    public int compareTo(Via other) {
        return ORDER.compare(this, other);
    }
}
