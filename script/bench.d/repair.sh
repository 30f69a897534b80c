# shellcheck shell=bash
# A route deleted by hand until the kernel announces it again, by one clock, with 100,000 routes present. One deletion after the other,
# 100 to 200 ms apart: what somebody does by hand. The same 5 to 10 ms apart tells how much of it is waking up: threads that slept, and
# a processor that has forgotten them.
node_link
"$BASELINE" install "$ROUTES" "$PEERS" eth0 >/dev/null
"$BASELINE" repair >/dev/null &
floor=$("$BASELINE" probe 300 "$ROUTES" 100 | tr '\n' ' ')
awake_floor=$("$BASELINE" probe 1000 "$ROUTES" 5 | tr '\n' ' ')
kill $!
"$BASELINE" remove "$ROUTES" "$PEERS"

start_etcd
bench_java Seed "$ETCD_ENDPOINTS" "$ROUTES" "$PEERS" 0
start_agent
await_ready
ours=$("$BASELINE" probe 300 "$ROUTES" 100 | tr '\n' ' ')
awake=$("$BASELINE" probe 1000 "$ROUTES" 5 | tr '\n' ' ')
stop_agent
reason="after 0.1 s of idleness threads and caches are cold, in C too; awake it takes $(median "$awake") ms, in C $(median "$awake_floor")"
record "a route deleted until it is back, 100k routes" "subscriber in C" "< 1" "$ours" "$floor"
why "$reason"
record "a route deleted until it is back, 100k routes" "subscriber in C" "< 5, < 1" "$ours" "$floor" ms 99
why "$reason"
record "  the same, 5 to 10 ms apart" "subscriber in C" "" "$awake" "$awake_floor"
record "  the same, 5 to 10 ms apart" "subscriber in C" "" "$awake" "$awake_floor" ms 99
