"""Copying a store's rows into another database, resumably, and comparing the two.

All ids stay, so that the copy is the same store elsewhere; only ``meta`` is the target's own. While
a copy is under way its target has the table ``copy_progress``: where each table stands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    MetaData,
    Select,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
    tuple_,
    update,
)

from nbtrack.errors import StoreError
from nbtrack.store import tables
from nbtrack.store.engine import Database, raise_revision
from nbtrack.store.insertion import insert_rows

ROWS = 5_000
"""Rows of one transaction."""

Report = Callable[[int], None]
"""Called with the number of rows that were copied or compared."""

progress = Table(
    "copy_progress",
    MetaData(),
    Column("name", Text, primary_key=True),
    Column("source", Text, nullable=False, comment="its store_id"),
    Column("revision", BigInteger, nullable=False, comment="of the source"),
    Column("last", Text, comment="key of the last row, as JSON; NULL: the table is done"),
)

_OWN = frozenset({tables.meta.name})
_CHANGING = frozenset({"heartbeat", "ended", "ending", "memory_used", "memory_total"})
"""Columns of ``kernels`` that change without raising the revision."""


class Compared(NamedTuple):
    """A table of the source and of the target: their numbers of rows, and whether all are equal."""

    name: str
    source: int
    target: int
    equal: bool


def copied_tables() -> list[Table]:
    """Return the tables that are copied, those that others refer to first."""
    return [table for table in tables.metadata.sorted_tables if table.name not in _OWN]


def count_rows(database: Database) -> int:
    """Return how many rows there are to copy."""
    with database.reading(seconds=0) as connection:
        return sum(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in copied_tables()
        )


def copy_rows(
    source: Database, target: Database, report: Report = lambda _: None
) -> list[Compared]:
    """Copy all rows; after an interruption, a second call goes on where the first one stopped.

    The source may be written meanwhile: what is copied is one state of it. When it was changed
    since an interruption, the copy begins anew. `finish_copy` ends it.

    Parameters
    ----------
    source, target : Database
        The target is empty, or holds an unfinished copy of this source.
    report : callable, optional
        Called with the number of rows after each batch, also those copied before; and once more
        for each row when it is compared.

    Returns
    -------
    list of Compared
        Each table of that state of the source beside the target's.

    Raises
    ------
    StoreError
        The target holds other runs, or one of the databases failed.
    """
    with source.reading(seconds=0) as connection:
        revision = connection.execute(select(tables.meta.c.revision)).scalar_one()
        places = _places(target, source.store_id, revision)
        for table in copied_tables():
            _copy_table(connection, target, table, places[table.name], report)
        _copy_parents(connection, target)
        with target.writing() as writing:
            _follow_ids(writing)
            raise_revision(writing)
        return [_compare(connection, target, table, report) for table in copied_tables()]


def finish_copy(target: Database, compared: Sequence[Compared]) -> None:
    """Let the target be a store like any other, or its copy be begun anew next time.

    Raises
    ------
    StoreError
        The target does not equal the source.
    """
    wrong = [table for table in compared if not table.equal]
    with target.writing() as connection:
        if wrong:
            connection.execute(update(progress).values(revision=-1))
        else:
            progress.drop(connection)
    if wrong:
        shown = ", ".join(
            f"{each.name} ({each.source:,} and {each.target:,} rows)" for each in wrong
        )
        raise StoreError(
            f"The copy in {target.name} differs from its source: {shown}.",
            hint="Let nothing write to either and copy again; it then begins anew.",
        )


def _compare(connection: Connection, target: Database, table: Table, report: Report) -> Compared:
    with target.reading(seconds=0) as other:
        found, there = _digest(connection, table, report), _digest(other, table, lambda _: None)
    return Compared(table.name, found[0], there[0], equal=found == there)


def _places(target: Database, store_id: str, revision: int) -> dict[str, Sequence[Any] | None]:
    """Return each table's last key in the target, empty at its beginning, None when it is done."""
    with target.writing() as connection:
        if not inspect(connection).has_table(progress.name):
            _refuse_filled(connection, target)
            progress.create(connection)
        else:
            known = connection.execute(select(progress)).all()
            if any(row.source != store_id for row in known):
                raise StoreError(
                    f"{target.name} holds the unfinished copy of another store.",
                    hint="Give an empty database.",
                )
            if known and all(row.revision == revision for row in known):
                return {row.name: row.last and json.loads(row.last) for row in known}
            _empty(connection)
        names = [table.name for table in copied_tables()]
        rows = [
            {"name": name, "source": store_id, "revision": revision, "last": "[]"} for name in names
        ]
        connection.execute(insert(progress), rows)
        return {name: [] for name in names}


