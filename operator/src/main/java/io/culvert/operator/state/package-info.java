/** Files in the state directory: what must outlive the agent. Knows slf4j only. */
@NullMarked
package io.culvert.operator.state;

import org.jspecify.annotations.NullMarked;
