# shellcheck shell=bash
# What rows of script/bench share. Sourced in the row's own namespaces.
BASELINE=$ROOT/native/target/bench/baseline
JAVA=$(readlink -f "${JAVA_HOME:+$JAVA_HOME/bin/}$([ -n "${JAVA_HOME:-}" ] && echo java || command -v java)")
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
    for jar in "$DIST"/lib/*.jar; do class_path=${class_path:+$class_path:}$jar; done
    # shellcheck disable=SC2086 # options are words
    MALLOC_ARENA_MAX=1 "$JAVA" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -XX:-UsePerfData -Xms16m -Xmx128m -Xss512k \
        -XX:ReservedCodeCacheSize=32m -Dio.netty.allocator.type=unpooled -XX:SharedArchiveFile="$DIST/lib/classes.jsa" \
        -Dculvert.native="$DIST/lib/libculvert.so" ${BENCH_JAVA_OPTS:-} \
        -cp "$class_path:$ROOT/bench/target/culvert-bench-$(version).jar" "io.culvert.bench.$main" "$@"
}

# The samples of one name among lines of NAME<TAB>NUMBER on standard input, in one line.
samples() { awk -F '\t' -v name="$1" '$1 == name { printf "%s ", $2 }'; }

# Installs a Debian package that only a comparison needs, if its command is missing, and says so before.
need() { # COMMAND PACKAGE
    command -v "$1" >/dev/null && return
    say "installing with apt-get, to compare with: $2"
    # RUNLEVEL: a daemon that comes with its own service is not to be started by its installation.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}
