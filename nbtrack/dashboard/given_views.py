"""What Python code says of a view, in few words -> a `View` of the protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast, get_type_hints

from nbtrack.dashboard.operations.context import column_of, selection_of
from nbtrack.dashboard.operations.views import check_view
from nbtrack.dashboard.protocol import MAX_RUN_IDS, Marks, Sort, View
from nbtrack.dashboard.validation import check_shape
from nbtrack.errors import InvalidValueError, RequestError, did_you_mean
from nbtrack.store.engine import Database
from nbtrack.store.experiments import active_experiment
from nbtrack.store.reader import resolve_run_id
from nbtrack.store.values import check_text, shown_value

HEIGHTS = (120, 4000)
"""Lowest and highest table, in CSS pixels."""

KEYS = tuple(get_type_hints(View))


def given_view(database: Database, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a view that are given, in full; None stays, and means the default.

    Parameters
    ----------
    given : mapping
        Keys of `View`. Besides its own shapes, these are understood: one text instead of a list
        of columns; ``"-metrics.acc"`` as a descending sort key; names instead of ids of
        experiments; a list of run ids for `hidden` and `selected`; shortened ids for `compare`
        and `run`.

    Raises
    ------
    InvalidValueError
        There is no such key or column, or a value is of another kind.
    NotFoundError
        There is no such experiment or run.
    """
    if not isinstance(given, Mapping):
        raise InvalidValueError(
            f"The view {shown_value(given)[:80]} is no dict.",
            hint="Give a dict of what to change, such as {'sort': '-metrics.acc'}.",
        )
    for key in given:
        if key not in KEYS:
            raise InvalidValueError(
                f"A view has no {shown_value(key)[:80]}.",
                hint=did_you_mean(str(key)[:80], KEYS) or f"It has {', '.join(KEYS)}.",
            )
    readers = _readers(database)
    return {
        key: readers[key](value) if value is not None and key in readers else value
        for key, value in given.items()
    }


def checked_view(view: Mapping[str, Any]) -> View:
    """Return a whole view, once it is sure that it can be shown.

    Raises
    ------
    InvalidValueError
        It has a shape, a column or a bound that is not allowed.
    QueryError
        Its search cannot be understood.
    """
    try:
        check_shape(view, View, "view")
        check_view(cast(View, view))
        selection_of(cast(View, view))
    except RequestError as error:
        raise InvalidValueError(error.message, hint=error.hint) from None
    return cast(View, view)


def _readers(database: Database) -> dict[str, Callable[[Any], Any]]:
    return {
        "experiments": lambda value: [_experiment(database, each) for each in _listed(value)],
        "columns": _columns,
        "group_by": _columns,
        "pinned": _columns,
        "sort": lambda value: [_sort_key(each) for each in _listed(value)],
        "hidden": _marks,
        "selected": _marks,
        "compare": lambda value: [resolve_run_id(database, str(each)) for each in _listed(value)],
        "run": lambda value: resolve_run_id(database, str(value)),
        "height": _height,
        "search": lambda value: check_text(value, "search"),
        "where": lambda value: check_text(value, "search"),
    }


def _experiment(database: Database, given: object) -> object:
    return active_experiment(database, given) if isinstance(given, str) else given


def _listed(value: object) -> Sequence[Any]:
    if isinstance(value, str | int | Mapping):
        return [value]
    if not isinstance(value, Iterable):
        raise InvalidValueError(
            f"{shown_value(value)[:80]} is no list.", hint="Give one text, or a list of texts."
        )
    return list(value)


def _columns(value: object) -> list[str]:
    return [_column_id(each) for each in _listed(value)]


def _column_id(name: object) -> str:
    try:
        return column_of(check_text(name, "column")).id
    except RequestError as error:
        raise InvalidValueError(error.message, hint=error.hint) from None


def _sort_key(given: object) -> Sort:
    if isinstance(given, Mapping):
        return cast(Sort, dict(given))
    name = check_text(given, "sort key")
    return {"column": _column_id(name.removeprefix("-")), "descending": name.startswith("-")}


def _marks(value: object) -> Marks:
    if isinstance(value, Mapping):
        return cast(Marks, dict(value))
    run_ids = [str(each) for each in _listed(value)]
    if len(run_ids) > MAX_RUN_IDS:
        raise InvalidValueError(
            f"{len(run_ids):,} runs are named, {MAX_RUN_IDS:,} are allowed.",
            hint="Mark all but some: {'all': True, 'run_ids': [...]}.",
        )
    return {"all": False, "run_ids": run_ids}


def _height(height: object) -> int:
    lowest, highest = HEIGHTS
    if isinstance(height, bool) or not isinstance(height, int) or not lowest <= height <= highest:
        raise InvalidValueError(
            f"The height {height!r} is not usable.", hint=f"Give {lowest} to {highest} pixels."
        )
    return height
