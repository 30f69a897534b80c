package io.culvert.reconciler.desired;

import io.culvert.reconciler.net.Prefix;

/**
 * A block or borrowed address that gets no route, on purpose.
 *
 * @param pool name of its pool, empty if it is in none
 * @param reason one sentence for a person
 */
public record Unrouted(Prefix prefix, String pool, String reason) {}
