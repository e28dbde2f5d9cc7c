"""From a view to the rows on screen: a selection of runs, sorted, by windows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, select

from nbtrack.model import ParamValue, Stage, Status
from nbtrack.query.columns import KINDS, Column
from nbtrack.query.compiler import compile_search
from nbtrack.query.nodes import Entity, Expression, Identifier, OrderBy
from nbtrack.query.ordering import compile_order_by
from nbtrack.query.sources import ATTRIBUTES, KEYED_TABLES, Related
from nbtrack.store import tables
from nbtrack.store.runs import in_parts
from nbtrack.store.values import decode_param

Value = ParamValue | float

_ENTITIES: dict[str, Entity] = {
    "attributes": "attribute", "params": "param", "metrics": "metric", "tags": "tag",
}  # fmt: skip
_COLUMN_ENTITIES = {entity: name for name, entity in _ENTITIES.items()}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which runs are meant; a run must meet all that is given."""

    experiments: tuple[int, ...] = ()
    """Ids; none means all active experiments."""
    expressions: tuple[Expression, ...] = ()
    deleted: bool = False
    notebook: str | None = None
    kernel: int | None = None

    def without_search(self) -> Selection:
        """Return the selection with no condition of the search language."""
        return replace(self, expressions=())

    def condition(self, dialect: str) -> ColumnElement[bool]:
        """Return the selection as a condition on ``runs``."""
        runs, experiments = tables.runs, tables.experiments
        stage = Stage.DELETED if self.deleted else Stage.ACTIVE
        parts = [runs.c.stage == stage.value]
        if self.experiments:
            parts.append(runs.c.experiment_id.in_(self.experiments))
        elif not self.deleted:
            active = select(experiments.c.id).where(experiments.c.stage == "active")
            parts.append(runs.c.experiment_id.in_(active))
        if self.notebook is not None:
            parts.append(runs.c.notebook == self.notebook)
        if self.kernel is not None:
            parts.append(runs.c.kernel_id == self.kernel)
        parts.extend(compile_search(expression, dialect) for expression in self.expressions)
        return and_(*parts)


@dataclass(frozen=True, slots=True)
class RunCells:
    """A run of a window, with the values of the columns asked for."""

    row_id: int
    run_id: str
    run_name: str
    status: Status
    stage: Stage
    start_time: int | None
    cells: list[Value]


def order_by(column: Column, *, descending: bool) -> OrderBy:
    """Return a sort key of the search language for a column."""
    return OrderBy(Identifier(_ENTITIES[column.entity], column.key), descending)


def column_of_term(term: OrderBy) -> Column:
    """Return the column that a sort key sorts by."""
    return Column(_COLUMN_ENTITIES[term.identifier.entity], term.identifier.key)


def entity_of(column: Column) -> Entity:
    """Return the search language's name of what a column belongs to."""
    return _ENTITIES[column.entity]


def count_runs(connection: Connection, selection: Selection) -> int:
    """Return how many runs a selection has."""
    condition = selection.condition(connection.dialect.name)
    query = select(func.count()).select_from(tables.runs).where(condition)
    return int(connection.execute(query).scalar_one())


def count_statuses(
    connection: Connection, selection: Selection
) -> tuple[dict[Status, int], int | None]:
    """Return how many runs of a selection stand at each status, and when the last one moved."""
    runs = tables.runs
    counts = [func.sum(case((runs.c.status == status.value, 1), else_=0)) for status in Status]
    last = func.max(func.coalesce(runs.c.end_time, runs.c.start_time))
    condition = selection.condition(connection.dialect.name)
    *numbers, moment = connection.execute(select(*counts, last).where(condition)).one()
    found = zip(Status, numbers, strict=True)
    return {status: number for status, number in found if number}, moment


