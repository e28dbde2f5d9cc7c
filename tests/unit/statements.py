"""The statements that a database is asked to execute while something is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from nbtrack.store import Database

Executed = tuple[str, Any]


@contextmanager
def executed(database: Database) -> Iterator[list[Executed]]:
    """Collect statements with their values; not those that begin a read and bound it."""
    found: list[Executed] = []

    def note(_connection: Any, _cursor: Any, text: str, values: Any, *_rest: Any) -> None:
        if text != "BEGIN" and "set_config(" not in text:
            found.append((text, values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
