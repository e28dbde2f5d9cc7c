"""Experiments as rows with their tags: what MLflow's clients ask for, by number and by page.

All functions work inside a transaction of the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, select, update

from nbtrack.model import Stage, now
from nbtrack.store import tables
from nbtrack.store.bulk import mark_runs, unused_mark
from nbtrack.store.engine import raise_revision
from nbtrack.store.runs import in_parts, insert_row
from nbtrack.store.tag_rows import put_tags, remove_tag

_ALL = 2**31 - 1

_SORTABLE: dict[str, ColumnElement[Any]] = {
    "name": tables.experiments.c.name,
    "experiment_id": tables.experiments.c.id,
    "creation_time": tables.experiments.c.created,
    "last_update_time": func.coalesce(
        tables.experiments.c.updated, tables.experiments.c.deleted, tables.experiments.c.created
    ),
}


def experiment_row(connection: Connection, number: int, *, lock: bool = False) -> Row[Any] | None:
    """Return all columns of an experiment, or None where there is no such experiment."""
    table = tables.experiments
    query = select(table).where(table.c.id == number)
    return connection.execute(query.with_for_update() if lock else query).first()


def experiment_named(connection: Connection, name: str) -> Row[Any] | None:
    """Return the experiment of a name: the active one, else the one that was deleted last."""
    table = tables.experiments
    query = (
        select(table)
        .where(table.c.name == name)
        .order_by(table.c.stage, table.c.deleted.desc(), table.c.id.desc())
    )
    return connection.execute(query.limit(1)).first()


def add_experiment(connection: Connection, name: str, **values: Any) -> int:
    """Insert an active experiment and return its number.

    Raises
    ------
    sqlalchemy.exc.IntegrityError
        An active experiment has that name, or the number is taken.
    """
    row = {"name": name, "created": now(), "stage": "active", **values}
    number = insert_row(connection, tables.experiments, row)
    raise_revision(connection)
    return number


def change_experiment(connection: Connection, number: int, **values: Any) -> None:
    """Change columns of an experiment."""
    table = tables.experiments
    connection.execute(update(table).where(table.c.id == number).values(values))
    raise_revision(connection)


def delete_with_runs(connection: Connection, number: int, observer: str) -> None:
    """Mark an experiment and all its runs as deleted."""
    mark = unused_mark(connection)
    own = [tables.runs.c.experiment_id == number]
    cause = "deleted with its experiment"
    mark_runs(connection, own, Stage.DELETED, cause=cause, observer=observer, mark=mark, told=_ALL)
    change_experiment(connection, number, stage="deleted", deleted=mark, updated=now())


def restore_with_runs(connection: Connection, number: int, observer: str) -> None:
    """Take the mark off an experiment and all its runs, also those that were deleted before it."""
    own = [tables.runs.c.experiment_id == number]
    cause = "restored with its experiment"
    mark_runs(connection, own, Stage.ACTIVE, cause=cause, observer=observer, told=_ALL)
    change_experiment(connection, number, stage="active", deleted=None, updated=now())


def remove_experiment(connection: Connection, number: int) -> None:
    """Remove an experiment with its runs, its logged models and its tags."""
    runs, table = tables.runs, tables.experiments
    connection.execute(delete(runs).where(runs.c.experiment_id == number))
    connection.execute(delete(table).where(table.c.id == number))
    raise_revision(connection)


def put_experiment_tags(connection: Connection, number: int, tags: Mapping[str, str]) -> None:
    """Set tags of an experiment."""
    put_tags(connection, tables.experiment_tags, {"experiment_id": number}, tags)


def remove_experiment_tag(connection: Connection, number: int, key: str) -> bool:
    """Remove a tag of an experiment and tell whether it had one of that key."""
    return remove_tag(connection, tables.experiment_tags, {"experiment_id": number}, key)


def experiment_tags(connection: Connection, numbers: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return the tags of experiments by number, sorted by key."""
    table = tables.experiment_tags
    found: dict[int, dict[str, str]] = {number: {} for number in numbers}
    for part in in_parts(numbers):
        query = select(table).where(table.c.experiment_id.in_(part)).order_by(table.c.key)
        for row in connection.execute(query):
            found[row.experiment_id][row.key] = row.value
    return found


def find_experiments(
    connection: Connection,
    condition: ColumnElement[bool],
    stages: Sequence[str],
    order: Sequence[tuple[str, bool]],
    *,
    offset: int = 0,
    limit: int | None = None,
) -> Sequence[Row[Any]]:
    """Return the experiments that meet a condition.

    Parameters
    ----------
    order : sequence of (str, bool)
        name, experiment_id, creation_time or last_update_time, and whether it ascends.
    """
    table = tables.experiments
    elements = [_SORTABLE[key].asc() if up else _SORTABLE[key].desc() for key, up in order]
    if all(key != "experiment_id" for key, _ in order):
        elements.append(table.c.id.desc())
    query = (
        select(table)
        .where(table.c.stage.in_(stages), condition)
        .order_by(*elements)
        .offset(offset)
        .limit(limit)
    )
    return connection.execute(query).all()


def all_experiments(connection: Connection, stages: Sequence[str]) -> Sequence[Row[Any]]:
    """Return the experiments of some stages, in the order in which they were made."""
    table = tables.experiments
    return connection.execute(
        select(table).where(table.c.stage.in_(stages)).order_by(table.c.id)
    ).all()
