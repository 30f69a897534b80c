package io.culvert.operator.ipam.check;

import io.culvert.reconciler.net.Prefix;
import java.util.Map;

/**
 * The addresses of one holder, counted by block.
 *
 * @param key where it is stored
 * @param counts IPv4 only
 * @param elsewhere whether it also counts addresses of blocks that are not IPv4
 */
record Handle(String key, String id, Map<Prefix, Integer> counts, boolean elsewhere) {

    Handle {
        counts = Map.copyOf(counts);
    }
}
