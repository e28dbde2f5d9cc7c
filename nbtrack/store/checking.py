"""Looking a store over: what is damaged, what is left over, what nobody refers to any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, exists, func, inspect, or_, select
from sqlalchemy.exc import DatabaseError

from nbtrack.errors import NbtrackError
from nbtrack.store import tables
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.copying import progress
from nbtrack.store.engine import Database

MAX_NAMED = 10

_CONTENT = (tables.sources, tables.environments, tables.datasets)
"""What is kept once for all runs, and stays when the last of them is cleared."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found."""

    part: str
    """``database``, ``rows``, ``artifacts`` or ``outbox``."""
    text: str
    is_problem: bool = True
    """Whether something is wrong or missing, and not just worth knowing."""


def check_database(database: Database) -> Iterator[Finding]:
    """Yield what is wrong with the database's file, its rows, and what refers to what.

    Raises
    ------
    StoreError
        The database failed.
    """
    with database.reading(seconds=0) as connection:
        if database.dialect == "sqlite":
            damage = list(_check_file(connection))
            yield from damage
            if any(finding.part == "database" for finding in damage):
                return  # its rows cannot be trusted
        if inspect(connection).has_table(progress.name):
            text = "an unfinished copy of another store: run `nbtrack store copy` again"
            yield Finding("rows", text)
        yield from _check_series(connection)
        for table in _CONTENT:
            unused = _count_unused(connection, table)
            if unused:
                yield Finding("rows", f"{unused:,} {table.name} that no run has", is_problem=False)


def check_artifacts(database: Database, artifacts: ArtifactStore) -> Iterator[Finding]:
    """Yield artifacts that runs list and that are gone or changed, and files that no run lists."""
    table, runs = tables.artifacts, tables.runs
    query = select(runs.c.run_id, table.c.path, table.c.size).join(
        runs, runs.c.id == table.c.run_id
    )
    try:
        # first the files: what is logged meanwhile has its file before its row
        files = {(run_id, path): size for run_id, path, size in artifacts.files()}
    except NbtrackError as error:
        yield Finding("artifacts", error.message)
        return
    with database.reading(seconds=0) as connection:
        recorded = {(row.run_id, row.path): row.size for row in connection.execute(query)}
    missing = [place for place in recorded if place not in files]
    missing = [place for place in missing if not artifacts.exists(*place)]  # logged meanwhile
    yield from _named("that runs list are gone", missing)
    both = recorded.keys() & files.keys()
    changed = [place for place in both if recorded[place] != files[place]]
    yield from _named("have another size than when they were logged", sorted(changed))
    unlisted = [place for place in files if place not in recorded]
    if unlisted:
        size = sum(files[place] for place in unlisted)
        text = f"{len(unlisted):,} files with {size:,} bytes that no run lists"
        yield Finding("artifacts", f"{text}: {_some(unlisted)}", is_problem=False)


def _named(what: str, places: list[tuple[str, str]]) -> Iterator[Finding]:
    if places:
        yield Finding("artifacts", f"{len(places):,} artifacts {what}: {_some(places)}")


def _some(places: list[tuple[str, str]]) -> str:
    shown = ", ".join(f"{run_id[:8]}/{path}" for run_id, path in places[:MAX_NAMED])
    return shown + (" ..." if len(places) > MAX_NAMED else "")


def _check_file(connection: Connection) -> Iterator[Finding]:
    try:
        found = connection.exec_driver_sql(f"PRAGMA integrity_check({MAX_NAMED})").all()
    except DatabaseError as error:
        yield Finding("database", str(error.orig))
        return
    damage = [str(row[0]).strip() for row in found if row[0] != "ok"]
    yield from (Finding("database", text) for text in damage)
    if damage:  # looking further may fail
        return
    orphans: dict[tuple[str, str], int] = {}
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        orphans[row[0], row[2]] = orphans.get((row[0], row[2]), 0) + 1
    for (table, parent), number in orphans.items():
        yield Finding("rows", f"{number:,} rows of {table} refer to {parent} that are gone")


def _check_series(connection: Connection) -> Iterator[Finding]:
    series, points = tables.latest_metrics, tables.metrics
    found = select(points.c.series_id, func.count().label("number")).group_by(points.c.series_id)
    counted = found.subquery()
    query = (
        select(func.count())
        .select_from(series.outerjoin(counted, counted.c.series_id == series.c.id))
        .where(func.coalesce(counted.c.number, 0) != series.c["count"])
    )
    wrong = connection.execute(query).scalar_one()
    if wrong:
        yield Finding("rows", f"{wrong:,} metrics have another number of points than they say")


def _count_unused(connection: Connection, table: Table) -> int:
    used = [exists().where(column == table.c.id) for column in _references(table)]
    query = select(func.count()).select_from(table).where(~or_(*used))
    return int(connection.execute(query).scalar_one())


def _references(table: Table) -> Iterator[ColumnElement[int]]:
    for other in tables.metadata.sorted_tables:
        yield from (key.parent for key in other.foreign_keys if key.column is table.c.id)
