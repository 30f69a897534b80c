/**
 * Calico's IPAM as a whole: how full pools and blocks are, who holds an address, and what is inconsistent. Pure: values
 * go in as they are stored, findings and numbers come out.
 */
@NullMarked
package io.culvert.operator.ipam.check;

import org.jspecify.annotations.NullMarked;
