"""Experiments: made, renamed, marked as deleted with their runs, and restored with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    func,
    select,
    true,
    update,
)

from nbtrack.errors import InvalidValueError, NotFoundError, did_you_mean
from nbtrack.model import Stage, now
from nbtrack.store import tables
from nbtrack.store.bulk import check_tags, mark_runs, unused_mark
from nbtrack.store.engine import Database, raise_revision
from nbtrack.store.retry import write
from nbtrack.store.runs import experiment_id, insert_row
from nbtrack.store.tag_rows import put_tags
from nbtrack.store.values import check_key, check_text

_ALL = 2**31 - 1


def create_experiment(
    database: Database,
    name: str,
    *,
    description: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> int:
    """Create an experiment and return its id.

    Raises
    ------
    InvalidKeyError
        The name, or a tag's key, is empty, longer than 250 characters, or has control characters.
    InvalidValueError
        An active experiment has that name, or a text is longer than a million characters.
    """
    check_key(name, "experiment")
    checked = check_tags(dict(tags or {}))
    values = {"name": name, "created": now(), "stage": "active"}
    if description is not None:
        values["description"] = check_text(description, "description")
    with database.writing() as connection:
        _refuse_taken(connection, name)
        created = insert_row(connection, tables.experiments, values)
        _set_tags(connection, created, checked)
        raise_revision(connection)
    return created


def describe_experiment(
    database: Database,
    number: int,
    *,
    description: str | None = None,
    tags: Mapping[str, str | None] | None = None,
) -> None:
    """Set the description of an experiment, or some of its tags; None removes a tag.

    Raises
    ------
    NotFoundError
        There is no such experiment.
    InvalidKeyError, InvalidValueError
        A tag or a text that is not allowed; then nothing is changed.
    """
    checked = check_tags(dict(tags or {}))
    values = {}
    if description is not None:
        values["description"] = check_text(description, "description") or None

    def work(connection: Connection) -> None:
        _existing(connection, number)
        _set_tags(connection, number, checked)
        _change(connection, number, **values)

    write(database, work)


def _set_tags(connection: Connection, number: int, tags: Mapping[str, str | None]) -> None:
    put_tags(connection, tables.experiment_tags, {"experiment_id": number}, tags)


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

    def work(connection: Connection) -> None:
        row = _existing(connection, number)
        if row.name == name:
            return
        if row.stage == "active":
            _refuse_taken(connection, name)
        _change(connection, number, name=name)

    write(database, work)


def delete_experiment(database: Database, number: int, *, observer: str) -> list[str]:
    """Mark an experiment and its active runs as deleted.

    Returns
    -------
    list of str
        The runs that went with it; none where it was marked already.

    Raises
    ------
    NotFoundError
        There is no such experiment.
    """

    def work(connection: Connection) -> list[str]:
        if _existing(connection, number).stage == "deleted":
            return []
        mark = unused_mark(connection)
        change = mark_runs(
            connection,
            [tables.runs.c.experiment_id == number],
            Stage.DELETED,
            cause="deleted with its experiment",
            observer=observer,
            mark=mark,
            told=_ALL,
        )
        _change(connection, number, stage="deleted", deleted=mark)
        return list(change.run_ids)

    return write(database, work)


def restore_experiment(database: Database, number: int, *, observer: str) -> list[str]:
    """Take the mark off an experiment and off the runs that were deleted with it.

    Returns
    -------
    list of str
        The runs that came back; none where it was not marked.

    Raises
    ------
    NotFoundError
        There is no such experiment.
    InvalidValueError
        Another active experiment has its name by now.
    """
    runs = tables.runs

    def work(connection: Connection) -> list[str]:
        row = _existing(connection, number)
        if row.stage == "active":
            return []
        _refuse_taken(
            connection, row.name, hint="Rename or delete that one first, then restore this one."
        )
        change = mark_runs(
            connection,
            [(runs.c.experiment_id == number) & (runs.c.deleted == row.deleted)],
            Stage.ACTIVE,
            cause="restored with its experiment",
            observer=observer,
            told=_ALL,
        )
        _change(connection, number, stage="active", deleted=None)
        return list(change.run_ids)

    return write(database, work)


def deleted_experiment(database: Database, name: str) -> int:
    """Return the id of the experiment of that name that was deleted last.

    Raises
    ------
    NotFoundError
        None of that name is deleted.
    """
    table = tables.experiments
    query = select(table.c.name, table.c.id).where(table.c.stage == "deleted")
    with database.reading() as connection:
        known = dict(connection.execute(query.order_by(table.c.deleted, table.c.id)).all())
    if name not in known:
        raise NotFoundError(
            f"There is no deleted experiment {name[:100]!r}.", hint=did_you_mean(name, known)
        )
    return int(known[name])


def active_experiment(database: Database, name: str) -> int:
    """Return the id of the active experiment of that name.

    Raises
    ------
    NotFoundError
        There is none.
    """
    known = active_experiments(database)
    if name not in known:
        raise NotFoundError(
            f"There is no active experiment {name[:100]!r}.", hint=did_you_mean(name, known)
        )
    return known[name]


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


def experiments_named(database: Database, names: Sequence[str]) -> list[int]:
    """Return the ids of all experiments of these names, active and deleted ones.

    Raises
    ------
    NotFoundError
        There is none of a name.
    """
    table = tables.experiments
    with database.reading() as connection:
        rows = connection.execute(select(table.c.id, table.c.name)).all() if names else []
    known = {row.name for row in rows}
    for name in names:
        if name not in known:
            raise NotFoundError(
                f"There is no experiment {name[:100]!r}.", hint=did_you_mean(name, known)
            )
    return [row.id for row in rows if row.name in names]


def list_experiments(
    database: Database, *, deleted: bool = False, condition: ColumnElement[bool] | None = None
) -> Sequence[Row[Any]]:
    """Return experiments with `run_count` and `last_activity`, the most recently active first.

    The runs counted are the active ones, of deleted experiments the deleted ones.
    """
    table, runs = tables.experiments, tables.runs
    stage = "deleted" if deleted else "active"
    counts = (
        select(
            runs.c.experiment_id,
            func.count().label("run_count"),
            func.max(runs.c.start_time).label("last_activity"),
        )
        .where(runs.c.stage == stage)
        .group_by(runs.c.experiment_id)
        .subquery()
    )
    query = (
        select(
            table, func.coalesce(counts.c.run_count, 0).label("run_count"), counts.c.last_activity
        )
        .outerjoin_from(table, counts, counts.c.experiment_id == table.c.id)
        .where(table.c.stage == stage, true() if condition is None else condition)
        .order_by(counts.c.last_activity.desc().nulls_last(), table.c.name, table.c.id)
    )
    with database.reading() as connection:
        return connection.execute(query).all()


def _change(connection: Connection, number: int, **values: Any) -> None:
    table = tables.experiments
    changed = {**values, "updated": now()}
    connection.execute(update(table).where(table.c.id == number).values(changed))
    raise_revision(connection)


def _existing(connection: Connection, number: int) -> Any:
    table = tables.experiments
    row = connection.execute(select(table).where(table.c.id == number).with_for_update()).first()
    if row is None:
        raise NotFoundError(f"There is no experiment {number} in this store.")
    return row


def _refuse_taken(
    connection: Connection,
    name: str,
    hint: str = "Choose another name, or rename or delete that experiment first.",
) -> None:
    table = tables.experiments
    taken = select(table.c.id).where(table.c.name == name, table.c.stage == "active")
    if connection.execute(taken).first() is not None:
        raise InvalidValueError(f"An active experiment is already called {name!r}.", hint=hint)
