# shellcheck shell=bash
# A cluster of three nodes: start to ready, and memory a little later.
node_link
start_etcd
bench_java Seed "$ETCD_ENDPOINTS" 2 2 0
ours='' memory='' bare=''
hello() { "$JAVA" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -version 2>/dev/null; }
for ((run = 0; run < RUNS; run++)); do
    forget_routes
    start=$(now)
    start_agent
    await_ready
    ours="$ours$(between "$start" "$(now)")"
    sleep 2
    memory="$memory$(resident "$AGENT")"
    stop_agent
    start=$(now)
    hello
    bare="$bare$(between "$start" "$(now)")"
done
record "agent start, 3 nodes" "java -version" "< 1500, < 600" "$ours" "$bare"
record "memory, 3 nodes" "" "< 96, < 64" "$memory" "" MB
