"""Which group of a column each run is in: each value, buckets of numbers, periods of dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from nbtrack.errors import RequestError
from nbtrack.query.arrays import Floats, Integers, Places
from nbtrack.query.column_values import (
    MAX_TEXT,
    MISSING,
    NUMBER,
    TEXT,
    ColumnValues,
    read_shown_texts,
)
from nbtrack.query.columns import ATTRIBUTES, Column
from nbtrack.query.group_by import GroupBy
from nbtrack.query.group_names import (
    DAYS_TO_MONDAY,
    EMPTY_LABEL,
    NO_VALUE,
    NOT_A_NUMBER,
    GroupName,
    bucket_name,
    date_name,
    duration_name,
    nice_seconds,
    nice_width,
    number_name,
    per_unit,
    seconds_name,
)
from nbtrack.query.matching import STATUSES, Base

MAX_GROUPS = 100_000
"""Groups that one level may have."""

_STATUS_COLUMN = Column("attributes", "status")
_DAY = 86_400_000
_MINUTE = 60_000


@dataclass(eq=False)
class Groups:
    """The groups of one level, numbered in the order of their values."""

    column: Column
    codes: Integers
    """The group of each run."""
    kinds: NDArray[np.int8]
    """Of each group: `NUMBER`, `TEXT` or `MISSING`."""
    name: Callable[[int], GroupName]

    @property
    def nbytes(self) -> int:
        """Bytes of what is kept once the tree is made, roughly."""
        return 200 * len(self.kinds)

    @cached_property
    def names(self) -> list[GroupName]:
        """The name of each group."""
        return [self.name(code) for code in range(len(self.kinds))]

    @cached_property
    def by_key(self) -> dict[str | None, int]:
        """Key -> number of the group."""
        return {name.key: code for code, name in enumerate(self.names)}


def make_groups(
    connection: Connection, base: Base, group_by: GroupBy, values: ColumnValues, places: Places
) -> Groups:
    """Return the groups of some runs of a base.

    Raises
    ------
    RequestError
        They are more than `MAX_GROUPS`.
    """
    kinds, numbers = values.kinds[places], values.numbers[places]
    codes = np.zeros(len(places), dtype=np.int64)
    own, slots = kinds == NUMBER, np.empty(0)
    name_slot: Callable[[float], GroupName] = number_name
    if own.any():
        parted, name_slot = _slots(group_by, numbers[own])
        slots, codes[own] = np.unique(parted, return_inverse=True)
    texts, owners = kinds == TEXT, np.empty(0, dtype=np.int64)
    if texts.any():
        ranks = numbers[texts].astype(np.int64)
        first = np.full(int(ranks.max()) + 1, -1, dtype=np.int64)
        first[ranks[::-1]] = base.ids[places[texts]][::-1]
        present = np.flatnonzero(first >= 0)
        owners = first[present]
        numbering = np.empty(len(first), dtype=np.int64)
        numbering[present] = np.arange(len(present))
        codes[texts] = len(slots) + numbering[ranks]
    lacking = kinds == MISSING
    codes[lacking] = len(slots) + len(owners)
    counts = [len(slots), len(owners), int(lacking.any())]
    check_number(group_by, sum(counts))
    return Groups(
        group_by.column,
        codes,
        np.repeat(np.array([NUMBER, TEXT, MISSING], dtype=np.int8), counts),
        _naming(slots, name_slot, _texts(connection, group_by.column, owners)),
    )


def status_groups(codes: NDArray[np.uint8]) -> Groups:
    """Return the groups of statuses, in the order of a run's life."""
    names = [GroupName(status.value, status.value) for status in STATUSES]
    kinds = np.full(len(STATUSES), TEXT, dtype=np.int8)
    return Groups(_STATUS_COLUMN, codes.astype(np.int64), kinds, names.__getitem__)


def check_number(group_by: GroupBy, number: int) -> None:
    """Refuse more groups than a grid can show."""
    if number > MAX_GROUPS:
        raise RequestError(
            f"Grouping by {group_by.column.id} makes {number:,} groups; {MAX_GROUPS:,} can be "
            "shown.",
            hint="Filter the runs, group by another column first, or widen its buckets.",
        )


def _slots(group_by: GroupBy, numbers: Floats) -> tuple[Floats, Callable[[float], GroupName]]:
    """Return the slot of each number, and what names a slot."""
    column = group_by.column
    kind = ATTRIBUTES[column.key][1] if column.entity == "attributes" else "number"
    if kind == "date":
        return _periods(group_by, numbers), date_name(group_by.period)
    width = group_by.bucket
    finite = numbers[np.isfinite(numbers)]
    if width is None and len(finite) and (kind == "duration" or column.entity == "metrics"):
        nice = nice_seconds if kind == "duration" else nice_width
        width = nice(float(finite.min()), float(finite.max()))
    if not width:
        return numbers, seconds_name if kind == "duration" else number_name
    parts = per_unit(width)
    slots = np.floor(numbers * parts if parts else numbers / width)
    return slots, partial(duration_name if kind == "duration" else bucket_name, width=width)


def _periods(group_by: GroupBy, milliseconds: Floats) -> Floats:
    days = np.floor((milliseconds + group_by.utc_offset * _MINUTE) / _DAY)
    if group_by.period == "week":
        return np.floor((days + DAYS_TO_MONDAY) / 7)
    if group_by.period == "month":
        return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.float64)
    return days


def _texts(connection: Connection, column: Column, owners: Integers) -> list[GroupName]:
    """Return the names of texts by a run that has each; those that begin alike are numbered."""
    if not len(owners):
        return []
    if column.entity == "metrics":
        return [NOT_A_NUMBER]
    names, seen = [], dict[str, int]()
    for text in read_shown_texts(connection, column, owners):
        seen[text] = seen.get(text, 0) + 1
        key = text if seen[text] == 1 else f"{text} #{seen[text]}"
        label = f"{text[: MAX_TEXT - 1]}…" if len(text) >= MAX_TEXT else text
        names.append(GroupName(key, label or EMPTY_LABEL))
    return names


def _naming(
    slots: Floats, name_slot: Callable[[float], GroupName], texts: list[GroupName]
) -> Callable[[int], GroupName]:
    def name(code: int) -> GroupName:
        if code < len(slots):
            return name_slot(float(slots[code]))
        code -= len(slots)
        return texts[code] if code < len(texts) else NO_VALUE

    return name
