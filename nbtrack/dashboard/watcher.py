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

    def remove(self, listener: Listener) -> None:
        """Call `listener` no more."""
        with self._lock:
            self._listeners = [kept for kept in self._listeners if kept() != listener]
        self._look.set()

    def look(self) -> None:
        """Look soon: this process has just changed something."""
        self._look.set()

    def _watch(self) -> None:
        seen: int | None = None
        while True:
            seen = self._tell_of_changes(seen)
            self._look.wait(IDLE_SECONDS)
            self._look.clear()
            if not self._has_listeners():
                return
            self._pause.wait(SHORTEST_SECONDS)

    def _tell_of_changes(self, seen: int | None) -> int | None:
        # a method of its own, so that the waiting thread keeps no listener alive
        try:
            revision = self._database.revision()
        except StoreError:  # away for the moment; the next look tells
            return seen
        if seen is not None and revision != seen:
            with self._lock:
                living = [reference() for reference in self._listeners]
            for listener in living:
                if listener is not None:
                    listener(revision)
        return revision

    def _has_listeners(self) -> bool:
        with self._lock:
            self._listeners = [listener for listener in self._listeners if listener() is not None]
            if not self._listeners:
                self._thread = None
            return bool(self._listeners)
