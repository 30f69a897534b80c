# shellcheck shell=bash
# What rows of script/bench share. Sourced in the row's own namespaces.
BASELINE=$ROOT/native/target/bench/baseline
JAVA=$(readlink -f "$(command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java")")
ROUTES=100000
PEERS=5000

# The node: 10.0.0.1/8 on one end of a veth pair. A second pair, like it but without an address, stands in for the tunnel.
veth() { # NAME [ADDRESS]
    ip link add "$1" type veth peer name "$1-peer"
    [ -z "${2:-}" ] || ip addr add "$2" dev "$1"
    ip link set "$1" up
    ip link set "$1-peer" up
}
node_link() { veth eth0 10.0.0.1/8; }

# A program of the bench, with the agent's own Java options unless BENCH_JAVA_OPTS, which come last, say otherwise.
bench_java() { # MAIN ARGUMENT...
    local main=$1 class_path jar
    shift
    for jar in "$DIST"/lib/*.jar "$ROOT"/lab/bench/target/jmh/*.jar; do class_path=${class_path:+$class_path:}$jar; done
    # shellcheck disable=SC2086 # options are words
    MALLOC_ARENA_MAX=1 "$JAVA" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -XX:-UsePerfData -Xms16m -Xmx112m -Xss512k \
        -XX:ReservedCodeCacheSize=32m -XX:CompileThresholdScaling=0.25 -Dio.netty.allocator.type=unpooled \
        -XX:SharedArchiveFile="$DIST/lib/classes.jsa" \
        -Dculvert.native="$DIST/lib/libculvert.so" ${BENCH_JAVA_OPTS:-} \
        -cp "$class_path:$ROOT/lab/bench/target/culvert-bench-$(version).jar" "io.culvert.bench.$main" "$@"
}

# The samples of one name among lines of NAME<TAB>NUMBER on standard input, in one line.
samples() { awk -F '\t' -v name="$1" '$1 == name { printf "%s ", $2 }'; }

# A command that only a comparison needs, and its Debian package: script/bench reads these lines and installs it before, since from a row's
# own network namespace nothing can be fetched.
need() { command -v "$1" >/dev/null || die "$1 of package $2 is missing"; } # COMMAND PACKAGE

# An agent of node n0, in the background: its process is $AGENT, what it says $SCRATCH/agent.log.
start_agent() { # [OPTION...]
    CULVERT_STATE_DIR=$SCRATCH/state "$DIST/bin/culvert" agent --node-name n0 --node-address 10.0.0.1/8 --block-claims observe \
        --listen 127.0.0.1:9474 "$@" 2>>"$SCRATCH/agent.log" &
    AGENT=$!
}
stop_agent() {
    kill "$AGENT"
    wait "$AGENT" || true
}

# Asks every few milliseconds; whoever waits so has the processor for himself hardly ever.
await_ready() {
    local nothing answer deadline=$((SECONDS + 120))
    exec {nothing}<> <(:)
    until {
        { exec {agent}<>/dev/tcp/127.0.0.1/9474; } 2>/dev/null && printf 'GET /readyz HTTP/1.0\r\n\r\n' >&"$agent" &&
            read -r answer <&"$agent"
        [[ ${answer:-} == *200* ]]
    }; do
        kill -0 "$AGENT" 2>/dev/null || die "the agent has ended: $(tail -n 3 "$SCRATCH/agent.log")"
        [ $SECONDS -lt $deadline ] || die "the agent is not ready: $(tail -n 3 "$SCRATCH/agent.log")"
        read -rt 0.004 -u "$nothing" || true
    done
    exec {nothing}>&- {agent}>&-
}

# Milliseconds from an event's arrival to the kernel's acknowledgement, on average, as the agent itself tells.
programming() {
    local agent
    exec {agent}<>/dev/tcp/127.0.0.1/9474
    printf 'GET /metrics HTTP/1.0\r\n\r\n' >&"$agent"
    awk '$1 == "culvert_programming_duration_seconds_sum" { sum = $2 } $1 == "culvert_programming_duration_seconds_count" { count = $2 }
        END { printf "%.2f", count ? 1000 * sum / count : 0 }' <&"$agent"
    exec {agent}>&-
}

# The kernel without anything of the agent's; what is not there cannot be flushed and is no failure.
forget_routes() {
    { ip route flush proto 90; ip nexthop flush protocol 90; nft delete table ip culvert; } >/dev/null 2>&1 || true
    [ "$(routes_of 90)" = 0 ] || die "routes of the agent's are left"
}

routes_of() { ip -4 route show proto "$1" | wc -l; }
now() { "$BASELINE" clock; }
between() { awk -v from="$1" -v to="$2" 'BEGIN { printf "%.1f ", to - from }'; }
resident() { awk '/^VmRSS/ { printf "%.1f ", $2 / 1024 }' "/proc/$1/status"; }

# Puts to etcd and waits, as Follow's documentation says, with a heap for 50,000 documents, which the writer keeps.
follow() { BENCH_JAVA_OPTS=-Xmx1g bench_java Follow "$ETCD_ENDPOINTS" $ROUTES $PEERS "$@"; }

# The median of samples, and the samples less a number or each with its counterpart added.
median() { tr ' ' '\n' <<<"$1" | sort -n | awk 'NF { v[++n] = $1 } END { print n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2 }'; }
less() { awk -v by="$1" '{ for (i = 1; i <= NF; i++) printf "%.4f ", $i - by }' <<<"$2"; }
sums() { awk 'NR == 1 { split($0, a, " "); next } { for (i = 1; i <= NF; i++) printf "%.4f ", a[i] + $i }' <<<"$1"$'\n'"$2"; }

# The same routes as lines of a printf form with the prefix's four numbers and the peer's last three.
plain_routes() { awk -v n=$ROUTES -v p=$PEERS -v "form=$1" 'BEGIN { for (i = 0; i < n; i++) { j = i % p
    printf form "\n", 96 + int(i / 262144), int(i / 1024) % 256, int(i / 4) % 256, i % 4 * 64, 1 + int(j / 65536), int(j / 256) % 256, j % 256 } }'; }

bird_config() {
    echo 'router id 10.0.0.1; protocol device {} protocol kernel { scan time 60; learn no; ipv4 { import none; export all; }; }'
    echo 'protocol static { ipv4;'
    plain_routes 'route %d.%d.%d.%d/26 via 10.%d.%d.%d;'
    echo '}'
}
