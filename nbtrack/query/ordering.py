"""Sort keys -> ORDER BY: missing values last in either direction, NaN after the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, collate
from sqlalchemy.types import String

from nbtrack.query.attributes import STATUS_NAMES
from nbtrack.query.nodes import OrderBy
from nbtrack.query.sources import ATTRIBUTES, KEYED_TABLES, Related, key_id
from nbtrack.store.tables import runs

STATUS_ORDER = tuple(sorted(STATUS_NAMES, key=lambda status: tuple(reversed(STATUS_NAMES[status]))))
"""Statuses in the alphabetical order of MLflow's names for them."""

_STATUS_RANK = case(
    {status.value: rank for rank, status in enumerate(STATUS_ORDER)},
    value=runs.c.status,
    else_=len(STATUS_ORDER),
)


@dataclass(frozen=True, slots=True)
class Ordering:
    """What to join to a statement on ``runs``, and by what to sort it."""

    elements: tuple[ColumnElement[Any], ...]
    joins: tuple[tuple[FromClause, ColumnElement[bool]], ...] = ()

    def apply(self, statement: Select[Any]) -> Select[Any]:
        """Return the statement with the joins and the ORDER BY added."""
        for target, condition in self.joins:
            statement = statement.outerjoin(target, condition)
        return statement.order_by(*self.elements)


def compile_order_by(
    order: tuple[OrderBy, ...], dialect_name: str, *, typed_params: bool = False
) -> Ordering:
    """Return sort keys as ORDER BY for a statement on ``runs``.

    Ties go to the newest run, then to the smaller run id, so that pages never overlap.

    Parameters
    ----------
    order : tuple of OrderBy
        From `parse_order_by`; empty means the newest first.
    dialect_name : str
        ``sqlite`` or ``postgresql``.
    typed_params : bool
        True sorts a param's numbers by value, before its texts. False sorts params as text, as
        MLflow does.
    """
    compiler = _OrderCompiler(dialect_name, typed_params=typed_params)
    for term in order:
        compiler.add(term)
    return compiler.finish()


class _OrderCompiler:
    def __init__(self, dialect_name: str, *, typed_params: bool) -> None:
        self._dialect_name = dialect_name
        self._typed_params = typed_params
        self._elements: list[ColumnElement[Any]] = []
        self._joins: list[tuple[FromClause, ColumnElement[bool]]] = []
        self._attributes: set[str] = set()

    def add(self, term: OrderBy) -> None:
        if term.identifier.entity == "attribute":
            self._attributes.add(term.identifier.key)
            self._sort(_attribute(term.identifier.key), descending=term.descending)
        else:
            self._add_keyed(term)

    def finish(self) -> Ordering:
        if "start_time" not in self._attributes:
            self._sort(runs.c.start_time, descending=True)
        if "run_id" not in self._attributes:
            self._sort(runs.c.run_id, descending=False)
        return Ordering(tuple(self._elements), tuple(self._joins))

    def _add_keyed(self, term: OrderBy) -> None:
        entity, key = term.identifier.entity, term.identifier.key
        table = KEYED_TABLES[entity].alias(f"sort_{len(self._joins) + 1}")
        self._joins.append(
            (table, and_(table.c.run_id == runs.c.id, table.c.key_id == key_id(entity, key)))
        )
        if entity == "metric":
            self._elements.append(case((table.c.run_id.is_(None), 1), else_=0))
            self._sort(table.c.last, descending=term.descending)
            return
        if entity == "param" and self._typed_params:
            self._sort(table.c.number, descending=term.descending)
            self._sort(case((table.c.number.is_(None), table.c.value)), descending=term.descending)
            return
        self._sort(table.c.value, descending=term.descending)

    def _sort(self, column: ColumnElement[Any], *, descending: bool) -> None:
        never_missing = column is runs.c.run_id
        if self._dialect_name == "postgresql" and isinstance(column.type, String):
            column = collate(column, "C")
        ordered = column.desc() if descending else column.asc()
        # where nothing can be missing, saying where it goes would keep an index from serving
        self._elements.append(ordered if never_missing else ordered.nulls_last())


def _attribute(key: str) -> ColumnElement[Any]:
    if key == "status":
        return _STATUS_RANK
    source = ATTRIBUTES["run"][key]
    return source.scalar() if isinstance(source, Related) else source
