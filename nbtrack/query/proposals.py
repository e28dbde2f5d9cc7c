"""Names and values of a store that a half typed search may go on with.

Each look is bounded whatever the size of the store: values are those of the newest runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, true

from nbtrack.model import Status
from nbtrack.query import patterns
from nbtrack.query.attributes import VOCABULARIES
from nbtrack.query.columns import ATTRIBUTES, DEFAULT_ATTRIBUTES, KINDS, Column
from nbtrack.query.keys import newest
from nbtrack.query.nodes import Identifier
from nbtrack.query.sources import ATTRIBUTES as SOURCES
from nbtrack.query.sources import KEYED_TABLES, Related, key_id
from nbtrack.query.tree import Selection
from nbtrack.store import tables

MAX_NAMES = 500
"""Keys that are ranked."""

VALUE_SAMPLE = 1_000
"""Newest runs whose values are proposed."""

WORD_SAMPLE = 200
"""Newest runs in whose columns a word is looked for."""

_USED_SAMPLE = 5
_MAX_VALUES = 1_000
_MAX_VALUE_LENGTH = 200

_WORD_ATTRIBUTES = ("run_name", "user_id", "notebook", "experiment", "git_branch", "host")
_PROPOSED = frozenset(ATTRIBUTES) - {"start_time", "end_time", "duration", "attempt", "description"}

_PREFIXES = {prefix: f"{kind}s" for prefix, kind in VOCABULARIES["run"].prefixes.items()}
_FIXED = [
    *(Column("attributes", name) for name in ATTRIBUTES),
    *(Column("datasets", name) for name in VOCABULARIES["run"].datasets),
]


@dataclass(frozen=True, slots=True)
class ValueInUse:
    """A value that runs have."""

    value: str
    column: Column
    runs: int
    """Of those looked at."""
    is_number: bool = False


def names_in_use(connection: Connection, selection: Selection, fragment: str) -> list[Column]:
    """Return the columns whose name contains a fragment.

    Those that begin with it come first, and among these the ones in use by the newest runs.
    """
    prefix, dot, rest = fragment.partition(".")
    entity = _PREFIXES.get(prefix) if dot else None
    wanted = (f"{entity}.{rest}" if entity else fragment).lower()
    found = [
        column
        for column in _FIXED
        if wanted in column.id.lower() or wanted in ATTRIBUTES.get(column.key, ("",))[0].lower()
    ]
    if entity:
        found += _keys(connection, rest.strip("`\"'"), [entity])
    elif dot or wanted:
        found += _keys(connection, "", [name for name in KINDS if name.startswith(wanted)])
        found += _keys(connection, fragment, list(KINDS))
    else:
        found += _keys(connection, "", list(KINDS))
    used = _used(connection, selection).union(_FIXED[: len(DEFAULT_ATTRIBUTES)])

    def rank(column: Column) -> tuple[bool, bool]:
        begins = column.id.lower().startswith(wanted) or column.key.lower().startswith(wanted)
        return not begins, column not in used

    return sorted(dict.fromkeys(found), key=rank)


def values_in_use(
    connection: Connection, selection: Selection, identifier: Identifier, fragment: str
) -> list[ValueInUse]:
    """Return the values of one name that contain a fragment.

    Those that begin with it come first, and among these the most used.
    """
    match identifier.entity:
        case "attribute" if identifier.key == "status":
            column = Column("attributes", "status")
            found = [ValueInUse(status.value, column, 0) for status in Status]
        case "attribute" if identifier.key in _PROPOSED:
            run_ids = newest(connection, selection, VALUE_SAMPLE)
            found = list(_attribute_values(connection, identifier.key, run_ids))
        case "param" | "tag":
            run_ids = newest(connection, selection, VALUE_SAMPLE)
            found = list(_keyed_values(connection, identifier, run_ids))
        case "dataset":
            found = list(_dataset_values(connection, identifier.key))
        case _:
            found = []
    return _ranked(found, fragment)


def words_in_use(connection: Connection, selection: Selection, fragment: str) -> list[ValueInUse]:
    """Return the values of any column that contain a fragment."""
    if not fragment:
        return []
    run_ids = newest(connection, selection, WORD_SAMPLE)
    column = Column("attributes", "status")
    found = [ValueInUse(status.value, column, 0) for status in Status]
    for name in _WORD_ATTRIBUTES:
        found += _attribute_values(connection, name, run_ids)
    pattern, dialect = patterns.containing(fragment), connection.dialect.name
    for entity in ("params", "tags"):
        table, names = KEYED_TABLES[KINDS[entity]], tables.keys
        rows = connection.execute(
            select(names.c.name, table.c.value, func.count())
            .join_from(table, names, names.c.id == table.c.key_id)
            .where(
                table.c.run_id.in_(run_ids),
                func.length(table.c.value) <= _MAX_VALUE_LENGTH,
                patterns.matches(table.c.value, pattern, dialect, ignore_case=True),
            )
            .group_by(names.c.name, table.c.value)
            .limit(_MAX_VALUES)
        )
        found += [ValueInUse(value, Column(entity, name), runs) for name, value, runs in rows]
    return _ranked(found, fragment)


def _ranked(found: Sequence[ValueInUse], fragment: str) -> list[ValueInUse]:
    wanted = fragment.lower()
    fitting = [each for each in found if wanted in each.value.lower()]
    return sorted(
        fitting,
        key=lambda each: (not each.value.lower().startswith(wanted), -each.runs, each.value),
    )


def _keys(connection: Connection, fragment: str, entities: Sequence[str]) -> Iterator[Column]:
    kinds = [KINDS[entity] for entity in entities if entity in KINDS]
    if not kinds:
        return
    names = tables.keys
    pattern, dialect = patterns.containing(fragment), connection.dialect.name
    begins = patterns.matches(
        names.c.name, patterns.starting_with(fragment), dialect, ignore_case=True
    )
    fits = patterns.matches(names.c.name, pattern, dialect, ignore_case=True)
    rows = connection.execute(
        select(names.c.kind, names.c.name)
        .where(names.c.kind.in_(kinds), fits if fragment else true())
        .order_by(begins.desc(), names.c.kind, names.c.name)
        .limit(MAX_NAMES)
    )
    by_kind = {kind: entity for entity, kind in KINDS.items()}
    yield from (Column(by_kind[kind], name) for kind, name in rows)


def _used(connection: Connection, selection: Selection) -> set[Column]:
    run_ids = newest(connection, selection, _USED_SAMPLE)
    used: set[Column] = set()
    for entity, kind in KINDS.items():
        table, names = KEYED_TABLES[kind], tables.keys
        query = (
            select(names.c.name)
            .join_from(table, names, names.c.id == table.c.key_id)
            .where(table.c.run_id.in_(run_ids))
            .distinct()
        )
        used.update(Column(entity, name) for name in connection.scalars(query))
    return used


def _attribute_values(
    connection: Connection, name: str, run_ids: Sequence[int]
) -> Iterator[ValueInUse]:
    source = SOURCES["run"][name]
    value: ColumnElement[Any] = source.scalar() if isinstance(source, Related) else source
    query = select(value).where(tables.runs.c.id.in_(run_ids))
    counts = Counter(text for text in connection.scalars(query) if text)
    yield from (ValueInUse(text, Column("attributes", name), runs) for text, runs in counts.items())


def _keyed_values(
    connection: Connection, identifier: Identifier, run_ids: Sequence[int]
) -> Iterator[ValueInUse]:
    is_param = identifier.entity == "param"
    table = KEYED_TABLES[identifier.entity]
    number = tables.params.c.number if is_param else func.nullif(1, 1)
    rows = connection.execute(
        select(table.c.value, func.count(), func.max(number))
        .where(
            table.c.run_id.in_(run_ids),
            table.c.key_id == key_id(identifier.entity, identifier.key),
            func.length(table.c.value) <= _MAX_VALUE_LENGTH,
        )
        .group_by(table.c.value)
        .order_by(func.count().desc())
        .limit(_MAX_VALUES)
    )
    column = Column("params" if is_param else "tags", identifier.key)
    yield from (ValueInUse(value, column, runs, number is not None) for value, runs, number in rows)


def _dataset_values(connection: Connection, key: str) -> Iterator[ValueInUse]:
    value = tables.run_datasets.c.context if key == "context" else tables.datasets.c[key]
    query = select(value).where(value != "").distinct().limit(_MAX_VALUES)
    yield from (ValueInUse(text, Column("datasets", key), 0) for text in connection.scalars(query))
