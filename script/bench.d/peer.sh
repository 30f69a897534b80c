# shellcheck shell=bash
# A peer's address put to etcd until the kernel has announced the last of its 20 routes, with 100,000 routes present; beside the same put
# to a bare watcher and one netlink message that replaces the peer's next hop, under as many routes. From the event to the
# acknowledgement is what the put's own median leaves of it.
node_link
start_etcd
bench_java Seed "$ETCD_ENDPOINTS" "$ROUTES" "$PEERS" 0
put=$(follow peer 50 etcd | samples follow)
"$BASELINE" install "$ROUTES" "$PEERS" eth0 >/dev/null
message=$("$BASELINE" switch 50 eth0 | tr '\n' ' ')
"$BASELINE" remove "$ROUTES" "$PEERS"

start_agent
await_ready
ours=$(follow peer 50 "$BASELINE" | samples follow)
stop_agent

record "a peer's address put to its 20 routes" "put to bare watcher + message" "" "$ours" "$(sums "$put" "$message")"
record "  from the event to the acknowledgement" "one netlink message" "< 2" "$(less "$(median "$put")" "$ours")" "$message"
why "the node is found among 5,000, and its routes among all, before the first is written; the packet filter is not in this"
