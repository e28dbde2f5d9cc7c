"""Which runs a selection has, as arrays: found by parts that numpy brings together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BinaryExpression,
    BooleanClauseList,
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    case,
    or_,
    select,
)
from sqlalchemy.sql import operators

from nbtrack.model import Status
from nbtrack.query.arrays import Integers, Places, read_digits, read_ids
from nbtrack.query.compiler import compile_search
from nbtrack.query.ordering import compile_order_by
from nbtrack.query.tree import Selection
from nbtrack.store.tables import runs

Booleans = NDArray[np.bool_]

STATUSES = tuple(Status)
"""A run's status is kept as its place here, which is the order of a run's life."""

_MAX_GAPS = 8
"""Ids per run, beyond which a table from ids to runs would waste memory."""
_SMALL = 1_000_000

_STATUS_DIGIT = case(
    {status.value: digit for digit, status in enumerate(STATUSES)}, value=runs.c.status, else_=0
)


@dataclass(frozen=True, eq=False)
class Base:
    """All runs of a selection without its search, the newest first."""

    selection: Selection
    ids: Integers
    """Row ids."""

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        table = self._table
        return self.ids.nbytes + (self._sorted.nbytes if table is None else table.nbytes)

    def places(self, ids: Integers) -> Places:
        """Return the place of each run among these, -1 where it is none of them."""
        if not len(self.ids):
            return np.full(len(ids), -1, dtype=np.int32)
        table = self._table
        if table is None:
            near = self._sorted[
                np.minimum(np.searchsorted(self.ids, ids, sorter=self._sorted), len(self.ids) - 1)
            ]
            return np.where(self.ids[near] == ids, near, -1).astype(np.int32)
        known = np.minimum(ids, len(table) - 1)
        return np.where(known == ids, table[known], -1).astype(np.int32)

    @cached_property
    def _table(self) -> Places | None:
        """Row id -> place; None where the ids have too many gaps."""
        highest = int(self.ids.max(initial=0))
        if highest > max(_MAX_GAPS * len(self.ids), _SMALL):
            return None
        table = np.full(highest + 1, -1, dtype=np.int32)
        table[self.ids] = np.arange(len(self.ids), dtype=np.int32)
        return table

    @cached_property
    def _sorted(self) -> Integers:
        return np.argsort(self.ids)


@dataclass(frozen=True, eq=False)
class Statuses:
    """The status of each run of a base, as its place in `STATUSES`."""

    codes: NDArray[np.uint8]

    @property
    def nbytes(self) -> int:
        """Bytes of its array."""
        return self.codes.nbytes


def read_base(connection: Connection, selection: Selection) -> Base:
    """Return the runs of a selection whatever its search."""
    selection = selection.without_search()
    return Base(selection, read_ids(connection, _newest_first(connection, selection, runs.c.id)))


def read_statuses(connection: Connection, base: Base) -> Statuses:
    """Return the statuses of all runs of a base that was read in the same transaction."""
    statement = _newest_first(connection, base.selection, _STATUS_DIGIT)
    return Statuses(read_digits(connection, statement))


def read_matching(connection: Connection, base: Base, selection: Selection) -> Places:
    """Return the places of the runs that the selection's search leaves of its base."""
    search = _Search(connection, base)
    matching = np.ones(len(base.ids), dtype=np.bool_)
    for expression in selection.expressions:
        matching &= search.fits(compile_search(expression, connection.dialect.name))
    return np.flatnonzero(matching).astype(np.int32)


class _Search:
    """Asks each list of runs within a condition by itself.

    So it is answered several times quicker than when it is looked up for each run.
    """

    def __init__(self, connection: Connection, base: Base) -> None:
        self._connection = connection
        self._base = base

    def fits(self, condition: ColumnElement[bool]) -> Booleans:
        """Return which runs of the base meet a condition."""
        holders = _holders(condition)
        if holders is not None:
            return self._marked(holders)
        if isinstance(condition, BooleanClauseList):
            clauses = list(condition.clauses)
            if condition.operator is operators.and_:
                return _all([self.fits(clause) for clause in clauses])
            lists = [clause for clause in clauses if _holders(clause) is not None]
            if condition.operator is operators.or_ and lists:
                rest = [clause for clause in clauses if _holders(clause) is None]
                parts = [*lists, or_(*rest)] if rest else lists
                return ~_all([~self.fits(part) for part in parts])
        own = self._base.selection.condition(self._connection.dialect.name)
        return self._marked(select(runs.c.id).where(own, condition))

    def _marked(self, holders: Select[Any]) -> Booleans:
        places = self._base.places(read_ids(self._connection, holders))
        marked = np.zeros(len(self._base.ids), dtype=np.bool_)
        marked[places[places >= 0]] = True
        return marked


def _newest_first(
    connection: Connection, selection: Selection, column: ColumnElement[Any]
) -> Select[Any]:
    dialect = connection.dialect.name
    statement = select(column.label("value")).where(selection.condition(dialect))
    return compile_order_by((), dialect).apply(statement)


def _all(parts: list[Booleans]) -> Booleans:
    found = parts[0]
    for part in parts[1:]:
        found = found & part
    return found


def _holders(condition: ColumnElement[bool]) -> Select[Any] | None:
    """Return the statement that lists the runs, where the condition is such a list."""
    if (
        isinstance(condition, BinaryExpression)
        and condition.operator is operators.in_op
        and condition.left is runs.c.id
        and isinstance(condition.right, ScalarSelect)
        and isinstance(condition.right.element, Select)
    ):
        return condition.right.element
    return None
