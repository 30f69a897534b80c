/**
 * The Helm chart as Helm renders it and as Kubernetes would read it. Knows the chart's files and nothing else of Culvert; no cluster is
 * needed. What the init container does is done in a network namespace of this machine, which needs root.
 */
@NullMarked
package io.culvert.charts;

import org.jspecify.annotations.NullMarked;
