# shellcheck shell=bash
# A new snapshot that says what the last one said, and a kernel that holds it already.
node_link
# A hundred warm runs; the agent's own compiler settings.
bench_java Unchanged $ROUTES $PEERS 100 >"$SCRATCH/unchanged"
record "resolve + diff, 100k routes, nothing changed" "" "< 30" "$(samples both <"$SCRATCH/unchanged")" ""
record "  of it resolve" "" "" "$(samples resolve <"$SCRATCH/unchanged")" ""
record "  of it diff" "" "" "$(samples diff <"$SCRATCH/unchanged")" ""
