# shellcheck shell=bash
# How the cost of a route grows with their number and with that of the peers, beside raw C; docs/growth.svg is drawn from it. Half a million
# routes and the snapshot they come from are more than the agent's own heap of 112 MB holds. Few routes are installed more often: their
# milliseconds say little one by one.
node_link
points=$SCRATCH/points
times() { case $1 in 1000) echo $((10 * RUNS)) ;; 10000) echo $((4 * RUNS)) ;; *) echo "$RUNS" ;; esac; }
for peers in 100 1000 5000; do
    for routes in 1000 10000 100000 500000; do
        used=$((peers < routes ? peers : routes))
        cat >"$SCRATCH/floor" <<SCRIPT
#!/bin/sh
echo "floor	\$($BASELINE install $routes $used eth0)" && $BASELINE remove $routes $used
SCRIPT
        chmod +x "$SCRATCH/floor"
        BENCH_JAVA_OPTS=-Xmx512m bench_java Install $routes $used "$(times $routes)" "$SCRATCH/floor" >"$SCRATCH/one"
        for side in culvert floor; do
            # Microseconds per route.
            echo "$side $peers $routes $(samples $side <"$SCRATCH/one" | awk -v n=$routes '{ for (i = 1; i <= NF; i++) printf "%.3f ", $i * 1000 / n }')"
        done >>"$points"
    done
    per_route() { awk -v s="$1" -v p=$peers -v r="$2" '$1 == s && $2 == p && $3 == r { $1 = $2 = $3 = ""; print }' "$points"; }
    record "cost of a route, 500k routes, $peers peers" "of 1k routes" "< 1.5 x" "$(per_route culvert 500000)" "$(per_route culvert 1000)" us
    record "  the same in raw C" "of 1k routes" "" "$(per_route floor 500000)" "$(per_route floor 1000)" us
    record "  beside raw C" "raw C, 500k routes" "" "$(per_route culvert 500000)" "$(per_route floor 500000)" us
done

mkdir -p "$ROOT/docs"
LC_ALL=C awk -f "$ROOT/script/bench.d/growth.awk" "$points" >"$SCRATCH/growth.svg"
mv "$SCRATCH/growth.svg" "$ROOT/docs/growth.svg"
