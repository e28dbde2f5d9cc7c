"""What all calls of a store stand on: its configuration, its recorder, its database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbtrack.config import Config, shown_store
from nbtrack.errors import InvalidValueError
from nbtrack.recording.recorder import Recorder

if TYPE_CHECKING:
    from nbtrack.store.engine import Database

OBSERVER = "user"
WHOLE_RUN_ID = re.compile(r"[0-9a-f]{32}")
READ_SECONDS = 5.0
"""How long a read waits for what this process has logged before."""

MAX_IDS = 100_000
"""Runs that one call may name."""


class OpenedStore:
    """A store's parts; the database is opened when it is first needed."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.recorder = Recorder(config)
        self.experiment: str | None = None
        self.tags: dict[str, str] = {}

    @property
    def shown_name(self) -> str:
        """The store as people may see it: a path, or a URL without credentials."""
        return shown_store(self.config)

    @property
    def database(self) -> Database:
        """The store's database, opened when needed."""
        return self.recorder.delivery.database()

    def _read(self) -> Database:
        """Return the database with all that this process has logged so far."""
        self.recorder.delivery.flush(READ_SECONDS)
        return self.database

    def close(self) -> None:
        """End open runs as interrupted, deliver what is waiting, and close the database."""
        self.recorder.close()
        if self.recorder.delivery.is_open:
            self.database.close()

    def _resolved(self, run_ids: str | Sequence[str]) -> list[str]:
        from nbtrack.store.reader import resolve_run_id

        return [
            text if WHOLE_RUN_ID.fullmatch(text) else resolve_run_id(self.database, text)
            for text in listed(run_ids) or []
        ]


def listed(value: str | Sequence[str] | None) -> list[str] | None:
    """Return one name or several as a list of bounded length; None stays None."""
    if value is None:
        return None
    if isinstance(value, str):
        return [value]
    listed = [str(item) for item in value]
    if len(listed) > MAX_IDS:
        raise InvalidValueError(f"{len(listed):,} ids at once are too many.", hint="Use a search.")
    return listed
