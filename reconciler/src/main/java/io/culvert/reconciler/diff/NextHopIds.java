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
 * Which of our next-hop objects leads where, by the last look, and ids for new ones that collide with nobody's. Not for more than
 * one thread.
 */
public final class NextHopIds {

    /** Ids of our next-hop objects start here, far from where people and FRR begin to count. */
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

    /** Ours that leads there. */
    OptionalInt find(Address gateway, int device) {
        Integer id = own.get(new Place(gateway, device));
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** An id for one that is to lead there. */
    int allot(Address gateway, int device) {
        while (!taken.add(next)) {
            next++;
        }
        own.put(new Place(gateway, device), next);
        return next;
    }

    /** It is not there. */
    public void forget(int id) {
        own.values().removeIf(known -> known == id);
    }
}
