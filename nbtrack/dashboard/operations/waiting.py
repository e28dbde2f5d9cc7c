"""Where queued runs stand in the lines of their kernels."""

from __future__ import annotations

from collections.abc import Iterable

from nbtrack.dashboard.protocol import Waiting
from nbtrack.store import Database
from nbtrack.store.queue_line import read_queue


def places(database: Database, run_ids: Iterable[str]) -> dict[str, Waiting]:
    """Return the places of those of these runs that are queued."""
    queued = list(run_ids)
    if not queued:
        return {}
    return {
        found.run_id: {
            "place": found.place,
            "expected_start": found.expected_start,
            "expected_seconds": found.expected_seconds,
        }
        for found in read_queue(database, queued)
    }
