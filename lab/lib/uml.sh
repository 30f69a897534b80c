# shellcheck shell=bash
# Sourced by lab-run: the command in User-Mode Linux, whose root is the host's, read-only, under an overlay in memory.
# Reads LINUX, LAB, LIMIT, MEMORY, INTERACTIVE, WRITABLE and the command in "$@".
unshare --pid --fork true 2>/dev/null || die "process namespaces are not allowed here, and User-Mode Linux is not run without one"

# Run directories of labs that were killed by a signal no trap sees.
for stale in "${TMPDIR:-/tmp}"/culvert-lab.*.*; do
    pid=${stale%.*}
    [ ! -d "$stale" ] || kill -0 "${pid##*.}" 2>/dev/null || rm -rf "$stale"
done
RUN=$(mktemp -d "${TMPDIR:-/tmp}/culvert-lab.$$.XXXXXX")
mkdir "$RUN/uml"
: >"$RUN/out"

# The JVM moves its archive of classes at each start, which touches every page of it; that is half of a start here.
export CULVERT_JAVA_OPTS=${CULVERT_JAVA_OPTS:--XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0}

# The command, quoted for the bash inside. The guest ends it at the time limit, so that its reports are complete.
{
    printf 'cd %q || exit 125\n' "$PWD"
    printf 'export PATH=%q HOME=%q\n' "$PATH:/usr/sbin:/sbin" "${HOME:-/}"
    for name in "${!CULVERT_@}" JAVA_HOME TERM LANG; do
        [ -z "${!name:-}" ] || printf 'export %s=%q\n' "$name" "${!name}"
    done
    printf 'exec timeout %s -k 5 %q' "${INTERACTIVE:+--foreground}" "$LIMIT"
    printf ' %q' "$@"
    echo
} >"$RUN/command"

# User-Mode Linux traces each of its processes; across CPUs everything takes three times as long. Each lab gets a CPU to itself if it can.
one_cpu() {
    local cpu chosen=
    for cpu in $(seq 0 $(($(nproc --all) - 1)) | shuf); do
        taskset -c "$cpu" true 2>/dev/null || continue
        chosen=$cpu
        exec 8>"${TMPDIR:-/tmp}/.culvert-lab-cpu$cpu"
        ! flock -n 8 || break
    done
    CPU=$chosen
}
one_cpu

# The guest's memory is a deleted file there: too little room is a bus error later, noexec a failure at once.
memory_directory() {
    local kilobytes directory=/dev/shm
    case $MEMORY in
        *[gG]) kilobytes=$((${MEMORY%?} << 20)) ;;
        *[mM]) kilobytes=$((${MEMORY%?} << 10)) ;;
        *) die "-m takes a number with M or G, not $MEMORY" ;;
    esac
    if [ -w $directory ] && [ "$(df --output=avail -k $directory | tail -n 1)" -ge "$kilobytes" ] &&
        ! findmnt -n -o OPTIONS -T $directory | grep -qw noexec; then
        echo $directory
    else
        echo "$RUN"
    fi
}

# A terminal becomes the guest's console. Anything else cannot: a console has no end of file. Its lines go over as numbered files, which
# the guest has not seen before and so reads afresh.
send_lines() {
    local n=0 line
    while IFS= read -r line || [ -n "$line" ]; do
        printf '%s\n' "$line" >"$RUN/line.new"
        mv "$RUN/line.new" "$RUN/line.$n"
        n=$((n + 1))
    done
    : >"$RUN/line.end"
}

INPUT=none CONSOLE=null,fd:5 SENDER=
exec 4</dev/null 5>"$RUN/console"
if [ -n "$INTERACTIVE" ] && [ -t 0 ]; then
    exec 4<&0 5>&1
    INPUT=terminal:$(stty size | tr ' ' :) CONSOLE=fd:4,fd:5
elif [ -n "$INTERACTIVE" ]; then
    INPUT=lines
    send_lines <&0 &
    SENDER=$!
fi
WRITABLE_WORDS=$(IFS=: && echo "${WRITABLE[*]}")
# --pdeathsig: nothing outlives this script, of whatever it dies. --kill-child: the namespace ends as one.
TMPDIR=$(memory_directory) setpriv --pdeathsig KILL taskset -c "$CPU" timeout --foreground -s KILL $((LIMIT + 30)) \
    setpriv --pdeathsig KILL unshare --pid --fork --kill-child sh -c '"$@"; exit $?' sh \
    env LD_PRELOAD="$(dirname "$LINUX")/xstate.so" "$LINUX" mem="$MEMORY" rootfstype=hostfs rootflags=/ ro init="$LAB/lib/uml-init" \
    umid=lab uml_dir="$RUN/uml" con=null con0="$CONSOLE" ssl=null quiet noreboot panic=-1 \
    LAB_RUN="$RUN" LAB_WRITABLE="$WRITABLE_WORDS" LAB_INPUT="$INPUT" >"$RUN/boot" 2>&1 <&4 &
KERNEL_PID=$!
# wait: else the shell reports the end of its job.
trap '{ kill -KILL $KERNEL_PID $SENDER; wait $KERNEL_PID $SENDER; } 2>/dev/null || true; rm -rf "$RUN"' EXIT
trap 'exit 143' TERM HUP
trap 'exit 130' INT

# Ends when the kernel has ended and all was shown, or when nobody reads any more.
tail -n +1 -s 0.1 --pid=$KERNEL_PID -f "$RUN/out" &
wait $! || { say "the output was closed"; exit 125; }
STATUS=0
wait $KERNEL_PID || STATUS=$?
if [ -s "$RUN/status" ]; then
    STATUS=$(cat "$RUN/status")
    [ "$STATUS" != 124 ] || say "time limit of $LIMIT s"
elif [ $STATUS = 137 ]; then
    say "the kernel outlived the time limit of $LIMIT s, or was killed"
    STATUS=124
else
    say "the kernel ended ($STATUS) without the command's status; its last words:"
    tail -n 40 "$RUN/boot" >&2
    STATUS=125
fi
exit "$STATUS"
