"""Experiments: made, renamed, marked as deleted with their runs, and restored with them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from nbtrack.errors import InvalidValueError, NotFoundError
from nbtrack.model import now
from nbtrack.store import tables
from nbtrack.store.bulk import unused_mark
from nbtrack.store.engine import Database, raise_revision
from nbtrack.store.runs import experiment_id, insert_row
from nbtrack.store.values import check_key


def create_experiment(database: Database, name: str) -> int:
    """Create an experiment and return its id.

    Raises
    ------
    InvalidKeyError
        The name is empty, longer than 250 characters, or has control characters.
    InvalidValueError
        An active experiment has that name.
    """
    check_key(name, "experiment")
    with database.writing() as connection:
        _refuse_taken(connection, name)
        values = {"name": name, "created": now(), "stage": "active"}
        created = insert_row(connection, tables.experiments, values)
        raise_revision(connection)
    return created


def rename_experiment(database: Database, number: int, name: str) -> None:
    """Give an experiment another name.

    Raises
    ------
    NotFoundError
        There is no such experiment.
    InvalidKeyError, InvalidValueError
        As for `create_experiment`.
    """
    check_key(name, "experiment")
    with database.writing() as connection:
        row = _existing(connection, number)
        if row.name == name:
            return
        if row.stage == "active":
            _refuse_taken(connection, name)
        _change(connection, number, name=name)


def delete_experiment(database: Database, number: int) -> bool:
    """Mark an experiment and its active runs as deleted; return whether it was not before.

    Raises
    ------
    NotFoundError
        There is no such experiment.
    """
    runs = tables.runs
    with database.writing() as connection:
        if _existing(connection, number).stage == "deleted":
            return False
        moment = unused_mark(connection)
        _change(connection, number, stage="deleted", deleted=moment)
        connection.execute(
            update(runs)
            .where(runs.c.experiment_id == number, runs.c.stage == "active")
            .values(stage="deleted", deleted=moment)
        )
    return True


def restore_experiment(database: Database, number: int) -> bool:
    """Take the mark off an experiment and off the runs that were deleted with it.

    Returns
    -------
    bool
        Whether it was marked.

    Raises
    ------
    NotFoundError
        There is no such experiment.
    InvalidValueError
        Another active experiment has its name by now.
    """
    runs = tables.runs
    with database.writing() as connection:
        row = _existing(connection, number)
        if row.stage == "active":
            return False
        _refuse_taken(connection, row.name)
        _change(connection, number, stage="active", deleted=None)
        connection.execute(
            update(runs)
            .where(runs.c.experiment_id == number, runs.c.deleted == row.deleted)
            .values(stage="active", deleted=None)
        )
    return True


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


def _change(connection: Connection, number: int, **values: Any) -> None:
    table = tables.experiments
    connection.execute(update(table).where(table.c.id == number).values(values))
    raise_revision(connection)


def _existing(connection: Connection, number: int) -> Any:
    table = tables.experiments
    row = connection.execute(select(table).where(table.c.id == number).with_for_update()).first()
    if row is None:
        raise NotFoundError(f"There is no experiment {number} in this store.")
    return row


def _refuse_taken(connection: Connection, name: str) -> None:
    table = tables.experiments
    taken = select(table.c.id).where(table.c.name == name, table.c.stage == "active")
    if connection.execute(taken).first() is not None:
        raise InvalidValueError(
            f"An active experiment is already called {name!r}.",
            hint="Choose another name, or rename or delete that experiment first.",
        )
