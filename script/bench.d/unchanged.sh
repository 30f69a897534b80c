# shellcheck shell=bash
# A new snapshot that says what the last one said and shares nothing with it, as after a relist, and a kernel that holds it already.
node_link
# Warm runs with the agent's own compiler settings, and a heap for the two snapshots.
BENCH_JAVA_OPTS=-Xmx256m bench_java Unchanged "$ROUTES" "$PEERS" 100 >"$SCRATCH/unchanged"
record "resolve + diff, 100k routes, nothing changed" "" "< 30, < 10" "$(samples both <"$SCRATCH/unchanged")" ""
record "  of it resolve" "" "" "$(samples resolve <"$SCRATCH/unchanged")" ""
record "  of it diff" "" "" "$(samples diff <"$SCRATCH/unchanged")" ""
record "  snapshots that share everything" "" "" "$(samples shared <"$SCRATCH/unchanged")" ""
