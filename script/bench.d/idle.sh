# shellcheck shell=bash
# Minutes in which nothing happens but what time brings: the agent's resync and BIRD's scan of the kernel, every 60 s each. Both at once,
# each in a network namespace of its own; their own processor time counts, children's too.
node_link
start_etcd
bench_java Seed "$ETCD_ENDPOINTS" "$ROUTES" "$PEERS" 0
start_agent --resync-period 60s
await_ready

need bird bird2
bird_config >"$SCRATCH/bird.conf"
unshare --net bash -c "
    ip link add eth0 type veth peer name eth0-peer; ip addr add 10.0.0.1/8 dev eth0; ip link set eth0 up; ip link set eth0-peer up
    exec bird -f -c $SCRATCH/bird.conf -s $SCRATCH/bird.ctl" 2>"$SCRATCH/bird.log" &
bird=$!
until [ "$(nsenter --net="/proc/$bird/ns/net" ip -4 route show proto bird | wc -l)" = "$ROUTES" ]; do
    kill -0 $bird || die "BIRD has ended: $(tail -n 3 "$SCRATCH/bird.log")"
    sleep 1
done
sleep 10

# Nanoseconds of processor time of a process's threads (kernel, sched-stats.rst), and of the children it has waited for, of which there are ticks.
used() {
    cat "/proc/$1"/task/*/schedstat |
        awk -v children="$(awk '{ print $16 + $17 }' "/proc/$1/stat")" -v hz="$(getconf CLK_TCK)" '{ n += $1 } END { printf "%.0f", n + children * 1e9 / hz }'
}
percent() { awk -v a="$1" -v b="$2" -v nanos=$((60 * 1000000000)) 'BEGIN { printf "%.4f ", (b - a) * 100 / nanos }'; }
agent='' bare='' memory='' bird_memory=''
for ((minute = 0; minute < RUNS; minute++)); do
    # shellcheck disable=SC2153 # set by start_agent
    agent_before=$(used "$AGENT") bird_before=$(used $bird)
    sleep 60
    agent="$agent$(percent "$agent_before" "$(used "$AGENT")")" bare="$bare$(percent "$bird_before" "$(used $bird)")"
    memory="$memory$(resident "$AGENT")" bird_memory="$bird_memory$(resident $bird)"
done
record "idle, share of a processor, 5k nodes, 100k routes" "BIRD, same routes" "< 0.5, < 1 x" "$agent" "$bare" "%"
record "memory, the same" "BIRD, same routes" "< 220, < 128" "$memory" "$bird_memory" MB
