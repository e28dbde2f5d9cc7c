"""Whole runs, read block by block: what tables and exports of any size are made of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from nbtrack.query.arrays import Integers, read_ids
from nbtrack.query.columns import ATTRIBUTES, KINDS, Column
from nbtrack.query.nodes import OrderBy
from nbtrack.query.ordering import compile_order_by
from nbtrack.query.tree import Selection, Value, read_runs
from nbtrack.store import tables
from nbtrack.store.runs import in_parts
from nbtrack.store.values import decode_param

LEADING = ("run_id", "run_name", "status")
ATTRIBUTE_NAMES = (*LEADING, *(name for name in ATTRIBUTES if name not in LEADING))
"""Attributes of a run, in the order in which tables show them."""

_ATTRIBUTE_COLUMNS = [Column("attributes", name) for name in ATTRIBUTE_NAMES]
_ENTITIES = {kind: entity for entity, kind in KINDS.items()}


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run with all its params, metrics and tags."""

    attributes: list[Value]
    """In the order of `ATTRIBUTE_NAMES`; times in UTC milliseconds since the epoch."""
    keyed: dict[Column, Value]
    """Params, the last values of metrics, and tags, by kind and name."""

    @property
    def run_id(self) -> str:
        """The run's id."""
        return str(self.attributes[0])


def read_row_ids(
    connection: Connection, selection: Selection, order: tuple[OrderBy, ...], limit: int | None
) -> Integers:
    """Return the row ids of a selection's runs, in order."""
    dialect = connection.dialect.name
    query = select(tables.runs.c.id.label("value")).where(selection.condition(dialect))
    ordered = compile_order_by(order, dialect, typed_params=True).apply(query)
    return read_ids(connection, ordered.limit(limit))


def read_records(connection: Connection, row_ids: Integers) -> Iterator[RunRecord]:
    """Yield the runs of some row ids in their order; those that are gone are left out.

    Only a block of them is in memory at a time.
    """
    names = key_names(connection)
    for part in in_parts(row_ids.tolist()):
        values: dict[int, dict[Column, Value]] = {row_id: {} for row_id in part}
        for query in _value_queries(part):
            for row in connection.execute(query):
                column = names[row.key_id]
                values[row.run_id][column] = _value(column, row)
        for run in read_runs(connection, part, _ATTRIBUTE_COLUMNS):
            found = values[run.row_id]
            yield RunRecord(
                run.cells, {column: found[column] for column in sorted(found, key=_by_name)}
            )


def used_columns(connection: Connection, row_ids: Integers) -> dict[Column, frozenset[str]]:
    """Return the params, metrics and tags that runs have, with the types of the params."""
    names = key_names(connection)
    types: dict[Column, set[str]] = {}
    params = tables.params
    for part in in_parts(row_ids.tolist()):
        for table in (tables.latest_metrics, tables.tags):
            query = select(table.c.key_id).where(table.c.run_id.in_(part)).distinct()
            for key in connection.scalars(query):
                types.setdefault(names[key], set())
        typed = select(params.c.key_id, params.c.type).where(params.c.run_id.in_(part)).distinct()
        for key, kind in connection.execute(typed):
            types.setdefault(names[key], set()).add(kind)
    return {column: frozenset(types[column]) for column in sorted(types, key=_by_name)}


def key_names(connection: Connection) -> dict[int, Column]:
    """Return the column of each key id."""
    names = tables.keys
    rows = connection.execute(select(names.c.id, names.c.kind, names.c.name))
    return {key: Column(_ENTITIES[kind], name) for key, kind, name in rows}


def _value_queries(part: Sequence[int]) -> list[Select[Any]]:
    params, metrics, tags = tables.params, tables.latest_metrics, tables.tags
    return [
        select(metrics.c.run_id, metrics.c.key_id, metrics.c.last).where(
            metrics.c.run_id.in_(part)
        ),
        select(params.c.run_id, params.c.key_id, params.c.type, params.c.value).where(
            params.c.run_id.in_(part)
        ),
        select(tags.c.run_id, tags.c.key_id, tags.c.value).where(tags.c.run_id.in_(part)),
    ]


def _value(column: Column, row: Any) -> Value:
    match column.entity:
        case "metrics":
            return math.nan if row.last is None else float(row.last)
        case "params":
            return decode_param(row.type, row.value)
        case _:
            return str(row.value)


def _by_name(column: Column) -> tuple[str, str]:
    return column.entity, column.key
