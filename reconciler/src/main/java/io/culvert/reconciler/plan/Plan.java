package io.culvert.reconciler.plan;

import io.culvert.reconciler.diff.Obstacle;
import io.culvert.reconciler.kernel.Change;
import java.util.List;

/**
 * What the next cycle would do: every change in order, each printed as the command a person would type.
 *
 * @param obstacles what it could not do, and why
 */
public record Plan(List<Change> changes, List<Obstacle> obstacles) {

    public Plan {
        changes = List.copyOf(changes);
        obstacles = List.copyOf(obstacles);
    }
}
