"""Kernels as rows: their signs of life, and what becomes of the runs of those that are gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, extract, func, select, update

from nbtrack.model import OPEN_STATUSES, Kernel, Status, now
from nbtrack.store import tables
from nbtrack.store.engine import Database, raise_revision
from nbtrack.store.runs import in_parts, kernel_id, transition


class Beat(NamedTuple):
    """What a heartbeat found."""

    revived: list[str]
    """Runs that had been taken for dead."""
    ahead: int
    """Milliseconds by which the clocks of others are ahead of this one, as far as is known."""


@dataclass(frozen=True, slots=True)
class OpenKernel:
    """A kernel that has open runs, as the store knows it."""

    row_id: int
    kernel: Kernel
    silent: int
    """Milliseconds since its last heartbeat."""
    heartbeat: int
    memory: tuple[int, int] | None
    """Bytes in use and bytes there were, at the last heartbeat."""
    ending: str | None
    """Why the process was told to end, if it was."""


def clock(connection: Connection) -> int:
    """Return the time by which the store's heartbeats are told, in milliseconds.

    A PostgreSQL server's own clock is the same for all hosts.
    """
    if connection.dialect.name != "postgresql":
        return now()
    seconds = extract("epoch", func.clock_timestamp())
    return int(connection.execute(select(func.floor(seconds * 1000))).scalar_one())


def note_life(
    database: Database,
    kernel: dict[str, Any],
    open_runs: Mapping[str, Status],
    *,
    memory: tuple[int, int] | None = None,
    ahead: int = 0,
    observer: str,
    cause: str,
) -> Beat:
    """Note a kernel's heartbeat, and revive those of its open runs that were taken for dead.

    Whoever took it for dead may have a clock that is ahead; it must not do so again. So what is
    found to be `ahead` is to be given with the next heartbeat.

    Raises
    ------
    StoreError
        The database failed.
    """
    table, runs = tables.kernels, tables.runs
    with database.writing() as connection:
        time = clock(connection) + ahead
        row_id = kernel_id(connection, kernel, time)
        ended = connection.execute(select(table.c.ended).where(table.c.id == row_id)).scalar()
        late = max(0, (ended or 0) - time)
        used, total = memory or (None, None)
        values = {
            "heartbeat": time + late,
            "ended": None,
            "memory_used": used,
            "memory_total": total,
        }
        connection.execute(update(table).where(table.c.id == row_id).values(values))
        dead = select(runs.c.id, runs.c.run_id).where(
            runs.c.kernel_id == row_id, runs.c.status == Status.DEAD.value
        )
        revived = [
            run.run_id
            for part in in_parts(open_runs)
            for run in connection.execute(dead.where(runs.c.run_id.in_(part))).all()
            if transition(
                connection,
                run.id,
                Status.DEAD,
                open_runs[run.run_id],
                time=now(),
                cause=cause,
                observer=observer,
                values={"end_time": None, "reason": None},
            )
        ]
        if revived:
            raise_revision(connection)
    return Beat(revived, ahead + late)


def open_kernels(database: Database) -> list[OpenKernel]:
    """Return the kernels that have open runs.

    Raises
    ------
    StoreError
        The database failed.
    """
    table, runs = tables.kernels, tables.runs
    having = select(runs.c.kernel_id).where(runs.c.status.in_(sorted(OPEN_STATUSES)))
    with database.reading() as connection:
        rows = connection.execute(
            select(table).where(table.c.id.in_(having)).order_by(table.c.id)
        ).all()
        time = clock(connection) if rows else 0
    return [
        OpenKernel(
            row.id,
            Kernel(row.host, row.boot_id, row.pid, row.process_start, row.kernel_id, row.notebook),
            time - row.heartbeat,
            row.heartbeat,
            None if row.memory_total is None else (row.memory_used, row.memory_total),
            row.ending,
        )
        for row in rows
    ]


def bury(
    database: Database, gone: OpenKernel, *, cause: str, observer: str, unless_heard: bool
) -> list[str]:
    """Mark the open runs of a kernel as dead.

    Parameters
    ----------
    database : Database
        The store.
    gone : OpenKernel
        From `open_kernels`.
    cause : str
        Why, for people.
    observer : str
        Who saw it.
    unless_heard : bool
        Leave them alone if the kernel has given a sign of life since.

    Returns
    -------
    list of str
        The runs that were marked.

    Raises
    ------
    StoreError
        The database failed.
    """
    table, runs = tables.kernels, tables.runs
    own = table.c.id == gone.row_id
    with database.writing() as connection:
        # a heartbeat takes the same lock first
        lock = select(table.c.heartbeat).where(own).with_for_update(key_share=True)
        if connection.execute(lock).scalar() != gone.heartbeat and unless_heard:
            return []
        query = select(runs.c.id, runs.c.run_id, runs.c.status, runs.c.start_time).where(
            runs.c.kernel_id == gone.row_id, runs.c.status.in_(sorted(OPEN_STATUSES))
        )
        dead = [
            run.run_id
            for run in connection.execute(query.order_by(runs.c.id)).all()
            if transition(
                connection,
                run.id,
                Status(run.status),
                Status.DEAD,
                time=now(),
                cause=cause,
                observer=observer,
                values={"end_time": _last_sign(connection, gone, run), "reason": cause},
            )
        ]
        if dead:
            connection.execute(update(table).where(own).values(ended=clock(connection)))
            raise_revision(connection)
    return dead


def _last_sign(connection: Connection, gone: OpenKernel, run: Any) -> int:
    """Return when a run was last seen to be alive: it died after that, nobody knows when."""
    latest = tables.latest_metrics
    last_point = connection.execute(
        select(func.max(latest.c.last_timestamp)).where(latest.c.run_id == run.id)
    ).scalar()
    return int(max(gone.heartbeat, run.start_time or 0, last_point or 0))
