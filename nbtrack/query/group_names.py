"""What groups of numbers, dates and durations are called, and which widths are nice ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nbtrack.query.group_by import Period

NONE_LABEL = "(none)"
EMPTY_LABEL = "(empty)"

DAYS_TO_MONDAY = 3
"""1970 began on a Thursday."""

_BUCKETS = 10
"""How many buckets an automatic width makes, about."""
_STEPS = (1, 2, 5, 10)
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_TIME_STEPS = tuple(
    step * unit
    for unit, steps in {1: (1, 2, 5, 10, 15, 30), _MINUTE: (1, 2, 5, 10, 15, 30), _HOUR: (
        1, 2, 3, 6, 12
    )}.items()
    for step in steps
)  # fmt: skip
_SMALLEST = 1e-300
_MAX_WHOLE = 1e15
_MAX_DECIMALS = 15


@dataclass(frozen=True, slots=True)
class GroupName:
    """How one group is told from its siblings, and what people see."""

    key: str | None
    label: str


NO_VALUE = GroupName(None, NONE_LABEL)
NOT_A_NUMBER = GroupName("NaN", "NaN")


def nice_width(low: float, high: float) -> float:
    """Return a width of 1, 2 or 5 times a power of ten that parts a range in about ten buckets.

    Examples
    --------
    >>> nice_width(0, 1), nice_width(3, 47), nice_width(7, 7)
    (0.1, 5.0, 0.0)
    """
    least = high / _BUCKETS - low / _BUCKETS
    if not _SMALLEST < least < math.inf:
        return 0.0
    power = math.floor(math.log10(least))
    widths = (float(f"{step}e{power}") for step in _STEPS)
    return next((width for width in widths if width >= least * (1 - 1e-9)), 0.0)


def nice_seconds(low: float, high: float) -> float:
    """Return a width for buckets of durations as clocks part them.

    Examples
    --------
    >>> nice_seconds(0, 60), nice_seconds(10, 3000), nice_seconds(0, 0.5)
    (10, 300, 0.05)
    """
    width = nice_width(low, high)
    if not width >= 1:
        return width
    least = (high - low) / _BUCKETS
    days = nice_width(low / _DAY, high / _DAY) * _DAY
    return next((step for step in _TIME_STEPS if step >= least), max(days, _DAY))


def number_name(value: float) -> GroupName:
    """Return the name of the group of one number.

    Examples
    --------
    >>> number_name(32.0).label, number_name(3e-05).label, number_name(math.inf).label
    ('32', '3e-05', 'Infinity')
    """
    text = _number_text(value)
    return GroupName(text, text)


def seconds_name(value: float) -> GroupName:
    """Return the name of the group of one duration.

    Examples
    --------
    >>> seconds_name(90)
    GroupName(key='90', label='1m 30s')
    """
    text = _number_text(float(value))
    return GroupName(text, seconds_text(value) if math.isfinite(value) else text)


def bucket_name(slot: float, width: float) -> GroupName:
    """Return the name of a bucket of numbers, the `slot`-th from zero.

    Examples
    --------
    >>> bucket_name(3, 0.1).label
    '0.3 to 0.4'
    """
    if not math.isfinite(slot):
        return number_name(slot)
    low, high = (multiple(place, width) for place in (slot, slot + 1))
    decimals = _decimals(width)
    return GroupName(
        f"{low!r}..{high!r}", f"{_rounded(low, decimals)} to {_rounded(high, decimals)}"
    )


def duration_name(slot: float, width: float) -> GroupName:
    """Return the name of a bucket of durations in seconds.

    Examples
    --------
    >>> duration_name(3, 30).label, duration_name(0, 0.5).label
    ('1m 30s to 2m', '0s to 0.5s')
    """
    if not math.isfinite(slot):
        return number_name(slot)
    low, high = (multiple(place, width) for place in (slot, slot + 1))
    return GroupName(f"{low!r}..{high!r}", f"{seconds_text(low)} to {seconds_text(high)}")


def date_name(period: Period) -> Callable[[float], GroupName]:
    """Return what names the days, weeks (from Monday on) or months since 1970.

    Examples
    --------
    >>> date_name("day")(0).label, date_name("week")(0).label, date_name("month")(1).label
    ('1970-01-01', '1969-12-29 to 1970-01-04', '1970-02')
    """

    def name(slot: float) -> GroupName:
        if period == "week":
            monday = int(slot) * 7 - DAYS_TO_MONDAY
            text = f"{np.datetime64(monday, 'D')} to {np.datetime64(monday + 6, 'D')}"
        else:
            text = str(np.datetime64(int(slot), "D" if period == "day" else "M"))
        return GroupName(text, text)

    return name


def multiple(slot: float, width: float) -> float:
    """Return ``slot * width`` as people reckon: 3 times 0.1 is 0.3.

    Examples
    --------
    >>> multiple(3, 0.1)
    0.3
    """
    parts = per_unit(width)
    return float(slot / parts if parts else slot * width)


def per_unit(width: float) -> int:
    """Return how many buckets make one, 0 where that is no whole number.

    Examples
    --------
    >>> per_unit(0.05), per_unit(5.0)
    (20, 0)
    """
    parts = round(1 / width) if 1 / _MAX_WHOLE < width < 1 else 0
    return parts if parts and math.isclose(parts * width, 1, rel_tol=1e-12) else 0


def seconds_text(seconds: float) -> str:
    """Return a bound of a bucket of durations.

    Examples
    --------
    >>> seconds_text(0.5), seconds_text(5400), seconds_text(-90)
    ('0.5s', '1h 30m', '-1m 30s')
    """
    if seconds < 0:
        return f"-{seconds_text(-seconds)}"
    if seconds >= _MAX_WHOLE:
        return f"{seconds:g}s"
    whole, parts = int(seconds), []
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if whole >= unit:
            parts.append(f"{whole // unit}{name}")
            whole %= unit
    rest = round(seconds - int(seconds) + whole, 9)
    if rest or not parts:
        parts.append(f"{rest:.10g}s")
    return " ".join(parts)


def _number_text(value: float) -> str:
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(int(value)) if value.is_integer() and abs(value) < _MAX_WHOLE else repr(value)


def _decimals(width: float) -> int:
    """Return how many decimals a width has."""
    text = f"{width:.{_MAX_DECIMALS}f}".rstrip("0")
    return len(text.partition(".")[2])


def _rounded(value: float, decimals: int) -> str:
    if abs(value) >= _MAX_WHOLE or decimals >= _MAX_DECIMALS:
        return f"{value:.10g}"
    return f"{value + 0.0:.{decimals}f}"
