# shellcheck shell=bash
# Routes into an empty kernel, each from a snapshot, a file or an array in memory to the last acknowledgement. The packet filter and
# sysctls are left aside here; agent-start has them.
node_link

# What the baseline takes, and no route left behind.
cat >"$SCRATCH/floor" <<SCRIPT
#!/bin/sh
echo "floor	\$($BASELINE install $ROUTES $PEERS eth0)" && $BASELINE remove $ROUTES $PEERS
SCRIPT
chmod +x "$SCRATCH/floor"
bench_java Install $ROUTES $PEERS "$RUNS" "$SCRATCH/floor" >"$SCRATCH/install"
floor=$(samples floor <"$SCRATCH/install")
ours=$(samples culvert <"$SCRATCH/install")
record "install 100k routes, 5k peers" "raw C, next-hop objects" "< 2 x" "$ours" "$floor"
record "  the same, the JVM's first" "raw C, next-hop objects" "" "$(samples cold <"$SCRATCH/install")" "$floor"
for phase in OBSERVE RESOLVE DIFF APPLY; do
    record "  of it ${phase,,}" "" "" "$(samples phase.$phase <"$SCRATCH/install")" ""
done

# The other tools take seconds, and their own figures are no more than the scale: three runs each.
plain_routes 'route add %d.%d.%d.%d/26 via 10.%d.%d.%d dev eth0 onlink proto 92' >"$SCRATCH/batch"
ip_batch=
for _ in 1 2 3; do
    start=$("$BASELINE" clock)
    ip -batch "$SCRATCH/batch"
    ip_batch="$ip_batch $(awk -v a="$start" -v b="$("$BASELINE" clock)" 'BEGIN { print b - a }')"
    ip route flush proto 92
done
record "install 100k routes, 5k peers" "ip -batch" "> 10 x" "$ours" "$ip_batch"

need bird bird2
bird_config >"$SCRATCH/bird.conf"
bird=
for _ in 1 2 3; do
    coproc AWAIT { exec "$BASELINE" await $ROUTES 12; }
    await_pid=$AWAIT_PID
    read -r _ <&"${AWAIT[0]}"
    start=$("$BASELINE" clock)
    bird -f -c "$SCRATCH/bird.conf" -s "$SCRATCH/bird.ctl" 2>"$SCRATCH/bird.log" & bird_pid=$!
    read -r end <&"${AWAIT[0]}" || die "BIRD did not install its routes: $(tail -n 3 "$SCRATCH/bird.log")"
    wait "$await_pid" 2>/dev/null || true
    bird="$bird $(awk -v a="$start" -v b="$end" 'BEGIN { print b - a }')"
    kill $bird_pid
    wait $bird_pid || true
    ip route flush proto bird
done
record "install 100k routes, 5k peers" "BIRD, start to last route" "> 10 x" "$ours" "$bird"
