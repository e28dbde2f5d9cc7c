"""The columns of the run table: those in use, and by pages all that there are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from typing import cast

from sqlalchemy import Connection

from nbtrack.analysis.attempts import main_metric
from nbtrack.analysis.directions import direction_of
from nbtrack.dashboard.operations.context import Context, selection_of
from nbtrack.dashboard.protocol import (
    MAX_COLUMN_PAGE,
    ColumnInfo,
    ColumnsArgs,
    ColumnsResult,
    FilterOperator,
    ListColumnsArgs,
    ListColumnsResult,
    View,
)
from nbtrack.errors import RequestError, did_you_mean
from nbtrack.query.arrangement import read_revision
from nbtrack.query.cache import cache_of
from nbtrack.query.columns import (
    ATTRIBUTES,
    KINDS,
    Column,
    ColumnType,
    default_columns,
    parse_column,
)
from nbtrack.query.filters import allowed_operators
from nbtrack.query.keys import column_types, differing_columns, key_uses, known_columns

ENTITIES = ("attributes", *KINDS)
_Natural = tuple[tuple[bool, int, str], ...]
_PLACES = {name: place for place, name in enumerate(ATTRIBUTES)}


def columns(context: Context, args: ColumnsArgs) -> ColumnsResult:
    """Describe the columns that a view uses, and those that are shown at first."""
    selection = selection_of(args["view"], search=False)
    with context.database.reading() as connection:
        uses = cache_of(context.database).get(
            read_revision(connection).runs,
            ("key uses", selection),
            partial(key_uses, connection, selection),
        )
        metrics = [use.column.key for use in uses.metrics]
        differing = [use.column.key for use in uses.params if use.differs]
        default = default_columns(main_metric(metrics), metrics, differing)
        parsed = map(parse_column, [*default, *_used(args["view"])])
        used = dict.fromkeys(column for column in parsed if column is not None)
        return {"columns": _described(connection, list(used)), "default": default}


def list_columns(context: Context, args: ListColumnsArgs) -> ListColumnsResult:
    """List a page of every attribute used at least once."""
    offset, limit = args.get("offset", 0), args.get("limit", MAX_COLUMN_PAGE)
    if offset < 0 or not 0 <= limit <= MAX_COLUMN_PAGE:
        raise RequestError(
            f"A page of {limit} columns from {offset} on is not allowed.",
            hint=f"The offset is 0 or more, the limit 0 to {MAX_COLUMN_PAGE}.",
        )
    kinds = args.get("kinds", list(ENTITIES))
    for kind in kinds:
        if kind not in ENTITIES:
            raise RequestError(
                f"There is no kind of column {kind[:60]!r}.",
                hint=did_you_mean(kind[:60], ENTITIES) or f"Known: {', '.join(ENTITIES)}.",
            )
    fragment = args.get("search", "").strip().casefold()
    with context.database.reading() as connection:
        found = [Column("attributes", name) for name in ATTRIBUTES]
        found += [column for column, _ in known_columns(connection)]
        if fragment:
            found = [column for column in found if _matches(column, fragment)]
        if args.get("differing", False):
            selection = selection_of(args["view"])
            differing = cache_of(context.database).get(
                read_revision(connection).runs,
                ("differing", selection),
                partial(differing_columns, connection, selection),
            )
            found = [column for column in found if column in differing.columns]
        totals = Counter(column.entity for column in found)
        wanted = sorted((column for column in found if column.entity in kinds), key=_by_name)
        return {
            "columns": _described(connection, wanted[offset : offset + limit]),
            "total": len(wanted),
            "totals": {entity: totals[entity] for entity in ENTITIES},
        }


def _used(view: View) -> Iterator[str]:
    yield from view.get("columns", ())
    yield from (key["column"] for key in view.get("sort", ()))
    yield from view.get("group_by", ())
    yield from (condition["column"] for condition in view.get("filters", ()))
    yield from view.get("pinned", ())


def _described(connection: Connection, found: Sequence[Column]) -> list[ColumnInfo]:
    types = column_types(connection, found)
    return [_info(column, types[column]) for column in found]


def _info(column: Column, column_type: ColumnType) -> ColumnInfo:
    is_attribute = column.entity == "attributes"
    return {
        "id": column.id,
        "label": ATTRIBUTES[column.key][0] if is_attribute else column.key,
        "type": column_type,
        "operators": cast(list[FilterOperator], allowed_operators(column, column_type)),
        "direction": direction_of(column.key) if column.entity == "metrics" else "none",
    }


def _matches(column: Column, fragment: str) -> bool:
    if fragment in column.id.casefold():
        return True
    label = ATTRIBUTES[column.key][0] if column.entity == "attributes" else column.key
    return fragment in f"{column.entity}.{label}".casefold()


def _by_name(column: Column) -> tuple[int, int, _Natural, str]:
    """Sort by kind, then attributes as the chooser has them, keys by name."""
    place = _PLACES[column.key] if column.entity == "attributes" else 0
    return ENTITIES.index(column.entity), place, _natural(column.key), column.key


@lru_cache(maxsize=20_000)
def _natural(key: str) -> _Natural:
    """Return what sorts a key whatever its case, with 2 before 10."""
    return tuple(
        (not part.isdecimal(), int(part) if part.isdecimal() else 0, part)
        for part in re.split(r"(\d+)", key.casefold())
        if part
    )
