#!/usr/bin/env python3
"""Draws docs/vector-index-filtered.png from the lines of `vector_index_bench filtered`.

    build/release/bench/vector_index_bench filtered > lines.jsonl
    bench/vector_index_plot.py lines.jsonl docs/vector-index-filtered.png

Needs gnuplot (Debian: gnuplot-nox). Times are microseconds a query at recall@10 of 0.95, and of 0.99
below a share of 10 %, for both.
"""
import json
import subprocess
import sys

lines, picture = sys.argv[1:3]
rows = [json.loads(line) for line in open(lines) if '"filtered"' in line]
kinds = {"random": "random", "region": "a region of space", "far": "far from the query"}
curves = {}
for row in rows:
    curves.setdefault((row["engine"], row["kind"]), []).append((row["share"] * 100, row["us"]))
first = rows[0]
script = [
    "set terminal pngcairo size 800,600 font 'DejaVu Sans,11'",
    f"set output '{picture}'",
    "set logscale xy",
    "set xrange [0.008:70]",
    "set xlabel 'visible, % of all'",
    "set ylabel 'microseconds a query'",
    f"set title 'Search under rights: {first['vectors']:,} x {first['dim']}, k = 10'",
    "set key below maxcols 2",
    "set grid",
]
plots = []
for (engine, kind), points in sorted(curves.items()):
    name = f"$d{len(plots)}"
    script.append(f"{name} << EOD")
    script += [f"{x} {y}" for x, y in sorted(points)]
    script.append("EOD")
    colour = "#1f5fa8" if engine == "carrel" else "#c2571a"
    dash = 1 + list(kinds).index(kind)
    plots.append(
        f"{name} using 1:2 with linespoints lc rgb '{colour}' dt {dash} pt {4 + dash} "
        f"title '{engine}, {kinds[kind]}'"
    )
script.append("plot " + ", ".join(plots))
subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)
