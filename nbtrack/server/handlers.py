"""HTTP: one address for the requests of dashboards, one that says who answers."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from nbtrack import __version__
from nbtrack.dashboard.protocol import (
    PROTOCOL_VERSION,
    ErrorBody,
    ErrorReply,
)
from nbtrack.dashboard.service import READ_OPERATIONS
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
        """Answer with both versions."""
        self.finish(json.dumps({"version": __version__, "protocol": PROTOCOL_VERSION}))


class RequestHandler(NbtrackHandler):
    """Passes requests on to the dashboard's service."""

    def initialize(self, worker: ServiceWorker) -> None:
        """Receive the worker that answers."""
        self.worker = worker

    @web.authenticated
    async def post(self) -> None:
        """Answer one request; the reply's ``ok`` tells whether it was granted."""
        if len(self.request.body) > MAX_BODY:
            self._refuse(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The request has {len(self.request.body)} bytes; {MAX_BODY} are allowed.",
            )
            return
        try:
            request = json.loads(self.request.body)
        except (ValueError, RecursionError):
            self._refuse(HTTPStatus.BAD_REQUEST, "The body of the request is not JSON.")
            return
        await self._check_permission(request)
        self.finish(json.dumps(await self.worker.handle(request), allow_nan=False))

    async def _check_permission(self, request: Any) -> None:
        operation = request.get("op") if isinstance(request, dict) else None
        reads = isinstance(operation, str) and operation in READ_OPERATIONS
        action = "read" if reads else "write"
        allowed = await ensure_async(
            self.authorizer.is_authorized(self, self.current_user, action, self.auth_resource)
        )
        if not allowed:
            raise web.HTTPError(
                HTTPStatus.FORBIDDEN, f"User is not authorized to {action} on resource: nbtrack."
            )

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        body: ErrorBody = {"code": "request", "message": message}
        reply: ErrorReply = {"id": None, "ok": False, "error": body}
        self.set_status(status)
        self.finish(json.dumps(reply))
