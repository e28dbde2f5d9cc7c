"""The tree of runs in the order in which it is shown, and windows of its visible rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from nbtrack.model import Status
from nbtrack.query.arrays import Integers
from nbtrack.query.columns import Column
from nbtrack.query.group_by import Expansion, Path
from nbtrack.query.grouping import Groups
from nbtrack.query.matching import STATUSES


@dataclass(eq=False)
class Level:
    """The groups of one level of the tree, all parents' together, as they are shown."""

    groups: Groups
    codes: Integers
    """Which of `groups` each one is."""
    parents: Integers
    """The group of the level above that each one is in; 0 at the first level."""
    starts: Integers
    """Place of each one's first run, and the number of all runs at the end."""
    first_children: Integers = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    """Place of each one's first group of the next level, and the number of all at the end."""

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays, roughly."""
        arrays = (self.codes, self.parents, self.starts, self.first_children)
        return sum(array.nbytes for array in arrays) + self.groups.nbytes

    @property
    def counts(self) -> Integers:
        """Runs in each group."""
        return np.diff(self.starts)

    def find(self, parent: int, key: str | None) -> int | None:
        """Return the group of a parent that has a key."""
        code = self.groups.by_key.get(key)
        if code is None:
            return None
        wanted = parent * len(self.groups.kinds) + code
        place = int(np.searchsorted(self._wanted, wanted, sorter=self._sorter))
        if place == len(self._sorter) or self._wanted[self._sorter[place]] != wanted:
            return None
        return int(self._sorter[place])

    @cached_property
    def _wanted(self) -> Integers:
        return self.parents * len(self.groups.kinds) + self.codes

    @cached_property
    def _sorter(self) -> Integers:
        return np.argsort(self._wanted)


@dataclass(frozen=True, slots=True)
class Group:
    """One group of the tree."""

    path: Path
    column: Column
    label: str
    count: int
    """Runs within."""
    statuses: dict[Status, int]
    """How many of them stand at each status."""


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """A group among the visible rows."""

    kind: ClassVar[Literal["group"]] = "group"
    level: int
    """1 for the outermost."""
    place: int
    """Which of the groups of its level it is."""
    expanded: bool


@dataclass(frozen=True, slots=True)
class RunEntries:
    """Runs that follow each other among the visible rows, as places in the outline."""

    kind: ClassVar[Literal["runs"]] = "runs"
    level: int
    start: int
    stop: int


Entry = GroupEntry | RunEntries


@dataclass(eq=False)
class Outline:
    """All runs of a view in order, and the groups that they form."""

    ids: Integers
    """Row ids of the runs."""
    levels: tuple[Level, ...] = ()
    statuses: NDArray[np.uint8] | None = None
    """Of each run, its place in `STATUSES`; only where there are groups."""

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays, roughly."""
        statuses = 0 if self.statuses is None else self.statuses.nbytes
        return self.ids.nbytes + statuses + sum(level.nbytes for level in self.levels)

    def group(self, level: int, place: int) -> Group:
        """Return what a group shows; `level` counts from 1."""
        assert self.statuses is not None  # an outline with groups has them
        here = self.levels[level - 1]
        runs = slice(int(here.starts[place]), int(here.starts[place + 1]))
        mix = np.bincount(self.statuses[runs]).tolist()
        return Group(
            self._path(level, place),
            here.groups.column,
            here.groups.names[here.codes[place]].label,
            runs.stop - runs.start,
            {STATUSES[code]: number for code, number in enumerate(mix) if number},
        )

    def _path(self, level: int, place: int) -> Path:
        keys: list[str | None] = []
        for number in range(level - 1, -1, -1):
            here = self.levels[number]
            keys.append(here.groups.names[here.codes[place]].key)
            place = int(here.parents[place])
        return tuple(reversed(keys))

    def find(self, path: Sequence[str | None]) -> tuple[int, int] | None:
        """Return level and place of the group of a path, or None where there is none."""
        if not 0 < len(path) <= len(self.levels):
            return None
        place = 0
        for level, key in zip(self.levels, path, strict=False):
            found = level.find(place, key)
            if found is None:
                return None
            place = found
        return len(path), place

    def runs_of(self, path: Sequence[str | None]) -> slice | None:
        """Return which runs are in the group of a path; the path () has all."""
        if not path:
            return slice(0, len(self.ids))
        found = self.find(path)
        if found is None:
            return None
        level, place = found
        starts = self.levels[level - 1].starts
        return slice(int(starts[place]), int(starts[place + 1]))

    def expanded(self, expansion: Expansion) -> VisibleRows:
        """Return the visible rows where some groups are open."""
        open_groups = [np.full(len(level.codes), expansion.all) for level in self.levels]
        for path in dict.fromkeys(expansion.within):
            groups = self._groups_of(path)
            if groups is not None:
                open_groups[len(path)][groups] ^= True
        for path in dict.fromkeys(expansion.paths):
            found = self.find(path)
            if found is not None:
                level, place = found
                open_groups[level - 1][place] ^= True
        return VisibleRows(self, open_groups)

    def _groups_of(self, path: Sequence[str | None]) -> slice | None:
        """Return which groups of the next level are in the group of a path, if there are some."""
        if len(path) >= len(self.levels):
            return None
        if not path:
            return slice(0, len(self.levels[0].codes))
        found = self.find(path)
        if found is None:
            return None
        level, place = found
        first_children = self.levels[level - 1].first_children
        return slice(int(first_children[place]), int(first_children[place + 1]))


