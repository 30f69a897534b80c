# shellcheck shell=bash
# How the cost of a route grows with their number and with that of the peers, beside raw C; docs/growth.svg is drawn from it. A heap of
# 2 GB, because what is asked is how the work grows and not the collector.
node_link
points=$SCRATCH/points
for peers in 100 1000 5000; do
    for routes in 1000 10000 100000 500000; do
        used=$((peers < routes ? peers : routes))
        cat >"$SCRATCH/floor" <<SCRIPT
#!/bin/sh
echo "floor	\$($BASELINE install $routes $used eth0)" && $BASELINE remove $routes $used
SCRIPT
        chmod +x "$SCRATCH/floor"
        BENCH_JAVA_OPTS=-Xmx2g bench_java Install $routes $used "$RUNS" "$SCRATCH/floor" >"$SCRATCH/one"
        for side in culvert floor; do
            # Microseconds per route.
            echo "$side $peers $routes $(samples $side <"$SCRATCH/one" | awk -v n=$routes '{ for (i = 1; i <= NF; i++) printf "%.3f ", $i * 1000 / n }')"
        done >>"$points"
    done
    per_route() { awk -v s="$1" -v p=$peers -v r="$2" '$1 == s && $2 == p && $3 == r { $1 = $2 = $3 = ""; print }' "$points"; }
    record "cost of a route, 500k routes, $peers peers" "of 1k routes" "< 1.5 x" "$(per_route culvert 500000)" "$(per_route culvert 1000)" us
    record "  the same in raw C" "of 1k routes" "" "$(per_route floor 500000)" "$(per_route floor 1000)" us
    record "cost of a route, 500k routes, $peers peers" "raw C" "" "$(per_route culvert 500000)" "$(per_route floor 500000)" us
done

mkdir -p "$ROOT/docs"
# shellcheck disable=SC2016 # the dollars are awk's
LC_ALL=C awk '
    function median(    i, j, t, n) {
        n = NF - 3
        for (i = 1; i <= n; i++) v[i] = $(i + 3) + 0
        for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j] < v[j - 1]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
        return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
    }
    function x(routes) { return 70 + (log(routes) / log(10) - 3) * 480 / (log(500000) / log(10) - 3) }
    function y(micros) { return 330 - micros * 280 / top }
    {
        cost = median(); series = $1 " " $2
        if (!(series in line)) order[++count] = series
        line[series] = line[series] sprintf("%s%.1f,%.4f", line[series] == "" ? "" : " ", x($3), cost)
        if (cost > top) top = cost
        last[series] = cost
    }
    END {
        step = top > 20 ? 10 : top > 8 ? 2 : 1
        top = (int(top / step) + 1) * step
        print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 700 390\" font-family=\"sans-serif\" font-size=\"12\">"
        print "<rect width=\"700\" height=\"390\" fill=\"#fff\"/>"
        print "<text x=\"70\" y=\"28\" font-size=\"14\">Time per route, from a snapshot in memory to the last acknowledgement</text>"
        for (m = 0; m <= top; m += step)
            printf "<line x1=\"70\" x2=\"550\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/><text x=\"62\" y=\"%.1f\" text-anchor=\"end\">%d µs</text>\n", y(m), y(m), y(m) + 4, m
        split("1000 10000 100000 500000", ticks, " ")
        for (i = 1; i <= 4; i++) printf "<text x=\"%.1f\" y=\"350\" text-anchor=\"middle\">%s</text>\n", x(ticks[i]), ticks[i] / 1000 "k"
        print "<text x=\"310\" y=\"374\" text-anchor=\"middle\">routes</text>"
        split("#0b6e99 #2fa36b #c2571a", colours, " ")
        for (i = 1; i <= count; i++) {
            split(order[i], word, " ")
            colour = colours[word[2] == 100 ? 1 : word[2] == 1000 ? 2 : 3]
            n = split(line[order[i]], points, " ")
            printf "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s points=\"", colour, word[1] == "floor" ? " stroke-dasharray=\"5 4\"" : ""
            for (j = 1; j <= n; j++) { split(points[j], at, ","); printf "%s,%.1f ", at[1], y(at[2]) }
            print "\"/>"
            printf "<line x1=\"562\" x2=\"582\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"2\"%s/><text x=\"588\" y=\"%d\">%s, %s peers</text>\n", \
                60 + 20 * i, 60 + 20 * i, colour, word[1] == "floor" ? " stroke-dasharray=\"5 4\"" : "", 64 + 20 * i, word[1] == "floor" ? "raw C" : "Culvert", word[2]
        }
        print "</svg>"
    }' "$points" >"$ROOT/docs/growth.svg"
