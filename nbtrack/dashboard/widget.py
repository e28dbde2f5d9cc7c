"""The anywidget that shows the dashboard under a cell: the service, on the widget's comm."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast
from weakref import WeakKeyDictionary

import anywidget
import traitlets

from nbtrack.api import Store, current_store
from nbtrack.dashboard.operations.context import Context, column_of, selection_of
from nbtrack.dashboard.protocol import Scope, Sort, View
from nbtrack.dashboard.service import DashboardService
from nbtrack.dashboard.snapshot import snapshot_html, snapshot_text
from nbtrack.dashboard.watcher import RevisionWatcher
from nbtrack.errors import InvalidValueError, NbtrackError, NotFoundError, did_you_mean
from nbtrack.kernels.identity import this_kernel
from nbtrack.recording import capture
from nbtrack.store import edits
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.engine import Database
from nbtrack.store.reader import read_view

MIME_TYPE = "application/vnd.nbtrack.dashboard.v1+json"

_STATIC = Path(__file__).parent.parent / "static"
_SCOPES: tuple[Scope, ...] = ("experiment", "notebook", "kernel", "all")
_watchers: WeakKeyDictionary[Database, RevisionWatcher] = WeakKeyDictionary()
_log = logging.getLogger("nbtrack")


class Dashboard(anywidget.AnyWidget):
    """The runs of a store, as a table that lives under the cell.

    Parameters
    ----------
    where : str, optional
        A search that all shown runs must meet.
    experiments : sequence of str, optional
        Names of experiments; the scope decides when not given.
    columns : sequence of str, optional
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

    _esm = _STATIC / "widget.js"
    _css = _STATIC / "widget.css"
    view_id = traitlets.Unicode().tag(sync=True)
    revision = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        where: str | None = None,
        *,
        experiments: Sequence[str] | None = None,
        columns: Sequence[str] | None = None,
        sort: str | Sequence[str] | None = None,
        scope: Literal["experiment", "notebook", "kernel", "all"] = "experiment",
        height: int | None = None,
        store: Store | None = None,
    ) -> None:
        store = store or current_store.chosen
        database = store.database
        chosen: View = {**_scoped(store, database, experiments, scope)}
        if where:
            chosen["where"] = where
        if columns is not None:
            chosen["columns"] = [column_of(name).id for name in columns]
        if sort is not None:
            chosen["sort"] = [_sort_key(key) for key in ([sort] if isinstance(sort, str) else sort)]
        if height is not None:
            chosen["height"] = _checked_height(height)
        selection_of(chosen)
        view_id = _view_id(chosen)
        kept = {key: value for key, value in read_view(database, view_id).items() if key in _KEPT}
        revision = edits.save_view(database, view_id, {**kept, **chosen})
        self._database = database
        self._service = DashboardService(database)
        super().__init__(view_id=view_id, revision=revision)
        _answer_during_cells(self.comm)
        self.on_msg(self._on_message)
        self._watch(store, database)

    @property
    def view(self) -> View:
        """What the dashboard shows now, as data."""
        return cast(View, read_view(self._database, self.view_id))

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, **self._static_bundle()}, metadata

    def _static_bundle(self) -> dict[str, Any]:
        database = self._database
        context = Context(database, ArtifactStore(database.config.artifacts))
        try:
            return {
                MIME_TYPE: {"v": 1, "store_id": database.store_id, "view_id": self.view_id},
                "text/html": snapshot_html(context, self.view),
                "text/plain": snapshot_text(context, self.view),
            }
        except NbtrackError as error:
            return {"text/plain": f"nbtrack dashboard: {error}"}

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        self._push(self._service.handle(content))

    def _changed(self, revision: int) -> None:
        self._push({"event": "changed", "revision": revision})

    def _push(self, message: object) -> None:
        try:
            self.send(message)
        except Exception:  # the comm is closed, or this thread may not publish (ipykernel 7.0)
            _log.debug("a message to a dashboard was lost", exc_info=True)

    def _watch(self, store: Store, database: Database) -> None:
        watcher = _watchers.get(database)
        if watcher is None:
            watcher = _watchers[database] = RevisionWatcher(database)
            store.recorder.delivery.on_delivered(watcher.look)
        watcher.add(self._changed)


_KEPT = frozenset({"columns", "sort", "search", "deleted", "height"})


def _scoped(
    store: Store, database: Database, experiments: Sequence[str] | None, scope: str
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
    return {"experiments": [edits.ensure_experiment(database, name)]}


def _experiment_ids(database: Database, names: Sequence[str]) -> list[int]:
    known = edits.active_experiments(database)
    for name in names:
        if name not in known:
            raise NotFoundError(
                f"There is no active experiment {name!r}.", hint=did_you_mean(name, known)
            )
    return [known[name] for name in names]


def _sort_key(text: str) -> Sort:
    return {"column": column_of(text.removeprefix("-")).id, "descending": text.startswith("-")}


def _checked_height(height: int) -> int:
    if not 120 <= height <= 4000:
        raise InvalidValueError(f"The height {height} is not usable.", hint="Give 120 to 4000.")
    return height


def _view_id(chosen: View) -> str:
    """Return the same id when the same cell is executed again, so that its view comes back."""
    code = capture.current_code()
    if not code.notebook or not code.cell_id:
        return secrets.token_hex(8)
    scope = sorted((key, repr(value)) for key, value in chosen.items() if key not in _KEPT)
    told = f"{code.notebook}\n{code.cell_id}\n{scope}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _answer_during_cells(comm: Any) -> None:
    """Let ipykernel 7.4 answer on the subshell that the page asked for, also while a cell runs.

    It routes a widget's messages to the shell that displayed it, which is busy then.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default=None: default
