"""The background thread that moves outboxes into the store, in batches and in order.

The thread also loads what speaks to databases, so that no cell waits for it.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbtrack.config import Config
from nbtrack.errors import StoreCorruptError, StoreUnavailableError
from nbtrack.store.outbox import OutboxWriter, Record

if TYPE_CHECKING:
    from nbtrack.store.engine import Database

GATHER_SECONDS = 0.1
"""How long records gather before they are delivered, unless somebody waits for them."""

FIRST_RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 30.0

MAX_ATTEMPTS = 5
"""How often one run's outbox is tried, while others are delivered."""

CLOSE_SECONDS = 1.0
"""How long `close` waits for the thread, which a locked database may hold."""


@dataclass(slots=True, eq=False)
class _Outgoing:
    outbox: OutboxWriter
    run_id: str
    taken: int = 0
    finished: bool = False
    attempts: int = 0
    given_up: bool = False


@dataclass(slots=True)
class _State:
    """What a forked child must make anew."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    work: threading.Event = field(default_factory=threading.Event)
    urgent: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    closing: bool = False


_deliveries: weakref.WeakSet[Delivery] = weakref.WeakSet()


class Delivery:
    """Delivers the outboxes of this process to one store.

    Parameters
    ----------
    config : Config
        Names the store; it is opened by the background thread, at the first record.
    warn : callable
        Called with a message when the store fails, once until it is back.
    """

    def __init__(self, config: Config, warn: Callable[[str], None]) -> None:
        self._config = config
        self._warn = warn
        self._opening = threading.Lock()
        self._database: Database | None = None
        self._outgoing: dict[str, _Outgoing] = {}
        self._state = _State()
        self._failures = 0
        self._listeners: list[Callable[[], None]] = []
        _deliveries.add(self)

    def database(self) -> Database:
        """Return the store's database, opening it when needed.

        Raises
        ------
        StoreError
            It cannot be opened.
        """
        with self._opening:
            if self._database is None:
                from nbtrack.store.engine import open_store

                self._database = open_store(self._config)
                if self._database.warning is not None:
                    self._warn(self._database.warning)
            return self._database

    @property
    def is_open(self) -> bool:
        """Whether the database has been opened."""
        return self._database is not None

    def on_delivered(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever something has reached the store."""
        if listener not in self._listeners:
            self._listeners.append(listener)

    def add(self, outbox: OutboxWriter, run_id: str) -> None:
        """Take over a new outbox."""
        with self._state.changed:
            self._outgoing[run_id] = _Outgoing(outbox, run_id)

    def append_late(self, run_id: str, record: Record) -> bool:
        """Append to the outbox of a run that has ended; tell whether that was still possible."""
        with self._state.changed:
            outgoing = self._outgoing.get(run_id)
            if outgoing is None:
                return False
            outgoing.outbox.append(record)
        self.notify()
        return True

    def notify(self) -> None:
        """Say that records were appended."""
        state = self._state
        if self._outgoing and not state.work.is_set():
            self._start_thread()
            state.work.set()

    def finish(self, run_id: str) -> None:
        """Say that nothing more will be appended: remove the outbox once it is delivered."""
        with self._state.changed:
            if run_id in self._outgoing:
                self._outgoing[run_id].finished = True
        self.notify()

    def wait(self, run_id: str, timeout: float) -> bool:
        """Wait until all that a run has logged so far is in the store.

        Returns
        -------
        bool
            False when that took longer than `timeout` seconds, or the store is away.
        """
        return self._wait_for([run_id], timeout)

    def flush(self, timeout: float) -> bool:
        """Wait until all that this process has logged so far is in the store.

        Returns
        -------
        bool
            False when that took longer than `timeout` seconds, or the store is away.
        """
        return self._wait_for(list(self._outgoing), timeout)

    def _wait_for(self, run_ids: list[str], timeout: float) -> bool:
        state = self._state
        with state.changed:
            waiting = [self._outgoing[run_id] for run_id in run_ids if run_id in self._outgoing]
            wanted = [(outgoing, outgoing.outbox.size()) for outgoing in waiting]
        if all(outgoing.taken >= size for outgoing, size in wanted):
            return True
        state.urgent.set()
        self.notify()
        with state.changed:
            state.changed.wait_for(
                lambda: (
                    self._failures > 0
                    or all(each.taken >= size or each.given_up for each, size in wanted)
                ),
                timeout,
            )
            return all(outgoing.taken >= size for outgoing, size in wanted)

    def close(self, timeout: float = 5.0) -> bool:
        """Deliver what there is, within `timeout` seconds; the rest stays in the outboxes.

        Returns
        -------
        bool
            Whether everything is in the store.
        """
        state = self._state
        state.urgent.set()
        self.notify()
        with state.changed:
            state.changed.wait_for(lambda: self._is_settled() or self._failures > 0, timeout)
            state.closing = True
            thread = state.thread
        state.work.set()
        state.urgent.set()
        if thread is not None:
            thread.join(CLOSE_SECONDS)
        return self._is_settled()

    def _is_settled(self) -> bool:
        return all(
            not outgoing.finished and outgoing.taken >= outgoing.outbox.size()
            for outgoing in list(self._outgoing.values())
        )

    def _start_thread(self) -> None:
        state = self._state
        with state.changed:
            state.closing = False
            if state.thread is None or not state.thread.is_alive():
                state.thread = threading.Thread(
                    target=self._run, args=(state,), name="nbtrack-delivery", daemon=True
                )
                with suppress(RuntimeError):  # the interpreter ends: the outboxes stay
                    state.thread.start()

    def _run(self, state: _State) -> None:
        while True:
            state.work.wait()
            state.urgent.wait(GATHER_SECONDS)
            state.work.clear()
            state.urgent.clear()
            with state.changed:
                if state.closing:
                    state.thread = None
                    return
            try:
                self._deliver_all(state)
            except Exception as error:  # a bug of ours must not end the thread, nor lose records
                self._failed(state, error)
            else:
                self._failures = 0

    def _failed(self, state: _State, error: Exception) -> None:
        with state.changed:
            self._failures += 1
            state.changed.notify_all()
        if self._failures == 1:
            self._warn(f"{error} Recording goes on; it is delivered when the store is back.")
        state.work.set()
        pause = min(FIRST_RETRY_SECONDS * 2 ** (self._failures - 1), LONGEST_RETRY_SECONDS)
        state.urgent.wait(pause)

    def _deliver_all(self, state: _State) -> None:
        database = self.database()
        with state.changed:
            waiting = list(self._outgoing.values())
        problem: Exception | None = None
        for outgoing in waiting:
            try:
                self._deliver_one(database, state, outgoing)
            except (StoreUnavailableError, StoreCorruptError):
                raise
            except Exception as error:  # one run's trouble must not hold up the others
                outgoing.attempts += 1
                if outgoing.attempts < MAX_ATTEMPTS:
                    problem = error
                else:
                    self._give_up(state, outgoing, error)
        if problem is not None:
            raise problem

    def _deliver_one(self, database: Database, state: _State, outgoing: _Outgoing) -> None:
        from nbtrack.store.writer import deliver

        finished = outgoing.finished  # read first: what comes later is not yet looked at
        while True:
            batch = outgoing.outbox.read(outgoing.taken)
            if batch.end == batch.start:
                if not finished or self._remove(state, outgoing):
                    return
                continue
            taken = deliver(database, batch)
            outgoing.outbox.give_back(taken)
            with state.changed:
                outgoing.taken = taken
                self._failures = 0
                state.changed.notify_all()
            for listener in self._listeners:
                with suppress(Exception):  # a dashboard that cannot be told looks later itself
                    listener()

    def _remove(self, state: _State, outgoing: _Outgoing) -> bool:
        """Remove a delivered outbox, unless a late record has come meanwhile."""
        with state.changed:
            batch = outgoing.outbox.read(outgoing.taken)
            if batch.end > batch.start:
                return False
            outgoing.outbox.remove()
            self._outgoing.pop(outgoing.run_id, None)
            state.changed.notify_all()
        return True

    def _give_up(self, state: _State, outgoing: _Outgoing, error: Exception) -> None:
        with state.changed:
            self._outgoing.pop(outgoing.run_id, None)
            outgoing.given_up = True
            state.changed.notify_all()
        self._warn(
            f"{error} Run {outgoing.run_id[:8]} could not be delivered in full; the rest stays in "
            f"{outgoing.outbox.path}."
        )

    def after_fork_in_child(self) -> None:
        """Begin anew in a forked child, which has none of its parent's threads."""
        # the parent goes on delivering the runs that it started
        self._state = _State()
        self._opening = threading.Lock()
        self._outgoing = {}
        self._failures = 0


def _after_fork_in_child() -> None:
    for delivery in list(_deliveries):
        delivery.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
