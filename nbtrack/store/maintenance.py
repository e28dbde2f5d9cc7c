"""Removing for good what was marked as deleted."""

from __future__ import annotations

from sqlalchemy import delete, select

from nbtrack.store import tables
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.engine import Database, raise_revision

BATCH = 100
"""Runs that one transaction removes."""


def clear_deleted(
    database: Database, artifacts: ArtifactStore, *, dry_run: bool = False
) -> list[str]:
    """Remove the runs marked as deleted, with all they logged and their artifacts.

    Artifacts go first: after a crash the rows are still there, and a second call finishes.
    Runs that a registered model version points to are kept.

    Returns
    -------
    list of str
        The ids of the runs removed, or to be removed with `dry_run`.
    """
    runs, versions = tables.runs, tables.model_versions
    in_registry = select(versions.c.run_id).where(versions.c.run_id.is_not(None))
    query = (
        select(runs.c.id, runs.c.run_id, runs.c.artifact_uri)
        .where(runs.c.stage == "deleted", runs.c.id.not_in(in_registry))
        .order_by(runs.c.id)
    )
    with database.reading() as connection:
        doomed = connection.execute(query).all()
    if not dry_run:
        for start in range(0, len(doomed), BATCH):
            batch = doomed[start : start + BATCH]
            for row in batch:
                artifacts.remove(row.run_id)
            with database.writing() as connection:
                ids = [row.id for row in batch]
                connection.execute(delete(runs).where(runs.c.id.in_(ids)))
                raise_revision(connection)
    return [row.run_id for row in doomed]
