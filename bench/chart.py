"""Bars of what `bench/run` found, as SVG: events/s and server CPU-s per million events.

    file.write(svg({"oncelog, batches": {"events_per_second": 1e6, ...}, ...}))
"""

import statistics
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, BAR, GAP = 760, 230, 90, 16, 6
CUT = 5  # times the median: no bar is longer, so that the others can be told apart
PANELS = [  # title, word in the rows' names, figure, decimals
    ("events/s, batches of 1,000 (more is better)", "batches", "events_per_second", 0),
    ("server CPU-s per million events, batches of 1,000 (less is better)", "batches",
     "server_cpu_seconds_per_million", 2),
    ("events/s, one event a request, 64 connections (more is better)", "singles",
     "events_per_second", 0),
    ("server CPU-s per million events, one event a request (less is better)", "singles",
     "server_cpu_seconds_per_million", 2),
]
OURS, OTHERS = "#2f6fb0", "#9aa5b1"


def _text(x, y, text, more=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" {more}>{escape(text)}</text>'


def _panel(title, rows, decimals, top):
    """Its elements, and where it ends."""
    parts = [_text(10, top + 14, title, 'font-weight="bold"')]
    scale = min(max(rows.values()), CUT * statistics.median(rows.values()))
    at = top + 24
    for name, value in rows.items():
        width = max(1.0, (WIDTH - LEFT - RIGHT) * min(1, value / scale))
        cut = " »" if value > scale else ""
        colour = OURS if name.startswith("oncelog") else OTHERS
        parts += [
            _text(LEFT - 8, at + BAR - 4, name, 'text-anchor="end"'),
            f'<rect x="{LEFT}" y="{at}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>',
            _text(LEFT + width + 6, at + BAR - 4, f"{value:,.{decimals}f}{cut}"),
        ]
        at += BAR + GAP
    return parts, at + 16


def svg(rows):
    parts, at = [], 10
    for title, word, figure, decimals in PANELS:
        shown = {name.replace(f", {word}", ""): row[figure]
                 for name, row in rows.items() if f", {word}" in name}
        if shown:
            more, at = _panel(title, shown, decimals, at)
            parts += more
    body = "\n".join(parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{at}" '
            f'viewBox="0 0 {WIDTH} {at}" font-family="sans-serif" font-size="12">\n'
            f'<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n')
