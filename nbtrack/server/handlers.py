"""HTTP: one address for the requests of dashboards, one that says who answers."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from nbtrack import __version__
from nbtrack.dashboard.protocol import (
    PROTOCOL_VERSION,
    READ_OPERATIONS,
    ErrorBody,
    ErrorReply,
)
from nbtrack.server.worker import ServiceWorker

MAX_BODY = 1_048_576
"""Bytes of one request."""


class NbtrackHandler(APIHandler):
    """What both addresses share."""

    auth_resource = "nbtrack"


class InfoHandler(NbtrackHandler):
    """Tells a page that this server answers, and in which version of the protocol."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with both versions, and the folder that the paths of notebooks begin at."""
        info = {"version": __version__, "protocol": PROTOCOL_VERSION, "root": self._root()}
        self.finish(json.dumps(info))

    def _root(self) -> str | None:
        folder = getattr(self.contents_manager, "root_dir", None)
        return str(Path(folder).absolute()) if folder else None


@web.stream_request_body
class RequestHandler(NbtrackHandler):
    """Passes requests on to the dashboard's service."""

    def initialize(self, worker: ServiceWorker) -> None:
        """Receive the worker that answers."""
        self.worker = worker
        self._body = bytearray()
        self._size = 0

    def data_received(self, chunk: bytes) -> None:
        """Take a part of the body; what is beyond the bound is counted, but not kept."""
        self._size += len(chunk)
        if self._size <= MAX_BODY:
            self._body += chunk

    @web.authenticated
    async def post(self) -> None:
        """Answer one request; the reply's ``ok`` tells whether it was granted."""
        if self._size > MAX_BODY:
            self._refuse(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "request",
                f"The request has {self._size} bytes; {MAX_BODY} are allowed.",
            )
            return
        try:
            request = json.loads(self._body)
        except (ValueError, RecursionError):
            self._refuse(HTTPStatus.BAD_REQUEST, "request", "The body of the request is not JSON.")
            return
        if not await self._is_permitted(request):
            return
        reply = await self.worker.handle(request)
        if not reply["ok"] and reply["error"]["code"] == "busy":
            self.set_status(HTTPStatus.SERVICE_UNAVAILABLE)
        self.finish(json.dumps(reply, allow_nan=False))

    async def _is_permitted(self, request: Any) -> bool:
        operation = request.get("op") if isinstance(request, dict) else None
        reads = isinstance(operation, str) and operation in READ_OPERATIONS
        action = "read" if reads else "write"
        allowed = await ensure_async(
            self.authorizer.is_authorized(self, self.current_user, action, self.auth_resource)
        )
        if not allowed:
            self._refuse(
                HTTPStatus.FORBIDDEN,
                "permission",
                f"You are not authorized to {action} nbtrack's runs on this server.",
                "Ask who runs this Jupyter server.",
            )
        return bool(allowed)

    def _refuse(self, status: HTTPStatus, code: str, message: str, hint: str = "") -> None:
        body: ErrorBody = {"code": code, "message": message}
        if hint:
            body["hint"] = hint
        reply: ErrorReply = {"id": None, "ok": False, "error": body}
        self.set_status(status)
        self.finish(json.dumps(reply))
