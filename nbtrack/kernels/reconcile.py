"""Runs of vanished processes: what they left in their outboxes is delivered, then they are dead."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from nbtrack.errors import StoreError, StoreUnavailableError
from nbtrack.kernels.identity import REBOOTED, exit_words, gone, has_vanished, is_alive
from nbtrack.kernels.memory import Memory
from nbtrack.model import Kernel
from nbtrack.store.engine import Database
from nbtrack.store.liveness import OpenKernel, bury, open_kernels
from nbtrack.store.outbox import Batch, Record, list_outboxes, read_batch, run_id_of
from nbtrack.store.writer import deliver, delivered_bytes

OBSERVER = "reconciler"

LEASE_SECONDS = 180.0
"""How long a kernel may give no sign of life where its process cannot be seen."""

FIRST_RECORD_SIZE = 1 << 12
"""Bytes that are read to see whose an outbox is."""

Causes = Mapping[tuple[int, int], str]
"""(pid, process start) -> why it ended."""

_NOTHING: Causes = MappingProxyType({})

about_to_be_told: set[tuple[int, int]] = set()
"""Processes (pid, start) whose ends somebody in this process will tell the cause of in a moment."""

_log = logging.getLogger("nbtrack")
_reported: set[Path] = set()


def reconcile(
    database: Database, *, told: Causes = _NOTHING, observer: str = OBSERVER
) -> list[str]:
    """Bring the store to the truth about the processes that have open runs.

    Parameters
    ----------
    database, told, observer
        As for `mark_dead`.

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
    return mark_dead(database, told=told, observer=observer)


def deliver_leftovers(database: Database) -> int:
    """Deliver and remove the outboxes of processes that are gone; return how many."""
    delivered = 0
    for path in sorted(_outboxes(database), key=_start_time):  # a parent before its children
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


@dataclass(frozen=True, slots=True)
class Waiting:
    """An outbox that is there, and what of it is not in the store yet."""

    path: Path
    size: int
    """Bytes that are not in the store yet."""
    is_owned: bool
    """Whether its process lives, or may live: then that delivers it."""


def waiting_outboxes(database: Database) -> list[Waiting]:
    """Return the outboxes of this store on this machine, the oldest first.

    Raises
    ------
    StoreError
        The database failed.
    """
    found = []
    for path in sorted(_outboxes(database), key=_start_time):
        with suppress(OSError):  # it was delivered meanwhile
            size = path.stat().st_size - delivered_bytes(database, run_id_of(path))
            found.append(Waiting(path, size, not _owner_is_gone(path)))
    return found


def mark_dead(
    database: Database, *, told: Causes = _NOTHING, observer: str = OBSERVER
) -> list[str]:
    """Mark the open runs of processes that are gone as dead.

    Parameters
    ----------
    database : Database
        The store.
    told : mapping of (pid, process start) to str, optional
        What the observer itself saw of the ends of processes on this host.
    observer : str, optional
        Who looks.

    Returns
    -------
    list of str
        The runs that were marked.

    Raises
    ------
    StoreError
        The database failed.
    """
    dead: list[str] = []
    for found in open_kernels(database):
        process = (found.kernel.pid, found.kernel.process_start)
        if process in about_to_be_told and process not in told:
            continue
        cause, certain = _fate(found, told), True
        if cause is None and found.silent > LEASE_SECONDS * 1000:
            certain = False
            if is_alive(found.kernel) is None:
                cause = f"no sign of life from host {found.kernel.host} for {LEASE_SECONDS:.0f} s"
        if cause is not None:
            dead += bury(database, found, cause=cause, observer=observer, unless_heard=not certain)
    return dead


def _fate(found: OpenKernel, told: Causes) -> str | None:
    """Return why a kernel's process is known to be gone, in the words of who knows best."""
    seen = has_vanished(found.kernel)
    if seen is None or seen == REBOOTED:
        return seen
    process = found.kernel.pid, found.kernel.process_start
    cause = told.get(process) or found.ending or seen
    if found.memory is None or cause not in _memory_may_explain(found.kernel):
        return cause
    return f"{cause}; {Memory(*found.memory)} in use at the last heartbeat"


def _memory_may_explain(kernel: Kernel) -> tuple[str, str]:
    """Return the words for an end that lack of memory may have caused."""
    return gone(kernel), exit_words(kernel, -9)


def _outboxes(database: Database) -> list[Path]:
    folders = (database.config.outbox, database.config.spare_outbox)
    return [path for folder in folders for path in list_outboxes(folder)]


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
