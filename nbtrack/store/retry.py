"""Transactions that are tried again where PostgreSQL has sacrificed them, or hung up on them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from nbtrack.errors import StoreError
from nbtrack.store.engine import Database

ATTEMPTS = 6
FIRST_PAUSE = 0.02
"""Seconds before the second attempt, on average; each later pause is twice as long."""

_SACRIFICED = frozenset({"40001", "40P01"})
"""SQLSTATE of a serialization failure and of a deadlock."""

T = TypeVar("T")


def write(database: Database, work: Callable[[Connection], T]) -> T:
    """Return what `work` makes of a write transaction, which is committed after it.

    Two edits of the same runs may wait for each other; then the database rolls one back, and that
    one is made again. `work` must not mind that. It is also made again on a new connection when
    the old one was lost before the commit, as at a failover.

    Raises
    ------
    StoreError
        The database failed, or it rolled the work back time and again.
    """
    for attempt in range(ATTEMPTS):
        is_done = False
        try:
            with database.writing() as connection:
                result = work(connection)
                is_done = True
            return result  # noqa: TRY300  # the commit is part of what may fail
        except StoreError as error:
            passing = _is_sacrificed(error) or (_is_hung_up(error) and not is_done)
            if not passing or attempt == ATTEMPTS - 1:
                raise
        spread = random.uniform(0.5, 1.5)  # noqa: S311  # keeps apart, not secret
        time.sleep(FIRST_PAUSE * 2**attempt * spread)
    raise AssertionError  # the last attempt returns or raises


def _is_sacrificed(error: StoreError) -> bool:
    cause = getattr(error.__cause__, "orig", None)
    return getattr(cause, "sqlstate", None) in _SACRIFICED


def _is_hung_up(error: StoreError) -> bool:
    return bool(getattr(error.__cause__, "connection_invalidated", False))
