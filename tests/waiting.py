"""Waiting for conditions that no event announces."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

DEADLINE_SECONDS = 60.0
INTERVAL_SECONDS = 0.02

Found = TypeVar("Found")


def until(find: Callable[[], Found], what: str, seconds: float = DEADLINE_SECONDS) -> Found:
    """Ask again and again until `find` returns something true; fail with `what` at the end."""
    deadline = time.monotonic() + seconds
    while True:
        found = find()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}; last: {found!r}")
        time.sleep(INTERVAL_SECONDS)
