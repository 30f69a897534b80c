package io.culvert.reconciler.diff;

import io.culvert.reconciler.kernel.NextHop;
import io.culvert.reconciler.net.Address;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Where each of our next-hop objects leads, as last observed, and free ids for new ones. Not for more than one thread.
 */
public final class NextHopIds {

    /** Ids of our next-hop objects start here, far from where people and FRR start to count. */
    private static final int FIRST_ID = 90_000_000;

    private final Map<Place, Integer> own = new HashMap<>();
    private final Set<Integer> taken = new HashSet<>();
    private int next = FIRST_ID;

    private record Place(Address gateway, int device) {}

    private NextHopIds() {}

    public static NextHopIds of(List<NextHop> seen, int protocol) {
        NextHopIds ids = new NextHopIds();
        for (NextHop nextHop : seen) {
            ids.taken.add(nextHop.id());
            if (nextHop.protocol() == protocol
                    && nextHop.onlink()
                    && nextHop.gateway().isPresent()) {
                ids.own.merge(new Place(nextHop.gateway().get(), nextHop.device()), nextHop.id(), Math::min);
            }
        }
        return ids;
    }

    /** The id of ours that leads there. */
    OptionalInt find(Address gateway, int device) {
        Integer id = own.get(new Place(gateway, device));
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** A free id for a new one that leads there. */
    int allot(Address gateway, int device) {
        while (!taken.add(next)) {
            next++;
        }
        own.put(new Place(gateway, device), next);
        return next;
    }

    /** Records that it does not exist. */
    public void forget(int id) {
        own.values().removeIf(known -> known == id);
    }
}
