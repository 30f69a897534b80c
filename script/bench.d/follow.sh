# shellcheck shell=bash
# From the start of a put to etcd to the kernel's announcement of the route, by one clock, with 100,000 routes present; beside the same
# put to the callback of a bare jetcd watcher, before the agent runs. The put's own way is in both.
node_link
start_etcd
bench_java Seed "$ETCD_ENDPOINTS" "$ROUTES" "$PEERS" 300
put=$(follow block 300 etcd | samples follow)

start_agent
await_ready
ours=$(follow block 300 "$BASELINE" | samples follow)
reason="from the event's arrival to the acknowledgement $(programming) ms pass on average; the rest is a thread that has to wake in another process"
stop_agent

record "a block put to its route, 100k routes there" "put to bare watcher" "< 1 more" "$ours" "$put"
why "$reason"
record "a block put to its route, 100k routes there" "put to bare watcher" "< 5 more, < 2 more" "$ours" "$put" ms 99
why "$reason"
