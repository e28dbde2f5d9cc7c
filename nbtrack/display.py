"""The `Dashboard` of a notebook: which runs it means, and where its view is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Literal

from nbtrack.api import Store, current_store
from nbtrack.dashboard.operations.context import column_of, selection_of
from nbtrack.dashboard.operations.views import known_view
from nbtrack.dashboard.protocol import Scope, Sort, View
from nbtrack.dashboard.widget import DashboardWidget
from nbtrack.errors import InvalidValueError, NotFoundError, RequestError, did_you_mean
from nbtrack.kernels.identity import this_kernel
from nbtrack.recording import capture
from nbtrack.store import edits
from nbtrack.store.engine import Database
from nbtrack.store.experiments import active_experiments, ensure_experiment
from nbtrack.store.reader import read_view
from nbtrack.store.values import check_text

HEIGHTS = (120, 4000)
"""Lowest and highest table, in CSS pixels."""

_SCOPES: tuple[Scope, ...] = ("experiment", "notebook", "kernel", "all")
_KEPT = frozenset({"columns", "sort", "search", "deleted", "height"})
"""What the user chose in the page, which comes back when the cell is executed again."""


class Dashboard(DashboardWidget):
    """The runs of a store, as a table that lives under the cell.

    Parameters
    ----------
    where : str, optional
        A search that all shown runs must meet.
    experiments : str or sequence of str, optional
        Names of experiments; the scope decides when not given.
    columns : str or sequence of str, optional
        Identifiers such as ``metrics.acc``, in order.
    sort : str or sequence of str, optional
        Identifiers, ``-`` before one sorts it descending: ``["-metrics.acc", "params.lr"]``.
    scope : {"experiment", "notebook", "kernel", "all"}
        Which runs are meant without `experiments`: those of this kernel's experiment, of this
        notebook, of this kernel, or all.
    height : int, optional
        Height of the table in CSS pixels.
    store : Store, optional
        Another store than this kernel's.

    Raises
    ------
    QueryError
        `where` cannot be understood.
    NotFoundError
        There is no such experiment.
    InvalidValueError
        A column, scope or height that does not exist.
    """

    def __init__(
        self,
        where: str | None = None,
        *,
        experiments: str | Sequence[str] | None = None,
        columns: str | Sequence[str] | None = None,
        sort: str | Sequence[str] | None = None,
        scope: Literal["experiment", "notebook", "kernel", "all"] = "experiment",
        height: int | None = None,
        store: Store | None = None,
    ) -> None:
        store = store or current_store.chosen
        database = store.database
        chosen: View = {**_scoped(store, database, experiments, scope)}
        if where:
            chosen["where"] = check_text(where, "search")
        if columns is not None:
            chosen["columns"] = [_column_id(name) for name in _listed(columns)]
        if sort is not None:
            chosen["sort"] = [_sort_key(key) for key in _listed(sort)]
        if height is not None:
            chosen["height"] = _checked_height(height)
        selection_of(chosen)
        view_id = _view_id(chosen, scope)
        stored = known_view(read_view(database, view_id))
        kept = {key: value for key, value in stored.items() if key in _KEPT}
        revision = edits.save_view(database, view_id, {**kept, **chosen})
        super().__init__(database, view_id, revision)
        store.recorder.delivery.on_delivered(self.watcher.look)


def _scoped(
    store: Store, database: Database, experiments: str | Sequence[str] | None, scope: str
) -> View:
    if scope not in _SCOPES:
        raise InvalidValueError(
            f"The scope {scope!r} is unknown.",
            hint=did_you_mean(scope, _SCOPES) or f"It is one of {', '.join(_SCOPES)}.",
        )
    if experiments is not None:
        return {"experiments": _experiment_ids(database, _listed(experiments))}
    shell = capture.current_shell()
    notebook = capture.notebook_path(shell) if shell else None
    if scope == "notebook" and notebook:
        return {"notebook": notebook}
    if scope == "kernel":
        return {"kernel": edits.ensure_kernel(database, this_kernel(notebook))}
    if scope == "all":
        return {}
    name = store.experiment or capture.default_experiment(notebook)
    return {"experiments": [ensure_experiment(database, name)]}


def _experiment_ids(database: Database, names: Sequence[str]) -> list[int]:
    known = active_experiments(database)
    for name in names:
        if check_text(name, "experiment") not in known:
            raise NotFoundError(
                f"There is no active experiment {name!r}.", hint=did_you_mean(name, known)
            )
    return [known[name] for name in names]


def _listed(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def _column_id(name: str) -> str:
    try:
        return column_of(check_text(name, "column")).id
    except RequestError as error:
        raise InvalidValueError(error.message, hint=error.hint) from None


def _sort_key(text: str) -> Sort:
    name = check_text(text, "sort key")
    return {"column": _column_id(name.removeprefix("-")), "descending": name.startswith("-")}


def _checked_height(height: object) -> int:
    lowest, highest = HEIGHTS
    if not isinstance(height, int) or not lowest <= height <= highest:
        raise InvalidValueError(
            f"The height {height!r} is not usable.", hint=f"Give {lowest} to {highest} pixels."
        )
    return height


def _view_id(chosen: View, scope: str) -> str:
    """Return the same id when the same cell is executed again, so that its view comes back."""
    code = capture.current_code()
    if not code.notebook or not code.cell_id:
        return secrets.token_hex(8)
    # a kernel's number changes at each restart
    given = sorted((key, repr(value)) for key, value in chosen.items() if key != "kernel")
    told = f"{code.notebook}\n{code.cell_id}\n{scope}\n{given}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]
