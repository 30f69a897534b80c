# shellcheck shell=bash
# From the start of a put to etcd to the kernel's announcement of the route, by one clock, with 100,000 routes present; beside the same
# put to the callback of a bare jetcd watcher, before the agent runs. The put's own way is in both.
node_link
start_etcd
bench_java Seed "$ETCD_ENDPOINTS" $ROUTES $PEERS 50000
# A heap for the 50,000 documents, which the writer keeps.
follow() { BENCH_JAVA_OPTS=-Xmx1g bench_java Follow "$ETCD_ENDPOINTS" $ROUTES $PEERS "$@"; }
block_etcd=$(follow block 300 etcd | samples follow)
peer_etcd=$(follow peer 50 etcd | samples follow)
follow burst "$RUNS" etcd >"$SCRATCH/burst"
burst_etcd=$(samples follow <"$SCRATCH/burst")
acknowledged=$(samples acknowledged <"$SCRATCH/burst")

start_agent
await_ready
before=$(resident $AGENT)
block=$(follow block 300 "$BASELINE" | samples follow)
peer=$(follow peer 50 "$BASELINE" | samples follow)
burst=$(follow burst "$RUNS" "$BASELINE" | samples follow)
after=$(awk '/^VmHWM/ { printf "%.1f ", $2 / 1024 }' /proc/$AGENT/status)
stop_agent

record "a block put to its route, 100k routes there" "put to bare watcher" "< 1 more" "$block" "$block_etcd"
record "a block put to its route, 100k routes there" "put to bare watcher" "< 5 more" "$block" "$block_etcd" ms 99
record "a peer's address put to its 20 routes" "put to bare watcher" "< 2 more" "$peer" "$peer_etcd"
record "50k block puts to the last route" "bare watcher's last event" "< 1.5 x" "$burst" "$burst_etcd"
record "  the writer alone" "" "" "$acknowledged" ""
record "  agent's memory before" "" "" "$before" "" MB
record "  agent's memory, the most of all this" "" "" "$after" "" MB
