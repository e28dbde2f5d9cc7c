"""Where a model comes from: its run, and the code and the data that the run used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from nbtrack.store import tables
from nbtrack.store.engine import Database
from nbtrack.store.runs import in_parts


@dataclass(frozen=True, slots=True)
class Origin:
    """A run as the origin of a model."""

    run_id: str
    run_name: str
    experiment: str
    stage: str
    user_id: str | None
    notebook: str | None
    git_commit: str | None
    has_code: bool
    datasets: tuple[str, ...]


def read_origins(database: Database, run_ids: Collection[str]) -> dict[str, Origin]:
    """Return those of the runs that are in the store."""
    runs, experiments = tables.runs, tables.experiments
    columns = (
        runs.c.id, runs.c.run_id, runs.c.run_name, runs.c.stage, runs.c.user_id, runs.c.notebook,
        runs.c.git_commit, runs.c.source_id, experiments.c.name.label("experiment"),
    )  # fmt: skip
    query = select(*columns).join_from(runs, experiments)
    found: dict[str, Origin] = {}
    with database.reading() as connection:
        for part in in_parts(dict.fromkeys(run_ids)):
            rows = connection.execute(query.where(runs.c.run_id.in_(part))).all()
            used = _datasets(connection, [row.id for row in rows])
            for row in rows:
                found[row.run_id] = Origin(
                    run_id=row.run_id,
                    run_name=row.run_name,
                    experiment=row.experiment,
                    stage=row.stage,
                    user_id=row.user_id,
                    notebook=row.notebook,
                    git_commit=row.git_commit,
                    has_code=row.source_id is not None,
                    datasets=tuple(used[row.id]),
                )
    return found


def _datasets(connection: Connection, row_ids: Collection[int]) -> defaultdict[int, list[str]]:
    links, datasets = tables.run_datasets, tables.datasets
    query = (
        select(links.c.run_id, datasets.c.name, links.c.context)
        .join_from(links, datasets)
        .where(links.c.run_id.in_(row_ids))
        .order_by(datasets.c.name, links.c.context)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for row_id, name, context in connection.execute(query):
        found[row_id].append(f"{name} ({context})" if context else name)
    return found
