# shellcheck shell=bash
# Sourced by the scripts beside it: where things are, how they speak, and how long each stage took.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SCRIPT=script/$(basename "$0")

say() { echo "$SCRIPT: $*" >&2; }
die() { say "$*"; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
version() { sed -n 's|^  <version>\(.*\)</version>|\1|p' "$ROOT/pom.xml"; }
# Debian sorts what follows a tilde before the release; a hyphen would come after it.
deb_version() { version | tr - '~'; }

# A tool of the lab, as root; sudo clears the environment, so what matters to the lab goes by name.
lab_tool() {
    local tool=$1
    shift
    as_root env CULVERT_CACHE="${CULVERT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/culvert}" \
        CULVERT_LAB_KERNEL="${CULVERT_LAB_KERNEL:-auto}" JAVA_HOME="${JAVA_HOME:-}" "$ROOT/lab/bin/$tool" "$@"
}

STAGES=()
stage() { # NAME COMMAND...: says the name, remembers the time
    local name=$1 start=$SECONDS
    shift
    say "$name"
    "$@"
    STAGES+=("$(printf '%5d s  %s' $((SECONDS - start)) "$name")")
}
print_stages() { printf '%s\n' "${STAGES[@]}"; }

# An etcd of this script's own until it ends, in a directory of its own, on ports the system has free. Exports ETCD_ENDPOINTS.
start_etcd() {
    local data port peer etcd
    data=$(mktemp -d)
    port=$(free_port)
    peer=$(free_port)
    export ETCD_ENDPOINTS=http://127.0.0.1:$port
    etcd --data-dir "$data" --unsafe-no-fsync --listen-client-urls "$ETCD_ENDPOINTS" --advertise-client-urls "$ETCD_ENDPOINTS" \
        --listen-peer-urls "http://127.0.0.1:$peer" --initial-advertise-peer-urls "http://127.0.0.1:$peer" \
        --initial-cluster "default=http://127.0.0.1:$peer" >"$data.log" 2>&1 &
    etcd=$!
    # shellcheck disable=SC2064
    trap "kill $etcd 2>/dev/null; rm -rf $data $data.log" EXIT
    until ETCDCTL_API=3 etcdctl --endpoints "$ETCD_ENDPOINTS" endpoint health >/dev/null 2>&1; do
        kill -0 $etcd 2>/dev/null || { cat "$data.log" >&2; die "etcd has ended at its start"; }
        sleep 0.1
    done
}

free_port() {
    local port
    while port=$((20000 + RANDOM % 10000)); do
        (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}
