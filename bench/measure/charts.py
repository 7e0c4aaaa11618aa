"""charts.py: charts as inline SVG, for the report and the notebooks. Colours are CSS variables."""
import html
import math

WIDTH, BAR, LABEL = 640, 22, 190


def text(x, y, words, anchor="start", kind=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">'
            f"{html.escape(str(words))}</text>")


def svg(height, parts, title):
    return (f'<div class="wide"><svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
            f'aria-label="{html.escape(title)}"><title>{html.escape(title)}</title>'
            f"{''.join(parts)}</svg></div>")


def bars(rows, title, unit="GB/s", roof=None):
    """rows: [(label, value or None, is it ours)]. None is shown as not measured. roof is (name, value):
    a line that no bar should pass."""
    most = max([value for _, value, _ in rows if value] + [roof[1] if roof else 0]) or 1
    room, parts = WIDTH - LABEL - 90, []
    for i, (label, value, ours) in enumerate(rows):
        y = i * BAR + 4
        parts.append(text(LABEL - 8, y + 13, label, "end"))
        if value is None:
            parts.append(text(LABEL, y + 13, "not measured", kind="dim"))
            continue
        width = max(1.0, value / most * room)
        parts.append(f'<rect x="{LABEL}" y="{y}" width="{width:.1f}" height="{BAR - 6}" '
                     f'class="{"ours" if ours else "other"}"/>')
        parts.append(text(LABEL + width + 6, y + 13, f"{value:.3g} {unit}"))
    height = len(rows) * BAR + 8
    if roof:
        x = LABEL + roof[1] / most * room
        parts += [f'<path d="M{x:.1f} 0V{height}" class="roof"/>',
                  text(x, height + 12, f"{roof[0]} {roof[1]:.3g}", "middle", "dim")]
        height += 18
    return svg(height, parts, title)


def scale(values, low, high, logarithmic):
    """A function from values to places between low and high."""
    at = math.log10 if logarithmic else float
    first, last = at(min(values)), at(max(values))
    span = (last - first) or 1.0
    return lambda value: low + (at(value) - first) / span * (high - low)


def front_line(front, x_at, y_at):
    """The Pareto line: steps from point to point."""
    path = f"M{x_at(front[0][0]):.1f} {y_at(front[0][1]):.1f}"
    for x, y in front[1:]:
        path += f"H{x_at(x):.1f}V{y_at(y):.1f}"
    return f'<path d="{path}" class="roof"/>'


def points(series, title, x_name, y_name, x_log=False, y_log=False, line=False, front=False):
    """series: {name: [(x, y)]}; a scatter, or lines; front: with the Pareto line."""
    every = [point for several in series.values() for point in several]
    if not every:
        return f'<p class="dim">{html.escape(title)}: not measured</p>'
    height, left, top = 300, 70, 16
    x_at = scale([x for x, _ in every], left + 20, WIDTH - 130, x_log)
    y_at = scale([y for _, y in every] + ([] if y_log else [0]), height - 46, top + 10, y_log)
    parts = [f'<path d="M{left} {top}V{height - 36}H{WIDTH - 20}" class="axis"/>',
             text(WIDTH - 20, height - 8, x_name, "end", "dim"), text(left, 12, y_name, "middle", "dim")]
    for values, place in ((sorted({x for x, _ in every}), "x"), (sorted({y for _, y in every}), "y")):
        for value in (values if len(values) < 5 else (values[0], values[len(values) // 2], values[-1])):
            parts.append(text(x_at(value), height - 22, f"{value:.3g}", "middle", "dim") if place == "x"
                         else text(left - 6, y_at(value) + 4, f"{value:.3g}", "end", "dim"))
    if front:
        parts.append(front_line(pareto(every), x_at, y_at))
    labels = []
    for i, (name, several) in enumerate(series.items()):
        places = [(x_at(x), y_at(y)) for x, y in sorted(several)]
        if line and len(places) > 1:
            path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
            parts.append(f'<path d="{path}" class="line c{i % 6}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" class="dot c{i % 6}"/>' for x, y in places]
        if places:
            labels.append((places[-1][1] + 4, places[-1][0] + 8, name, f"key c{i % 6}"))
    low = -math.inf
    for y, x, name, kind in sorted(labels):  # no label on another one
        low = max(y, low + 13)
        parts.append(text(x, low, name, kind=kind))
    return svg(max(height, low + 8), parts, title)


def pareto(several):
    """The points that no other one beats in both coordinates, by the first."""
    front, best = [], math.inf
    for x, y in sorted(several):
        if y < best:
            front.append((x, y))
            best = y
    return front


def intervals(rows, title, reach=0.05):
    """rows: [(label, low, middle, high, verdict)]: changes as shares, on a line from -reach to reach."""
    reach = max([reach] + [abs(row[2]) * 1.2 for row in rows])
    room, parts = WIDTH - LABEL - 110, []
    def at(value):
        return LABEL + (max(-reach, min(reach, value)) + reach) / (2 * reach) * room
    height = len(rows) * BAR + 24
    parts.append(f'<path d="M{at(0):.1f} 4V{height - 20}" class="axis"/>')
    for i, (label, low, middle, high, verdict) in enumerate(rows):
        y = i * BAR + 14
        parts += [text(LABEL - 8, y + 4, label, "end"), text(WIDTH - 4, y + 4, verdict, "end", "dim"),
                  f'<path d="M{at(low):.1f} {y}H{at(high):.1f}" class="line c0"/>',
                  f'<circle cx="{at(middle):.1f}" cy="{y}" r="4" class="dot c0"/>']
    parts += [text(at(-reach), height - 4, f"{-reach:+.0%}", "start", "dim"),
              text(at(reach), height - 4, f"{reach:+.0%}", "end", "dim")]
    return svg(height, parts, title)
