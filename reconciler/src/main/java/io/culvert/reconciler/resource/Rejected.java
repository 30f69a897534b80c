package io.culvert.reconciler.resource;

/**
 * A key in etcd whose value was not understood, or may not stand beside the others.
 *
 * @param kind what it would have been: {@code IPPool}, {@code Node}, {@code Block}, {@code Affinity}, {@code FelixConfiguration},
 *     {@code ClusterInformation}
 * @param key the etcd key
 * @param reason field, value and rule
 * @param lastGoodKept whether an earlier value of the key stays in force
 */
public record Rejected(String kind, String key, String reason, boolean lastGoodKept) {}
