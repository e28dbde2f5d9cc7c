"""The anywidget that shows the dashboard under a cell: the service, on the widget's comm."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import anywidget
import traitlets

from nbtrack.dashboard.asked import AskedBefore
from nbtrack.dashboard.operations.context import Context
from nbtrack.dashboard.operations.views import known_view
from nbtrack.dashboard.protocol import READ_OPERATIONS, View
from nbtrack.dashboard.service import DashboardService
from nbtrack.dashboard.snapshot import snapshot_html, snapshot_text
from nbtrack.dashboard.watcher import RevisionWatcher
from nbtrack.errors import NbtrackError
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.engine import Database
from nbtrack.store.reader import read_view

MIME_TYPE = "application/vnd.nbtrack.dashboard.v1+json"

_STATIC = Path(__file__).parent.parent / "static"
_watchers: WeakKeyDictionary[Database, RevisionWatcher] = WeakKeyDictionary()
_log = logging.getLogger("nbtrack")


class DashboardWidget(anywidget.AnyWidget):
    """A dashboard of one store, showing one stored view.

    Parameters
    ----------
    database : Database
        The store's database.
    view_id : str
        Row of ``views`` that says what is shown; the page reads and writes it.
    revision : int
        The store's revision when the view was stored.
    """

    _esm = _STATIC / "widget.js"
    _css = _STATIC / "widget.css"
    store_id = traitlets.Unicode().tag(sync=True)
    view_id = traitlets.Unicode().tag(sync=True)
    revision = traitlets.Int().tag(sync=True)

    def __init__(self, database: Database, view_id: str, revision: int) -> None:
        self._database = database
        self._service = DashboardService(database)
        self._asked = AskedBefore(self._service)
        super().__init__(store_id=database.store_id, view_id=view_id, revision=revision)
        _answer_during_cells(self.comm)
        self.on_msg(self._on_message)
        self.watcher = _watchers.setdefault(database, RevisionWatcher(database))
        self.watcher.add(self._changed)

    def close(self) -> None:
        """Take the dashboard off the page; it hears of no change any more."""
        watcher = getattr(self, "watcher", None)  # None: its making has failed
        if watcher is not None:
            watcher.remove(self._changed)
        super().close()

    @property
    def view(self) -> View:
        """What the dashboard shows now, as data."""
        return known_view(read_view(self._database, self.view_id))

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, **self._static_bundle()}, metadata

    def _static_bundle(self) -> dict[str, Any]:
        database = self._database
        context = Context(database, ArtifactStore(database.config.artifacts))
        bundle: dict[str, Any] = {
            MIME_TYPE: {"v": 1, "store_id": database.store_id, "view_id": self.view_id}
        }
        try:
            view = self.view
            bundle["text/plain"] = snapshot_text(context, view)
            bundle["text/html"] = snapshot_html(context, view)
        except NbtrackError as error:  # a search half typed, a store that is away
            bundle["text/plain"] = f"nbtrack dashboard: {error}"
        return bundle

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        self._asked.note(content)
        self._push(self._service.handle(content))
        if isinstance(content, dict) and content.get("op") not in READ_OPERATIONS:
            self.watcher.look()

    def _changed(self, revision: int) -> None:
        self._push({"event": "changed", "revision": revision})
        snapshot = self._asked.snapshot()
        if snapshot is not None:
            self._push(snapshot)

    def _push(self, message: object) -> None:
        try:
            self.send(message)
        except Exception:  # the comm is closed, or this thread may not publish (ipykernel 7.0)
            _log.debug("a message to a dashboard was lost", exc_info=True)


def _answer_during_cells(comm: Any) -> None:
    """Let ipykernel 7.4 answer on the subshell that the page asked for, also while a cell runs.

    It routes a widget's messages to the shell that displayed it, which is busy then.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = _as_the_page_asked  # noqa: SLF001  # there is no public way


def _as_the_page_asked(_data: object, default: str | None = None) -> str | None:
    return default
