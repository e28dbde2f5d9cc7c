"""The course of a metric as a small line: in SVG that stands in static HTML, and as text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nbtrack.analysis.downsample import downsample
from nbtrack.model import Point
from nbtrack.store.engine import Database
from nbtrack.store.reader import read_series

WIDTH, HEIGHT = 64, 14
MAX_DRAWN = 32
"""Points of one line."""

MAX_READ = 1_000
"""Points of a series that is read for it; longer ones are left without a line."""

MAX_BLOCKS = 16
"""Characters of a line that is text."""

_FEWEST = 2
_BLOCKS = "▁▂▃▄▅▆▇█"


def sparklines(database: Database, run_ids: Sequence[str], key: str) -> dict[str, str]:
    """Return the line of a metric for each of the runs that has a course to show.

    Returns
    -------
    dict of str to str
        Run id -> an SVG element.
    """
    lines: dict[str, str] = {}
    for run_id, _, points in read_series(database, run_ids, [key], longest=MAX_READ):
        line = sparkline(points)
        if line:
            lines[run_id] = line
    return lines


def sparkline(points: Sequence[Point]) -> str:
    """Return points in order of step as an SVG element, empty for fewer than two finite ones.

    Examples
    --------
    >>> sparkline([Point(0, 0, 1.0), Point(1, 0, 3.0)]).count("polyline")
    1
    """
    finite = [point for point in points if math.isfinite(point.value)]
    if len(finite) < _FEWEST:
        return ""
    drawn = downsample(finite, MAX_DRAWN)
    values = [point.value for point in drawn]
    low, high = min(values), max(values)
    steps = len(drawn) - 1
    # halves, since the difference of two large numbers may be too large for a number
    spread = (high / 2 - low / 2) or 1.0
    heights = [(value / 2 - low / 2) / spread * (HEIGHT - 2) for value in values]
    path = " ".join(
        f"{place * WIDTH / steps:.0f},{HEIGHT - 1 - height:.1f}"
        for place, height in enumerate(heights)
    )
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" style="vertical-align:middle;margin-left:8px">'
        f'<polyline points="{path}" fill="none" stroke="currentColor" stroke-opacity="0.6"/></svg>'
    )


def sparkline_text(points: Sequence[Point]) -> str:
    """Return points in order of step as blocks, empty for fewer than two finite ones.

    Examples
    --------
    >>> sparkline_text([Point(step, 0, float(step * step)) for step in range(9)])
    '▁▁▁▂▃▄▅▆█'
    """
    finite = [point.value for point in points if math.isfinite(point.value)]
    if len(finite) < _FEWEST:
        return ""
    shown = finite
    if len(finite) > MAX_BLOCKS:
        step = (len(finite) - 1) / (MAX_BLOCKS - 1)
        shown = [finite[round(place * step)] for place in range(MAX_BLOCKS)]
    low, high = min(shown), max(shown)
    spread = (high / 2 - low / 2) or 1.0
    highest = len(_BLOCKS) - 1
    return "".join(_BLOCKS[round((value / 2 - low / 2) / spread * highest)] for value in shown)
