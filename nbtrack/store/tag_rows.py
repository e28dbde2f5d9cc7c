"""Tags that stand as text in a table of their own: those of experiments and of models.

A table has the columns of the owner, ``key`` and ``value``. The tags of runs are kept otherwise,
with their keys in ``keys``. All functions work inside a transaction of the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete

from nbtrack.store.runs import in_parts, insert_or_ignore

Owner = Mapping[str, Any]
"""The columns that tell whose tags are meant, with their values."""


def put_tags(
    connection: Connection, table: Table, owner: Owner, tags: Mapping[str, str | None]
) -> None:
    """Set checked tags; None removes one."""
    for part in in_parts(tags):
        connection.execute(delete(table).where(*_of(table, owner), table.c.key.in_(part)))
    rows = [
        {**owner, "key": key, "value": value} for key, value in tags.items() if value is not None
    ]
    if rows:
        insert_or_ignore(connection, table, rows, on=[*owner, "key"])


def remove_tag(connection: Connection, table: Table, owner: Owner, key: str) -> bool:
    """Remove a tag and tell whether there was one of that key."""
    found = delete(table).where(*_of(table, owner), table.c.key == key)
    return connection.execute(found).rowcount > 0


def _of(table: Table, owner: Owner) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in owner.items()]
