package io.culvert.reconciler.resource;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All nodes, by name. Immutable, and shares nearly everything with the map it was made from: names fall into parts by their hash,
 * and a change copies only its part and the list of parts. With 5,000 nodes a change of one copies about 2 kB, and a comparison
 * of two such maps skips the parts they share.
 */
public final class Nodes extends AbstractMap<String, Node> {

    /** No nodes. */
    public static final Nodes NONE = new Nodes(List.of(Map.of()), 0);

    private static final int PART_SIZE = 16;

    /** Their number is a power of two. */
    private final List<Map<String, Node>> parts;

    private final int size;

    private Nodes(List<Map<String, Node>> parts, int size) {
        this.parts = parts;
        this.size = size;
    }

    /** The map itself if it is one of these, as with {@link Map#copyOf}. */
    public static Nodes copyOf(Map<String, Node> nodes) {
        if (nodes instanceof Nodes same) {
            return same;
        }
        List<Map<String, Node>> parts = new ArrayList<>();
        for (int count = 0; count < Integer.highestOneBit(nodes.size() / PART_SIZE | 1); count++) {
            parts.add(new HashMap<>());
        }
        nodes.forEach((name, node) -> parts.get(partOf(name, parts)).put(name, node));
        return new Nodes(parts, nodes.size());
    }

    private static int partOf(String name, List<?> parts) {
        int hash = name.hashCode();
        return (hash ^ hash >>> 16) & parts.size() - 1;
    }

    /** The map after some changes: new nodes by name, empty for deleted ones. */
    public Nodes with(Map<String, Optional<Node>> changes) {
        List<Map<String, Node>> changed = new ArrayList<>(parts);
        int count = size;
        for (Map.Entry<String, Optional<Node>> change : changes.entrySet()) {
            int place = partOf(change.getKey(), parts);
            Map<String, Node> part = own(place, changed);
            Node before = change.getValue().isPresent()
                    ? part.put(change.getKey(), change.getValue().get())
                    : part.remove(change.getKey());
            count += (change.getValue().isPresent() ? 1 : 0) - (before == null ? 0 : 1);
        }
        Nodes after = new Nodes(changed, count);
        return count > 2 * PART_SIZE * parts.size() ? copyOf(new HashMap<>(after)) : after;
    }

    @SuppressWarnings("ReferenceEquality") // shared means the same object
    private Map<String, Node> own(int place, List<Map<String, Node>> changed) {
        if (changed.get(place) == parts.get(place)) {
            changed.set(place, new HashMap<>(parts.get(place)));
        }
        return changed.get(place);
    }

    /** Names of the nodes that this map and an older one hold differently; empty if there are more than the limit. */
    @SuppressWarnings("ReferenceEquality") // shared parts are the same object
    public Optional<List<String>> differences(Nodes older, int limit) {
        List<String> found = new ArrayList<>();
        boolean alike = parts.size() == older.parts.size();
        if (!alike) {
            compare(this, older, found);
        }
        for (int place = 0; alike && place < parts.size() && found.size() <= limit; place++) {
            if (parts.get(place) != older.parts.get(place)) {
                compare(parts.get(place), older.parts.get(place), found);
            }
        }
        return found.size() > limit ? Optional.empty() : Optional.of(found);
    }

    /** Identity first: records compare themselves slowly. */
    @SuppressWarnings("ReferenceEquality")
    private static void compare(Map<String, Node> young, Map<String, Node> old, List<String> found) {
        young.forEach((name, node) -> {
            Node known = old.get(name);
            if (known != node && !node.equals(known)) {
                found.add(name);
            }
        });
        old.keySet().stream().filter(name -> !young.containsKey(name)).forEach(found::add);
    }

    @Override
    public @Nullable Node get(@Nullable Object name) {
        return name instanceof String known ? parts.get(partOf(known, parts)).get(known) : null;
    }

    @Override
    public boolean containsKey(@Nullable Object name) {
        return get(name) != null;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Set<Map.Entry<String, Node>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public Iterator<Map.Entry<String, Node>> iterator() {
                return parts.stream()
                        .flatMap(part -> Collections.unmodifiableMap(part).entrySet().stream())
                        .iterator();
            }

            @Override
            public int size() {
                return size;
            }
        };
    }
}
