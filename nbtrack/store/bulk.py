"""Changing many runs at once: deletion marks and tags, by statements whose number is bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, insert, literal, select, update

from nbtrack.errors import NotFoundError
from nbtrack.model import Stage, now
from nbtrack.store import tables
from nbtrack.store.engine import Database, raise_revision
from nbtrack.store.runs import in_parts, key_ids, transaction_keys
from nbtrack.store.values import check_key, check_text

MAX_TOLD = 1_000
"""Changed runs that are named; all are counted."""


@dataclass(frozen=True, slots=True)
class Change:
    """Which runs an edit has changed."""

    run_ids: tuple[str, ...]
    """The first 1,000 of them."""
    count: int
    deletion: int | None = None
    """What undoes it, if it is a deletion: see `restore_deletion`."""


def require_runs(database: Database, run_ids: Sequence[str]) -> None:
    """Make sure that runs exist.

    Raises
    ------
    NotFoundError
        One of them does not.
    """
    runs = tables.runs
    known: set[str] = set()
    with database.reading() as connection:
        for part in in_parts(dict.fromkeys(run_ids)):
            known |= set(connection.scalars(select(runs.c.run_id).where(runs.c.run_id.in_(part))))
    for run_id in run_ids:
        if run_id not in known:
            raise NotFoundError(f"There is no run {run_id!r} in this store.")


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
    require_runs(database, run_ids)
    changed: list[str] = []
    for part in in_parts(dict.fromkeys(run_ids)):
        named = tables.runs.c.run_id.in_(part)
        changed += set_stage_where(database, named, stage, observer=observer).run_ids
    return changed


def set_stage_where(
    database: Database, condition: ColumnElement[bool], stage: Stage, *, observer: str
) -> Change:
    """Mark all runs that meet a condition on ``runs`` as deleted, or restore them.

    Runs that stand so already are left out.
    """
    runs = tables.runs
    meant = condition & (runs.c.stage != stage.value)
    with database.writing() as connection:
        count, told = _counted(connection, meant)
        if count == 0:
            return Change((), 0)
        if stage is Stage.ACTIVE:
            _note(connection, meant, now(), "restored", observer)
            connection.execute(update(runs).where(meant).values(stage="active", deleted=None))
            raise_revision(connection)
            return Change(told, count)
        moment = unused_mark(connection)
        connection.execute(update(runs).where(meant).values(stage="deleted", deleted=moment))
        _note(connection, runs.c.deleted == moment, moment, "deleted", observer)
        raise_revision(connection)
    return Change(told, count, moment)


def restore_deletion(database: Database, deletion: int, *, observer: str) -> Change:
    """Restore the runs that one deletion has marked and that are still deleted."""
    marked = tables.runs.c.deleted == deletion
    return set_stage_where(database, marked, Stage.ACTIVE, observer=observer)


def set_run_tags(
    database: Database, run_ids: Sequence[str], tags: dict[str, str | None]
) -> Change:
    """Set tags of runs; None removes a tag.

    Raises
    ------
    InvalidKeyError, InvalidValueError
        A key or a value that no tag may have.
    NotFoundError
        One of the runs does not exist; then nothing is changed.
    """
    require_runs(database, run_ids)
    return set_tags_where(database, tables.runs.c.run_id.in_(run_ids), tags)


def set_tags_where(
    database: Database, condition: ColumnElement[bool], tags: dict[str, str | None]
) -> Change:
    """Set tags of all runs that meet a condition on ``runs``; None removes a tag.

    Raises
    ------
    InvalidKeyError, InvalidValueError
        A key or a value that no tag may have.
    """
    checked = {
        check_key(key, "tag"): None if text is None else check_text(text, "tag value")
        for key, text in tags.items()
    }
    table, runs = tables.tags, tables.runs
    keys = transaction_keys(database.key_ids)
    with database.writing() as connection:
        # the condition may ask for the very tags that are changed here
        meant = connection.execute(select(runs.c.id, runs.c.run_id).where(condition)).all()
        ids = key_ids(connection, keys, "tag", checked)
        for part in in_parts(row.id for row in meant):
            found = table.c.run_id.in_(part) & table.c.key_id.in_(ids.values())
            connection.execute(delete(table).where(found))
            rows = [
                {"run_id": row_id, "key_id": ids[key], "value": text}
                for row_id in part
                for key, text in checked.items()
                if text is not None
            ]
            if rows:
                connection.execute(insert(table), rows)
        if meant:
            raise_revision(connection)
    return Change(tuple(row.run_id for row in meant[:MAX_TOLD]), len(meant))


def _counted(
    connection: Connection, condition: ColumnElement[bool]
) -> tuple[int, tuple[str, ...]]:
    runs = tables.runs
    count = connection.execute(select(func.count()).select_from(runs).where(condition)).scalar_one()
    told = connection.scalars(
        select(runs.c.run_id).where(condition).order_by(runs.c.id).limit(MAX_TOLD)
    )
    return int(count), tuple(told)


def _note(
    connection: Connection,
    condition: ColumnElement[bool],
    moment: int,
    cause: str,
    observer: str,
) -> None:
    events = tables.run_events
    entries = select(
        tables.runs.c.id, literal(moment, events.c.time.type), literal(cause), literal(observer)
    ).where(condition)
    columns = ["run_id", "time", "cause", "observer"]
    connection.execute(insert(events).from_select(columns, entries))


def unused_mark(connection: Connection) -> int:
    """Return a moment that marks no other deletion, so that each can be undone by itself."""
    runs, experiments = tables.runs, tables.experiments
    moment = now()
    latest = max(
        connection.execute(select(func.max(table.c.deleted))).scalar() or 0
        for table in (runs, experiments)
    )
    return max(moment, latest + 1)
