"""Runs as rows: inserting one, and the one function by which a status changes."""

from __future__ import annotations

import hashlib
from collections import ChainMap
from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, case, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from nbtrack.model import TRANSITIONS, Status
from nbtrack.store import tables

PART = 500
"""Values that one ``IN`` holds; databases bound the variables of a statement."""

T = TypeVar("T")
KeyIds = MutableMapping[tuple[str, str], int]
"""(Kind, name) of a key -> its id."""


def in_parts(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield items in lists short enough for one statement."""
    listed = list(items)
    for start in range(0, len(listed), PART):
        yield listed[start : start + PART]


def transaction_keys(committed: dict[tuple[str, str], int]) -> ChainMap[tuple[str, str], int]:
    """Return a view of the cache that keeps what one transaction adds to itself.

    A transaction that rolls back takes its new key ids with it, and they are given to others.
    """
    return ChainMap({}, committed)


def insert_or_ignore(
    connection: Connection, table: Table, values: Any, *, where: str | None = None, on: list[str]
) -> None:
    """Insert rows, leaving those whose unique columns `on` are taken."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).on_conflict_do_nothing(
        index_elements=on, index_where=text(where) if where else None
    )
    connection.execute(statement, values)


def insert_row(connection: Connection, table: Table, values: dict[str, Any]) -> int:
    """Insert one row and return its id."""
    key = connection.execute(insert(table).values(values)).inserted_primary_key
    assert key is not None  # an insert of one row always has one
    return int(key[0])


def find_run(connection: Connection, run_id: str, *, lock: bool = False) -> Any | None:
    """Return the row (id, status, stage, delivered) of a run, or None."""
    columns = tables.runs.c
    query = select(columns.id, columns.status, columns.stage, columns.delivered)
    query = query.where(columns.run_id == run_id)
    return connection.execute(query.with_for_update() if lock else query).first()


def transition(
    connection: Connection,
    row_id: int,
    expected: Status,
    new: Status,
    *,
    time: int,
    cause: str | None,
    observer: str,
    values: dict[str, Any] | None = None,
) -> bool:
    """Change a run's status from `expected` to `new` and note it in the timeline.

    Returns
    -------
    bool
        False when the run no longer stands at `expected`, or `new` may not follow it;
        then nothing was changed.
    """
    if new not in TRANSITIONS[expected]:
        return False
    runs = tables.runs
    changed = connection.execute(
        update(runs)
        .where(runs.c.id == row_id, runs.c.status == expected.value)
        .values(status=new.value, **(values or {}))
    )
    if changed.rowcount == 0:
        return False
    add_event(connection, row_id, time, expected, new, cause, observer)
    return True


def add_event(
    connection: Connection,
    row_id: int,
    time: int,
    old: Status | None,
    new: Status | None,
    cause: str | None,
    observer: str,
) -> None:
    """Append one entry to a run's timeline."""
    connection.execute(
        insert(tables.run_events).values(
            run_id=row_id, time=time, from_status=old, to_status=new, cause=cause, observer=observer
        )
    )


def experiment_id(connection: Connection, name: str, time: int) -> int:
    """Return the id of the active experiment called `name`, creating it when missing."""
    table = tables.experiments
    query = select(table.c.id).where(table.c.name == name, table.c.stage == "active")
    found = connection.execute(query).scalar()
    if found is None:
        values = {"name": name, "created": time, "stage": "active"}
        insert_or_ignore(connection, table, values, on=["name"], where="stage = 'active'")
        found = connection.execute(query).scalar_one()
    return int(found)


def kernel_id(connection: Connection, kernel: dict[str, Any], time: int) -> int:
    """Return the id of a kernel's row, noting a sign of life at `time`, which may be long ago."""
    table = tables.kernels
    identity = ("boot_id", "pid", "process_start")
    where = [table.c[name] == kernel[name] for name in identity]
    changes = {
        "heartbeat": case((table.c.heartbeat < time, time), else_=table.c.heartbeat),
        "ended": case((table.c.ended < time, None), else_=table.c.ended),
        "notebook": kernel.get("notebook"),
    }
    if not connection.execute(update(table).where(*where).values(changes)).rowcount:
        row = {**kernel, "started": time, "heartbeat": time}
        insert_or_ignore(connection, table, row, on=list(identity))
    return int(connection.execute(select(table.c.id).where(*where)).scalar_one())


def next_attempt(connection: Connection, notebook: str | None, cell_id: str | None) -> int | None:
    """Return 1 + the highest attempt of a notebook's cell, or None where they are unknown."""
    if not notebook or not cell_id:
        return None
    runs = tables.runs.c
    highest = connection.execute(
        select(func.max(runs.attempt)).where(runs.notebook == notebook, runs.cell_id == cell_id)
    ).scalar()
    return (highest or 0) + 1


def content_id(connection: Connection, table: Table, digest_of: str, **values: Any) -> int:
    """Return the id of content that is kept once, told by the SHA-256 of `digest_of`."""
    digest = hashlib.sha256(digest_of.encode()).hexdigest()
    query = select(table.c.id).where(table.c.digest == digest)
    found = connection.execute(query).scalar()
    if found is None:
        insert_or_ignore(connection, table, {"digest": digest, **values}, on=["digest"])
        found = connection.execute(query).scalar_one()
    return int(found)


def key_ids(
    connection: Connection, cache: KeyIds, kind: str, names: Iterable[str]
) -> dict[str, int]:
    """Return the ids of key names, adding new ones; `cache` is that of `transaction_keys`."""
    wanted = set(names)
    found = {name: cache[kind, name] for name in wanted if (kind, name) in cache}
    missing = sorted(wanted - found.keys())
    if not missing:
        return found
    stored = _stored_keys(connection, kind, missing)
    new = [name for name in missing if name not in stored]
    if new:
        rows = [{"kind": kind, "name": name} for name in new]
        insert_or_ignore(connection, tables.keys, rows, on=["kind", "name"])
        stored |= _stored_keys(connection, kind, new)
    cache.update({(kind, name): key for name, key in stored.items()})
    return found | stored


def _stored_keys(connection: Connection, kind: str, names: list[str]) -> dict[str, int]:
    table = tables.keys
    found: dict[str, int] = {}
    for part in in_parts(names):
        rows = connection.execute(
            select(table.c.name, table.c.id).where(table.c.kind == kind, table.c.name.in_(part))
        )
        found.update((name, key) for name, key in rows)
    return found
