# shellcheck shell=bash
# The agent's process start to ready, everything in etcd, the packet filter too; and the same with all routes in the kernel already.
node_link
start_etcd
bench_java Seed "$ETCD_ENDPOINTS" "$ROUTES" "$PEERS" 0

ours='' restart='' memory='' read='' floor='' both=''
for ((run = 0; run < RUNS; run++)); do
    forget_routes
    start=$(now)
    start_agent
    await_ready
    ours="$ours$(between "$start" "$(now)")"
    found=$(routes_of 90)
    [ "$found" = "$ROUTES" ] || die "ready with $found routes of $ROUTES"
    memory="$memory$(resident "$AGENT")"
    stop_agent
    start=$(now)
    start_agent
    await_ready
    restart="$restart$(between "$start" "$(now)")"
    stop_agent
    forget_routes
    start=$(now)
    bench_java ReadAll "$ETCD_ENDPOINTS" >/dev/null
    bare=$(between "$start" "$(now)")
    c=$("$BASELINE" install "$ROUTES" "$PEERS" eth0)
    "$BASELINE" remove "$ROUTES" "$PEERS"
    read="$read$bare"
    floor="$floor$c "
    both="$both$(sums "$bare" "$c")"
done
record "agent start, 5k nodes, 100k blocks in etcd" "bare jetcd reading + raw C" "< 2 x, < 1.4 x" "$ours" "$both"
record "  of the baseline, bare jetcd reading" "" "" "$read" ""
record "  of the baseline, raw C" "" "" "$floor" ""
record "agent restart, all routes there" "bare jetcd reading" "" "$restart" "$read"
record "memory of the agent after its start" "" "" "$memory" "" MB
