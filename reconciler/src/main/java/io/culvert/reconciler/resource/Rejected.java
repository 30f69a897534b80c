package io.culvert.reconciler.resource;

/**
 * A key in etcd whose value is invalid or conflicts with others.
 *
 * @param kind by its key: {@code IPPool}, {@code Node}, {@code Block}, {@code Affinity}, {@code FelixConfiguration},
 *     {@code ClusterInformation}
 * @param key the etcd key
 * @param reason field, value and rule
 * @param lastGoodKept whether an earlier value of the key stays in force
 */
public record Rejected(String kind, String key, String reason, boolean lastGoodKept) {}
