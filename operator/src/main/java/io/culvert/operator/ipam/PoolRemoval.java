package io.culvert.operator.ipam;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.etcd.DatastoreException;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.resource.ResourceOutcome;
import io.culvert.operator.resource.ResourceStore;
import io.culvert.reconciler.net.Prefix;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Deletes a pool the way Calico does: disabled first so that no client takes new addresses, then a moment for all to see it,
 * then the claims on its blocks are released (empty blocks are deleted, the others stay without an owner), then the pool is
 * deleted. An interrupted removal can be repeated. Blocks for half a second and as long as etcd takes.
 */
public final class PoolRemoval {

    private static final String PLURAL = "ippools";
    private static final long MOMENT_NANOS = 500_000_000;

    private final ResourceStore resources;
    private final BlockClaims claims;

    public PoolRemoval(EtcdConnection etcd) {
        this.resources = new ResourceStore(etcd);
        this.claims = new BlockClaims(etcd);
    }

    /**
     * @return Changed with the pool as it was last, or Missing
     * @throws DatastoreException if etcd fails, or the stored document is malformed
     */
    public ResourceOutcome delete(String name) {
        Optional<ObjectNode> found = resources.get(PLURAL, name);
        if (found.isEmpty()) {
            return new ResourceOutcome.Missing();
        }
        ResourceOutcome disabled = disable(found.get());
        if (disabled instanceof ResourceOutcome.Missing) {
            return disabled;
        }
        release(found.get().path("spec").path("cidr").asText());
        return resources.delete(PLURAL, name);
    }

    private ResourceOutcome disable(ObjectNode found) {
        ObjectNode pool = found;
        while (!pool.path("spec").path("disabled").asBoolean()) {
            pool.withObject("spec").put("disabled", true);
            ResourceOutcome outcome = resources.update(PLURAL, pool);
            if (!(outcome instanceof ResourceOutcome.Conflict conflict)) {
                pause();
                return outcome;
            }
            pool = conflict.found();
        }
        return new ResourceOutcome.Changed(pool, ResourceStore.version(pool));
    }

    private static void pause() {
        long end = System.nanoTime() + MOMENT_NANOS;
        while (end - System.nanoTime() > 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    /** A pool that is no IPv4 pool has no blocks that Culvert knows of. */
    private void release(String cidr) {
        Optional<Prefix> prefix;
        try {
            prefix = Optional.of(Prefix.parse(cidr));
        } catch (IllegalArgumentException notIpv4) {
            prefix = Optional.empty();
        }
        prefix.ifPresent(claims::releaseAllWithin);
    }
}
