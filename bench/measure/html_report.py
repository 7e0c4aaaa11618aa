#!/usr/bin/env python3
"""html_report.py: `bench report`: everything that results/ knows of one machine, on one page.

The page is one file: inline SVG, no network, light and dark. Of every cell the latest record counts.
"""
import argparse
import datetime
import html
import os
import pathlib
import random
import sys

import charts
import history
import measured
import records
import selftest
import sign_test

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
svg { width: 100%; min-width: 520px; height: auto; display: block; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
svg text.key { fill: var(--c); } .dim, svg text.dim { color: var(--dim); fill: var(--dim); } .ours { fill: var(--ours); }
.other { fill: var(--other); } .axis { stroke: var(--dim); fill: none; }
.line { fill: none; stroke-width: 2; stroke: var(--c); } .dot { fill: var(--c); }
.roof { fill: none; stroke: var(--c1); stroke-width: 1.5; stroke-dasharray: 5 3; }
a { color: var(--ours); text-decoration: none; } sup { font-size: .7rem; } dt { font-weight: 600; }
dd { margin: 0 0 .4rem 0; } .big { font-size: 1.05rem; } pre { font-size: .8rem; }
.c0 { --c: var(--ours); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); }
.c4 { --c: var(--c4); } .c5 { --c: var(--c5); }
code { font-size: .85rem; overflow-wrap: anywhere; } details { margin: .5rem 0; }
"""
PEERS = ("duckdb", "polars", "chdb", "pandas", "pyspark", "pyspark-tuned", "python", "msgspec", "simdjson")
LIMITS = {"read_1": "memory read, 4 KiB pages, 1 thread", "read_n": "memory read, 4 KiB pages, all threads",
          "read_huge_1": "memory read, 2 MiB pages, 1 thread",
          "read_huge_n": "memory read, 2 MiB pages, all threads", "copy_1": "memory copy, 1 thread",
          "copy_n": "memory copy, all threads", "lines_map_1": "newline scan, mapped, 1 thread",
          "lines_map_n": "newline scan, mapped, all threads",
          "lines_read_1": "newline scan, pread, 1 thread",
          "lines_read_n": "newline scan, pread, all threads", "disk_cold": "cold disk"}
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


class Commands:
    """The commands behind the numbers, numbered in the order that they are shown."""
    def __init__(self):
        self.lines = {}

    def ref(self, record):
        """A link to the command of a record, as a small number."""
        data = record["data"] or {}
        line = f"{record['command']}    # {data.get('recipe') or data.get('name') or '-'}"
        at = self.lines.setdefault(line, len(self.lines) + 1)
        return f'<sup><a href="#c{at}">{at}</a></sup>'

    def refs(self, some):
        return " ".join(dict.fromkeys(map(self.ref, some)))

    def cell(self, record):
        return f"<td>{self.ref(record)}</td>"

    def section(self):
        items = "".join(f'<li id="c{at}"><code>{html.escape(line)}</code></li>'
                        for line, at in self.lines.items())
        return ("<p>The small numbers above lead here; after the # stands how the data are made. "
                f"Each line also says how often it ran, in results/.</p><ol>{items}</ol>")


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
    some = list(some)
    size = max((record["data"]["bytes"] for record in some), default=0)
    return [record for record in some if record["data"]["bytes"] == size]

def ours_of(peers, query):
    return {r["cell"]["validate"]: r for r in peers
            if r["cell"]["query"] == query and r["cell"]["engine"] == "linerate"}


def limit_of(record):
    """GB/s of the newline scan of a mapped file on all threads: what a peer's record is a share of."""
    return record["machine"]["gbs"].get("lines_map_n")


def peer_runs(all_records, page_cache):
    """The runs of bench peers, each a list of records: ratios are taken within one only."""
    runs = []
    for record in all_records:
        if record["kind"] != "peer" or record["page_cache"] != page_cache:
            continue
        last = runs[-1][-1] if runs else None
        same = last and last["data"] == record["data"] and all(
            r["cell"] != record["cell"] for r in runs[-1]) and \
            seconds_of(record) - seconds_of(last) <= 2
        runs[-1].append(record) if same else runs.append([record])
    return runs


def seconds_of(record):
    return datetime.datetime.fromisoformat(record["time"]).timestamp()


