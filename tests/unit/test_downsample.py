"""Fewer points for a chart, with what the eye would miss kept."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.analysis.downsample import downsample
from nbtrack.model import Point

SERIES = st.lists(st.floats(), max_size=300).map(
    lambda values: [Point(step, step * 10, value) for step, value in enumerate(values)]
)


@given(points=SERIES, most=st.integers(4, 60))
def test_the_fewer_points_are_some_of_the_series_in_order(points: list[Point], most: int) -> None:
    kept = downsample(points, most)
    assert len(kept) <= most
    steps = [point.step for point in kept]
    assert steps == sorted(set(steps))
    assert all(points[point.step] is point for point in kept)
    if len(points) <= most:
        assert kept == points
    else:
        assert (kept[0], kept[-1]) == (points[0], points[-1])


@given(points=SERIES, most=st.integers(4, 60))
def test_the_extremes_stay(points: list[Point], most: int) -> None:
    numbers = [point.value for point in points if not math.isnan(point.value)]
    kept = [point.value for point in downsample(points, most) if not math.isnan(point.value)]
    assert min(kept, default=None) == min(numbers, default=None)
    assert max(kept, default=None) == max(numbers, default=None)


@pytest.mark.parametrize("most", [4, 5, 100, 2000])
def test_a_spike_and_a_gap_in_a_long_series_stay(most: int) -> None:
    values = [0.0] * 50_000
    values[31_234] = 7.0
    values[10_000:30_000] = [math.nan] * 20_000
    kept = downsample([Point(step, 0, value) for step, value in enumerate(values)], most)
    assert most // 2 <= len(kept) <= most
    assert max(point.value for point in kept if not math.isnan(point.value)) == 7.0
    if most >= 100:
        assert any(math.isnan(point.value) for point in kept)
