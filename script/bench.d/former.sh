# shellcheck shell=bash
# This distribution beside a former one, turn by turn in the same run: what a change costs. CULVERT_FORMER names the former one's folder,
# such as the dist/culvert of another checkout.
[ -x "${CULVERT_FORMER:-}/bin/culvert" ] || die "CULVERT_FORMER names no distribution to compare with"
node_link
start_etcd
ROUNDS=3
declare -A start memory put drift
present=$DIST

# Both are measured by the programs of this checkout, so the class path of the bench stays the same.
turn() { # NAME FOLDER
    local name=$1 from
    DIST=$2
    forget_routes
    from=$(now)
    start_agent
    await_ready
    start[$name]+=$(between "$from" "$(now)")
    "${@:3}"
    stop_agent
    DIST=$present
}
small() {
    sleep 2
    memory[$name]+=$(resident "$AGENT")
}
follow_and_repair() {
    local folder=$DIST
    DIST=$present
    put[$name]+="$(follow block 200 "$BASELINE" | samples follow) "
    DIST=$folder
    drift[$name]+="$("$BASELINE" probe 200 "$ROUTES" 100 | tr '\n' ' ') "
}

bench_java Seed "$ETCD_ENDPOINTS" 2 2 0
for ((round = 0; round < RUNS; round++)); do
    turn former "$CULVERT_FORMER" small
    turn present "$present" small
done
record "agent start, 3 nodes" "former distribution" "< 1.05 x" "${start[present]}" "${start[former]}"
record "memory, 3 nodes" "former distribution" "< 1.05 x" "${memory[present]}" "${memory[former]}" MB

bench_java Seed "$ETCD_ENDPOINTS" "$ROUTES" "$PEERS" 200
start=()
for ((round = 0; round < ROUNDS; round++)); do
    turn former "$CULVERT_FORMER" follow_and_repair
    turn present "$present" follow_and_repair
done
record "a block put to its route, 100k routes there" "former distribution" "< 1.05 x" "${put[present]}" "${put[former]}"
record "a route deleted until it is back, 100k routes" "former distribution" "< 0.06 more" "${drift[present]}" "${drift[former]}"