def read_window(
    connection: Connection,
    selection: Selection,
    order: tuple[OrderBy, ...],
    columns: Sequence[Column],
    *,
    offset: int = 0,
    limit: int | None = None,
) -> list[RunCells]:
    """Return the runs of a selection from `offset` on, in order.

    The number of queries does not depend on the number of runs: one for the runs, and one each
    for the params, metrics and tags among the columns.
    """
    dialect = connection.dialect.name
    query = _runs_with(columns).where(selection.condition(dialect))
    query = compile_order_by(order, dialect, typed_params=True).apply(query)
    return _with_cells(connection, query.offset(offset).limit(limit), columns)


def read_runs(
    connection: Connection, row_ids: Sequence[int], columns: Sequence[Column]
) -> list[RunCells]:
    """Return the runs of some row ids, in their order; those that are gone are left out."""
    found = {
        run.row_id: run
        for part in in_parts(row_ids)
        for run in _with_cells(
            connection, _runs_with(columns).where(tables.runs.c.id.in_(part)), columns
        )
    }
    return [found[row_id] for row_id in row_ids if row_id in found]


def read_run_ids(connection: Connection, row_ids: Sequence[int]) -> list[str]:
    """Return the run ids of some row ids, in their order; those that are gone are left out."""
    runs, found = tables.runs, dict[int, str]()
    for part in in_parts(row_ids):
        rows = connection.execute(select(runs.c.id, runs.c.run_id).where(runs.c.id.in_(part)))
        found.update(rows.all())
    return [found[row_id] for row_id in row_ids if row_id in found]


def _runs_with(columns: Sequence[Column]) -> Select[Any]:
    runs = tables.runs
    attributes = {
        column.key: _attribute(column.key) for column in columns if column.entity == "attributes"
    }
    return select(
        runs.c.id,
        runs.c.run_id,
        runs.c.run_name,
        runs.c.status,
        runs.c.stage,
        runs.c.start_time,
        *(source.label(f"attribute_{name}") for name, source in attributes.items()),
    )


def _with_cells(
    connection: Connection, query: Select[Any], columns: Sequence[Column]
) -> list[RunCells]:
    rows = connection.execute(query).all()
    values = _keyed_values(connection, [row.id for row in rows], columns)
    return [
        RunCells(
            row.id,
            row.run_id,
            row.run_name,
            Status(row.status),
            Stage(row.stage),
            row.start_time,
            [
                row._mapping[f"attribute_{column.key}"]
                if column.entity == "attributes"
                else values.get((row.id, column))
                for column in columns
            ],
        )
        for row in rows
    ]


def _attribute(name: str) -> Any:
    source = ATTRIBUTES["run"][name]
    return source.scalar() if isinstance(source, Related) else source


def _keyed_values(
    connection: Connection, row_ids: list[int], columns: Sequence[Column]
) -> dict[tuple[int, Column], Value]:
    found: dict[tuple[int, Column], Value] = {}
    if not row_ids:
        return found
    for entity in KINDS:
        wanted = {column.key: column for column in columns if column.entity == entity}
        if wanted:
            found |= _values_of(connection, entity, row_ids, wanted)
    return found


def _values_of(
    connection: Connection, entity: str, row_ids: list[int], wanted: dict[str, Column]
) -> dict[tuple[int, Column], Value]:
    table, names = KEYED_TABLES[_ENTITIES[entity]], tables.keys
    query = select(names.c.id, names.c.name).where(
        names.c.kind == KINDS[entity], names.c.name.in_(wanted)
    )
    key_names = dict(connection.execute(query).all())
    rows = connection.execute(
        select(table).where(table.c.run_id.in_(row_ids), table.c.key_id.in_(key_names))
    )
    return {(row.run_id, wanted[key_names[row.key_id]]): _shown(entity, row) for row in rows}


def _shown(entity: str, row: Row[Any]) -> Value:
    match entity:
        case "params":
            return decode_param(row.type, row.value)
        case "metrics":
            return math.nan if row.last is None else float(row.last)
        case _:
            return str(row.value)
