"""Runs of vanished processes: what they left in their outboxes is delivered, then they are dead."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, update

from nbtrack.errors import StoreError, StoreUnavailableError
from nbtrack.kernels.identity import has_vanished
from nbtrack.model import OPEN_STATUSES, Kernel, Status, now
from nbtrack.store import tables
from nbtrack.store.engine import Database, raise_revision
from nbtrack.store.outbox import Batch, Record, list_outboxes, read_batch, run_id_of
from nbtrack.store.runs import transition
from nbtrack.store.writer import deliver

OBSERVER = "reconciler"

FIRST_RECORD_SIZE = 1 << 12
"""Bytes that are read to see whose an outbox is."""

_log = logging.getLogger("nbtrack")
_reported: set[Path] = set()


def reconcile(database: Database) -> list[str]:
    """Bring the store to the truth about the processes of this host.

    Returns
    -------
    list of str
        The runs that were marked as dead.

    Raises
    ------
    StoreError
        The database failed.
    """
    deliver_leftovers(database)
    return mark_dead(database)


def deliver_leftovers(database: Database) -> int:
    """Deliver and remove the outboxes of processes that are gone; return how many."""
    delivered = 0
    folders = (database.config.outbox, database.config.spare_outbox)
    found = [path for folder in folders for path in list_outboxes(folder)]
    for path in sorted(found, key=_start_time):  # a parent before its children
        try:
            if _owner_is_gone(path):
                _deliver_whole(database, path)
                path.unlink(missing_ok=True)
                delivered += 1
        except OSError:  # another process delivered it, or the file is not ours to read
            continue
        except StoreUnavailableError:
            raise
        except Exception:  # one that cannot be understood must not hold back the others
            if path not in _reported:
                _reported.add(path)
                _log.warning("the outbox %s cannot be delivered", path, exc_info=True)
    return delivered


def mark_dead(database: Database) -> list[str]:
    """Mark the open runs of vanished processes as dead and return their ids."""
    dead: list[str] = []
    with database.reading() as connection:
        gone = list(_vanished(connection))
    for row, cause in gone:
        with database.writing() as connection:
            last_sign = _last_sign_of_life(connection, row)
            if transition(
                connection,
                row.id,
                Status(row.status),
                Status.DEAD,
                time=now(),
                cause=cause,
                observer=OBSERVER,
                values={"end_time": last_sign, "reason": cause},
            ):
                kernels = tables.kernels
                connection.execute(
                    update(kernels).where(kernels.c.id == row.kernel).values(ended=now())
                )
                raise_revision(connection)
                dead.append(row.run_id)
    return dead


def _vanished(connection: Connection) -> Iterator[tuple[Any, str]]:
    runs, kernels = tables.runs, tables.kernels
    query = (
        select(
            runs.c.id,
            runs.c.run_id,
            runs.c.status,
            runs.c.start_time,
            kernels.c.id.label("kernel"),
            kernels.c.heartbeat,
            kernels.c.host,
            kernels.c.boot_id,
            kernels.c.pid,
            kernels.c.process_start,
        )
        .join_from(runs, kernels)
        .where(runs.c.status.in_(sorted(OPEN_STATUSES)))
    )
    for row in connection.execute(query).all():
        kernel = Kernel(row.host, row.boot_id, row.pid, row.process_start)
        cause = has_vanished(kernel)
        if cause:
            yield row, cause


def _last_sign_of_life(connection: Connection, row: Any) -> int:
    """Return when a run was last seen to be alive: it died after that, nobody knows when."""
    latest = tables.latest_metrics
    last_point = connection.execute(
        select(func.max(latest.c.last_timestamp)).where(latest.c.run_id == row.id)
    ).scalar()
    return int(max(row.heartbeat, row.start_time or 0, last_point or 0))


def _first_record(path: Path) -> Record:
    records = read_batch(path, 0, FIRST_RECORD_SIZE).records
    return records[0] if records else {}


def _start_time(path: Path) -> int:
    try:
        return int(_first_record(path)["time"])
    except (OSError, KeyError, TypeError, ValueError):
        return 0


def _owner_is_gone(path: Path) -> bool:
    kernel = _first_record(path).get("kernel")
    return kernel is not None and has_vanished(Kernel(**kernel)) is not None


def _deliver_whole(database: Database, path: Path) -> None:
    taken = 0
    while True:
        batch = read_batch(path, taken)
        if batch.end == taken:
            break
        position = deliver(database, batch)
        if position == taken:
            raise StoreError(f"The outbox {path} could not be delivered beyond byte {taken}.")
        taken = position
    size = path.stat().st_size
    if size > taken:  # the process died within its last record
        deliver(database, Batch(run_id_of(path), taken, size, [], damaged=1))
