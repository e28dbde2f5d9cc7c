"""What people change after the fact: deletion marks, tags, descriptions, experiments, views."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Table, select, update

from nbtrack.errors import InvalidValueError, NotFoundError
from nbtrack.model import Kernel, Stage, now
from nbtrack.store import tables
from nbtrack.store.engine import Database, raise_revision, raise_view_revision
from nbtrack.store.runs import (
    add_event,
    experiment_id,
    find_run,
    insert_or_ignore,
    insert_row,
    kernel_id,
    transaction_keys,
)
from nbtrack.store.values import check_key, check_text
from nbtrack.store.writer import write_tags

MAX_VIEW_LENGTH = 100_000
"""Characters of JSON that a stored view may have."""


def set_stage(
    database: Database, run_ids: Sequence[str], stage: Stage, *, observer: str
) -> list[str]:
    """Mark runs as deleted, or restore them.

    Returns
    -------
    list of str
        The runs that were changed; those that stood so already are left out.

    Raises
    ------
    NotFoundError
        One of the runs does not exist; then nothing is changed.
    """
    runs, moment = tables.runs, now()
    changed: list[str] = []
    with database.writing() as connection:
        for run_id in dict.fromkeys(run_ids):
            row = _existing_run(connection, run_id)
            if row.stage == stage:
                continue
            connection.execute(
                update(runs)
                .where(runs.c.id == row.id)
                .values(stage=stage.value, deleted=moment if stage is Stage.DELETED else None)
            )
            verb = "deleted" if stage is Stage.DELETED else "restored"
            add_event(connection, row.id, moment, None, None, verb, observer)
            changed.append(run_id)
        if changed:
            raise_revision(connection)
    return changed


def set_run_tags(
    database: Database, run_ids: Iterable[str], tags: dict[str, str | None]
) -> list[str]:
    """Set tags of runs; None removes a tag.

    Raises
    ------
    InvalidKeyError, InvalidValueError
        A key or a value that no tag may have.
    NotFoundError
        One of the runs does not exist; then nothing is changed.
    """
    checked = {
        check_key(key, "tag"): None if text is None else check_text(text, "tag value")
        for key, text in tags.items()
    }
    changed = list(dict.fromkeys(run_ids))
    keys = transaction_keys(database.key_ids)
    with database.writing() as connection:
        for run_id in changed:
            write_tags(connection, keys, _existing_run(connection, run_id).id, checked)
        raise_revision(connection)
    return changed


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


def create_experiment(database: Database, name: str) -> int:
    """Create an experiment and return its id.

    Raises
    ------
    InvalidKeyError
        The name is empty, longer than 250 characters, or has control characters.
    InvalidValueError
        An active experiment has that name.
    """
    table = tables.experiments
    check_key(name, "experiment")
    with database.writing() as connection:
        taken = select(table.c.id).where(table.c.name == name, table.c.stage == "active")
        if connection.execute(taken).first() is not None:
            raise InvalidValueError(
                f"An active experiment is already called {name!r}.",
                hint="Choose another name, or delete that experiment first.",
            )
        values = {"name": name, "created": now(), "stage": "active"}
        created = insert_row(connection, table, values)
        raise_revision(connection)
    return created


def ensure_experiment(database: Database, name: str) -> int:
    """Return the id of the active experiment of that name, creating it when missing."""
    known = active_experiments(database)
    if name in known:
        return known[name]
    with database.writing() as connection:
        created = experiment_id(connection, check_key(name, "experiment"), now())
        raise_revision(connection)
    return created


def active_experiments(database: Database) -> dict[str, int]:
    """Return the ids of the active experiments by name."""
    table = tables.experiments
    query = select(table.c.name, table.c.id).where(table.c.stage == "active")
    with database.reading() as connection:
        return dict(connection.execute(query).all())


def ensure_kernel(database: Database, kernel: Kernel) -> int:
    """Return the id of a kernel's row, creating it when missing."""
    with database.writing() as connection:
        return kernel_id(connection, asdict(kernel), now())


def save_view(database: Database, view_id: str, view: dict[str, Any]) -> int:
    """Keep a dashboard's view and return the store's revision after it.

    Raises
    ------
    InvalidValueError
        The view is larger than 100,000 characters of JSON.
    """
    content = json.dumps(view, ensure_ascii=False)
    if len(content) > MAX_VIEW_LENGTH:
        raise InvalidValueError(
            f"The view has {len(content):,} characters, {MAX_VIEW_LENGTH:,} are allowed.",
            hint="Show fewer columns or filters.",
        )
    table: Table = tables.views
    values = {"content": content, "updated": now()}
    with database.writing() as connection:
        known = update(table).where(table.c.view_id == check_key(view_id, "view")).values(values)
        if not connection.execute(known).rowcount:
            row = {"view_id": view_id, **values}
            insert_or_ignore(connection, table, row, on=["view_id"])
        raise_view_revision(connection)
        return int(connection.execute(select(tables.meta.c.revision)).scalar_one())


def _existing_run(connection: Connection, run_id: str) -> Any:
    row = find_run(connection, run_id, lock=True)
    if row is None:
        raise NotFoundError(f"There is no run {run_id!r} in this store.")
    return row
