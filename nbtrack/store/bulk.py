"""Changing many runs at once: deletion marks and tags, by statements whose number is bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from nbtrack.errors import NotFoundError
from nbtrack.model import Stage, now
from nbtrack.store import tables
from nbtrack.store.engine import Database, raise_revision
from nbtrack.store.retry import write
from nbtrack.store.runs import in_parts, key_ids, transaction_keys
from nbtrack.store.values import check_key, check_text

MAX_TOLD = 1_000
"""Changed runs that are named; all are counted."""

_RUNS_AT_ONCE = 5_000
"""Runs whose tags one statement sets."""


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
            raise NotFoundError(f"There is no run {run_id[:100]!r} in this store.")


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
    wanted = list(dict.fromkeys(run_ids))
    named = [tables.runs.c.run_id.in_(part) for part in in_parts(wanted)]
    change = _set_stage(database, named, stage, observer, told=len(wanted))
    changed = set(change.run_ids)
    return [run_id for run_id in wanted if run_id in changed]


def set_stage_where(
    database: Database, condition: ColumnElement[bool], stage: Stage, *, observer: str
) -> Change:
    """Mark all runs that meet a condition on ``runs`` as deleted, or restore them.

    Runs that stand so already are left out.
    """
    return _set_stage(database, [condition], stage, observer)


def restore_deletion(database: Database, deletion: int, *, observer: str) -> Change:
    """Restore the runs that one deletion has marked and that are still deleted."""
    marked = tables.runs.c.deleted == deletion
    return set_stage_where(database, marked, Stage.ACTIVE, observer=observer)


def _set_stage(
    database: Database,
    conditions: Sequence[ColumnElement[bool]],
    stage: Stage,
    observer: str,
    told: int = MAX_TOLD,
) -> Change:
    cause = "deleted" if stage is Stage.DELETED else "restored"

    def work(connection: Connection) -> Change:
        change = mark_runs(connection, conditions, stage, cause=cause, observer=observer, told=told)
        if change.count:
            raise_revision(connection)
        return change

    return write(database, work)


def mark_runs(
    connection: Connection,
    conditions: Sequence[ColumnElement[bool]],
    stage: Stage,
    *,
    cause: str,
    observer: str,
    mark: int | None = None,
    told: int = MAX_TOLD,
) -> Change:
    """Do what `set_stage_where` does for each condition, in a transaction that is open.

    A condition is asked once: the runs that it finds get a mark of their own, by which the rest
    of the work finds them.
    """
    runs = tables.runs
    mark = mark or unused_mark(connection)
    count = 0
    for condition in conditions:
        marking = update(runs).where(condition, runs.c.stage != stage.value)
        count += connection.execute(marking.values(stage="deleted", deleted=mark)).rowcount
    if count == 0:
        return Change((), 0)
    marked = (runs.c.stage == "deleted") & (runs.c.deleted == mark)
    query = select(runs.c.run_id).where(marked).order_by(runs.c.id).limit(told)
    run_ids = tuple(connection.scalars(query))
    _note(connection, marked, now(), cause, observer)
    if stage is Stage.DELETED:
        return Change(run_ids, count, mark)
    connection.execute(update(runs).where(marked).values(stage="active", deleted=None))
    return Change(run_ids, count)


def unused_mark(connection: Connection) -> int:
    """Return a moment that marks no other deletion, so that each can be undone by itself."""
    moment = now()
    for table in (tables.runs, tables.experiments):
        latest = select(func.max(table.c.deleted)).where(table.c.stage == "deleted")
        moment = max(moment, (connection.execute(latest).scalar() or 0) + 1)
    return moment


def set_run_tags(database: Database, run_ids: Sequence[str], tags: dict[str, str | None]) -> Change:
    """Set tags of runs; None removes a tag.

    Raises
    ------
    InvalidKeyError, InvalidValueError
        A key or a value that no tag may have.
    NotFoundError
        One of the runs does not exist; then nothing is changed.
    """
    check_tags(tags)
    require_runs(database, run_ids)
    return set_tags_where(database, tables.runs.c.run_id.in_(run_ids), tags)


def check_tags(tags: dict[str, str | None]) -> dict[str, str | None]:
    """Return tags if they may be set.

    Raises
    ------
    InvalidKeyError, InvalidValueError
        A key or a value that no tag may have.
    """
    return {
        check_key(key, "tag"): None if text is None else check_text(text, "tag value")
        for key, text in tags.items()
    }


def set_tags_where(
    database: Database, condition: ColumnElement[bool], tags: dict[str, str | None]
) -> Change:
    """Set tags of all runs that meet a condition on ``runs``; None removes a tag.

    Raises
    ------
    InvalidKeyError, InvalidValueError
        A key or a value that no tag may have.
    """
    checked, runs = check_tags(tags), tables.runs

    def work(connection: Connection) -> Change:
        keys = transaction_keys(database.key_ids)
        # the condition may ask for the very tags that are changed here
        found = connection.scalars(select(runs.c.id).where(condition).order_by(runs.c.id))
        rows = list(found)
        told = select(runs.c.run_id).where(runs.c.id.in_(rows[:MAX_TOLD])).order_by(runs.c.id)
        run_ids = tuple(connection.scalars(told))
        ids = key_ids(connection, keys, "tag", checked)
        for key, text in checked.items():
            for start in range(0, len(rows), _RUNS_AT_ONCE):
                _set_tag(connection, rows[start : start + _RUNS_AT_ONCE], ids[key], text)
        if rows:
            raise_revision(connection)
        return Change(run_ids, len(rows))

    return write(database, work)


def _set_tag(connection: Connection, rows: Sequence[int], key: int, text: str | None) -> None:
    """Set one tag of runs that need not stand next to each other, by one statement."""
    table, runs = tables.tags, tables.runs
    if text is None:
        where = (table.c.key_id == key, table.c.run_id.in_(rows))
        connection.execute(delete(table).where(*where))
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = select(runs.c.id, literal(key, table.c.key_id.type), literal(text))
    statement = dialect.insert(table).from_select(
        ["run_id", "key_id", "value"], values.where(runs.c.id.in_(rows))
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["run_id", "key_id"], set_={"value": statement.excluded.value}
        )
    )


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
