# shellcheck shell=bash
# The parts that touch nothing but memory, by JMH, in JVMs with the agent's own options: RUNS are iterations of a quarter of a second in two
# of them. The floors are the barest thing of the kind in Java. They must hold nothing; the rows that they are parts of do.
bench_java Pure >"$SCRATCH/pure"
part() { # WORK METHOD [FLOOR METHOD]
    record "$1" "${3:-}" "" "$(samples "$2" <"$SCRATCH/pure")" "$([ -z "${4:-}" ] || samples "$4" <"$SCRATCH/pure")" us
}
part "decode a block" Decoding.block "as a Jackson tree" Decoding.blockAsTree
part "decode an affinity" Decoding.affinity
part "a block's new value into a snapshot of 100k" Decoding.edit
part "resolve 100k blocks" Resolving.everything
part "resolve one block of 100k, come or gone" Resolving.oneBlock
part "diff 100k routes, none missing" FibDiffing.nothingMissing "compare their keys" FibDiffing.bareKeys
part "diff 100k routes, all missing" FibDiffing.everythingMissing "compare their keys" FibDiffing.bareKeys
part "sort 100k routes into a table" RouteSorting.table "sort their keys" RouteSorting.bareKeys
