"""Removing for good what was marked as deleted."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, func, select, update

from nbtrack.errors import InvalidValueError
from nbtrack.model import now
from nbtrack.store import tables
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.edits import experiment_view_id
from nbtrack.store.engine import Database, raise_revision
from nbtrack.store.retry import write
from nbtrack.store.runs import in_parts

_DAY = 86_400_000
_MAX_DAYS = 1_000_000

_RUNS_AT_ONCE = 200
"""Runs that one transaction removes, with all that they logged."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """What a clearing has removed, or would remove."""

    run_ids: tuple[str, ...]
    size: int
    """Bytes of artifacts, as recorded."""
    kept: tuple[str, ...]
    """Names of deleted runs that stay, since a registered model needs them."""
    until: int
    """When the last of them was marked, in milliseconds."""
    remaining: int = 0
    """Runs that are still to be removed, where the time did not suffice for all."""


def clear_deleted(
    database: Database,
    artifacts: ArtifactStore,
    *,
    experiments: Sequence[int] = (),
    older_than: float | None = None,
    dry_run: bool = False,
    until: int | None = None,
    seconds: float | None = None,
) -> Cleared:
    """Remove the runs marked as deleted, with all they logged and their artifacts.

    Artifacts go first: after a crash the rows are still there, and a second call finishes.
    Runs that a registered model version points to are kept, unless the version is marked as
    deleted, too; such versions go when all experiments are cleared. Experiments marked as deleted
    go with the last of their runs.

    Parameters
    ----------
    experiments : sequence of int
        Ids; only the runs of these. All when empty.
    older_than : float, optional
        Days; only what was marked longer ago.
    dry_run : bool
        Only tell what would be removed.
    until : int, optional
        Moment in milliseconds; only what was marked by then, as `Cleared.until` of a dry run.
    seconds : float, optional
        After this time no more are begun; the next call goes on. Some are removed in any case.

    Raises
    ------
    InvalidValueError
        `older_than` is no number of days.
    ArtifactError
        The artifact store cannot be written; the runs reached before are gone.
    """
    doomed = _doomed(experiments, older_than, until)
    cleared = _survey(database, doomed)
    if dry_run:
        return cleared
    end = math.inf if seconds is None else time.monotonic() + seconds
    wanted, done = cleared.run_ids, 0
    while done < len(wanted):
        part = wanted[done : done + _RUNS_AT_ONCE]
        _remove(database, artifacts, doomed & tables.runs.c.run_id.in_(part))
        done += len(part)
        if done < len(wanted) and time.monotonic() >= end:
            return _stopped(database, doomed, cleared, done)
    _remove_experiments(database, experiments, older_than)
    if not experiments:
        _remove_models(database, older_than)
    return cleared


def _doomed(
    experiments: Sequence[int], older_than: float | None, until: int | None
) -> ColumnElement[bool]:
    """Return what is marked as deleted, whether a model needs it or not, as a condition."""
    runs = tables.runs
    conditions: list[ColumnElement[bool]] = [runs.c.stage == "deleted"]
    if experiments:
        conditions.append(runs.c.experiment_id.in_(experiments))
    if older_than is not None:
        conditions.append(runs.c.deleted <= _days_ago(older_than))
    if until is not None:
        conditions.append(runs.c.deleted <= until)
    return and_(*conditions)


def _days_ago(days: object) -> int:
    if not isinstance(days, int | float) or not 0 <= days <= _MAX_DAYS:
        raise InvalidValueError(
            f"{days!r} is no number of days.", hint="Give 0 or more, such as 30."
        )
    return round(now() - days * _DAY)


def _survey(database: Database, doomed: ColumnElement[bool]) -> Cleared:
    runs, artifacts = tables.runs, tables.artifacts
    needed = runs.c.run_id.in_(_in_registry())
    removed = select(runs.c.run_id).where(doomed, ~needed).order_by(runs.c.id)
    size = select(func.sum(artifacts.c.size)).where(
        artifacts.c.run_id.in_(select(runs.c.id).where(doomed, ~needed))
    )
    last = select(func.max(runs.c.deleted)).where(doomed)
    kept = select(runs.c.run_name).where(doomed, needed).order_by(runs.c.id)
    with database.reading() as connection:
        return Cleared(
            run_ids=tuple(connection.scalars(removed)),
            size=int(connection.execute(size).scalar() or 0),
            kept=tuple(connection.scalars(kept)),
            until=int(connection.execute(last).scalar() or 0),
        )


def _stopped(
    database: Database, doomed: ColumnElement[bool], planned: Cleared, done: int
) -> Cleared:
    """Return what was removed of a plan until the time was over."""
    left = _survey(database, doomed)
    size = max(0, planned.size - left.size)
    return Cleared(planned.run_ids[:done], size, left.kept, planned.until, len(left.run_ids))


def _remove(database: Database, artifacts: ArtifactStore, doomed: ColumnElement[bool]) -> None:
    runs = tables.runs
    # asked again: a run may have been restored while those before it were removed
    query = select(runs.c.id, runs.c.run_id).where(doomed, runs.c.run_id.not_in(_in_registry()))
    with database.reading() as connection:
        found = connection.execute(query).all()
    for row in found:
        artifacts.remove(row.run_id)

    def work(connection: Connection) -> None:
        versions = tables.model_versions
        connection.execute(
            update(versions)
            .where(versions.c.source_run_id.in_([row.run_id for row in found]))
            .values(status="FAILED_REGISTRATION", status_message="Its files were cleared.")
        )
        connection.execute(delete(runs).where(runs.c.id.in_([row.id for row in found])))
        raise_revision(connection)

    write(database, work)


def _remove_experiments(
    database: Database, experiments: Sequence[int], older_than: float | None
) -> None:
    table, runs, views = tables.experiments, tables.runs, tables.views
    query = select(table.c.id).where(
        table.c.stage == "deleted", table.c.id.not_in(select(runs.c.experiment_id))
    )
    if experiments:
        query = query.where(table.c.id.in_(experiments))
    if older_than is not None:
        query = query.where(table.c.deleted <= _days_ago(older_than))
    with database.writing() as connection:
        gone = list(connection.scalars(query))
        for part in in_parts(gone):
            connection.execute(delete(table).where(table.c.id.in_(part)))
            # a new experiment may get the number of one that is gone
            remembered = [experiment_view_id(number) for number in part]
            connection.execute(delete(views).where(views.c.view_id.in_(remembered)))
        if gone:
            raise_revision(connection)


def _remove_models(database: Database, older_than: float | None) -> None:
    """Remove the models and versions marked as deleted; their numbers are not given again."""

    def work(connection: Connection) -> None:
        gone = 0
        for table in (tables.registered_models, tables.model_versions):
            marked: ColumnElement[bool] = table.c.deleted.is_not(None)
            if older_than is not None:
                marked = table.c.deleted <= _days_ago(older_than)
            if table is tables.model_versions:
                _remove_tags(connection, marked)
            gone += connection.execute(delete(table).where(marked)).rowcount
        if gone:
            raise_revision(connection)

    write(database, work)


def _remove_tags(connection: Connection, marked: ColumnElement[bool]) -> None:
    tags, versions = tables.model_tags, tables.model_versions
    owned = (versions.c.model_id == tags.c.model_id) & (versions.c.version == tags.c.version)
    connection.execute(delete(tags).where(exists().where(owned, marked)))


def _in_registry() -> Select[tuple[str]]:
    """Return the runs whose files a version needs; one marked as deleted needs none."""
    versions, models = tables.model_versions, tables.registered_models
    return (
        select(versions.c.source_run_id)
        .join(models, models.c.id == versions.c.model_id)
        .where(
            versions.c.source_run_id.is_not(None),
            versions.c.deleted.is_(None),
            models.c.deleted.is_(None),
        )
    )
