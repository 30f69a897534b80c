package io.culvert.reconciler.diff;

import io.culvert.reconciler.kernel.Change;
import java.util.List;

/** Changes that make actual into desired, in the order they are to be applied, and what no change can mend. */
public record Difference(List<Change> changes, List<Obstacle> obstacles) {

    public static final Difference NONE = new Difference(List.of(), List.of());

    public Difference {
        changes = List.copyOf(changes);
        obstacles = List.copyOf(obstacles);
    }
}
