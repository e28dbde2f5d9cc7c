"""The dashboard's service: a request goes in, a reply comes out, whatever the request is.

It knows no transport, keeps no state but its database, may be called from many threads, and
always answers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from nbtrack.dashboard.operations import (
    cells,
    columns,
    compare,
    complete,
    edits,
    experiments,
    export,
    model_edits,
    models,
    overview,
    rows,
    run,
    views,
)
from nbtrack.dashboard.operations.context import Context
from nbtrack.dashboard.protocol import (
    OPERATIONS,
    PROTOCOL_VERSION,
    ErrorBody,
    ErrorReply,
    Request,
    SuccessReply,
)
from nbtrack.dashboard.validation import check_shape
from nbtrack.errors import NbtrackError, QueryError, RequestError, did_you_mean
from nbtrack.kernels.reconcile import reconcile
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.engine import Database
from nbtrack.store.values import storable_text

MAX_ID = 200
"""Characters of a request's id."""

MAX_MESSAGE = 1_000
"""Characters of an error's message, which may quote what the request said."""

RECONCILE_SECONDS = 5.0
"""How often, at the most, looking at a dashboard checks the runs against their processes."""

Handler = Callable[[Context, Any], Any]

HANDLERS: dict[str, Handler] = {
    "store": overview.store,
    "summary": overview.summary,
    "experiments": experiments.experiments,
    "create_experiment": experiments.create_experiment,
    "rename_experiment": experiments.rename_experiment,
    "describe_experiment": experiments.describe_experiment,
    "delete_experiment": experiments.delete_experiment,
    "restore_experiment": experiments.restore_experiment,
    "columns": columns.columns,
    "list_columns": columns.list_columns,
    "complete": complete.complete,
    "rows": rows.rows,
    "ids": rows.ids,
    "marked_counts": rows.marked_counts,
    "aggregates": rows.aggregates,
    "run": run.run,
    "series": run.series,
    "artifacts": run.artifacts,
    "artifact": run.artifact,
    "view": views.view,
    "set_view": views.set_view,
    "set_tags": edits.set_tags,
    "set_description": edits.set_description,
    "delete": edits.delete,
    "restore": edits.restore,
    "clear": edits.clear,
    "code_changes": compare.code_changes,
    "compare": compare.compare,
    "export": export.export,
    "export_progress": export.export_progress,
    "cell_statuses": cells.cell_statuses,
    "activity": cells.activity,
    "stale": cells.stale,
    "models": models.models,
    "model": models.model,
    "run_models": models.run_models,
    "register": model_edits.register,
    "rename_model": model_edits.rename_model,
    "set_model": model_edits.set_model,
    "set_stage": model_edits.set_stage,
    "set_alias": model_edits.set_alias,
    "delete_model": model_edits.delete_model,
    "restore_model": model_edits.restore_model,
}

_log = logging.getLogger("nbtrack")


class DashboardService:
    """Answers a dashboard's requests about one store.

    Parameters
    ----------
    database : Database
        From `nbtrack.store.open_store`.
    root : Path, optional
        Folder below which it may write files; without it, wherever this process can.

    Examples
    --------
    >>> from nbtrack.store import open_store
    >>> service = DashboardService(open_store("experiments.db"))
    >>> service.handle({"v": 1, "id": 1, "op": "experiments", "args": {}})["ok"]
    True
    """

    def __init__(self, database: Database, root: Path | None = None) -> None:
        self._context = Context(database, ArtifactStore(database.config.artifacts), root)
        self._reconciling = threading.Lock()
        self._reconciled = -RECONCILE_SECONDS

    def handle(self, request: object) -> SuccessReply | ErrorReply:
        """Answer one request; every error becomes an error reply."""
        answer_to = _usable_id(request)
        try:
            return {"id": answer_to, "ok": True, "result": self._result(request, answer_to)}
        except NbtrackError as error:
            return {"id": answer_to, "ok": False, "error": _body(error)}
        except Exception:
            _log.exception("a dashboard's request failed")
            message = "This could not be answered: nbtrack made a mistake. Its log says which."
            return {"id": answer_to, "ok": False, "error": {"code": "internal", "message": message}}

    def _result(self, request: object, answer_to: int | str | None) -> Any:
        check_shape(request, Request, "request")
        known = cast(Request, request)
        if answer_to is None:
            raise RequestError(f"An id has at most {MAX_ID} characters.")
        if known["v"] != PROTOCOL_VERSION:
            raise RequestError(
                f"The page speaks version {known['v']} of the protocol, the service "
                f"{PROTOCOL_VERSION}.",
                hint="Reload the page; then page and service are of one version.",
            )
        operation = known["op"]
        if operation not in HANDLERS:
            raise RequestError(
                f"There is no operation {operation[:60]!r}.",
                hint=did_you_mean(operation[:60], HANDLERS),
            )
        check_shape(known["args"], OPERATIONS[operation][0], "args")
        if operation in {"store", "summary"}:
            self._reconcile()
        return HANDLERS[operation](self._context, known["args"])

    def _reconcile(self) -> None:
        with self._reconciling:
            if time.monotonic() - self._reconciled < RECONCILE_SECONDS:
                return
            self._reconciled = time.monotonic()
        try:
            reconcile(self._context.database)
        except Exception:  # a reader may look, even where it may not write
            _log.info("the runs could not be checked against their processes", exc_info=True)


def _usable_id(request: object) -> int | str | None:
    """Return a request's id, or None where a reply cannot bear it."""
    found = request.get("id") if isinstance(request, dict) else None
    try:
        check_shape(found, int | str, "id")
    except RequestError:
        return None
    return None if isinstance(found, str) and len(found) > MAX_ID else found


def _body(error: NbtrackError) -> ErrorBody:
    body: ErrorBody = {"code": error.code, "message": _bounded(error.message)}
    if error.hint:
        body["hint"] = _bounded(error.hint)
    if isinstance(error, QueryError):
        body["span"] = error.span
    return body


def _bounded(text: str) -> str:
    return storable_text(text if len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE - 1]}…")
