package io.culvert.operator.etcd;

import java.util.List;

/** Keys and values as they were at one revision of the store, in key order. */
public record Listing(long revision, List<Stored> entries) {}
