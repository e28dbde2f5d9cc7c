"""What changed from one run's code to another's, as a unified diff."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import takewhile

from sqlalchemy import select

from nbtrack.errors import NotFoundError
from nbtrack.store import tables
from nbtrack.store.engine import Database

CONTEXT = 3
"""Unchanged lines around a change."""

MAX_LINES = 4_000
"""Changed lines between which the likeness of each pair is looked for."""


def code_diff(old: str | None, new: str | None, old_name: str, new_name: str) -> str:
    r"""Return a unified diff, empty where nothing changed.

    Between very long texts all lines from the first change to the last one are told as changed,
    since finding the shortest difference could take forever.

    Parameters
    ----------
    old, new : str or None
        Code; None is taken for none at all.
    old_name, new_name : str
        Stand above the diff.

    Examples
    --------
    >>> print(code_diff("lr = 0.1\nfit(lr)", "lr = 0.2\nfit(lr)", "one", "two"))
    --- one
    +++ two
    @@ -1,2 +1,2 @@
    -lr = 0.1
    +lr = 0.2
     fit(lr)
    """
    before, after = _lines(old), _lines(new)
    if before == after:
        return ""
    names = _one_line(old_name), _one_line(new_name)
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    changed = max(len(before), len(after)) - start - end
    if changed <= MAX_LINES:
        return "\n".join(difflib.unified_diff(before, after, *names, n=CONTEXT, lineterm=""))
    return "\n".join(_plain_diff(before, after, names, start, end))


def previous_attempt(database: Database, run_id: str) -> str | None:
    """Return the id of the latest earlier attempt of a run's cell that is not deleted.

    Raises
    ------
    NotFoundError
        There is no such run.
    """
    runs = tables.runs
    with database.reading() as connection:
        row = connection.execute(
            select(runs.c.notebook, runs.c.cell_id, runs.c.attempt).where(runs.c.run_id == run_id)
        ).first()
        if row is None:
            raise NotFoundError(f"There is no run {run_id[:100]!r} in this store.")
        if row.attempt is None:
            return None
        query = (
            select(runs.c.run_id)
            .where(
                runs.c.notebook == row.notebook,
                runs.c.cell_id == row.cell_id,
                runs.c.attempt < row.attempt,
                runs.c.stage == "active",
            )
            .order_by(runs.c.attempt.desc())
            .limit(1)
        )
        return connection.execute(query).scalar()


def _lines(code: str | None) -> list[str]:
    return code.split("\n") if code else []


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    """Return how many lines are the same at the beginning."""
    pairs = zip(left, right, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _plain_diff(
    before: Sequence[str], after: Sequence[str], names: tuple[str, str], start: int, end: int
) -> Iterator[str]:
    first = max(0, start - CONTEXT)
    trailing = min(CONTEXT, end)
    old_stop, new_stop = len(before) - end, len(after) - end
    old_count, new_count = old_stop + trailing - first, new_stop + trailing - first
    yield f"--- {names[0]}"
    yield f"+++ {names[1]}"
    yield f"@@ -{first + 1},{old_count} +{first + 1},{new_count} @@"
    yield from (f" {line}" for line in before[first:start])
    yield from (f"-{line}" for line in before[start:old_stop])
    yield from (f"+{line}" for line in after[start:new_stop])
    yield from (f" {line}" for line in before[old_stop : old_stop + trailing])


def _one_line(name: str) -> str:
    return "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in name)
