package io.culvert.reconciler.diff;

import io.culvert.reconciler.node.NodeAddress;
import java.util.Optional;

/** The node's own address: peers send to it, so without it nothing that the kernel holds is of use. */
public final class AddressObstacle {

    private AddressObstacle() {}

    /** Empty if an interface has the address. */
    public static Optional<Obstacle> of(NodeAddress address) {
        String subject = address.isKnown() ? "address " + address.address().address() : "node address";
        return address.fault().map(fault -> new Obstacle(subject, FailureClass.WAITING, fault));
    }
}
