package io.culvert.reconciler.resolve;

import io.culvert.reconciler.net.Address;
import java.util.Comparator;

/** The way to a peer: its node address, and how packets travel there. Becomes one next-hop object. */
public record Via(Address peer, Encapsulation encapsulation) implements Comparable<Via> {

    private static final Comparator<Via> ORDER = Comparator.comparing(Via::peer).thenComparing(Via::encapsulation);

    @Override
    public int compareTo(Via other) {
        return ORDER.compare(this, other);
    }
}
