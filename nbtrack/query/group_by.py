"""What a tree of runs is grouped by, and which of its groups are open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nbtrack.query.columns import Column

Statistic = Literal["min", "mean", "max"]
Period = Literal["day", "week", "month"]

Path = tuple[str | None, ...]
"""Keys of groups from the outermost on."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number of each group, by which groups can be ordered."""

    statistic: Statistic
    column: Column


@dataclass(frozen=True, slots=True)
class GroupBy:
    """One level of the tree."""

    column: Column
    bucket: float | None = None
    """Width of the buckets of numbers, 0 for none; None: metrics and durations have about ten."""
    period: Period = "day"
    """Of dates."""
    utc_offset: int = 0
    """Minutes by which the clock that days go by is ahead of UTC."""
    order: Literal["value", "count"] | Measure = "value"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Expansion:
    """Which groups are open: those of the paths or, with `all`, all but those."""

    all: bool = False
    paths: tuple[Path, ...] = ()
    within: tuple[Path, ...] = ()
    """Groups whose own groups stand the other way round; the path () has the outermost."""
