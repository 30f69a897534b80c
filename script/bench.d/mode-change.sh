# shellcheck shell=bash
# Every route changes its device. This kernel may lack ipip, so a second veth pair stands in for the tunnel: the netlink cost is the same.
node_link
veth culvert0 99.255.255.1/32
ip link set culvert0 mtu 1480

ours=$(bench_java ModeChange "$ROUTES" "$PEERS" "$RUNS" | tee "$SCRATCH/mode" | samples culvert)
forget_routes
floor=$("$BASELINE" replace "$ROUTES" "$PEERS" eth0 culvert0 $((2 * RUNS)) | tr '\n' ' ')
record "Always <-> CrossSubnet, 100k routes" "raw C replaces them" "< 2 x, < 1.3 x" "$ours" "$floor"
looking=$(median "$(samples phase.OBSERVE <"$SCRATCH/mode")")
why "the look at all routes before, $looking ms, and the decision: the baseline knows what is there and what is wanted"
for phase in OBSERVE RESOLVE DIFF APPLY; do
    record "  of it ${phase,,}" "" "" "$(samples phase.$phase <"$SCRATCH/mode")" ""
done
