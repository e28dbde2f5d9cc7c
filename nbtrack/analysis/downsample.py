"""Fewer points for a chart, with the extremes kept."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nbtrack.model import Point


def downsample(points: Sequence[Point], most: int) -> list[Point]:
    """Return at most `most` points that draw like the whole series.

    The series is cut into equal parts, of each of which the lowest and the highest point stay,
    in their order; the first and the last point of the series stay too. A part of nothing but
    NaN keeps one of them.

    Parameters
    ----------
    points : sequence of Point
        In order of step.
    most : int
        At least 4.

    Examples
    --------
    >>> series = [Point(i, 0, float(i == 500)) for i in range(1000)]
    >>> max(point.value for point in downsample(series, 10))
    1.0
    """
    if len(points) <= most:
        return list(points)
    parts = (most - 2) // 2
    inner = len(points) - 2
    kept = [points[0]]
    for part in range(parts):
        start, end = 1 + part * inner // parts, 1 + (part + 1) * inner // parts
        kept.extend(_extremes(points, start, end))
    kept.append(points[-1])
    return kept


def _extremes(points: Sequence[Point], start: int, end: int) -> list[Point]:
    numbers = [place for place in range(start, end) if not math.isnan(points[place].value)]
    if not numbers:
        return [points[start]] if end > start else []
    lowest = min(numbers, key=lambda place: points[place].value)
    highest = max(numbers, key=lambda place: points[place].value)
    return [points[place] for place in sorted({lowest, highest})]
