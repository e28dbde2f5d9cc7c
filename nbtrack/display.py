"""The `Dashboard` of a notebook: which runs it means, and where its view is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

from sqlalchemy import Connection

from nbtrack.api import READ_SECONDS, Store, current_store
from nbtrack.dashboard.given_views import checked_view, given_view
from nbtrack.dashboard.operations.context import where_of
from nbtrack.dashboard.operations.marked import selected_row_ids, visible_row_ids
from nbtrack.dashboard.operations.views import FOLDER, change_view, known_view, remembered
from nbtrack.dashboard.protocol import Scope, View
from nbtrack.dashboard.widget import DashboardWidget
from nbtrack.errors import InvalidValueError, did_you_mean
from nbtrack.kernels.identity import this_kernel
from nbtrack.kernels.reconcile import reconcile
from nbtrack.recording import capture
from nbtrack.store import edits
from nbtrack.store.engine import Database
from nbtrack.store.experiments import (
    active_experiment,
    active_experiments,
    ensure_experiment,
)
from nbtrack.store.values import check_text

if TYPE_CHECKING:
    from pandas import DataFrame

_SCOPES: tuple[Scope, ...] = ("experiment", "notebook", "kernel", "all")
_KEPT = frozenset(get_type_hints(View)) - {"experiments", "notebook", "kernel", "where"}
"""What the user chose in the page, which comes back when the cell is executed again."""


class Dashboard(DashboardWidget):
    """The runs of a store, as a table that lives under the cell.

    Parameters
    ----------
    where : str, optional
        A search that all shown runs must meet.
    experiments : str or sequence of str, optional
        Names of experiments; the scope decides when not given.
    group_by : str or sequence of str, optional
        Identifiers such as ``params.model``, the outermost group first.
    columns : str or sequence of str, optional
        Identifiers such as ``metrics.acc``, in order.
    sort : str or sequence of str, optional
        Identifiers, ``-`` before one sorts it descending: ``["-metrics.acc", "params.lr"]``.
    scope : {"experiment", "notebook", "kernel", "all"}
        Which runs are meant without `experiments`: those of this kernel's experiment, of this
        notebook, of this kernel, or all.
    height : int, optional
        Height of the table in CSS pixels.
    compare : sequence of str, optional
        Ids of 2 to 50 runs to show side by side at once; they may be shortened.
    store : Store, optional
        Another store than this kernel's.

    What is not given here is as it was chosen last for the experiment, in any notebook.

    Raises
    ------
    QueryError
        `where` cannot be understood.
    NotFoundError
        There is no such experiment.
    InvalidValueError
        A column, scope or height that does not exist.

    Examples
    --------
    >>> import nbtrack
    >>> from nbtrack.display import Dashboard
    >>> store = nbtrack.connect("experiments.db")
    >>> with store.start_run("baseline", experiment="sweep", params={"lr": 0.1}):
    ...     pass
    >>> dash = Dashboard(experiments="sweep", sort="-params.lr", store=store)
    >>> dash.where = "params.lr > 0.01"
    >>> dash.visible["run_name"].tolist()
    ['baseline']
    >>> dash.close()
    """

    def __init__(
        self,
        where: str | None = None,
        *,
        experiments: str | Sequence[str] | None = None,
        group_by: str | Sequence[str] | None = None,
        columns: str | Sequence[str] | None = None,
        sort: str | Sequence[str] | None = None,
        scope: Literal["experiment", "notebook", "kernel", "all"] = "experiment",
        height: int | None = None,
        compare: Sequence[str] | None = None,
        store: Store | None = None,
    ) -> None:
        store = store or current_store.chosen
        database = store.database
        given = {
            "where": where or None,
            "group_by": group_by,
            "columns": columns,
            "sort": sort,
            "height": height,
            "compare": compare,
            "tab": None if compare is None else "compare",
        }
        chosen: dict[str, Any] = {
            **_scoped(store, database, experiments, scope),
            **{
                key: value
                for key, value in given_view(database, given).items()
                if value is not None
            },
        }
        checked_view(chosen)
        view_id = _view_id(chosen, scope)
        start = remembered(database, chosen.get("experiments", []))
        folder = str(_folder())

        def begun(stored: dict[str, Any]) -> dict[str, Any]:
            kept = known_view(stored) if stored else start
            own = {key: value for key, value in kept.items() if key in _KEPT}
            return {**own, **chosen, FOLDER: folder}

        self._store = store
        super().__init__(database, view_id, edits.change_view(database, view_id, begun))
        store.recorder.delivery.on_delivered(self.watcher.look)

    @property
    def view(self) -> View:
        """What the dashboard shows now, as data; set it to change what is given.

        A set view is a dict of keys to change; None takes one back to its default. Columns may be
        one text or a list, a sort key ``"-metrics.acc"`` is descending, experiments are names or
        ids, and runs to select or to hide a list of run ids. The page follows at once, and what
        is chosen in the page is seen here.

        Raises
        ------
        InvalidValueError
            A key, a column or a value that a view cannot have; then nothing is changed.
        QueryError
            Its search cannot be understood.

        Examples
        --------
        >>> import nbtrack
        >>> from nbtrack.display import Dashboard
        >>> dash = Dashboard(scope="all", store=nbtrack.connect("experiments.db"))
        >>> dash.view = {"sort": "-metrics.acc", "group_by": "params.model"}
        >>> dash.view["sort"]
        [{'column': 'metrics.acc', 'descending': True}]
        >>> dash.close()
        """
        return super().view

    @view.setter
    def view(self, changes: Mapping[str, Any]) -> None:
        given = given_view(self._database, changes)

        def changed(stored: dict[str, Any]) -> dict[str, Any]:
            merged = {**stored, **given}
            kept = {key: value for key, value in merged.items() if value is not None}
            # what another version of nbtrack has stored is neither judged nor lost
            checked_view({**known_view(stored), **{key: kept[key] for key in given if key in kept}})
            return kept

        self.revision = change_view(self._database, self.view_id, changed)
        self.watcher.look()

    @property
    def where(self) -> str:
        """The dashboard's condition, its search and its filters as one search.

        ``nbtrack.runs(dash.where, experiments=dash.experiments)`` finds the same runs. Setting
        it puts a text into the search box and takes the filters away.

        Raises
        ------
        QueryError
            The search cannot be understood, such as one half typed; when set, nothing is changed.
        """
        return where_of(self.view)

    @where.setter
    def where(self, search: str | None) -> None:
        self.view = {"search": search or None, "filters": None}

    @property
    def experiments(self) -> list[str] | None:
        """Names of the active experiments whose runs the dashboard shows; None: of all."""
        chosen = self.view.get("experiments")
        if not chosen:
            return None
        known = active_experiments(self._database)
        return [name for name, number in known.items() if number in chosen]

    @property
    def selected(self) -> DataFrame:
        """The runs that are selected in the page, of those it shows, as `nbtrack.runs` does."""
        return self._frame(selected_row_ids)

    @property
    def visible(self) -> DataFrame:
        """The runs that the page shows and that are not hidden, as `nbtrack.runs` does."""
        return self._frame(visible_row_ids)

    def refresh(self) -> None:
        """Deliver what was logged, look after lost runs, and let the page load anew."""
        self._store.recorder.delivery.flush(READ_SECONDS)
        reconcile(self._database)
        self._changed(self._database.revision())

    def _frame(self, find: Callable[[Database, Connection, View], Any]) -> DataFrame:
        from nbtrack.analysis.frames import wide_frame

        self._store.recorder.delivery.flush(READ_SECONDS)
        view = self.view
        with self._database.reading() as connection:
            row_ids = find(self._database, connection, view)
            return wide_frame(connection, row_ids)


def _scoped(
    store: Store, database: Database, experiments: str | Sequence[str] | None, scope: str
) -> View:
    if scope not in _SCOPES:
        raise InvalidValueError(
            f"The scope {scope!r} is unknown.",
            hint=did_you_mean(scope, _SCOPES) or f"It is one of {', '.join(_SCOPES)}.",
        )
    if experiments is not None:
        return {"experiments": _experiment_ids(database, experiments)}
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


def _experiment_ids(database: Database, names: str | Sequence[str]) -> list[int]:
    listed = [names] if isinstance(names, str) else names
    return [active_experiment(database, check_text(name, "experiment")) for name in listed]


def _folder() -> Path:
    """Return the notebook's folder, into which exports go."""
    shell = capture.current_shell()
    notebook = capture.notebook_path(shell) if shell else None
    folder = Path(notebook).parent if notebook else Path.cwd()
    return folder if folder.is_dir() else Path.cwd()


def _view_id(chosen: Mapping[str, Any], scope: str) -> str:
    """Return the same id when the same cell is executed again, so that its view comes back."""
    code = capture.current_code()
    if not code.notebook or not code.cell_id:
        return secrets.token_hex(8)
    # a kernel's number changes at each restart
    given = sorted((key, repr(value)) for key, value in chosen.items() if key != "kernel")
    told = f"{code.notebook}\n{code.cell_id}\n{scope}\n{given}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]
