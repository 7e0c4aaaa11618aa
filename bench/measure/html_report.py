#!/usr/bin/env python3
"""html_report.py: `bench report`: everything that results/ knows of one machine, on one page.

The page is one file: inline SVG, no network, light and dark. Of every cell the latest record counts.
"""
import argparse
import html
import os
import pathlib
import sys

import charts
import measured
import records
import signed_rank

STYLE = """
:root { color-scheme: light dark; --back: #fff; --ink: #1c1f23; --dim: #68707a; --rule: #d8dde3;
  --ours: #0b6bcb; --other: #9aa7b5; --c1: #c2410c; --c2: #15803d; --c3: #7e22ce; --c4: #b45309; --c5: #0f766e; }
@media (prefers-color-scheme: dark) { :root { --back: #15181c; --ink: #e6e9ed; --dim: #98a2ad;
  --rule: #333a42; --ours: #58a6ff; --other: #5d6875; --c1: #fb923c; --c2: #4ade80; --c3: #c084fc;
  --c4: #fbbf24; --c5: #2dd4bf; } }
* { box-sizing: border-box; }
body { background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; margin: 0 auto;
  max-width: 860px; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; }
td, th { padding: .2rem .7rem .2rem 0; text-align: right; border-bottom: 1px solid var(--rule);
  white-space: nowrap; } td:first-child, th:first-child { text-align: left; }
svg { width: 100%; height: auto; display: block; } svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
.dim, svg text.dim { color: var(--dim); fill: var(--dim); } .ours { fill: var(--ours); }
.other { fill: var(--other); } .axis { stroke: var(--dim); fill: none; }
.line { fill: none; stroke-width: 2; stroke: var(--c); } .dot { fill: var(--c); }
.c0 { --c: var(--ours); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); }
.c4 { --c: var(--c4); } .c5 { --c: var(--c5); }
code { font-size: .85rem; overflow-wrap: anywhere; } details { margin: .5rem 0; }
"""
QUERIES = {"q1": "dates with most tweets", "q2": "emojis used most", "q3": "users mentioned most"}


def latest(all_records, kind):
    """The last record of each cell of a kind."""
    found = {}
    for record in all_records:
        if record["kind"] == kind:
            key = repr((sorted(record["cell"].items(), key=str) if kind != "ab"
                        else record["cell"]["cell"], record["data"]["name"], record["page_cache"]))
            found.pop(key, None)
            found[key] = record
    return list(found.values())


def cell_of(value, form="{:.3g}"):
    return '<td class="dim">not measured</td>' if value is None else f"<td>{form.format(value)}</td>"


def table(head, rows):
    cells = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{cells}</tr>{body}</table></div>'


def name_cell(text):
    return f"<td>{html.escape(text)}</td>"


def engine_of(record):
    cell = record["cell"]
    return f"{cell['engine']} {cell['validate']}" if cell.get("validate") else cell["engine"]


def biggest(some):
    """Of records of several files those of the largest one: figures of one table are of one file."""
    size = max((record["data"]["bytes"] for record in some), default=0)
    return [record for record in some if record["data"]["bytes"] == size]


def headline(all_records):
    peers = biggest(latest(all_records, "peer"))
    if not peers:
        return '<p class="dim">The peers were not measured here (bench peers).</p>'
    parts = [f"<p>Whole processes over {peers[0]['data']['bytes'] / 1e9:.2f} GB "
             f"({html.escape(peers[0]['data']['recipe'] or peers[0]['data']['name'])}), "
             f"{peers[0]['cell']['threads']} threads, medians of interleaved rounds; every answer was "
             "checked against ours.</p>"]
    for query, title in QUERIES.items():
        mine = sorted((r for r in peers if r["cell"]["query"] == query),
                      key=lambda r: r["statistics"]["median"])
        ours = {r["cell"]["validate"]: r["statistics"]["median"] for r in mine
                if r["cell"]["engine"] == "linerate"}
        parts.append(f"<h3>{query}: {title}</h3>")
        if not mine:
            parts.append('<p class="dim">not measured</p>')
            continue
        parts.append(charts.bars([(engine_of(r), r["gbs"], r["cell"]["engine"] == "linerate")
                                  for r in mine], f"{query}: GB/s of every engine"))
        rows = [[name_cell(engine_of(r)), cell_of(r["statistics"]["median"], "{:.3f}"),
                 cell_of(r["gbs"], "{:.1f}"),
                 *(cell_of(r["statistics"]["median"] / ours[v] if v in ours else None, "{:.1f}")
                   for v in ("used", "full")), cell_of(r["peak_rss_bytes"] and
                                                       r["peak_rss_bytes"] / 1e6, "{:.0f}")]
                for r in mine]
        parts.append(table(["engine", "seconds", "GB/s", "× used", "× full", "peak MB"], rows))
    return "".join(parts)


