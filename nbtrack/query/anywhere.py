"""The condition that a word occurs in some column of a run: the overall search, word by word."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Select,
    Table,
    and_,
    literal,
    or_,
    select,
    union_all,
)

from nbtrack.model import Status
from nbtrack.query import patterns
from nbtrack.store.tables import (
    datasets,
    experiments,
    kernels,
    keys,
    latest_metrics,
    params,
    run_datasets,
    runs,
    tags,
)

_TEXT_COLUMNS = (
    "run_name", "user_id", "notebook", "git_branch", "reason", "description", "cell_id",
)  # fmt: skip
_HEXADECIMAL = re.compile("[0-9a-fA-F-]+")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_DATE = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?", re.ASCII)
_INFINITIES = {"inf": math.inf, "infinity": math.inf, "-inf": -math.inf, "-infinity": -math.inf}
_MAX_NUMBER_LENGTH = 40
_MAX_ATTEMPT = 2**31 - 1

_Contains = Callable[[ColumnElement[Any]], ColumnElement[bool]]


def word_condition(word: str, dialect_name: str) -> ColumnElement[bool]:
    """Return the condition on ``runs`` that a word occurs in some column, whatever its case.

    Parameters
    ----------
    word : str
        Looked for within texts and the keys of params and tags, and at the beginning of ids.
        A number also finds the numbers that it begins or rounds (``0.93`` finds 0.9312), a
        date or month what began or ended in it, by UTC.
    dialect_name : str
        ``sqlite`` or ``postgresql``.
    """
    pattern = patterns.containing(word)

    def contains(column: ColumnElement[Any]) -> ColumnElement[bool]:
        return patterns.matches(column, pattern, dialect_name, ignore_case=True)

    statuses = [status.value for status in Status if word.lower() in status.value]
    own = or_(
        runs.c.status.in_(statuses),
        *(contains(runs.c[name]) for name in _TEXT_COLUMNS),
        *_ids(word, dialect_name),
        *_related(contains, word, dialect_name),
        *_moments(word),
        *_attempt(word),
    )
    # each list is asked for by itself: PostgreSQL may ask again for each run what stands in an OR
    holders = (select(runs.c.id).where(own), *_keyed(contains), *_used(contains), *_numbers(word))
    found = union_all(*holders).subquery()
    return runs.c.id.in_(select(found.c.id))


def _ids(word: str, dialect_name: str) -> Iterator[ColumnElement[bool]]:
    if _HEXADECIMAL.fullmatch(word):
        beginning = patterns.starting_with(word)
        for column in (runs.c.run_id, runs.c.git_commit):
            yield patterns.matches(column, beginning, dialect_name, ignore_case=True)
    if "/" in word or ":" in word:  # else a part of the path that all artifacts share
        pattern = patterns.containing(word)
        yield patterns.matches(runs.c.artifact_uri, pattern, dialect_name, ignore_case=True)


def _related(contains: _Contains, word: str, dialect_name: str) -> Iterator[ColumnElement[bool]]:
    named = select(experiments.c.id).where(contains(experiments.c.name))
    yield runs.c.experiment_id.in_(named)
    machine = contains(kernels.c.host)
    if _HEXADECIMAL.fullmatch(word):
        beginning = patterns.starting_with(word)
        machine |= patterns.matches(kernels.c.kernel_id, beginning, dialect_name, ignore_case=True)
    yield runs.c.kernel_id.in_(select(kernels.c.id).where(machine))


def _attempt(word: str) -> Iterator[ColumnElement[bool]]:
    if word.isdecimal() and len(word) <= _MAX_NUMBER_LENGTH and int(word) <= _MAX_ATTEMPT:
        yield runs.c.attempt == int(word)


def _used(contains: _Contains) -> Iterator[Select[int]]:
    used = select(datasets.c.id).where(contains(datasets.c.name))
    yield select(run_datasets.c.run_id).where(run_datasets.c.dataset_id.in_(used))


def _keyed(contains: _Contains) -> Iterator[Select[int]]:
    for kind, table in (("tag", tags), ("param", params)):
        named = select(keys.c.id).where(keys.c.kind == kind, contains(keys.c.name))
        yield select(table.c.run_id).where(table.c.key_id.in_(named))
        yield select(table.c.run_id).where(contains(table.c.value))


def _moments(word: str) -> Iterator[ColumnElement[bool]]:
    match = _DATE.fullmatch(word)
    if not match:
        return
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        start = datetime(year or 0, month or 0, day or 1, tzinfo=UTC)
        end = start + (timedelta(days=1) if day else timedelta(days=31))
    except (ValueError, OverflowError):
        return
    if not day:
        end = end.replace(day=1)
    low, high = (literal(int(each.timestamp()) * 1000, BigInteger()) for each in (start, end))
    for column in (runs.c.start_time, runs.c.end_time):
        yield and_(column >= low, column < high)


def _numbers(word: str) -> Iterator[Select[int]]:
    last = latest_metrics.c.last
    if word.lower() == "nan":
        yield _with_number("metric", latest_metrics, last.is_(None))
    infinity = _INFINITIES.get(word.lower())
    if infinity is not None:
        yield _with_number("metric", latest_metrics, last == literal(infinity, Double()))
    if len(word) > _MAX_NUMBER_LENGTH or not _NUMBER.fullmatch(word):
        return
    low, high = number_range(word)
    for kind, table, column in (
        ("metric", latest_metrics, last), ("param", params, params.c.number),
    ):  # fmt: skip
        within = column.between(literal(low, Double()), literal(high, Double()))
        yield _with_number(kind, table, within)


def _with_number(kind: str, table: Table, condition: ColumnElement[bool]) -> Select[int]:
    """Return the runs with such a number; naming the keys lets an index by key and number serve."""
    known = select(keys.c.id).where(keys.c.kind == kind)
    return select(table.c.run_id).where(table.c.key_id.in_(known), condition)


def number_range(word: str) -> tuple[float, float]:
    """Return the least and the greatest number that read so, as far as the word is written.

    With a decimal point these are the numbers that it begins and those that round to it.

    Examples
    --------
    >>> number_range("0.93")[0], number_range("0.93")[1] < 0.94
    (0.925, True)
    >>> number_range("-12")
    (-12.999999999999998, -12.0)
    """
    number = Decimal(word)
    exponent = number.as_tuple().exponent
    unit = Decimal((0, (1,), exponent if isinstance(exponent, int) else 0))
    size, is_whole = abs(number), "." not in word and "e" not in word.lower()
    low = float(size if is_whole else size - unit / 2)
    high = math.nextafter(float(size + unit), 0)
    if not number:
        return -high, high
    return (-high, -low) if number < 0 else (low, high)
