"""The values of one column for all runs of a base, as arrays that sort and group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, select
from sqlalchemy.types import String

from nbtrack.query.arrays import (
    Floats,
    Integers,
    Places,
    read_few_numbers,
    read_numbers,
    read_ranks,
    those_of,
)
from nbtrack.query.columns import Column
from nbtrack.query.matching import STATUSES, Base
from nbtrack.query.ordering import STATUS_ORDER
from nbtrack.query.sources import ATTRIBUTES, KEYED_TABLES, Related, key_id
from nbtrack.query.tree import entity_of
from nbtrack.store.tables import MAX_INDEXED_TEXT, latest_metrics, params, runs, tags

NUMBER, TEXT, MISSING = 0, 1, 2
"""What a run has in a column, in the order in which runs are sorted, whichever way. NaN, which
comes after all numbers, counts as text."""

MAX_TEXT = 300
"""Characters of a text that are shown."""

_IS_SHORT = func.length(params.c.value) <= literal_column(str(MAX_INDEXED_TEXT))
"""In the very words of the index."""

_FEW = 8
"""Where a base has less than one of so many runs, a column is read for these runs alone."""

_STATUS_RANKS = np.array([STATUS_ORDER.index(status) for status in STATUSES], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class ColumnValues:
    """One value for each run of a base."""

    kinds: NDArray[np.int8]
    """`NUMBER`, `TEXT` or `MISSING`."""
    numbers: Floats
    """The numbers; of texts the rank among all texts, of NaN 0."""

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        return self.kinds.nbytes + self.numbers.nbytes

    def sort(self, places: Places, *, descending: bool) -> Places:
        """Return the places of runs in order of their values; equal ones keep theirs."""
        keys = self.numbers[places]
        places = places[np.argsort(-keys if descending else keys, kind="stable")]
        return places[np.argsort(self.kinds[places], kind="stable")]

    def finite(self, places: Places) -> Floats:
        """Return the numbers of runs, NaN where there is none or an infinite one."""
        numbers = self.numbers[places]
        fits = (self.kinds[places] == NUMBER) & np.isfinite(numbers)
        return np.where(fits, numbers, np.nan)


def read_column(connection: Connection, base: Base, column: Column) -> ColumnValues:
    """Return the values of any column but the status, which `status_values` has."""
    values = ColumnValues(
        np.full(len(base.ids), MISSING, dtype=np.int8), np.zeros(len(base.ids), dtype=np.float64)
    )
    numbers = _numbers(connection, base, column)
    if numbers is not None:
        few = None
        if column.entity != "attributes" and connection.dialect.name == "sqlite":
            few = read_few_numbers(connection, numbers)
        _fill(base, values, NUMBER, *(few or read_numbers(connection, numbers)))
        unordered = np.isnan(values.numbers)
        values.kinds[unordered] = TEXT
        values.numbers[unordered] = 0
    texts = _texts(connection, base, column)
    if texts is not None:
        short = _short_texts(connection, column, texts)
        _fill(base, values, TEXT, *(short or read_ranks(connection, texts)))
    return values


def _short_texts(
    connection: Connection, column: Column, texts: Select[Any]
) -> tuple[Integers, Integers] | None:
    """Return the ranks of a param's texts from their index, or None where it lacks long ones."""
    if column.entity != "params":
        return None
    found = read_ranks(connection, texts.where(_IS_SHORT))
    number = connection.execute(texts.with_only_columns(func.count())).scalar_one()
    return found if number == len(found[0]) else None


def status_values(codes: NDArray[np.uint8]) -> ColumnValues:
    """Return the statuses that `read_statuses` found, ranked as they are sorted."""
    return ColumnValues(np.zeros(len(codes), dtype=np.int8), _STATUS_RANKS[codes])


def read_shown_texts(connection: Connection, column: Column, ids: Integers) -> list[str]:
    """Return the beginning of each run's text in a column, where all of them have one."""
    dialect = connection.dialect.name
    wanted = those_of(ids, dialect)
    if column.entity == "attributes":
        own_id, value, source = _attribute(column.key)
        statement = source.where(runs.c.id.in_(wanted))
    else:
        table = KEYED_TABLES[entity_of(column)]
        own_id, value = table.c.run_id, table.c.value
        statement = select().where(table.c.key_id == _key(column), own_id.in_(wanted))
    shown = func.substr(value, 1, MAX_TEXT)
    rows = connection.execute(statement.add_columns(own_id, shown)).all()
    found: dict[int, str] = {row[0]: row[1] for row in rows}
    return [str(found.get(number, "")) for number in ids.tolist()]


def _fill(
    base: Base, values: ColumnValues, kind: int, ids: Integers, numbers: NDArray[Any]
) -> None:
    places = base.places(ids)
    known = places >= 0
    values.kinds[places[known]] = kind
    values.numbers[places[known]] = numbers[known]


def _numbers(connection: Connection, base: Base, column: Column) -> Select[Any] | None:
    """Return the statement on (row id, number) of the runs that have a number."""
    match column.entity:
        case "metrics":
            return _keyed(connection, base, column, latest_metrics.c.last)
        case "params":
            number = params.c.number
            return _keyed(connection, base, column, number).where(number.is_not(None))
        case "attributes":
            own_id, value, source = _attribute(column.key)
            if isinstance(value.type, String):
                return None
            source = source.add_columns(own_id, value)
            return _of_base(connection, base, source).where(value.is_not(None))
        case _:
            return None


def _texts(connection: Connection, base: Base, column: Column) -> Select[Any] | None:
    """Return the statement on (row id, text) of the runs that have a text."""
    match column.entity:
        case "params":
            texts = _keyed(connection, base, column, params.c.value)
            return texts.where(params.c.number.is_(None))
        case "tags":
            return _keyed(connection, base, column, tags.c.value)
        case "attributes":
            own_id, value, source = _attribute(column.key)
            if not isinstance(value.type, String):
                return None
            source = source.add_columns(own_id, value)
            return _of_base(connection, base, source).where(value.is_not(None))
        case _:
            return None


def _keyed(
    connection: Connection, base: Base, column: Column, value: ColumnElement[Any]
) -> Select[Any]:
    table = KEYED_TABLES[entity_of(column)]
    statement = select(table.c.run_id, value).where(table.c.key_id == _key(column))
    if len(base.ids) * _FEW < int(base.ids.max(initial=0)):
        statement = statement.where(table.c.run_id.in_(those_of(base.ids, connection.dialect.name)))
    return statement


def _of_base(connection: Connection, base: Base, statement: Select[Any]) -> Select[Any]:
    return statement.where(base.selection.condition(connection.dialect.name))


def _attribute(name: str) -> tuple[ColumnElement[int], ColumnElement[Any], Select[Any]]:
    """Return row id, value, and what a statement must select them from."""
    source = ATTRIBUTES["run"][name]
    if isinstance(source, Related):
        joined = select().select_from(runs).join(source.column.table, source.target == source.link)
        return runs.c.id, source.column, joined
    return runs.c.id, source, select().select_from(runs)


def _key(column: Column) -> Any:
    return key_id(entity_of(column), column.key)
