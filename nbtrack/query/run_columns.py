"""Many runs as columns: what a wide table is made of, with no object made per run and value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, select

from nbtrack.query.arrays import Floats, Integers, those_of
from nbtrack.query.columns import Column
from nbtrack.query.records import ATTRIBUTE_NAMES, key_names
from nbtrack.query.sources import ATTRIBUTES, Related
from nbtrack.query.tree import Value
from nbtrack.store import tables
from nbtrack.store.values import decode_param

_DENSE = 4
"""Where at least one of so many row ids is meant, the tables are read from end to end."""

_POINT = np.dtype([("run_id", np.int64), ("key_id", np.int64), ("last", np.float64)])


@dataclass(frozen=True, slots=True)
class RunColumns:
    """Runs, one value for each in every column."""

    attributes: dict[str, Sequence[Value]]
    """By the names of `ATTRIBUTE_NAMES`; times in UTC milliseconds since the epoch."""
    keyed: dict[Column, list[Value] | Floats]
    """Params, the last values of metrics (NaN where there is none), and tags, by kind and name."""


def read_run_columns(connection: Connection, row_ids: Integers) -> RunColumns:
    """Return the runs of some row ids in their order; those that are gone are left out."""
    found, attributes = _read_attributes(connection, row_ids)
    names = key_names(connection)
    keyed: dict[int, list[Value] | Floats] = {
        **_read_metrics(connection, found),
        **_read_params(connection, found),
        **_read_tags(connection, found),
    }
    ordered = sorted(keyed, key=lambda key: (names[key].entity, names[key].key))
    return RunColumns(attributes, {names[key]: keyed[key] for key in ordered})


def _read_attributes(
    connection: Connection, row_ids: Integers
) -> tuple[Integers, dict[str, Sequence[Value]]]:
    """Return the row ids of the runs that are there, and their attributes."""
    runs, columns, joined = tables.runs, list[Any](), dict[str, Related]()
    for name in ATTRIBUTE_NAMES:
        source = ATTRIBUTES["run"][name]
        if isinstance(source, Related):
            joined[source.column.table.name] = source
            columns.append(source.column)
        else:
            columns.append(source)
    origin: Any = runs
    for related in joined.values():
        origin = origin.outerjoin(related.column.table, related.target == related.link)
    statement = select(runs.c.id, *columns).select_from(origin)
    rows: list[Any] = _rows(connection, statement, runs.c.id, row_ids).fetchall()
    places = _places(row_ids, np.array([row[0] for row in rows], dtype=np.int64))
    order = np.argsort(places, kind="stable")[np.count_nonzero(places < 0) :]
    listed = list(zip(*(rows[place] for place in order.tolist()), strict=True))
    found, *values = listed or [()] * (len(columns) + 1)
    return np.array(found, dtype=np.int64), dict(zip(ATTRIBUTE_NAMES, values, strict=True))


def _read_metrics(connection: Connection, row_ids: Integers) -> dict[int, Floats]:
    table = tables.latest_metrics
    statement = select(table.c.run_id, table.c.key_id, table.c.last)
    cursor = _rows(connection, statement, table.c.run_id, row_ids)
    rows = np.fromiter(cast(Any, cursor), dtype=_POINT)
    places = _places(row_ids, rows["run_id"])
    order = np.argsort(rows["key_id"], kind="stable")
    order = order[places[order] >= 0]
    keys, starts = np.unique(rows["key_id"][order], return_index=True)
    columns = dict[int, Floats]()
    if keys.size == 0:
        return columns
    for key, part in zip(keys.tolist(), np.split(order, starts[1:]), strict=True):
        columns[key] = np.full(len(row_ids), np.nan)
        columns[key][places[part]] = rows["last"][part]
    return columns


def _read_params(connection: Connection, row_ids: Integers) -> dict[int, list[Value]]:
    table = tables.params
    statement = select(table.c.run_id, table.c.key_id, table.c.type, table.c.value)
    place_of = {row_id: place for place, row_id in enumerate(row_ids.tolist())}
    columns, known = dict[int, list[Value]](), dict[str, str]()
    readers: dict[str, Callable[[str], Value]] = {
        "int": int,
        "float": float,
        "str": lambda text: known.setdefault(text, text),  # the same again and again, mostly
    }
    for row_id, key, kind, text in _rows(connection, statement, table.c.run_id, row_ids):
        place = place_of.get(row_id)
        if place is None:
            continue
        column = columns.get(key)
        if column is None:
            column = columns[key] = [None] * len(row_ids)
        column[place] = text
        with suppress(ValueError):  # text that does not fit its type stays text
            column[place] = readers[kind](text) if kind in readers else decode_param(kind, text)
    return columns


def _read_tags(connection: Connection, row_ids: Integers) -> dict[int, list[Value]]:
    table = tables.tags
    statement = select(table.c.run_id, table.c.key_id, table.c.value)
    place_of = {row_id: place for place, row_id in enumerate(row_ids.tolist())}
    columns, known = dict[int, list[Value]](), dict[str, str]()
    for row_id, key, text in _rows(connection, statement, table.c.run_id, row_ids):
        place = place_of.get(row_id)
        if place is not None:
            if key not in columns:
                columns[key] = [None] * len(row_ids)
            columns[key][place] = known.setdefault(text, text)
    return columns


def _rows(
    connection: Connection, statement: Select[Any], owner: ColumnElement[int], row_ids: Integers
) -> Any:
    """Return the driver's cursor over the rows of these runs, and perhaps of some between them."""
    if len(row_ids) and len(row_ids) * _DENSE > int(np.ptp(row_ids)):
        wanted = owner.between(int(row_ids.min()), int(row_ids.max()))
    else:
        wanted = owner.in_(those_of(row_ids, connection.dialect.name))
    return connection.execute(statement.where(wanted)).cursor


def _places(row_ids: Integers, owners: Integers) -> Integers:
    """Return where each of the owners stands among the row ids, -1 for one that does not."""
    if not len(row_ids):
        return np.full(len(owners), -1)
    order = np.argsort(row_ids, kind="stable")
    at = np.minimum(np.searchsorted(row_ids, owners, sorter=order), len(row_ids) - 1)
    places = order[at]
    return np.where(row_ids[places] == owners, places, -1)
