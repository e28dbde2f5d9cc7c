"""What people change after the fact: descriptions and views."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, select, update

from nbtrack.errors import InvalidValueError, NotFoundError
from nbtrack.model import Kernel, now
from nbtrack.store import tables
from nbtrack.store.engine import Database, raise_revision, raise_view_revision
from nbtrack.store.reader import view_of
from nbtrack.store.retry import write
from nbtrack.store.runs import find_run, insert_or_ignore, kernel_id
from nbtrack.store.values import check_key, check_text

MAX_VIEW_LENGTH = 1_000_000
"""Characters of JSON that a stored view may have."""


def set_description(database: Database, run_id: str, description: str) -> None:
    """Set the description of a run.

    Raises
    ------
    NotFoundError
        The run does not exist.
    InvalidValueError
        The description is no text, or longer than a million characters.
    """
    runs = tables.runs
    with database.writing() as connection:
        row = _existing_run(connection, run_id)
        connection.execute(
            update(runs)
            .where(runs.c.id == row.id)
            .values(description=check_text(description, "description"))
        )
        raise_revision(connection)


def ensure_kernel(database: Database, kernel: Kernel) -> int:
    """Return the id of a kernel's row, creating it when missing."""
    with database.writing() as connection:
        return kernel_id(connection, asdict(kernel), now())


def save_view(database: Database, view_id: str, view: dict[str, Any]) -> int:
    """Keep a dashboard's view and return the store's revision after it.

    Raises
    ------
    InvalidValueError
        The view is larger than 1,000,000 characters of JSON.
    """
    return change_view(database, view_id, lambda _: view)


def change_view(
    database: Database, view_id: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> int:
    """Replace a stored view by what `change` makes of it; return the store's revision after it.

    No other change of the view comes between. An error of `change` leaves all as it was.

    Raises
    ------
    InvalidValueError
        The view is larger than 1,000,000 characters of JSON.
    """
    check_key(view_id, "view")
    table = tables.views
    stored = select(table.c.content).where(table.c.view_id == view_id).with_for_update()

    def work(connection: Connection) -> int:
        content = connection.execute(stored).scalar()
        values = {"content": _view_text(change(view_of(content))), "updated": now()}
        if content is None:
            row = {"view_id": view_id, **values}
            insert_or_ignore(connection, table, row, on=["view_id"])
        else:
            connection.execute(update(table).where(table.c.view_id == view_id).values(values))
        raise_view_revision(connection)
        return int(connection.execute(select(tables.meta.c.revision)).scalar_one())

    return write(database, work)


def _view_text(view: dict[str, Any]) -> str:
    text = json.dumps(view, ensure_ascii=False)
    if len(text) > MAX_VIEW_LENGTH:
        raise InvalidValueError(
            f"The view has {len(text):,} characters, {MAX_VIEW_LENGTH:,} are allowed.",
            hint="Show fewer columns or filters.",
        )
    return text


def experiment_view_id(number: int) -> str:
    """Return the id of the row of ``views`` that remembers what was chosen for an experiment."""
    return f"experiment:{number}"


def _existing_run(connection: Connection, run_id: str) -> Any:
    row = find_run(connection, run_id, lock=True)
    if row is None:
        raise NotFoundError(f"There is no run {run_id!r} in this store.")
    return row
