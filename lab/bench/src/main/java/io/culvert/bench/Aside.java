package io.culvert.bench;

import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter;
import io.culvert.reconciler.kernel.Sysctls;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Leaves aside what is not measured: a packet filter and sysctls that say yes to everything. */
final class Aside {

    static final Sysctls SYSCTLS = new Sysctls() {
        @Override
        public OptionalInt read(String name) {
            return OptionalInt.empty();
        }

        @Override
        public Outcome apply(Change.SetSysctl change) {
            return Outcome.done(change);
        }
    };

    private Aside() {}

    /** One that holds what it was last given. */
    static PacketFilter filter() {
        return new PacketFilter() {
            private FilterState state = FilterState.ABSENT;

            @Override
            public FilterState observe() {
                return state;
            }

            @Override
            public Outcome apply(Change change) {
                state = change instanceof Change.ReplaceRuleset replace
                        ? new FilterState(Optional.of(replace.ruleset()), List.of(), PacketFilter.Dropped.NOTHING)
                        : FilterState.ABSENT;
                return Outcome.done(change);
            }
        };
    }
}
