# shellcheck shell=bash
# 50,000 blocks put at once, from the first put to the kernel's announcement of the last route; beside a bare watcher that drains the same.
node_link
start_etcd
bench_java Seed "$ETCD_ENDPOINTS" "$ROUTES" "$PEERS" 50000
follow burst "$RUNS" etcd >"$SCRATCH/burst"
bare=$(samples follow <"$SCRATCH/burst")
acknowledged=$(samples acknowledged <"$SCRATCH/burst")

start_agent
await_ready
before=$(resident "$AGENT")
ours=$(follow burst "$RUNS" "$BASELINE" | samples follow)
most=$(awk '/^VmHWM/ { printf "%.1f ", $2 / 1024 }' "/proc/$AGENT/status")
stop_agent

record "50k block puts to the last route" "bare watcher's last event" "< 1.5 x" "$ours" "$bare"
record "  the writer alone" "" "" "$acknowledged" ""
record "  memory, the most of all bursts" "before the bursts" "< 220" "$most" "$before" MB
