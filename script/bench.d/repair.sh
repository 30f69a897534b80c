# shellcheck shell=bash
# A route deleted by hand until the kernel announces it again, by one clock, with 100,000 routes present. One deletion after the other,
# 100 to 200 ms apart: what somebody does by hand.
node_link
"$BASELINE" install $ROUTES $PEERS eth0 >/dev/null
"$BASELINE" repair >/dev/null &
floor=$("$BASELINE" probe 300 $ROUTES 100 | tr '\n' ' ')
kill $!
"$BASELINE" remove $ROUTES $PEERS

start_etcd
bench_java Seed "$ETCD_ENDPOINTS" $ROUTES $PEERS 0
start_agent
await_ready
ours=$("$BASELINE" probe 300 $ROUTES 100 | tr '\n' ' ')
stop_agent
record "a route deleted until it is back, 100k routes" "subscriber in C" "< 1" "$ours" "$floor"
record "a route deleted until it is back, 100k routes" "subscriber in C" "< 5, < 1" "$ours" "$floor" ms 99
