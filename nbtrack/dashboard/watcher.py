"""Telling dashboards that the store has changed: one thread per store, one number to read."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable

from nbtrack.errors import StoreError
from nbtrack.store.engine import Database

IDLE_SECONDS = 5.0
"""How often the revision is read while nothing happens in this process."""

SHORTEST_SECONDS = 0.5
"""Time between two looks at the revision, however much is recorded here."""

Listener = Callable[[int], None]


class RevisionWatcher:
    """Calls its listeners when the revision of a store has grown.

    Parameters
    ----------
    database : Database
        The store to watch.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: list[weakref.WeakMethod[Listener]] = []
        self._lock = threading.Lock()
        self._look = threading.Event()
        self._pause = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, listener: Listener) -> None:
        """Call the bound method `listener` at each change, as long as its object lives."""
        with self._lock:
            self._listeners.append(weakref.WeakMethod(listener))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._watch, name="nbtrack-watcher", daemon=True
                )
                self._thread.start()

    def look(self) -> None:
        """Look soon: this process has just changed something."""
        self._look.set()

    def _watch(self) -> None:
        seen: int | None = None
        while True:
            listeners = self._living()
            if not listeners:
                return
            try:
                revision = self._database.revision()
            except StoreError:  # away for the moment; the next look tells
                revision = seen or 0
            if seen is not None and revision != seen:
                for listener in listeners:
                    listener(revision)
            seen = revision
            del listeners
            self._look.wait(IDLE_SECONDS)
            self._look.clear()
            self._pause.wait(SHORTEST_SECONDS)

    def _living(self) -> list[Listener]:
        with self._lock:
            living = [(reference, reference()) for reference in self._listeners]
            self._listeners = [reference for reference, listener in living if listener]
            if not self._listeners:
                self._thread = None
            return [listener for _, listener in living if listener]
