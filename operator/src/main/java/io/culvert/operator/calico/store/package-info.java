/**
 * Calico's documents as they lie in etcd: keys, codecs of IPAM's documents, and blocks as documents that can be
 * rewritten without losing a field. Pure: takes {@code etcd.Stored} values and makes no call to etcd.
 *
 * <p>Three classes read a block, each for a reason: {@code PlainBlock} is fast, for 100,000 blocks at the start and one at each
 * event, and reads only the form in which Calico writes; {@code BlockCodec} reads every form and says which field is wrong;
 * {@code BlockDocument} keeps every field, for who changes the block or needs all that it says.
 */
@NullMarked
package io.culvert.operator.calico.store;

import org.jspecify.annotations.NullMarked;
