"""Which params, metrics and tags a store knows, and which of them tell runs apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, func, select

from nbtrack.query.columns import ATTRIBUTES, KINDS, Column, ColumnType
from nbtrack.query.sources import ATTRIBUTES as SOURCES
from nbtrack.query.sources import KEYED_TABLES, Related
from nbtrack.query.tree import Selection
from nbtrack.store import tables

SAMPLE = 200
"""Newest runs that decide which columns are shown at first."""

DIFFERING_SAMPLE = 2_000
"""Newest runs between which columns are told to differ."""

MAX_ROWS, MAX_DIFFERING_ROWS = 100_000, 300_000
"""Params or metrics that are looked at for either, whatever the number of keys."""

_BYTES_PER_COLUMN = 200

_PROBE = 5
"""Newest runs that tell how many params or metrics a run has."""

_ENTITIES = {kind: entity for entity, kind in KINDS.items()}


@dataclass(frozen=True, slots=True)
class KeyUse:
    """How the newest runs of a selection use a key."""

    column: Column
    runs: int
    differs: bool
    """Whether their values are not all the same."""


@dataclass(frozen=True, slots=True)
class KeyUses:
    """The metrics and the params in use, the most used first."""

    metrics: tuple[KeyUse, ...]
    params: tuple[KeyUse, ...]

    @property
    def nbytes(self) -> int:
        """Bytes that it takes, about."""
        return _BYTES_PER_COLUMN * (len(self.metrics) + len(self.params))


@dataclass(frozen=True, slots=True)
class DifferingColumns:
    """The columns that differ between runs."""

    columns: frozenset[Column]

    @property
    def nbytes(self) -> int:
        """Bytes that it takes, about."""
        return _BYTES_PER_COLUMN * len(self.columns)


def known_columns(connection: Connection) -> list[tuple[Column, ColumnType]]:
    """Return the column of every key that was ever used, by kind and name."""
    names = tables.keys
    rows = connection.execute(
        select(names.c.kind, names.c.name).order_by(names.c.kind, names.c.name)
    ).all()
    return [
        (Column(_ENTITIES[kind], name), "number" if kind == "metric" else "text")
        for kind, name in rows
    ]


def column_types(connection: Connection, columns: Iterable[Column]) -> Mapping[Column, ColumnType]:
    """Return the type of each column; a param is a number where all its values are numbers."""
    types: dict[Column, ColumnType] = {}
    wanted: dict[str, Column] = {}
    for column in columns:
        if column.entity == "attributes":
            types[column] = ATTRIBUTES[column.key][1]
        else:
            types[column] = "number" if column.entity == "metrics" else "text"
        if column.entity == "params":
            wanted[column.key] = column
    for name in connection.scalars(_number_params(wanted)) if wanted else ():
        types[wanted[name]] = "number"
    return types


def _number_params(names: Iterable[str]) -> Select[str]:
    """Return the query for the params whose values are all numbers: one look into an index each.

    NaN is a number without a place among the numbers.
    """
    keys, params = tables.keys, tables.params
    own = select(params.c.run_id).where(params.c.key_id == keys.c.id)
    return select(keys.c.name).where(
        keys.c.kind == "param",
        keys.c.name.in_(names),
        own.where(params.c.number.is_not(None)).exists(),
        ~own.where(params.c.number.is_(None), params.c.type != "float").exists(),
    )


def key_uses(connection: Connection, selection: Selection) -> KeyUses:
    """Return the metrics and params that the newest runs of a selection use.

    These are 200 runs, or fewer where each has hundreds of keys.
    """
    run_ids = newest(connection, selection, SAMPLE)

    def uses(entity: str) -> tuple[KeyUse, ...]:
        found = _uses(connection, _bounded(connection, run_ids, entity, MAX_ROWS), entity)
        return tuple(sorted(found, key=lambda use: (-use.runs, use.column.key)))

    return KeyUses(uses("metrics"), uses("params"))


def differing_columns(connection: Connection, selection: Selection) -> DifferingColumns:
    """Return the columns that differ between the newest runs of a selection.

    Lacking a value differs from having one. These are 2,000 runs, or fewer where each has
    hundreds of keys.
    """
    run_ids = newest(connection, selection, DIFFERING_SAMPLE)
    found = _differing_attributes(connection, run_ids)
    for entity in KINDS:
        sample = _bounded(connection, run_ids, entity, MAX_DIFFERING_ROWS)
        uses = _uses(connection, sample, entity)
        found.update(use.column for use in uses if use.differs or use.runs < len(sample))
    return DifferingColumns(frozenset(found))


def newest(connection: Connection, selection: Selection, limit: int) -> list[int]:
    """Return the ids of the newest runs of a selection."""
    runs = tables.runs
    query = (
        select(runs.c.id)
        .where(selection.condition(connection.dialect.name))
        .order_by(runs.c.start_time.desc().nulls_last())
        .limit(limit)
    )
    return list(connection.scalars(query))


def _bounded(
    connection: Connection, run_ids: Sequence[int], entity: str, max_rows: int
) -> Sequence[int]:
    """Return the first of the runs, as many as have about `max_rows` values together."""
    table, probed = _table(entity), run_ids[:_PROBE]
    count = select(func.count()).select_from(table).where(table.c.run_id.in_(probed))
    rows = connection.execute(count).scalar_one()
    return run_ids[: max(_PROBE, max_rows * len(probed) // max(rows, 1))]


def _uses(connection: Connection, run_ids: Sequence[int], entity: str) -> list[KeyUse]:
    table, names = _table(entity), tables.keys
    value = table.c.last if entity == "metrics" else table.c.value
    uses = (
        select(
            table.c.key_id,
            func.count().label("runs"),
            func.count(value).label("present"),
            (func.min(value) != func.max(value)).label("varied"),
        )
        .where(table.c.run_id.in_(run_ids))
        .group_by(table.c.key_id)
        .subquery()
    )
    rows = connection.execute(
        select(names.c.name, uses.c.runs, uses.c.present, uses.c.varied).join_from(
            uses, names, names.c.id == uses.c.key_id
        )
    )
    return [
        KeyUse(Column(entity, row.name), row.runs, bool(row.varied) or 0 < row.present < row.runs)
        for row in rows
    ]


def _differing_attributes(connection: Connection, run_ids: Sequence[int]) -> set[Column]:
    columns = [Column("attributes", name) for name in ATTRIBUTES]
    sample = (
        select(*(_source(column.key).label(column.key) for column in columns))
        .where(tables.runs.c.id.in_(run_ids))
        .subquery()
    )
    measures: list[ColumnElement[Any]] = []
    for column in columns:
        value = sample.c[column.key]
        measures += [func.count(value), func.min(value) != func.max(value)]
    row = connection.execute(select(*measures)).one()
    return {
        column
        for column, present, varied in zip(columns, row[::2], row[1::2], strict=True)
        if varied or 0 < present < len(run_ids)
    }


def _source(name: str) -> ColumnElement[Any]:
    source = SOURCES["run"][name]
    return source.scalar() if isinstance(source, Related) else source


def _table(entity: str) -> Table:
    return KEYED_TABLES[KINDS[entity]]