def in_process(all_records):
    return [r for r in latest(all_records, "query") if r["cell"]["timed"] == "in process"]


def shares(all_records):
    some = biggest(in_process(all_records))
    if not some:
        return '<p class="dim">No suite was measured here (bench run queries).</p>'
    def name(record):
        return " ".join(f"{value}" for key, value in record["cell"].items()
                        if key not in ("engine", "timed") and value is not None)
    rows = [[name_cell(name(r)), name_cell(r["data"]["name"]),
             cell_of(r["statistics"]["median"], "{:.3f}"), cell_of(r["gbs"], "{:.1f}"),
             cell_of(r["share"], "{:.2f}"), cell_of(r["peak_rss_bytes"] and r["peak_rss_bytes"] / 1e6,
                                                    "{:.1f}")] for r in some]
    return ("<p>In process, from the first open to the answer. N is our newline scan of the same file "
            "with as many threads, in the same rounds.</p>"
            + table(["cell", "data", "seconds", "GB/s", "of N", "peak MB"], rows))


def roofline(all_records):
    kernels = latest(all_records, "kernel")
    if not kernels:
        return '<p class="dim">The kernels were not measured here (bench run kernels).</p>'
    rows = [(" ".join(filter(None, (r["cell"]["kernel"], r["cell"]["isa"]))), r["gbs"],
             r["cell"]["kernel"] != "memory/read") for r in kernels]
    return ("<p>One thread, 16 MiB of generated tweets in memory; the limit is memory/read. Kernels of "
            "columns count the bytes of their column.</p>"
            + charts.bars(sorted(rows, key=lambda row: -row[1]), "GB/s of every kernel and tier"))


def plans(all_records):
    some = [r for r in in_process(all_records) if "plan" in r["cell"]]
    series = {}
    for r in some:
        series.setdefault(f"{r['cell']['query']} {r['cell']['plan']}", []).append(
            (r["statistics"]["median"], r["peak_rss_bytes"] / 1e6))
    front = charts.pareto([point for several in series.values() for point in several])
    chart = charts.points(series, "time and memory of the plans", "seconds", "peak MB", y_log=True)
    if not some:
        return chart
    best = ", ".join(f"{seconds:.3f} s with {peak:.1f} MB" for seconds, peak in front)
    return chart + f"<p>Not beaten in both: {best}.</p>"


def scaling(all_records):
    by_threads, sizes = {}, {r["data"]["bytes"] for r in in_process(all_records)}
    for r in in_process(all_records):
        if set(r["cell"]) <= {"engine", "query", "validate", "threads", "timed"} and \
                r["data"]["bytes"] == max(sizes):
            name = " ".join(filter(None, (r["cell"]["query"], r["cell"].get("validate"))))
            by_threads.setdefault(name, []).append((r["cell"]["threads"], r["gbs"]))
    several = {name: points for name, points in by_threads.items() if len(points) > 1}
    return charts.points(several, "GB/s by threads", "threads", "GB/s", line=True)


def comparison(all_records):
    some = latest(all_records, "ab")
    if not some:
        return '<p class="dim">No comparison was kept here (bench ab -o).</p>'
    rows = [(r["cell"]["cell"], r["cell"]["low"], r["cell"]["effect"], r["cell"]["high"],
             r["cell"]["verdict"]) for r in some]
    return (f"<p>{html.escape(some[-1]['cell']['old'])} → {html.escape(some[-1]['cell']['new'])}; "
            "right of the line is slower; 95 % intervals.</p>" + charts.intervals(rows, "change per cell"))


