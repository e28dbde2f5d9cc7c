"""What a busy kernel tells its page unasked, since it cannot hear the page's requests.

A kernel without subshells hears a page between cells only, yet it may send at any time. So it
answers again, at each change, what the page asked last.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from typing import Any

from nbtrack.dashboard.protocol import GivenAnswer, SnapshotEvent
from nbtrack.dashboard.service import DashboardService

GIVEN_OPERATIONS = frozenset({"view", "summary", "columns", "rows", "aggregates", "run"})
"""What a page asks again at each change."""

MAX_GIVEN = 8
"""Requests that are answered again."""

TOGETHER_SECONDS = 20.0
"""A request that came longer before the last one is of something no longer shown."""

WATCHED_SECONDS = 3600.0
"""Time without any request after which nobody seems to look."""


class AskedBefore:
    """Remembers what a page asked, and answers it again.

    Parameters
    ----------
    service : DashboardService
        Whose answers these are.
    """

    def __init__(self, service: DashboardService) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._requests: OrderedDict[str, tuple[float, dict[str, Any]]] = OrderedDict()
        self._is_deaf = False
        self._sequence = 0

    def note(self, content: object) -> None:
        """Remember a message of the page, and whether cells keep it waiting."""
        self._is_deaf = threading.current_thread() is threading.main_thread()
        if not self._is_deaf or not isinstance(content, dict):
            return
        if content.get("op") not in GIVEN_OPERATIONS or not isinstance(content.get("args"), dict):
            return
        key = json.dumps([content["op"], content["args"]], sort_keys=True, default=str)
        with self._lock:
            self._requests[key] = (time.monotonic(), content)
            self._requests.move_to_end(key)
            while len(self._requests) > MAX_GIVEN:
                self._requests.popitem(last=False)

    def snapshot(self) -> SnapshotEvent | None:
        """Return what the page would ask now; None where it is heard, or has asked nothing."""
        requests = self._recent() if self._is_deaf else []
        answers: list[GivenAnswer] = []
        revisions = []
        for request in requests:
            reply = self._service.handle(request)
            if reply["ok"]:
                given = GivenAnswer(op=request["op"], args=request["args"], result=reply["result"])
                answers.append(given)
                revisions.append(reply["result"].get("revision"))
        known = [revision for revision in revisions if revision is not None]
        if not known:
            return None
        self._sequence += 1
        return {
            "event": "snapshot",
            "revision": min(known),
            "sequence": self._sequence,
            "answers": answers,
        }

    def _recent(self) -> list[dict[str, Any]]:
        with self._lock:
            entries = list(self._requests.values())
        if not entries:
            return []
        last = max(moment for moment, _ in entries)
        if time.monotonic() - last > WATCHED_SECONDS:
            return []
        return [request for moment, request in entries if last - moment < TOGETHER_SECONDS]
