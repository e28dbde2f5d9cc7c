"""Which params, metrics and tags a store knows, and which of them tell runs apart."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, distinct, func, select

from nbtrack.query.columns import KINDS, Column, ColumnType
from nbtrack.query.sources import KEYED_TABLES
from nbtrack.query.tree import Selection
from nbtrack.store import tables

SAMPLE = 200
"""Newest runs that decide which columns are shown at first."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """How the newest runs of a selection use a key."""

    column: Column
    runs: int
    distinct_values: int
    numbers: int
    """Runs whose value is a number."""

    @property
    def type(self) -> ColumnType:
        """Number where every value is one."""
        return "number" if self.numbers == self.runs else "text"


def known_columns(connection: Connection) -> list[tuple[Column, ColumnType]]:
    """Return the column of every key that was ever used, by kind and name."""
    names = tables.keys
    entities = {kind: entity for entity, kind in KINDS.items()}
    rows = connection.execute(
        select(names.c.kind, names.c.name).order_by(names.c.kind, names.c.name)
    ).all()
    return [
        (Column(entities[kind], name), "number" if kind == "metric" else "text")
        for kind, name in rows
    ]


def key_uses(connection: Connection, selection: Selection, entity: str) -> list[KeyUse]:
    """Return the keys that the newest 200 runs of a selection use, the most used first."""
    runs, names = tables.runs, tables.keys
    table = KEYED_TABLES["metric" if entity == "metrics" else "param"]
    is_metric = entity == "metrics"
    value = table.c.last if is_metric else table.c.value
    newest = (
        select(runs.c.id)
        .where(selection.condition(connection.dialect.name))
        .order_by(runs.c.start_time.desc())
        .limit(SAMPLE)
        .subquery()
    )
    uses = func.count()
    numbers = uses if is_metric else func.count(table.c.number)
    rows = connection.execute(
        select(names.c.name, uses, func.count(distinct(value)), numbers.label("numbers"))
        .join_from(table, names, names.c.id == table.c.key_id)
        .where(table.c.run_id.in_(select(newest.c.id)))
        .group_by(names.c.name)
        .order_by(uses.desc(), names.c.name)
    )
    return [KeyUse(Column(entity, name), *counts) for name, *counts in rows]
