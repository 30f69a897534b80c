/**
 * What Calico's IPAM holds, as a whole: how full pools and blocks are, who holds an address, and what is inconsistent. Pure:
 * values go in as they are stored, findings and numbers come out. May know {@code reconciler}, {@code operator.calico},
 * {@code operator.etcd} for its keys and codecs (but asks etcd nothing), and Jackson.
 */
@NullMarked
package io.culvert.operator.ipam;

import org.jspecify.annotations.NullMarked;