class VisibleRows:
    """The rows of an outline that are shown, counted from 0; no row exists until it is asked for.

    Parameters
    ----------
    outline : Outline
        The whole tree.
    open_groups : list of array
        Of each level: which of its groups are open.
    """

    def __init__(self, outline: Outline, open_groups: list[NDArray[np.bool_]]) -> None:
        self._outline = outline
        self._open = open_groups
        self._ends = _ends(outline, open_groups)
        self.total = int(self._ends[0][-1]) if self._ends else len(outline.ids)

    def window(self, offset: int, limit: int) -> Iterator[Entry]:
        """Yield what stands in a window of the rows, in order."""
        if not self._ends:
            start = min(offset, self.total)
            yield from _runs(1, start, min(start + limit, self.total))
            return
        roots = len(self._outline.levels[0].codes)
        yield from self._groups(0, (0, roots), offset, min(offset + limit, self.total))

    def _groups(
        self, level: int, places: tuple[int, int], offset: int, end: int
    ) -> Iterator[Entry]:
        """Yield the rows from `offset` to `end`, counted from the first of these groups on."""
        ends = self._ends[level]
        shift = int(ends[places[0]])
        place = int(np.searchsorted(ends, offset + shift, side="right")) - 1
        while place < places[1] and int(ends[place]) - shift < end:
            own = int(ends[place]) - shift
            if offset <= own:
                yield GroupEntry(level + 1, place, bool(self._open[level][place]))
            if self._open[level][place]:
                yield from self._children(level, place, max(offset - own - 1, 0), end - own - 1)
            place += 1

    def _children(self, level: int, place: int, offset: int, end: int) -> Iterator[Entry]:
        here = self._outline.levels[level]
        if level + 1 < len(self._outline.levels):
            children = int(here.first_children[place]), int(here.first_children[place + 1])
            yield from self._groups(level + 1, children, offset, end)
        else:
            first, last = int(here.starts[place]), int(here.starts[place + 1])
            yield from _runs(level + 2, first + offset, min(first + end, last))


def _runs(level: int, start: int, stop: int) -> Iterator[RunEntries]:
    if start < stop:
        yield RunEntries(level, start, stop)


def _ends(outline: Outline, open_groups: list[NDArray[np.bool_]]) -> list[Integers]:
    """Return for each level how many visible rows stand before each group, and before the end."""
    ends: list[Integers] = []
    for level, is_open in zip(reversed(outline.levels), reversed(open_groups), strict=True):
        within = ends[-1][level.first_children] if ends else level.starts
        sizes = 1 + np.where(is_open, np.diff(within), 0)
        ends.append(np.concatenate([[0], np.cumsum(sizes)]))
    return ends[::-1]
