"""What was computed for a store, kept while the store says the same and the memory suffices."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from nbtrack.store.engine import Database

MAX_BYTES = 80 * 1024 * 1024
"""What one store's cache may hold."""


class Sized(Protocol):
    """What knows how much memory it takes."""

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""


T = TypeVar("T", bound=Sized)


class Cache:
    """Results by key, the least recently used forgotten first. It is thread-safe.

    Parameters
    ----------
    max_bytes : int
        What all results may take together.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._results: OrderedDict[Hashable, Sized] = OrderedDict()
        self._computing: dict[Hashable, threading.Lock] = {}
        self._revision = -1

    @property
    def nbytes(self) -> int:
        """Bytes that all results take together."""
        with self._lock:
            return sum(result.nbytes for result in self._results.values())

    def get(self, revision: int, key: Hashable, compute: Callable[[], T]) -> T:
        """Return the result for a key, computing it unless that was done at this revision.

        Results of older revisions are forgotten. Threads that want the same result at once wait
        for the first to compute it.
        """
        full_key = (revision, key)
        with self._lock:
            self._advance(revision)
            computing = self._computing.setdefault(full_key, threading.Lock())
        with computing:
            with self._lock:
                found = self._results.get(full_key)
                if found is not None:
                    self._results.move_to_end(full_key)
                    return cast(T, found)
            try:
                result = compute()
                with self._lock:
                    self._keep(revision, full_key, result)
            finally:
                with self._lock:
                    self._computing.pop(full_key, None)
        return result

    def clear(self) -> None:
        """Forget all results."""
        with self._lock:
            self._results.clear()

    def _advance(self, revision: int) -> None:
        if revision > self._revision:
            self._revision = revision
            self._results.clear()

    def _keep(self, revision: int, key: Hashable, result: Any) -> None:
        if revision != self._revision:
            return
        self._results[key] = result
        total = sum(kept.nbytes for kept in self._results.values())
        while total > self._max_bytes:
            _, forgotten = self._results.popitem(last=False)
            total -= forgotten.nbytes


_caches: WeakKeyDictionary[Database, Cache] = WeakKeyDictionary()
_making = threading.Lock()


def cache_of(database: Database) -> Cache:
    """Return the one cache of a store that is open in this process."""
    with _making:
        return _caches.setdefault(database, Cache())