def headline(all_records, commands):
    runs = peer_runs(all_records, "warm")
    if not runs:
        return '<p class="dim">The peers were not measured here (bench peers).</p>'
    peers = max(runs, key=lambda run: (run[0]["data"]["bytes"], len(run), run[0]["time"]))
    data, parts, rows = peers[0]["data"], [], []
    for query, title in QUERIES.items():
        ours = ours_of(peers, query)
        others = sorted((r["statistics"]["median"], engine_of(r)) for r in peers
                        if r["cell"]["query"] == query and r["cell"]["engine"] != "linerate")
        for validate in ("full", "used"):
            mine = ours.get(validate)
            if mine is None:
                rows.append([name_cell(f"{query} {validate}"), *[cell_of(None)] * 4, "<td></td>"])
                continue
            times = ", ".join(f"{seconds / mine['statistics']['median']:.1f}&nbsp;×&nbsp;{html.escape(name)}"
                              for seconds, name in others) or "not measured"
            share = mine["gbs"] / limit_of(mine) if limit_of(mine) else None
            rows.append([name_cell(f"{query} {validate}: {title}"), cell_of(mine["gbs"], "{:.1f}"),
                         cell_of(share, "{:.0%}"), f"<td>{times}</td>", megabytes(mine),
                         commands.cell(mine)])
    parts.append(f"<p>One whole process over {data['bytes'] / 1e9:.2f} GB of tweets "
                 f"({html.escape(data['recipe'] or data['name'])}) in the page cache, on "
                 f"{peers[0]['cell']['threads']} threads, medians of interleaved rounds. Every system gave "
                 "the same answer, which was checked. <b>full</b> validates every byte against RFC 8259 "
                 "and UTF-8, <b>used</b> only what the answer reads. The limit is a newline search over "
                 "a mapped file, which is nearly all that memory can deliver.</p>")
    parts.append(table(["question", "GB/s", "of the limit", "faster than", "peak MB", ""], rows))
    parts.append('<p class="dim">Peak memory is resident pages, those of a mapped file included, which '
                 "cost nothing but the page cache's own; below, the memory plan maps nothing.</p>")
    for query, title in QUERIES.items():
        mine = sorted((r for r in peers if r["cell"]["query"] == query),
                      key=lambda r: r["statistics"]["median"])
        if not mine:
            continue
        parts.append(f"<h3>{query}: {title}</h3>")
        parts.append(charts.bars([(engine_of(r), r["gbs"], r["cell"]["engine"] == "linerate")
                                  for r in mine], f"{query}: GB/s of every engine"))
        parts.append(peer_table(mine, ours_of(peers, query), commands))
    missing = [name for name in PEERS if name not in {r["cell"]["engine"] for r in peers}]
    if missing:
        parts.append(f'<p class="dim">In this run not measured: {", ".join(missing)}.</p>')
    parts += [other_run(run, commands) for run in reversed(runs) if run is not peers]
    cold = peer_runs(all_records, "cold")
    parts.append("<h3>From a cold disk</h3>")
    parts += [other_run(run, commands) for run in reversed(cold)] or [
        '<p class="dim">not measured (bench peers --cold)</p>']
    return "".join(parts)


def other_run(run, commands):
    """Another run of the peers: a table to open."""
    names = ", ".join(dict.fromkeys(r["cell"]["engine"] for r in run))
    parts = [f'<details><summary>{run[0]["time"][:10]}, {html.escape(run[0]["data"]["name"])}: '
             f'{html.escape(names)}</summary>']
    for query in QUERIES:
        mine = sorted((r for r in run if r["cell"]["query"] == query),
                      key=lambda r: r["statistics"]["median"])
        if mine:
            parts += [f"<h4>{query}</h4>", peer_table(mine, ours_of(run, query), commands)]
    return "".join(parts) + "</details>"


def peer_table(mine, ours, commands):
    rows = [[name_cell(engine_of(r)), cell_of(r["statistics"]["median"], "{:.3f}"),
             cell_of(r["gbs"], "{:.1f}"),
             *(cell_of(r["statistics"]["median"] / ours[v]["statistics"]["median"]
                       if v in ours else None, "{:.1f}") for v in ("used", "full")),
             megabytes(r), commands.cell(r)] for r in mine]
    return table(["engine", "seconds", "GB/s", "× used", "× full", "peak MB", ""], rows)


