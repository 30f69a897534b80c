# shellcheck shell=bash
# Sourced by the scripts beside it: where things are, how they speak, and how long each stage took.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SCRIPT=script/$(basename "$0")

say() { echo "$SCRIPT: $*" >&2; }
die() { say "$*"; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
version() { sed -n 's|^  <version>\(.*\)</version>|\1|p' "$ROOT/pom.xml"; }

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
