/** IPv4 addresses and prefixes as values. Knows the JDK only. */
@NullMarked
package io.culvert.reconciler.net;

import org.jspecify.annotations.NullMarked;
