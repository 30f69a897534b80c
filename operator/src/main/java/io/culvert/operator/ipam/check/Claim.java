package io.culvert.operator.ipam.check;

import io.culvert.reconciler.resource.Affinity;

/**
 * A node's claim on a block.
 *
 * @param key where it is stored
 */
record Claim(String key, Affinity affinity) {

    boolean isConfirmed() {
        return affinity.state() == Affinity.State.CONFIRMED;
    }
}
