package io.culvert.reconciler.node;

/** Who says what the node's address is. */
public enum AddressOrigin {
    /** The operator, by an option. It stays, even while no interface has it. */
    FIXED,
    /** The default route. It is kept as long as an interface has it, then detected again. */
    DETECTED,
    /** Whoever else writes the Node in etcd. */
    REGISTERED
}
