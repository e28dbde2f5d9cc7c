"""Asking the dashboard's service, with every reply checked as the page would read it."""

from __future__ import annotations

import itertools
import json
from typing import Any, cast

import orjson

from nbtrack.dashboard.protocol import (
    OPERATIONS,
    PROTOCOL_VERSION,
    ErrorBody,
    ErrorReply,
    SuccessReply,
)
from nbtrack.dashboard.service import DashboardService
from nbtrack.dashboard.validation import check_shape
from nbtrack.store.engine import Database
from nbtrack.store.tables import metadata

_NUMBERS = itertools.count(1)


def request(op: str, **args: Any) -> dict[str, Any]:
    return {"v": PROTOCOL_VERSION, "id": next(_NUMBERS), "op": op, "args": args}


def checked_reply(service: DashboardService, message: Any) -> dict[str, Any]:
    """Return the reply to any message, once it is sure that a page can read it."""
    reply = service.handle(message)
    on_the_wire = orjson.dumps(reply)
    assert json.loads(json.dumps(reply, allow_nan=False)) == orjson.loads(on_the_wire)
    if reply["ok"] is True:
        check_shape(reply, SuccessReply, "reply")
        check_shape(reply["result"], OPERATIONS[message["op"]][1], message["op"])
    else:
        check_shape(reply, ErrorReply, "reply")
        assert reply["error"]["code"] != "internal", message
        assert reply["error"]["message"]
        assert len(on_the_wire) < 10_000
    return cast(dict[str, Any], orjson.loads(on_the_wire))


def ask(service: DashboardService, op: str, **args: Any) -> Any:
    """Return the result of a request that must be granted."""
    message = request(op, **args)
    reply = checked_reply(service, message)
    assert reply["ok"] is True, reply
    assert reply["id"] == message["id"]
    return reply["result"]


def refusal(service: DashboardService, op: str, **args: Any) -> ErrorBody:
    """Return the error of a request that must be refused."""
    message = request(op, **args)
    reply = checked_reply(service, message)
    assert reply["ok"] is False, reply
    assert reply["id"] == message["id"]
    return cast(ErrorBody, reply["error"])


def contents(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of a store."""
    with database.reading() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(table.select())), key=repr)
            for table in metadata.sorted_tables
        }
