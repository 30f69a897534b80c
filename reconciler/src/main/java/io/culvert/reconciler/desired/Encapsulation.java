package io.culvert.reconciler.desired;

/** How packets travel to a peer. */
public enum Encapsulation {
    /** Wrapped in IP-in-IP (RFC 2003) by the tunnel device. */
    IPIP,
    /** As they are, over the underlay. */
    NONE
}
