/**
 * The Helm chart as Helm renders it and as Kubernetes would read it. Knows the chart's files and nothing else of Culvert; no cluster is
 * needed.
 */
@NullMarked
package io.culvert.charts;

import org.jspecify.annotations.NullMarked;
