"""The views of dashboards: kept with the store, and remembered for each experiment."""

from __future__ import annotations

from nbtrack.dashboard.operations.context import (
    Context,
    column_of,
    filters_of,
    known_view,
    order_of,
)
from nbtrack.dashboard.protocol import (
    MAX_COLUMNS,
    MAX_GROUP_LEVELS,
    RevisionResult,
    SetViewArgs,
    View,
    ViewIdArgs,
    ViewResult,
)
from nbtrack.errors import RequestError
from nbtrack.store import edits
from nbtrack.store.engine import Database
from nbtrack.store.reader import read_view

REMEMBERED = (
    "columns",
    "directions",
    "filters",
    "group_by",
    "group_options",
    "pinned",
    "sort",
    "widths",
)
"""What is kept per experiment and is the start of its next dashboard, in any notebook."""

KERNELS_OWN = ("folder",)
"""Keys of a stored view that only the kernel sets: a page can neither read nor change them."""


def view(context: Context, args: ViewIdArgs) -> ViewResult:
    """Return a stored view; ``experiment:ID`` is what is remembered for an experiment."""
    stored = read_view(context.database, args["view_id"])
    return {"view_id": args["view_id"], "view": known_view(stored)}


def set_view(context: Context, args: SetViewArgs) -> RevisionResult:
    """Keep a view. Its search need not be finished: people are still typing."""
    check_view(args["view"])
    database = context.database
    stored = read_view(database, args["view_id"])
    own = {key: stored[key] for key in KERNELS_OWN if key in stored}
    revision = edits.save_view(database, args["view_id"], {**args["view"], **own})
    return {"revision": remember(database, args["view"]) or revision}


def check_view(view: View) -> None:
    """Make sure that what a view names are columns, not too many, and that its filters fit them.

    Raises
    ------
    RequestError
        They are not.
    InvalidValueError
        A filter's operator or values do not fit its column.
    """
    order_of(view)
    filters_of(view)
    named = [
        *view.get("columns", ()),
        *view.get("group_by", ()),
        *view.get("pinned", ()),
        *view.get("group_options", ()),
        *view.get("widths", ()),
        *view.get("directions", ()),
    ]
    for identifier in named:
        column_of(identifier)
    if len(view.get("columns", ())) > MAX_COLUMNS:
        raise RequestError(f"At most {MAX_COLUMNS} columns can be shown at once.")
    if len(view.get("group_by", ())) > MAX_GROUP_LEVELS:
        raise RequestError(f"Runs can be grouped by at most {MAX_GROUP_LEVELS} columns.")


def remember(database: Database, view: View) -> int | None:
    """Keep what was chosen for the experiment, if the view shows one; return the revision."""
    experiments = view.get("experiments", ())
    if len(experiments) != 1:
        return None
    view_id = edits.experiment_view_id(experiments[0])
    chosen = {key: value for key, value in view.items() if key in REMEMBERED}
    if read_view(database, view_id) == chosen:
        return None
    return edits.save_view(database, view_id, chosen)


def remembered(database: Database, experiments: list[int]) -> View:
    """Return what is kept for one experiment, nothing for several."""
    if len(experiments) != 1:
        return {}
    kept = known_view(read_view(database, edits.experiment_view_id(experiments[0])))
    return {key: value for key, value in kept.items() if key in REMEMBERED}  # type: ignore[return-value]  # a part of a View is one