def megabytes(record):
    peak = record["peak_rss_bytes"]
    return cell_of(peak and peak / 1e6, "{:.1f}" if peak and peak < 1e8 else "{:.0f}")


def in_process(all_records):
    return [r for r in latest(all_records, "query") if r["cell"]["timed"] == "in process"]


def cell_name(record):
    return " ".join(f"{value} thread{'s' * (value != 1)}" if key == "threads" else f"{value}"
                    for key, value in record["cell"].items()
                    if key not in ("engine", "timed") and value is not None)


def query_table(some, commands):
    rows = [[name_cell(cell_name(r)), name_cell(r["data"]["name"]),
             cell_of(r["statistics"]["median"], "{:.3f}"), cell_of(r["statistics"]["spread"], "{:.1%}"),
             cell_of(r["gbs"], "{:.1f}"), cell_of(r["share"], "{:.0%}"), megabytes(r), commands.cell(r)]
            for r in some]
    return table(["cell", "data", "seconds", "spread", "GB/s", "of N", "peak MB", ""], rows)


def shares(all_records, commands):
    some = [r for r in biggest(in_process(all_records)) if "plan" not in r["cell"]]
    if not some:
        return '<p class="dim">No suite was measured here (bench run queries).</p>'
    return ("<p>In process, from the first open to the answer. N is our newline scan of the same file "
            "with as many threads, in the same rounds: no reader of lines can be faster.</p>"
            + query_table(some, commands))


def roofline(all_records, commands):
    kernels = latest(all_records, "kernel")
    if not kernels:
        return '<p class="dim">The kernels were not measured here (bench run kernels).</p>'
    def name(record):
        return " ".join(filter(None, (record["cell"]["kernel"], record["cell"]["isa"])))
    roof = [r["gbs"] for r in kernels if r["cell"]["kernel"] == "memory/read"]
    bars = sorted(((name(r), r["gbs"], True) for r in kernels if r["cell"]["kernel"] != "memory/read"),
                  key=lambda row: -row[1])
    rows = [[name_cell(name(r)), cell_of(r["gbs"], "{:.2f}"), cell_of(r["share"], "{:.0%}"),
             commands.cell(r)] for r in sorted(kernels, key=lambda r: -r["gbs"])]
    return ("<p>One thread over 16 MiB of generated tweets. The dashed line is the roof: a plain read of "
            "the same memory. Every kernel reads its input once, so bytes a second are all there is to "
            "draw. Kernels of columns count the bytes of their column.</p>"
            + charts.bars(bars, "GB/s of every kernel and tier", roof=("read", roof[0]) if roof else None)
            + "<details><summary>as a table</summary>"
            + table(["kernel, tier", "GB/s", "of a read", ""], rows) + "</details>")


def plans(all_records, commands=None):
    some = biggest(r for r in in_process(all_records) if "plan" in r["cell"])
    series = {}
    for r in some:
        series.setdefault(f"{r['cell']['query']} {r['cell']['plan']}", []).append(
            (r["statistics"]["median"], r["peak_rss_bytes"] / 1e6))
    chart = charts.points(series, "time and memory of the plans", "seconds", "peak MB", y_log=True,
                          front=True)
    if not some or commands is None:
        return chart
    return ("<p>The time plan maps the file; the memory plan reads it into a few small buffers and never "
            "needs more than it was given. Left and low is better; nothing beats what stands on the "
            f"dashed line in both.</p>{chart}{query_table(some, commands)}")


def scaling(all_records, commands=None):
    by_threads, by_size, shown = {}, {}, []
    plain = [r for r in in_process(all_records)
             if set(r["cell"]) <= {"engine", "query", "validate", "threads", "timed"}
             and r["data"]["name"].endswith(".ndjson") and "utf8" not in r["data"]["name"]]
    largest = max((r["data"]["bytes"] for r in plain), default=0)
    threads = max((r["cell"]["threads"] for r in plain), default=0)
    for r in plain:
        name = " ".join(filter(None, (r["cell"]["query"], r["cell"].get("validate"))))
        if r["data"]["bytes"] == largest:
            by_threads.setdefault(name, []).append((r["cell"]["threads"], r["gbs"]))
            shown.append(r)
        if r["cell"]["threads"] == threads:
            by_size.setdefault(name, []).append((r["data"]["bytes"] / 1e9, r["gbs"]))
    by_threads = {name: points for name, points in by_threads.items() if len(points) > 1}
    by_size = {name: points for name, points in by_size.items() if len(points) > 1}
    refs = commands.refs(shown) if commands else ""
    return (charts.points(by_threads, "GB/s by threads", "threads", "GB/s", line=True)
            + charts.points(by_size, "GB/s by size", "GB of data, all threads", "GB/s", x_log=True,
                            line=True) + (f"<p>{refs}</p>" if refs else ""))


