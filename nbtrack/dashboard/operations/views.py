"""The views of dashboards: kept with the store, and remembered for each experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from nbtrack.dashboard.operations.context import (
    Context,
    column_of,
    filters_of,
    order_of,
)
from nbtrack.dashboard.operations.tree import grouping_of
from nbtrack.dashboard.protocol import (
    MAX_COLUMNS,
    MAX_COMPARED,
    RevisionResult,
    SetViewArgs,
    View,
    ViewIdArgs,
    ViewResult,
)
from nbtrack.dashboard.validation import check_shape
from nbtrack.errors import RequestError, UserError
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

_LISTS = frozenset({"columns", "filters", "group_by", "pinned", "sort"})
_BY_COLUMN = frozenset({"directions", "group_options", "widths"})

FOLDER = "folder"
"""Key of a stored view: the folder of the dashboard's notebook, into which exports go."""

KERNELS_OWN = (FOLDER,)
"""Keys of a stored view that only the kernel sets: a page can neither read nor change them."""


def view(context: Context, args: ViewIdArgs) -> ViewResult:
    """Return a stored view; ``experiment:ID`` is what is remembered for an experiment."""
    stored = read_view(context.database, args["view_id"])
    return {"view_id": args["view_id"], "view": known_view(stored)}


def set_view(context: Context, args: SetViewArgs) -> RevisionResult:
    """Keep a view. Its search need not be finished: people are still typing."""
    check_view(args["view"])
    given = dict(args["view"])

    def replaced(stored: dict[str, Any]) -> dict[str, Any]:
        return given | {key: stored[key] for key in KERNELS_OWN if key in stored}

    return {"revision": change_view(context.database, args["view_id"], replaced)}


def change_view(
    database: Database, view_id: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> int:
    """Replace a stored view by what `change` makes of it, and remember what it says.

    Returns
    -------
    int
        The store's revision.
    """
    changed: dict[str, Any] = {}

    def noted(stored: dict[str, Any]) -> dict[str, Any]:
        changed.clear()
        changed.update(change(stored))
        return changed

    revision = edits.change_view(database, view_id, noted)
    return remember(database, known_view(changed)) or revision


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
    grouping_of(view, 0)
    named = [
        *view.get("columns", ()),
        *view.get("pinned", ()),
        *view.get("group_options", ()),
        *view.get("widths", ()),
        *view.get("directions", ()),
    ]
    for identifier in named:
        column_of(identifier)
    if len(view.get("columns", ())) > MAX_COLUMNS:
        raise RequestError(f"At most {MAX_COLUMNS} columns can be shown at once.")
    if len(view.get("compare", ())) > MAX_COMPARED:
        raise RequestError(f"At most {MAX_COMPARED} runs can be compared at once.")


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


def known_view(stored: Mapping[str, Any]) -> View:
    """Return of a stored view what this version understands: another version may have kept it."""
    known: dict[str, Any] = {}
    for key, value in stored.items():
        kept: Any
        if key in _LISTS and isinstance(value, list):
            kept = [item for item in value if _is_known({key: [item]})]
        elif key in _BY_COLUMN and isinstance(value, dict):
            kept = {name: each for name, each in value.items() if _is_known({key: {name: each}})}
        else:
            kept = value if _is_known({key: value}) else None
        if kept or kept == value:  # nothing left of something means the default
            known[key] = kept
    return cast(View, known)


def _is_known(part: dict[str, Any]) -> bool:
    try:
        check_shape(part, View, "view")
        check_view(cast(View, part))
    except (RequestError, UserError):
        return False
    return True
