package io.culvert.reconciler.firewall;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.Outcome;

/**
 * Packet filters of others in one network namespace, and our accept rules in them. Every other rule is foreign and never
 * written. Methods block and belong to the thread that owns the kernel.
 */
public interface HostFirewall {

    /** A host without a firewall. */
    HostFirewall NONE = new HostFirewall() {
        @Override
        public FirewallState observe() {
            return FirewallState.OPEN;
        }

        @Override
        public Outcome apply(Change change) {
            throw new IllegalArgumentException("no firewall to change: " + change);
        }
    };

    /** @throws KernelException if the filters cannot be read */
    FirewallState observe();

    /** @param change a {@link Change.AddForwardRule} or {@link Change.DeleteForwardRule} */
    Outcome apply(Change change);
}
