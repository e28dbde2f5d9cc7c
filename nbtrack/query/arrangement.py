"""From a view to its tree of runs: selected, sorted and grouped, computed once per revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from nbtrack.query.arrays import Floats, Integers, Places
from nbtrack.query.cache import cache_of
from nbtrack.query.column_values import MISSING, ColumnValues, read_column, status_values
from nbtrack.query.columns import ATTRIBUTES, Column
from nbtrack.query.group_by import GroupBy, Measure
from nbtrack.query.grouping import Groups, check_number, make_groups, status_groups
from nbtrack.query.matching import Base, Statuses, read_base, read_matching, read_statuses
from nbtrack.query.nodes import OrderBy
from nbtrack.query.outline import Level, Outline
from nbtrack.query.tree import Selection, column_of_term
from nbtrack.store.engine import Database
from nbtrack.store.tables import meta

_STATUS = Column("attributes", "status")
_DENSE = 4
"""Possible groups per run, up to which all are counted rather than sorted."""


@dataclass(frozen=True, slots=True)
class Revision:
    """How a store stands."""

    shown: int
    """Raised by each change that a dashboard may show."""
    runs: int
    """Raised by those of them that may change which runs there are, or what they have."""


def read_revision(connection: Connection) -> Revision:
    """Return the revision that this transaction sees."""
    row = connection.execute(select(meta.c.revision, meta.c.view_revision)).one()
    return Revision(row.revision, row.revision - row.view_revision)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The finite numbers of some runs."""

    min: float
    mean: float
    max: float
    count: int


@dataclass(frozen=True)
class Arrangement:
    """The tree of a view's runs, and how the store stood."""

    arranger: Arranger
    selection: Selection
    outline: Outline

    @property
    def revision(self) -> Revision:
        """The state of the store that the tree shows."""
        return self.arranger.revision

    def aggregates(
        self, column: Column, paths: Sequence[Sequence[str | None]]
    ) -> list[Aggregate | None]:
        """Return the numbers of a column in groups that are there; None where it has none."""
        if not _may_have_numbers(column):
            return [None] * len(paths)
        base = self.arranger.base(self.selection)
        values = self.arranger.column(base, column)
        numbers = values.finite(base.places(self.outline.ids))
        return [_aggregate(numbers[self.outline.runs_of(path)]) for path in paths]


class Arranger:
    """Arranges runs within one transaction, with what the store's cache knows already.

    Parameters
    ----------
    database : Database
        The store, whose cache is used.
    connection : Connection
        A transaction of the store that sees one state.
    """

    def __init__(self, database: Database, connection: Connection) -> None:
        self._cache = cache_of(database)
        self._connection = connection
        self.revision = read_revision(connection)

    def base(self, selection: Selection) -> Base:
        """Return the runs of a selection whatever its search."""
        key = ("base", selection.without_search())
        compute = partial(read_base, self._connection, selection)
        return self._cache.get(self.revision.runs, key, compute)

    def statuses(self, base: Base) -> Statuses:
        """Return the statuses of the runs of a base."""
        compute = partial(read_statuses, self._connection, base)
        return self._cache.get(self.revision.runs, ("statuses", base.selection), compute)

    def column(self, base: Base, column: Column) -> ColumnValues:
        """Return the values of a column."""

        def compute() -> ColumnValues:
            if column == _STATUS:
                return status_values(self.statuses(base).codes)
            return read_column(self._connection, base, column)

        return self._cache.get(self.revision.runs, ("column", base.selection, column), compute)

    def arrange(
        self, selection: Selection, order: tuple[OrderBy, ...], grouping: tuple[GroupBy, ...]
    ) -> Arrangement:
        """Return the runs of a selection, grouped, and sorted within the groups.

        Raises
        ------
        RequestError
            A level has too many groups.
        """
        key = ("outline", selection, order, grouping)
        compute = partial(self._outline, selection, order, grouping)
        outline = self._cache.get(self.revision.runs, key, compute)
        return Arrangement(self, selection, outline)

    def _outline(
        self, selection: Selection, order: tuple[OrderBy, ...], grouping: tuple[GroupBy, ...]
    ) -> Outline:
        base = self.base(selection)
        places = read_matching(self._connection, base, selection)
        for term in reversed(order):
            values = self.column(base, column_of_term(term))
            places = values.sort(places, descending=term.descending)
        if not grouping:
            return Outline(base.ids[places])
        levels: list[Level] = []
        parents = np.zeros(len(places), dtype=np.int64)
        for group_by in grouping:
            level, parents = self._level(base, places, group_by, (parents, levels))
            levels.append(level)
        shown = places[_stable_order(parents, len(levels[-1].codes))]
        return Outline(base.ids[shown], tuple(levels), self.statuses(base).codes[shown])

    def _level(
        self,
        base: Base,
        places: Places,
        group_by: GroupBy,
        above: tuple[Integers, list[Level]],
    ) -> tuple[Level, Integers]:
        """Return a level of the tree, and which of its groups each run is in."""
        parents, levels = above
        groups = self._groups(base, places, group_by)
        found, own = _numbered(parents * len(groups.kinds) + groups.codes)
        check_number(group_by, len(found))
        measured = None
        if isinstance(group_by.order, Measure):
            numbers = self.column(base, group_by.order.column).finite(places)
            measured = _statistic(group_by.order, own, numbers, len(found))
        counts = np.bincount(own, minlength=len(found))
        shown = _shown_order(group_by, groups, found, counts, measured)
        place_of = np.empty(len(shown), dtype=np.int64)
        place_of[shown] = np.arange(len(shown))
        found = found[shown]
        level = Level(
            groups,
            found % len(groups.kinds) if len(found) else found,
            found // len(groups.kinds) if len(found) else found,
            np.concatenate([[0], np.cumsum(counts[shown])]),
        )
        if levels:
            above_count = len(levels[-1].codes)
            levels[-1].first_children = np.searchsorted(level.parents, np.arange(above_count + 1))
        groups.codes = np.empty(0, dtype=np.int64)
        return level, place_of[own]

    def _groups(self, base: Base, places: Places, group_by: GroupBy) -> Groups:
        if group_by.column == _STATUS:
            return status_groups(self.statuses(base).codes[places])
        values = self.column(base, group_by.column)
        return make_groups(self._connection, base, group_by, values, places)


