package io.culvert.operator.snapshot;

import io.culvert.operator.calico.Decoded;
import io.culvert.operator.calico.IpPoolCodec;
import io.culvert.operator.calico.store.Keys;
import io.culvert.operator.etcd.Stored;
import io.culvert.reconciler.resource.IpPool;
import io.culvert.reconciler.resource.Rejected;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The pools. Of pools that overlap, the one created first is in force. */
final class Pools implements KeyKind<Pools.Entry> {

    private static final Comparator<Created> OLDEST_FIRST = Comparator.comparingLong(Created::createRevision)
            .thenComparing(created -> created.pool().name());

    private final Map<String, Created> pools = new HashMap<>();
    private final SortedMap<String, String> unsupported = new TreeMap<>();
    private @Nullable View view;

    /** A pool's value. */
    sealed interface Entry {}

    private record Created(long createRevision, IpPool pool) implements Entry {}

    /** One of a type that Culvert leaves alone. */
    private record Unsupported(String reason) implements Entry {}

    /** What follows from all pools together. */
    record View(SortedMap<String, IpPool> pools, SortedMap<String, String> unsupported, List<Rejected> overlapping) {}

    @Override
    public String name() {
        return "IPPool";
    }

    @Override
    public String prefix() {
        return Keys.POOLS;
    }

    @Override
    public Decoded<Entry> decode(Stored stored) {
        Decoded<IpPool> decoded = IpPoolCodec.decode(stored.value());
        if (decoded instanceof Decoded.Unsupported<IpPool> foreign) {
            return new Decoded.Valid<>(new Unsupported(foreign.reason()));
        }
        Decoded<IpPool> named = InForce.namedAsKey(nameIn(stored.key()), decoded, IpPool::name);
        return named instanceof Decoded.Valid<IpPool> valid
                ? new Decoded.Valid<>(new Created(stored.createRevision(), valid.value()))
                : new Decoded.Invalid<>(((Decoded.Invalid<IpPool>) named).faults());
    }

    private static String nameIn(String key) {
        return key.substring(Keys.POOLS.length());
    }

    @Override
    public @Nullable Entry get(String key) {
        String name = nameIn(key);
        String reason = unsupported.get(name);
        return reason == null ? pools.get(name) : new Unsupported(reason);
    }

    @Override
    public void put(String key, Entry entry) {
        remove(key);
        if (entry instanceof Created created) {
            pools.put(nameIn(key), created);
        } else if (entry instanceof Unsupported foreign) {
            unsupported.put(nameIn(key), foreign.reason());
        }
    }

    @Override
    public void remove(String key) {
        pools.remove(nameIn(key));
        unsupported.remove(nameIn(key));
        view = null;
    }

    @Override
    public Pools in(InForce other) {
        return other.pools;
    }

    /** Whether no pool is understood. */
    boolean isEmpty() {
        return pools.isEmpty();
    }

    /** The key of the oldest pool, with its create revision. */
    Optional<Map.Entry<String, Long>> oldest() {
        return pools.values().stream()
                .min(OLDEST_FIRST)
                .map(oldest -> Map.entry(Keys.pool(oldest.pool().name()), oldest.createRevision()));
    }

    View view() {
        View current = view;
        if (current == null) {
            current = newView();
            view = current;
        }
        return current;
    }

    private View newView() {
        SortedMap<String, IpPool> inForce = new TreeMap<>();
        SortedMap<String, String> leftAlone = new TreeMap<>(unsupported);
        List<Rejected> overlapping = new ArrayList<>();
        List<Created> oldestFirst = pools.values().stream().sorted(OLDEST_FIRST).toList();
        for (Created created : oldestFirst) {
            IpPool pool = created.pool();
            Optional<IpPool> older = inForce.values().stream()
                    .filter(other -> other.cidr().overlaps(pool.cidr()))
                    .findFirst();
            if (older.isPresent()) {
                overlapping.add(overlap(pool, older.get()));
                continue;
            }
            inForce.put(pool.name(), pool);
            if (!pool.routed()) {
                leftAlone.put(
                        pool.name(), "spec.vxlanMode is " + pool.vxlanMode() + ", and Culvert leaves VXLAN to Calico");
            }
        }
        return new View(
                Collections.unmodifiableSortedMap(inForce), Collections.unmodifiableSortedMap(leftAlone), overlapping);
    }

    private static Rejected overlap(IpPool later, IpPool older) {
        return new Rejected(
                "IPPool",
                Keys.pool(later.name()),
                "spec.cidr: " + later.cidr() + " of pool " + later.name() + " overlaps " + older.cidr() + " of pool "
                        + older.name() + ", which was created first; pools must not overlap: delete one of them",
                false);
    }
}