def formats(all_records, commands):
    """Files of one size, NDJSON, JSON arrays and CSV; sizes are part of their names."""
    def size(record):
        return record["data"]["name"].rpartition(".")[0].rpartition("-")[2]
    def kind(record):
        return record["data"]["name"].rpartition(".")[2]
    some = [r for r in in_process(all_records) if r["cell"]["query"] != "lines"
            and set(r["cell"]) <= {"engine", "query", "validate", "threads", "timed"}]
    sizes = {size(r) for r in some if kind(r) == "csv"}
    some = sorted((r for r in some if size(r) in sizes), key=lambda r: (cell_name(r), kind(r)))
    if not some:
        return '<p class="dim">The formats were not measured here (bench run formats).</p>'
    rows = [(f"{r['cell']['query']} {r['cell']['validate']} {kind(r)}", r["gbs"], kind(r) == "ndjson")
            for r in some]
    return ("<p>All threads, in process. The CSV has other texts, in shorter records.</p>"
            + charts.bars(rows, "GB/s by format") + query_table(some, commands))


def intervals_of(some):
    return [(r["cell"]["cell"], r["cell"]["low"], r["cell"]["effect"], r["cell"]["high"],
             r["cell"]["verdict"]) for r in some]


def comparison(all_records, commands, anchor):
    some = latest([r for r in all_records if r["kind"] == "ab"
                   and not (anchor and r["cell"]["old"].startswith(anchor))], "ab")
    if not some:
        return '<p class="dim">No comparison was kept here (bench ab OLD NEW -o results/…).</p>'
    return (f"<p>{html.escape(some[-1]['cell']['old'])} → {html.escape(some[-1]['cell']['new'])}; "
            "right of the line is slower; 95 % intervals.</p>"
            + charts.intervals(intervals_of(some), "change per cell")
            + f"<p>{commands.refs(some)}</p>")


def past(all_records, commands, anchor):
    kept = history.series(all_records, anchor)
    if not kept:
        return '<p class="dim">No history was kept here (bench ab $(cat results/anchor) HEAD -o …).</p>'
    series = {cell: [(i + 1, r["statistics"]["median"]) for i, r in enumerate(some)]
              for cell, some in kept.items()}
    changes = [f"<li>{html.escape(cell)}: {after / before - 1:+.1%} at {html.escape(new)}</li>"
               for cell, new, before, after in history.changes(all_records, anchor)]
    order = ", ".join(dict.fromkeys(f"{i + 1}: {html.escape(r['cell']['new'])}"
                                    for some in kept.values() for i, r in enumerate(some)))
    last = commands.refs(some[-1] for some in kept.values())
    return (f"<p>Seconds of each cell over those of the anchor build {html.escape(anchor)}, which runs "
            "beside it; below 1 is faster. Change points are reported, they block nothing.</p>"
            + charts.points(series, "ratio to the anchor", "comparison", "ratio", line=True)
            + f'<p class="dim">{order} {last}</p>'
            + (f"<ul>{''.join(changes)}</ul>" if changes else "<p>No change points (eight comparisons of a "
               "cell are the least that can show one).</p>"))