def _may_have_numbers(column: Column) -> bool:
    if column.entity == "attributes":
        return ATTRIBUTES[column.key][1] in {"number", "duration"}
    return column.entity in {"metrics", "params"}


def _aggregate(numbers: Floats) -> Aggregate | None:
    numbers = numbers[~np.isnan(numbers)]
    if not len(numbers):
        return None
    low, high = float(numbers.min()), float(numbers.max())
    with np.errstate(over="ignore"):
        mean = float(numbers.mean())
    if not np.isfinite(mean):  # the sum is beyond all doubles
        mean = float((numbers / len(numbers)).sum())
    return Aggregate(low, min(max(mean, low), high), high, len(numbers))


def _numbered(found: Integers) -> tuple[Integers, Integers]:
    """Return the different numbers in order, and which of them each one is."""
    highest = int(found.max(initial=0))
    if highest > max(_DENSE * len(found), 1):
        numbers, own = np.unique(found, return_inverse=True)
        return numbers, own
    numbers = np.flatnonzero(np.bincount(found)) if len(found) else found
    places = np.empty(highest + 1, dtype=np.int64)
    places[numbers] = np.arange(len(numbers))
    return numbers, places[found]


def _statistic(measure: Measure, own: Integers, numbers: Floats, count: int) -> Floats:
    """Return the statistic of each group over the runs that have a number; NaN where none has."""
    known = ~np.isnan(numbers)
    own, numbers = own[known], numbers[known]
    if measure.statistic == "mean":
        with np.errstate(invalid="ignore", over="ignore"):
            sums = np.bincount(own, weights=numbers, minlength=count)
            return np.asarray(sums / np.bincount(own, minlength=count))
    extreme = np.fmin if measure.statistic == "min" else np.fmax
    found = np.full(count, np.nan)
    extreme.at(found, own, numbers)
    return found


def _shown_order(
    group_by: GroupBy,
    groups: Groups,
    found: Integers,
    counts: Integers,
    measured: Floats | None,
) -> Integers:
    """Return the groups of a level in the order in which they are shown."""
    if not len(found):
        return found
    parents, codes = np.divmod(found, len(groups.kinds))
    kinds = groups.kinds[codes]
    sign = -1 if group_by.descending else 1
    if group_by.order == "value":
        return np.lexsort((sign * codes, kinds, parents))
    lacking = kinds == MISSING
    if measured is None:
        return np.lexsort((codes, sign * counts, lacking, parents))
    return np.lexsort((codes, sign * measured, np.isnan(measured), lacking, parents))


def _stable_order(groups: Integers, count: int) -> NDArray[np.intp]:
    """Return the order that brings the groups together; few groups sort much quicker."""
    small = count <= np.iinfo(np.uint16).max
    return np.argsort(groups.astype(np.uint16) if small else groups, kind="stable")
