# Draws lines of SIDE PEERS ROUTES MICROSECONDS... as an SVG: medians over the number of routes, a line for each side and number of peers.
# Colours follow the reader's scheme, light or dark.
function median(    i, j, t, n) {
    n = NF - 3
    for (i = 1; i <= n; i++) v[i] = $(i + 3) + 0
    for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j] < v[j - 1]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
    return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}
function x(routes) { return 70 + log(routes / 1000) * 450 / log(500) }
function y(micros) { return 320 - micros * 270 / top }
function text(at_x, at_y, anchor, words) { printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", at_x, at_y, anchor, words }
function grid(x1, y1, x2, y2) { printf "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x1, y1, x2, y2 }
function name(series,    word) { split(series, word, " "); return (word[1] == "floor" ? "raw C, " : "Culvert, ") (word[2] < 1000 ? word[2] : word[2] / 1000 ",000") " peers" }
{
    series = $1 " " $2
    if (!(series in points)) { order[++count] = series; style[series] = "p" $2 ($1 == "floor" ? " floor" : "") }
    points[series] = points[series] " " $3 "," (cost = median())
    if (cost > top) top = cost
}
END {
    step = top > 20 ? 10 : top > 8 ? 2 : 1
    top = (int(top / step) + 1) * step
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 700 375\" font-family=\"sans-serif\" font-size=\"12\">"
    print "<style>"
    print ".paper { fill: #fff } text { fill: #24292f } .grid { stroke: #d0d7de } polyline, .key { fill: none; stroke-width: 2 } .floor { stroke-dasharray: 5 4 }"
    print ".p100 { stroke: #0969da } .p1000 { stroke: #1a7f37 } .p5000 { stroke: #bc4c00 }"
    print "@media (prefers-color-scheme: dark) {"
    print ".paper { fill: #0d1117 } text { fill: #e6edf3 } .grid { stroke: #30363d }"
    print ".p100 { stroke: #58a6ff } .p1000 { stroke: #3fb950 } .p5000 { stroke: #f0883e } }"
    print "</style>"
    print "<rect class=\"paper\" width=\"700\" height=\"375\"/>"
    text(70, 24, "start", "Time for one route, from a snapshot in memory to the last acknowledgement, in microseconds")
    for (m = 0; m <= top; m += step) { grid(70, y(m), 520, y(m)); text(62, y(m) + 4, "end", m " µs") }
    split("1000 10000 100000 500000", ticks, " ")
    for (i = 1; i <= 4; i++) { grid(x(ticks[i]), y(0), x(ticks[i]), y(0) + 5); text(x(ticks[i]), 340, "middle", ticks[i] / 1000 ",000") }
    text(295, 363, "middle", "routes, logarithmic")
    for (i = 1; i <= count; i++) {
        printf "<polyline class=\"%s\" points=\"", style[order[i]]
        n = split(points[order[i]], point, " ")
        for (j = 1; j <= n; j++) { split(point[j], at, ","); printf "%s%.1f,%.1f", (j > 1 ? " " : ""), x(at[1]), y(at[2]) }
        print "\"/>"
        printf "<line class=\"key %s\" x1=\"540\" x2=\"566\" y1=\"%d\" y2=\"%d\"/>\n", style[order[i]], 50 + 20 * i, 50 + 20 * i
        text(574, 54 + 20 * i, "start", name(order[i]))
    }
    print "</svg>"
}
