"""What a view's groups mean to the query layer."""

from __future__ import annotations

import math
from typing import Literal, cast, get_args

from nbtrack.dashboard.operations.context import column_of
from nbtrack.dashboard.protocol import MAX_GROUP_LEVELS, GroupOptions, View
from nbtrack.dashboard.protocol import Expansion as ExpansionArgs
from nbtrack.errors import RequestError
from nbtrack.query.group_by import Expansion, GroupBy, Measure, Statistic

MAX_OFFSET = 24 * 60
"""Minutes by which a clock may differ from UTC."""

_ORDERS = "An order is value, count, or min, mean or max of a metric, such as 'mean metrics.acc'."


def grouping_of(view: View, utc_offset: int = 0) -> tuple[GroupBy, ...]:
    """Return the levels of a view's groups.

    Raises
    ------
    RequestError
        They are too many, one is no column or is there twice, or an option is out of bounds.
    """
    names = view.get("group_by", [])
    if len(names) > MAX_GROUP_LEVELS:
        raise RequestError(
            f"Runs are grouped by at most {MAX_GROUP_LEVELS} columns; these are {len(names):,}."
        )
    if abs(utc_offset) > MAX_OFFSET:
        raise RequestError(f"utc_offset is {utc_offset}, it must be within ±{MAX_OFFSET} minutes.")
    options = view.get("group_options", {})
    levels = tuple(_level(name, options.get(name, {}), utc_offset) for name in names)
    columns = [level.column for level in levels]
    for column in columns:
        if columns.count(column) > 1:
            raise RequestError(f"The runs are grouped by {column.id} twice.")
    return levels


def expansion_of(expansion: ExpansionArgs | None) -> Expansion:
    """Return which groups are open; without a word about it, none."""
    if expansion is None:
        return Expansion()
    return Expansion(
        expansion["all"],
        tuple(map(tuple, expansion["paths"])),
        tuple(map(tuple, expansion.get("within", ()))),
    )


def _level(name: str, options: GroupOptions, utc_offset: int) -> GroupBy:
    bucket = options.get("bucket")
    if bucket is not None and not 0 <= bucket < math.inf:
        raise RequestError(
            f"The buckets of {name[:100]} are {bucket} wide.",
            hint="A width is a number above 0; 0 makes a group of each value.",
        )
    return GroupBy(
        column_of(name),
        bucket=None if bucket is None else float(bucket),
        period=options.get("period", "day"),
        utc_offset=utc_offset,
        order=_order(options.get("order", "value")),
        descending=options.get("descending", False),
    )


def _order(text: str) -> Literal["value", "count"] | Measure:
    if text in {"value", "count"}:
        return cast(Literal["value", "count"], text)
    statistic, _, name = text.partition(" ")
    if statistic not in get_args(Statistic) or not name:
        raise RequestError(f"Groups cannot be ordered by {text[:100]!r}.", hint=_ORDERS)
    column = column_of(name)
    if column.entity != "metrics":
        raise RequestError(f"{column.id} is no metric to order groups by.", hint=_ORDERS)
    return Measure(cast(Statistic, statistic), column)
