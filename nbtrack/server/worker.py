"""Where the server's requests are answered: threads of their own, so that none delays Jupyter."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nbtrack.config import load_config
from nbtrack.dashboard.protocol import ErrorBody, ErrorReply, SuccessReply
from nbtrack.dashboard.service import DashboardService
from nbtrack.errors import NbtrackError
from nbtrack.kernels.reconcile import Causes, reconcile
from nbtrack.store import Database, open_store
from nbtrack.store.outbox import is_untouched

MAX_WORKERS = 4

OBSERVER = "server"

MAX_WAITING = 200
"""Requests that are kept waiting; beyond it they are refused at once."""


class ServiceWorker:
    """Opens the configured store at the first request, and answers every request about it.

    Parameters
    ----------
    root : Path
        The folder that the server serves; files are written only below it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._threads = ThreadPoolExecutor(MAX_WORKERS, thread_name_prefix="nbtrack-server")
        self._opening = threading.Lock()
        self._waiting = 0
        self._database: Database | None = None
        self._service: DashboardService | None = None

    async def handle(self, request: object) -> SuccessReply | ErrorReply:
        """Answer one request of a dashboard."""
        if self._waiting >= MAX_WAITING:
            return _error(
                request,
                "busy",
                f"The server has {self._waiting} requests of dashboards to answer first.",
                "It is asked again by itself; close dashboards that you do not need.",
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._handle, request
            )
        finally:
            self._waiting -= 1

    async def reconcile(self, told: Causes) -> None:
        """Bring the store to the truth about kernels, given what the server saw of their ends.

        A store that nobody has recorded into is not made for that.

        Raises
        ------
        NbtrackError
            The store cannot be opened, or fails.
        """
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, self._bring_to_truth, told)

    async def close(self) -> None:
        """Finish the requests under way and close the store."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        if self._database is not None:
            self._database.close()

    def _bring_to_truth(self, told: Causes) -> None:
        if self._database is None and is_untouched(load_config()):
            return
        self._opened()
        assert self._database is not None
        reconcile(self._database, told=told, observer=OBSERVER)

    def _handle(self, request: object) -> SuccessReply | ErrorReply:
        try:
            service = self._opened()
        except NbtrackError as error:
            return _error(request, error.code, error.message, error.hint)
        return service.handle(request)

    def _opened(self) -> DashboardService:
        with self._opening:
            if self._service is None:
                self._database = open_store()
                self._service = DashboardService(self._database, self._root)
            return self._service


def _error(request: object, code: str, message: str, hint: str | None) -> ErrorReply:
    body: ErrorBody = {"code": code, "message": message}
    if hint:
        body["hint"] = hint
    answer_to = request.get("id") if isinstance(request, dict) else None
    return {"id": answer_to, "ok": False, "error": body}
