package io.culvert.reconciler.diff;

import io.culvert.reconciler.kernel.Change;
import java.util.List;

/** Changes that turn actual into desired, in the order to apply them, and what no change can repair. */
public record Difference(List<Change> changes, List<Obstacle> obstacles) {

    public static final Difference NONE = new Difference(List.of(), List.of());

    public Difference {
        changes = List.copyOf(changes);
        obstacles = List.copyOf(obstacles);
    }
}
