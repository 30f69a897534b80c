# shellcheck shell=bash
# Two minutes in which nothing happens but what time brings: the agent's resync and BIRD's scan of the kernel, every 60 s each. Both at
# once, each in a network namespace of its own; their own processor time counts, children's too.
SECONDS_IDLE=120
node_link
start_etcd
bench_java Seed "$ETCD_ENDPOINTS" $ROUTES $PEERS 0
start_agent --resync-period 60s
await_ready

need bird bird2
bird_config >"$SCRATCH/bird.conf"
unshare --net bash -c "
    ip link add eth0 type veth peer name eth0-peer; ip addr add 10.0.0.1/8 dev eth0; ip link set eth0 up; ip link set eth0-peer up
    exec bird -f -c $SCRATCH/bird.conf -s $SCRATCH/bird.ctl" 2>"$SCRATCH/bird.log" &
bird=$!
until [ "$(nsenter --net="/proc/$bird/ns/net" ip -4 route show proto bird | wc -l)" = $ROUTES ]; do
    kill -0 $bird || die "BIRD has ended: $(tail -n 3 "$SCRATCH/bird.log")"
    sleep 1
done
sleep 10

# Clock ticks of a process and of the children it has waited for.
ticks() { awk '{ print $14 + $15 + $16 + $17 }' "/proc/$1/stat"; }
percent() { awk -v a="$1" -v b="$2" -v hz="$(getconf CLK_TCK)" -v s=$SECONDS_IDLE 'BEGIN { printf "%.3f ", (b - a) * 100 / hz / s }'; }
agent_before=$(ticks $AGENT) bird_before=$(ticks $bird)
sleep $SECONDS_IDLE
record "idle, share of a processor, 5k nodes, 100k routes" "BIRD, same routes" "< 0.5" "$(percent "$agent_before" "$(ticks $AGENT)")" \
    "$(percent "$bird_before" "$(ticks $bird)")" "%"
record "memory, the same" "BIRD" "< 220" "$(resident $AGENT)" "$(resident $bird)" MB
