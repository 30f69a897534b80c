package io.culvert.reconciler.kernel;

import java.util.List;
import java.util.Optional;

/**
 * Table {@code ip culvert} of one network namespace. Every table of another name is foreign and is never read or written.
 * Methods block and belong to the thread that owns the kernel.
 */
public interface PacketFilter {

    /** @throws KernelException if the table cannot be read */
    FilterState observe();

    /**
     * Replaces or removes the whole table in one transaction.
     *
     * @param change a {@link Change.ReplaceRuleset} or {@link Change.DeleteRuleset}
     */
    Outcome apply(Change change);

    /**
     * The table as observed once.
     *
     * @param ruleset what it says, or empty when there is no such table
     * @param deviations rules added, removed or changed by others; empty when the table is as Culvert writes it
     * @param dropped what it has dropped since it was created
     */
    record FilterState(Optional<Ruleset> ruleset, List<String> deviations, Dropped dropped) {

        public static final FilterState ABSENT = new FilterState(Optional.empty(), List.of(), Dropped.NOTHING);

        public FilterState {
            deviations = List.copyOf(deviations);
        }
    }

    /**
     * Counts of packets.
     *
     * @param strangers of protocol 4 from an address that may not send it
     * @param forged that came out of the tunnel with a source in no pool
     */
    record Dropped(long strangers, long forged) {

        public static final Dropped NOTHING = new Dropped(0, 0);

        /** Both together. */
        public long packets() {
            return strangers + forged;
        }
    }
}
