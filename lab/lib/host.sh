# shellcheck shell=bash
# Sourced by lab-run: the command in namespaces of this machine's kernel. One process namespace, so that whatever the command leaves
# running ends with it; one mount namespace, so that /run (network namespaces, state) is the lab's own.
# Reads LIMIT, INTERACTIVE and the command in "$@".
[ -n "$INTERACTIVE" ] || exec </dev/null
exec setpriv --pdeathsig KILL \
    unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private -- \
    "$LAB/lib/host-init" "$LIMIT" "$@"