def error_rates(all_records, commands):
    kept = [r for r in all_records if r["kind"] == "selftest"]
    found, rows = selftest.rates(kept, random.Random(1)), []
    def said(counted, digits):
        bounds = sign_test.rate(*counted) if counted and counted[1] else (None,) * 3
        return [cell_of(bound, f"{{:.{digits}%}}") for bound in bounds]
    for row in found:
        wanted = selftest.WANTED[row.planted]
        rows.append([name_cell(f"{row.planted:+.0%}" if row.planted else "nothing (A/A)"),
                     cell_of(row.blocks, "{}"), f"<td>{row.counted[1]} of {wanted}</td>",
                     *said(row.counted, 1), *said(row.resampled, 2)])
    text = ("<p>How often a comparison of a program with itself says “slower”, with a delay planted into "
            "one side or none. Counted: whole comparisons; resampled: decisions over blocks drawn anew "
            "from those measured. Bounds are exact, at 95 % (Clopper and Pearson 1934).</p>"
            + table(["planted", "blocks", "comparisons", "slower", "at least", "at most",
                     "resampled", "at least", "at most"], rows))
    if found[0].resampled:
        jobs = [selftest.job_rate(bound) for bound in sign_test.rate(*found[0].resampled)]
        text += (f"<p>Resampled, a job of {selftest.JOB_CELLS} cells raises a false alarm in {jobs[0]:.2%} "
                 f"of cases ({jobs[1]:.2%} to {jobs[2]:.2%}); wanted is 1 % at most.</p>")
    disturbed = [r for r in kept if not selftest.alone(r)]
    if disturbed:
        n = sum(len(r["samples"]) for r in disturbed if "planted" in r["cell"])
        text += (f"<p>Not counted: {n} blocks of sittings during which other processes took more than "
                 f"{selftest.OTHERS_MAX:.0%} of the CPU.</p>")
    added = selftest.overhead(kept)
    text += (f"<p>The harness adds {added[0]:+.2%} ({added[1]:+.2%} to {added[2]:+.2%}, {added[3]} pairs) "
             "to what it measures: the same command, started by it and by a shell.</p>" if added else
             '<p class="dim">What the harness adds, against a shell: not measured on a quiet machine</p>')
    own = selftest.own_share(kept)
    text += f"<p>Its own CPU time while a run goes on is {own:.2%} of the run.</p>" if own else ""
    return text + (commands.ref(kept[-1]) if kept else "")


def machine_section(record):
    machine, build = record["machine"], record["build"]
    limits = [[name_cell(LIMITS.get(name, name)), cell_of(gbs, "{:.1f}")]
              for name, gbs in machine["gbs"].items()]
    others = machine.get("others")
    busy = f" Others took {others:.0%} of the CPU meanwhile." if others is not None else ""
    return (f"<p>{html.escape(machine['cpu'])}, {machine['cores']} cores, {machine['isa']}; GPU: "
            f"{html.escape(machine.get('gpu') or 'none')}. Limits measured "
            f"{html.escape(str(machine.get('measured')))} (bench machine).{busy}</p>"
            + table(["limit", "GB/s"], limits)
            + f"<pre class=\"wide\">{html.escape(build['version'] or 'not known')}</pre>")


def page(all_records, anchor=None):
    """The page of the records of one machine."""
    machine, commands = all_records[-1]["machine"]["machine"], Commands()
    sections = [("The questions, beside the other systems", headline(all_records, commands)),
                ("Shares of the limit", shares(all_records, commands)),
                ("Time and memory", plans(all_records, commands)),
                ("Scaling", scaling(all_records, commands)),
                ("Formats", formats(all_records, commands)),
                ("Kernels under the roof of memory", roofline(all_records, commands)),
                ("History", past(all_records, commands, anchor)),
                ("The last comparison", comparison(all_records, commands, anchor)),
                ("How often comparisons are wrong", error_rates(all_records, commands)),
                ("Machine and build", machine_section(all_records[-1]))]
    sections.append(("The command of every number", commands.section()))
    body = "".join(f"<section><h2>{title}</h2>{content}</section>" for title, content in sections)
    return ('<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>linerate on {html.escape(machine)}</title><style>{STYLE}</style></head><body>"
            f"<h1>linerate on {html.escape(machine)}</h1>"
            "<p>linerate answers three questions over files of tweets, exactly: which dates had the most "
            "tweets and who tweeted most on them (q1), which emojis (q2) and which users (q3) were "
            "mentioned most. This page shows how fast it is on one machine, against what that machine "
            "can do and beside other systems. GB are 10<sup>9</sup> bytes.</p>"
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
    text = page(read_machine(options.results, machine), history.anchor(options.results))
    pathlib.Path(options.output).write_text(text, encoding="utf-8")
    print(f"{options.output}: {len(text.encode()) / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (measured.Failed, OSError) as failure:
        sys.exit(f"bench report: {failure}")
