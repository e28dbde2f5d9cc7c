"""Waiting for conditions that no event announces."""

from __future__ import annotations

import time
from collections.abc import Callable

DEADLINE_SECONDS = 60.0
INTERVAL_SECONDS = 0.05


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Ask again and again until `condition` holds; fail with `what` after a minute."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(INTERVAL_SECONDS)
