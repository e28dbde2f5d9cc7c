"""What every operation works on, and what views mean to the query layer."""

from __future__ import annotations

from dataclasses import dataclass

from nbtrack.dashboard.protocol import View
from nbtrack.errors import RequestError
from nbtrack.query.columns import Column, parse_column
from nbtrack.query.nodes import OrderBy
from nbtrack.query.parser import parse_search
from nbtrack.query.tree import Selection, order_by
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.engine import Database


@dataclass(frozen=True, slots=True)
class Context:
    """The store that a service answers about."""

    database: Database
    artifacts: ArtifactStore


def selection_of(view: View, *, search: bool = True) -> Selection:
    """Return the runs that a view shows, with or without its search.

    Raises
    ------
    QueryError
        The search cannot be understood.
    """
    texts = [view.get("where", ""), view.get("search", "") if search else ""]
    expressions = [parse_search(text) for text in texts if text.strip()]
    return Selection(
        experiments=tuple(view.get("experiments", ())),
        expressions=tuple(expression for expression in expressions if expression is not None),
        deleted=view.get("deleted", False),
        notebook=view.get("notebook"),
        kernel=view.get("kernel"),
    )


def order_of(view: View) -> tuple[OrderBy, ...]:
    """Return the sort keys of a view."""
    return tuple(
        order_by(column_of(sort["column"]), descending=sort["descending"])
        for sort in view.get("sort", ())
    )


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
            hint="A column is attributes.NAME, params.KEY, metrics.KEY or tags.KEY.",
        )
    return column