def _refuse_filled(connection: Connection, target: Database) -> None:
    for table in (tables.runs, tables.experiments, tables.registered_models):
        if connection.execute(select(table.c.id).limit(1)).first() is not None:
            raise StoreError(
                f"{target.name} holds {table.name} already.",
                hint="Copy into an empty database: ids would clash.",
            )


def _empty(connection: Connection) -> None:
    connection.execute(delete(progress))
    connection.execute(update(tables.runs).values(parent_id=None))
    for table in reversed(copied_tables()):
        connection.execute(delete(table))


def _copy_table(
    connection: Connection,
    target: Database,
    table: Table,
    last: Sequence[Any] | None,
    report: Report,
) -> None:
    if last is None:
        report(connection.execute(select(func.count()).select_from(table)).scalar_one())
        return
    key = list(table.primary_key.columns)
    query = select(table).order_by(*key)
    if last:
        after = tuple_(*key) > tuple_(*last)
        query = query.where(after)
        before = select(func.count()).select_from(table).where(~after)
        report(connection.execute(before).scalar_one())
    names = table.columns.keys()
    places = [names.index(column.name) for column in key]
    parent = names.index("parent_id") if table is tables.runs else None
    rows = _rows(connection, query)
    while part := list(islice(rows, ROWS)):
        if parent is not None:  # it may come later than its child
            part = [(*row[:parent], None, *row[parent + 1 :]) for row in part]
        place = json.dumps([part[-1][index] for index in places])
        with target.writing() as writing:
            insert_rows(writing, table, part, len(part))
            _note(writing, table, place)
        report(len(part))
    with target.writing() as writing:
        _note(writing, table, None)


def _rows(connection: Connection, query: Select[Any]) -> Iterator[tuple[Any, ...]]:
    result = connection.execute(query, execution_options={"yield_per": ROWS})
    for part in result.partitions():
        yield from map(tuple, part)


def _note(connection: Connection, table: Table, last: str | None) -> None:
    connection.execute(update(progress).where(progress.c.name == table.name).values(last=last))


def _copy_parents(connection: Connection, target: Database) -> None:
    runs = tables.runs
    query = select(runs.c.id, runs.c.parent_id).where(runs.c.parent_id.is_not(None))
    rows = _rows(connection, query)
    statement = update(runs).where(runs.c.id == bindparam("own")).values(parent_id=bindparam("its"))
    while part := list(islice(rows, ROWS)):
        with target.writing() as writing:
            writing.execute(statement, [{"own": own, "its": parent} for own, parent in part])


def _follow_ids(connection: Connection) -> None:
    """Let new rows get ids above those that were copied."""
    if connection.dialect.name != "postgresql":
        return
    for table in copied_tables():
        column = table.autoincrement_column
        if column is not None:
            statement = (
                "SELECT setval(pg_get_serial_sequence(:name, :column), max_id) "  # noqa: S608
                f"FROM (SELECT max({column.name}) AS max_id FROM {table.name}) AS found "
                "WHERE max_id IS NOT NULL"
            )
            names = {"name": table.name, "column": column.name}
            connection.execute(text(statement), names)


def _digest(connection: Connection, table: Table, report: Report) -> tuple[int, int]:
    """Return a table's number of rows, and a digest of them that does not depend on their order."""
    columns = [column for column in table.columns if column.name not in _CHANGING]
    number = total = 0
    rows = _rows(connection, select(*columns))
    while part := list(islice(rows, ROWS)):
        for row in part:
            # SQLite tells no negative zero
            values = tuple([value + 0.0 if type(value) is float else value for value in row])
            digest = blake2b(repr(values).encode("utf-8", "replace"), digest_size=16).digest()
            total += int.from_bytes(digest, "big")
        number += len(part)
        report(len(part))
    return number, total % (1 << 128)
