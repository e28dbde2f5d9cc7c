"""Copying the artifacts of a store's runs to another artifact store."""

from __future__ import annotations

from sqlalchemy import func, select, update

from nbtrack.errors import ArtifactError
from nbtrack.store import tables
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.copying import Report
from nbtrack.store.engine import Database
from nbtrack.store.runs import in_parts


def artifact_bytes(database: Database) -> int:
    """Return the bytes of all artifacts, as recorded."""
    with database.reading(seconds=0) as connection:
        found = connection.execute(select(func.sum(tables.artifacts.c.size))).scalar()
    return int(found or 0)


def copy_artifacts(
    database: Database,
    source: ArtifactStore,
    target: ArtifactStore,
    report: Report = lambda _: None,
) -> list[str]:
    """Copy the artifacts that runs list, those left out that are there already.

    Parameters
    ----------
    report : callable, optional
        Called with the bytes of each artifact.

    Returns
    -------
    list of str
        Those whose files are gone, or are not any more what was logged.

    Raises
    ------
    StoreUnavailableError
        The target cannot be written.
    """
    table, runs = tables.artifacts, tables.runs
    query = select(runs.c.run_id, table.c.path, table.c.size, table.c.digest)
    with database.reading(seconds=0) as connection:
        rows = connection.execute(query.join(runs, runs.c.id == table.c.run_id)).all()
    there = {(run_id, path): size for run_id, path, size in target.files()}
    lost = []
    for row in rows:
        if there.get((row.run_id, row.path)) != row.size:
            try:
                source.copy_to(target, row.run_id, row.path, digest=row.digest)
            except ArtifactError:
                lost.append(f"{row.run_id[:8]}/{row.path}")
        report(row.size)
    return lost


def relocate(database: Database, target: ArtifactStore) -> None:
    """Note with each run that its artifacts are in `target`."""
    runs = tables.runs
    with database.writing() as connection:
        for part in in_parts(connection.scalars(select(runs.c.run_id)).all()):
            for run_id in part:
                where = update(runs).where(runs.c.run_id == run_id)
                connection.execute(where.values(artifact_uri=target.uri(run_id)))
