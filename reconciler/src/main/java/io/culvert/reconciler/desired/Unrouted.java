package io.culvert.reconciler.desired;

import io.culvert.reconciler.net.Prefix;

/**
 * A block or borrowed address that intentionally gets no route.
 *
 * @param pool name of its pool, empty if it is in none
 * @param reason one sentence for a person
 */
public record Unrouted(Prefix prefix, String pool, String reason) {}