def error_rates(all_records):
    rows = []
    for planted in (0.0, 0.02, 0.03):
        said = [r["cell"]["verdict"] for r in all_records if r["kind"] == "selftest"
                and r["cell"]["planted"] == planted and r["cell"]["verdict"] != "too noisy"]
        bounds = signed_rank.rate(said.count("slower"), len(said)) if said else (None,) * 3
        rows.append([name_cell(f"{planted:+.0%}" if planted else "nothing (A/A)"), cell_of(len(said)),
                     *(cell_of(bound, "{:.1%}") for bound in bounds)])
    return ("<p>How often a comparison of a program with itself says “slower”, with a delay planted or "
            "none (bench ab --self-test).</p>"
            + table(["planted", "runs", "slower", "at least", "at most"], rows))


def machine_section(record):
    machine, build = record["machine"], record["build"]
    limits = [[name_cell(name), cell_of(gbs, "{:.1f}")] for name, gbs in machine["gbs"].items()]
    return (f"<p>{html.escape(machine['cpu'])}, {machine['cores']} cores, {machine['isa']}; GPU: "
            f"{html.escape(machine.get('gpu') or 'none')}. Limits measured "
            f"{html.escape(str(machine.get('measured')))}.</p>" + table(["limit", "GB/s"], limits)
            + f"<pre class=\"wide\">{html.escape(build['version'] or 'not known')}</pre>")


def commands(all_records):
    lines = dict.fromkeys(f"{r['command']}    # {(r['data'] or {}).get('recipe') or '-'}"
                          for kind in ("peer", "query", "kernel", "ab")
                          for r in latest(all_records, kind))
    items = "".join(f"<li><code>{html.escape(line)}</code></li>" for line in lines)
    return f"<details><summary>{len(lines)} commands</summary><ol>{items}</ol></details>"


def page(all_records):
    """The page of the records of one machine."""
    machine = all_records[-1]["machine"]["machine"]
    sections = [("The questions, beside the other systems", headline(all_records)),
                ("Shares of the limit", shares(all_records)),
                ("Time and memory", plans(all_records)), ("Scaling", scaling(all_records)),
                ("Kernels under the roof of memory", roofline(all_records)),
                ("The last comparison", comparison(all_records)),
                ("How often comparisons are wrong", error_rates(all_records)),
                ("Machine and build", machine_section(all_records[-1])),
                ("The command of every number", commands(all_records))]
    body = "".join(f"<section><h2>{title}</h2>{content}</section>" for title, content in sections)
    return ('<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>linerate on {html.escape(machine)}</title><style>{STYLE}</style></head><body>"
            f"<h1>linerate on {html.escape(machine)}</h1>"
            f'<p class="dim">{len(all_records)} records, the last of {all_records[-1]["time"]}.</p>'
            f"{body}</body></html>\n")


def read_machine(results, machine):
    """All records of a machine, oldest first."""
    found = [record for path in sorted((pathlib.Path(results) / machine).glob("*.jsonl"))
             for record in records.read(path)]
    if not found:
        raise measured.Failed(f"{results}/{machine}: nothing was measured yet (bench run quick)")
    return sorted(found, key=lambda record: record["time"])


def main():
    parser = argparse.ArgumentParser(prog="bench report")
    parser.add_argument("--results", default=str(measured.ROOT / "results"), metavar="DIR")
    parser.add_argument("--machine", help="which; the default is this one")
    parser.add_argument("-o", "--output", default="report.html", metavar="FILE")
    options = parser.parse_args()
    bench = os.environ.get("BENCH", str(measured.ROOT / "build/bin/bench"))
    machine = options.machine or measured.machine(bench)["machine"]
    text = page(read_machine(options.results, machine))
    pathlib.Path(options.output).write_text(text, encoding="utf-8")
    print(f"{options.output}: {len(text.encode()) / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (measured.Failed, OSError) as failure:
        sys.exit(f"bench report: {failure}")
