"""What every operation works on, and what views mean to the query layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement

from nbtrack.dashboard.jobs import Jobs
from nbtrack.dashboard.protocol import MAX_RUN_IDS, View
from nbtrack.errors import RequestError, did_you_mean
from nbtrack.model import now
from nbtrack.query.columns import ATTRIBUTES, Column, parse_column
from nbtrack.query.filters import MAX_FILTERS, filter_expression
from nbtrack.query.nodes import Expression, OrderBy, conditions
from nbtrack.query.parser import MAX_CONDITIONS, MAX_LENGTH, parse_search
from nbtrack.query.text import expression_text, where_text
from nbtrack.query.tree import Selection, order_by
from nbtrack.store import tables
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.bulk import require_runs
from nbtrack.store.engine import Database

MAX_SORT_KEYS = 10
"""Columns that a view may be sorted by; each costs the database a join."""

MAX_EXPERIMENT_ID = 2**31 - 1

OBSERVER = "dashboard"
"""Who a run's timeline says has changed it."""


@dataclass(frozen=True, slots=True)
class Context:
    """The store that a service answers about."""

    database: Database
    artifacts: ArtifactStore
    root: Path | None = None
    """Folder below which files may be written; None: anywhere, as the kernel itself could."""
    jobs: Jobs = field(default_factory=Jobs)


def selection_of(view: View, *, search: bool = True) -> Selection:
    """Return the runs that a view shows, with or without its search and filters.

    Raises
    ------
    QueryError
        The search cannot be understood.
    InvalidValueError
        A filter's operator or values do not fit its column.
    RequestError
        A number that can be no experiment's, a filter on what is no column, or too many filters.
    """
    for number in view.get("experiments", ()):
        if not 0 <= number <= MAX_EXPERIMENT_ID:
            raise RequestError(f"{number} is no experiment's id.")
    texts = [view.get("where", ""), view.get("search", "") if search else ""]
    parsed = [parse_search(text) for text in texts if text.strip()]
    expressions = [expression for expression in parsed if expression is not None]
    if search and view.get("filters"):
        expressions += filters_of(view)
        _check_together(expressions)
    return Selection(
        experiments=tuple(view.get("experiments", ())),
        expressions=tuple(expressions),
        deleted=view.get("deleted", False),
        notebook=view.get("notebook"),
        kernel=view.get("kernel"),
    )


def runs_condition(database: Database, args: Mapping[str, Any]) -> ColumnElement[bool]:
    """Return the runs that a request means, by name or as those of a view, as a condition.

    Raises
    ------
    NotFoundError
        A run that is named does not exist.
    RequestError
        Neither names nor a view are given, both are, or too many names.
    """
    check_runs_args(args)
    runs = tables.runs
    if "run_ids" in args:
        require_runs(database, args["run_ids"])
        return runs.c.run_id.in_(args["run_ids"])
    matching = selection_of(args["view"]).condition(database.dialect)
    if args.get("excluded"):
        return matching & runs.c.run_id.not_in(args["excluded"])
    return matching


def check_runs_args(args: Mapping[str, Any]) -> None:
    """Make sure that a request means runs in one way, and names not too many.

    Raises
    ------
    RequestError
        Neither names nor a view are given, both are, or too many names.
    """
    if ("run_ids" in args) == ("view" in args):
        raise RequestError("Give either run_ids or a view.")
    for name in ("run_ids", "excluded"):
        check_run_ids(args.get(name, ()), name)


def check_run_ids(run_ids: Sequence[str], name: str) -> None:
    """Make sure that a request names not too many runs.

    Raises
    ------
    RequestError
        It does.
    """
    if len(run_ids) > MAX_RUN_IDS:
        raise RequestError(
            f"{name} has {len(run_ids):,} runs, {MAX_RUN_IDS:,} are allowed.",
            hint="Name them by a view: a search or a filter.",
        )


def filters_of(view: View) -> list[Expression]:
    """Return the filters of a view as expressions of the search language.

    Raises
    ------
    InvalidValueError
        A filter's operator or values do not fit its column.
    RequestError
        One is on what is no column, or they are too many.
    """
    filters, moment = view.get("filters", []), now()
    if len(filters) > MAX_FILTERS:
        raise RequestError(f"A view has at most {MAX_FILTERS} filters; these are {len(filters):,}.")
    return [
        filter_expression(column_of(each["column"]), each["operator"], each["values"], moment)
        for each in filters
    ]


def where_of(view: View) -> str:
    """Return the search and the filters of a view as one search, which finds the same runs.

    Raises
    ------
    QueryError, InvalidValueError, RequestError
        As `selection_of` does.
    """
    return where_text([view.get("where", ""), view.get("search", "")], filters_of(view))


def _check_together(expressions: list[Expression]) -> None:
    count = sum(1 for expression in expressions for _ in conditions(expression))
    length = sum(len(expression_text(expression)) for expression in expressions)
    if count > MAX_CONDITIONS or length > MAX_LENGTH:
        raise RequestError(
            f"The search and the filters together have {count:,} conditions and {length:,} "
            f"characters; {MAX_CONDITIONS} and {MAX_LENGTH:,} are allowed.",
            hint="Remove a filter, or values of one.",
        )


def order_of(view: View) -> tuple[OrderBy, ...]:
    """Return the sort keys of a view.

    Raises
    ------
    RequestError
        They are too many, or one is no column.
    """
    keys = view.get("sort", [])
    if len(keys) > MAX_SORT_KEYS:
        raise RequestError(
            f"A view is sorted by at most {MAX_SORT_KEYS} columns; these are {len(keys):,}."
        )
    return tuple(order_by(column_of(key["column"]), descending=key["descending"]) for key in keys)


def column_of(identifier: str) -> Column:
    """Return the column of an identifier.

    Raises
    ------
    RequestError
        It names none.
    """
    column = parse_column(identifier)
    if column is None:
        raise RequestError(
            f"{identifier[:100]!r} is no column.",
            hint=did_you_mean(identifier[:100], (f"attributes.{name}" for name in ATTRIBUTES))
            or "A column is attributes.NAME, params.KEY, metrics.KEY or tags.KEY.",
        )
    return column
