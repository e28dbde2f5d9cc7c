"""Writing runs straight to the store, as MLflow's clients do: what is written is there at once.

Whoever records in this way is told when the store is away; nothing passes through an outbox. All
functions work inside a transaction of the caller.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from nbtrack.model import Status
from nbtrack.store import tables
from nbtrack.store.runs import (
    KeyIds,
    add_event,
    in_parts,
    insert_or_ignore,
    insert_row,
    key_ids,
)
from nbtrack.store.values import param_number

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")


def run_row(connection: Connection, run_id: str, *, lock: bool = False) -> Row[Any] | None:
    """Return all columns of a run, or None where there is no such run."""
    query = select(tables.runs).where(tables.runs.c.run_id == run_id)
    return connection.execute(query.with_for_update() if lock else query).first()


def add_run(connection: Connection, values: Mapping[str, Any], *, time: int, observer: str) -> int:
    """Insert a run with its first event and return its row id.

    Parameters
    ----------
    values : mapping of str to object
        Columns of ``runs``, with a `Status` among them.
    time : int
        Of the event, UTC milliseconds since the epoch.
    """
    row_id = insert_row(connection, tables.runs, dict(values))
    add_event(connection, row_id, time, None, values["status"], None, observer)
    return row_id


def change_run(
    connection: Connection,
    run: Row[Any],
    values: Mapping[str, Any],
    *,
    time: int,
    cause: str | None,
    observer: str,
) -> None:
    """Change columns of a run that is locked; another status is noted in its timeline.

    Whoever calls this knows how the run stands: also a run that has ended may go on.
    """
    runs = tables.runs
    connection.execute(update(runs).where(runs.c.id == run.id).values(dict(values)))
    status = values.get("status", run.status)
    if status != run.status:
        add_event(connection, run.id, time, Status(run.status), Status(status), cause, observer)


def text_type(text: str) -> str:
    """Return the type of a param that came as text: what reads as a number is one.

    Examples
    --------
    >>> text_type("3"), text_type("1e-3"), text_type("adam")
    ('int', 'float', 'str')
    """
    if _INTEGER.fullmatch(text):
        return "int"
    return "float" if _FLOAT.fullmatch(text) else "str"


def put_params(
    connection: Connection, keys: KeyIds, row_id: int, params: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    """Write params that came as text, each once.

    Returns
    -------
    list of (str, str, str)
        Key, value there, and value given, of those that have another value already; then nothing
        is written.
    """
    table = tables.params
    ids = key_ids(connection, keys, "param", params)
    names = {key_id: name for name, key_id in ids.items()}
    known: dict[str, str] = {}
    for part in in_parts(names):
        query = select(table.c.key_id, table.c.value).where(
            table.c.run_id == row_id, table.c.key_id.in_(part)
        )
        known.update({names[row.key_id]: row.value for row in connection.execute(query)})
    conflicts = [(key, old, params[key]) for key, old in known.items() if params[key] != old]
    rows = []
    for key, text in params.items():
        if key not in known:
            kind = text_type(text)
            number = param_number(kind, text)
            rows.append({
                "run_id": row_id, "key_id": ids[key], "type": kind, "value": text, "number": number,
            })  # fmt: skip
    if rows and not conflicts:
        insert_or_ignore(connection, table, rows, on=["run_id", "key_id"])
    return conflicts


def remove_tag(connection: Connection, keys: KeyIds, row_id: int, key: str) -> bool:
    """Remove a tag of a run and tell whether it had one of that key."""
    table = tables.tags
    ids = key_ids(connection, keys, "tag", [key])
    found = delete(table).where(table.c.run_id == row_id, table.c.key_id == ids[key])
    return connection.execute(found).rowcount > 0


def remove_run(connection: Connection, row_id: int) -> None:
    """Remove a run and all it logged."""
    runs = tables.runs
    connection.execute(delete(runs).where(runs.c.id == row_id))


def deleted_runs(connection: Connection, before: int) -> list[str]:
    """Return the ids of the runs that were marked as deleted at some time or before it."""
    runs = tables.runs
    query = select(runs.c.run_id).where(runs.c.stage == "deleted", runs.c.deleted <= before)
    return list(connection.scalars(query.order_by(runs.c.id)))


def read_tag(connection: Connection, row_id: int, key: str) -> str | None:
    """Return a tag of a run, None where it has none of that key."""
    table, names = tables.tags, tables.keys
    query = (
        select(table.c.value)
        .join_from(table, names, names.c.id == table.c.key_id)
        .where(table.c.run_id == row_id, names.c.kind == "tag", names.c.name == key)
    )
    found: str | None = connection.execute(query).scalar()
    return found


def listed_artifacts(connection: Connection, row_id: int) -> dict[str, int]:
    """Return the sizes of the artifacts that a run lists, by path."""
    table = tables.artifacts
    query = select(table.c.path, table.c.size).where(table.c.run_id == row_id)
    return dict(connection.execute(query).all())


def list_artifacts(connection: Connection, row_id: int, rows: list[dict[str, Any]]) -> None:
    """List artifacts that lie in the store already; what was listed of their paths is replaced."""
    table = tables.artifacts
    for part in in_parts(rows):
        paths = [row["path"] for row in part]
        connection.execute(delete(table).where(table.c.run_id == row_id, table.c.path.in_(paths)))
        connection.execute(table.insert(), [{"run_id": row_id, **row} for row in part])
