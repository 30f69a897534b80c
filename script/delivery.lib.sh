# shellcheck shell=bash
# What script/image and script/package share: a small Debian, checks that are counted, and namespaces that end with the script.
SUITE=bookworm

# A tarball of Debian's essential packages and apt, as the base image debian:bookworm-slim has them; made anew once a day.
debian_base() {
    local base
    base=$ROOT/target/debian-$SUITE-$(dpkg --print-architecture).tar
    if [ -z "$(find "$base" -mtime -1 2>/dev/null)" ]; then
        mkdir -p "$ROOT/target"
        as_root mmdebstrap --quiet --variant=minbase --format=tar "$SUITE" "$base.new" >&2
        as_root mv "$base.new" "$base"
    fi
    echo "$base"
}

# Runs this script again with the words given, as root, in namespaces of its own: what it starts and mounts ends with it, however it
# ends.
apart() { # NETWORK|'' WORD...
    local network=$1
    shift
    as_root env CULVERT_COUNTS="${CULVERT_COUNTS:-}" CULVERT_TIMES="${CULVERT_TIMES:-}" unshare ${network:+--net} --mount --propagation private --pid --fork --kill-child \
        --mount-proc -- "$0" "$@"
}

CHECKED=0
FAILED=0

# A check is a function that prints what it found and fails if that is wrong.
check() { # NAME FUNCTION [WORD...]
    local name=$1 output start=${EPOCHREALTIME/[.,]/}
    shift
    CHECKED=$((CHECKED + 1))
    # Not in a condition, where the function would go on after its first failing command.
    set +e
    output=$(set -e; "$@" 2>&1)
    local status=$?
    set -e
    took "$start" "$name"
    if [ $status = 0 ]; then
        echo "  ok      $name"
    else
        FAILED=$((FAILED + 1))
        echo "  FAILED  $name"
        printf '%s\n' "$output" | sed 's/^/          /'
    fi
}

# Notes the seconds since a check's start, for script/test.
took() { # MICROSECONDS NAME
    local micros=$((${EPOCHREALTIME/[.,]/} - $1))
    [ -z "${CULVERT_TIMES:-}" ] || printf '%d.%06d %s: %s\n' $((micros / 1000000)) $((micros % 1000000)) "$SCRIPT" "$2" >>"$CULVERT_TIMES"
}

# Says what was counted, also to script/test, and fails if a check did.
counted() {
    [ -z "${CULVERT_COUNTS:-}" ] || echo "$CHECKED $FAILED 0" >"$CULVERT_COUNTS"
    echo "$SCRIPT: $CHECKED checks, $FAILED failed"
    [ $FAILED = 0 ] && [ $CHECKED -gt 0 ]
}

figure() { echo "figure: $*"; }

# Waits until a command succeeds, a minute at most.
eventually() { # COMMAND...
    local deadline=$((SECONDS + 60))
    until "$@" >/dev/null 2>&1; do
        if [ $SECONDS -ge $deadline ]; then
            echo "in vain for a minute: $*; at last it said: $("$@" 2>&1)"
            return 1
        fi
        sleep 0.05
    done
}

# Fails, and shows both, unless the text holds every pattern.
has() { # TEXT PATTERN...
    local text=$1 pattern
    shift
    for pattern; do
        grep -Eq -- "$pattern" <<<"$text" || { printf "no '%s' in:\n%s\n" "$pattern" "$text"; return 1; }
    done
}

# Fails if the command succeeds; a `!` would not end a function that is to stop at its first failure.
not() { # COMMAND...
    if "$@"; then
        echo "done, though it must not be: $*"
        return 1
    fi
}
