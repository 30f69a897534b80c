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
bench_java Install "$ROUTES" "$PEERS" "$RUNS" "$SCRATCH/floor" >"$SCRATCH/install"
floor=$(samples floor <"$SCRATCH/install")
ours=$(samples culvert <"$SCRATCH/install")
record "install 100k routes, 5k peers" "raw C, next-hop objects" "< 2 x, < 1.3 x" "$ours" "$floor"
record "  the same, the JVM's first" "raw C, next-hop objects" "" "$(samples cold <"$SCRATCH/install")" "$floor"
for phase in OBSERVE RESOLVE DIFF APPLY; do
    record "  of it ${phase,,}" "" "" "$(samples phase.$phase <"$SCRATCH/install")" ""
done

# The other tools take many seconds, and ten times as much is no matter of luck: three runs each.
slow_runs=$((RUNS < 3 ? RUNS : 3))
ip_batch() { # FILE RUNS
    local run start
    for ((run = 0; run < $2; run++)); do
        start=$(now)
        ip -batch "$1"
        between "$start" "$(now)"
        # One of these finds nothing or is refused, which is no failure: routes by next-hop objects go with the objects.
        { ip route flush proto 92; ip nexthop flush protocol 92; } >/dev/null 2>&1 || true
        [ "$(routes_of 92)" = 0 ] || die "routes of ip -batch are left"
    done
}
plain_routes 'route add %d.%d.%d.%d/26 via 10.%d.%d.%d dev eth0 onlink proto 92' >"$SCRATCH/plain"
record "install 100k routes, 5k peers" "ip -batch" "> 10 x" "$ours" "$(ip_batch "$SCRATCH/plain" $slow_runs)"

# How this one compares is for the table alone: raw C itself is less than ten times as fast.
{
    awk -v p="$PEERS" 'BEGIN { for (j = 0; j < p; j++) printf "nexthop add id %d via 10.%d.%d.%d dev eth0 onlink proto 92\n", 1 + j, 1 + int(j / 65536), int(j / 256) % 256, j % 256 }'
    plain_routes 'route add %d.%d.%d.%d/26 nhid - proto 92' | awk -v p="$PEERS" '{ $5 = 1 + (NR - 1) % p; print }'
} >"$SCRATCH/objects"
record "install 100k routes, 5k peers" "ip -batch, next-hop objects" "" "$ours" "$(ip_batch "$SCRATCH/objects" "$RUNS")"

need bird bird2
bird_config >"$SCRATCH/bird.conf"
bird=
for ((run = 0; run < slow_runs; run++)); do
    coproc AWAIT { exec "$BASELINE" await "$ROUTES" 12; }
    # shellcheck disable=SC2153 # set by coproc
    await_pid=$AWAIT_PID
    read -r _ <&"${AWAIT[0]}"
    start=$(now)
    bird -f -c "$SCRATCH/bird.conf" -s "$SCRATCH/bird.ctl" 2>"$SCRATCH/bird.log" & bird_pid=$!
    read -r end <&"${AWAIT[0]}" || die "BIRD did not install its routes: $(tail -n 3 "$SCRATCH/bird.log")"
    wait "$await_pid" 2>/dev/null || true
    bird="$bird$(between "$start" "$end")"
    kill $bird_pid
    wait $bird_pid || true
    ip route flush proto bird
done
record "install 100k routes, 5k peers" "BIRD, start to last route" "> 10 x" "$ours" "$bird"
