"""Seeing the requests that wait for an ipykernel, and that it was told to end.

ipykernel has no interface for this. Version 7 reads each request when it arrives, in a thread of
its own, so that an observer there sees it at once. Version 6 leaves requests in the socket until
the main thread is free: they are seen when it looks (`RequestTap.look`). Every name that is used
here is looked for first; where one is missing, nothing is seen, and nothing is said to be queued.
No method raises, and each request goes on to the kernel as it came.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

LOOK_SECONDS = 0.5
"""Time between two looks into the socket of ipykernel 6."""

INSTALL_SECONDS = 1.0
REMEMBERED = 10_000
"""Requests that are known to have been seen, so that none is told of twice."""

_NEEDED = ("session", "shell_stream", "_send_abort_reply", "do_shutdown")


@dataclass(frozen=True, slots=True)
class Request:
    """A cell that somebody asked the kernel to execute."""

    message_id: str
    cell_id: str | None
    code: str


class RequestTap:
    """Tells of requests as they reach a kernel, as it aborts them, and of its shutdown.

    Parameters
    ----------
    kernel : ipykernel.kernelbase.Kernel
        The kernel of this process.
    arrived : callable
        Called with each request for visible code, maybe in another thread.
    aborted : callable
        Called with the id of a request that will not be executed.
    told_to_end : callable
        Called, maybe in another thread, with whether the kernel is to be restarted.
    """

    def __init__(
        self,
        kernel: Any,
        *,
        arrived: Callable[[Request], None],
        aborted: Callable[[str], None],
        told_to_end: Callable[[bool], None],
    ) -> None:
        self._kernel = kernel
        self._arrived = arrived
        self._aborted = aborted
        self._told_to_end = told_to_end
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._restore: list[Callable[[], None]] = []
        self._looked = 0.0
        self._lock = threading.Lock()

    def install(self) -> bool:
        """Begin to look, at what waits already too; tell whether that is possible here."""
        kernel = self._kernel
        if any(getattr(kernel, name, None) is None for name in _NEEDED):
            return False
        try:
            if getattr(kernel, "shell_channel_thread", None) is not None:
                self._tap_thread()
            else:
                self._tap_socket()
            self._wrap("_send_abort_reply", self._see_abort)
            self._wrap("do_shutdown", self._see_shutdown)
        except Exception:  # another version of the kernel
            self.uninstall()
            return False
        return True

    def uninstall(self) -> None:
        """Leave the kernel as it was."""
        while self._restore:
            with suppress(Exception):
                self._restore.pop()()

    @property
    def must_look(self) -> bool:
        """Whether requests are seen only by `look` while a cell runs."""
        threaded = getattr(self._kernel, "shell_channel_thread", None) is not None
        return bool(self._restore) and not threaded

    def look(self) -> None:
        """Look at what has arrived, where no thread does; only in the main thread."""
        if not self.must_look:
            return
        if threading.current_thread() is not threading.main_thread():
            return
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._looked = time.monotonic()
            _flush(self._kernel.shell_stream)

    def later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Call back after a while, where a thread watches; else whoever looks knows best."""
        thread = getattr(self._kernel, "shell_channel_thread", None)
        if thread is not None:
            thread.io_loop.add_callback(thread.io_loop.call_later, seconds, callback)

    def _wrap(self, name: str, see: Callable[..., None]) -> None:
        kernel, original = self._kernel, getattr(self._kernel, name)

        def wrapper(*arguments: Any, **named: Any) -> Any:
            with suppress(Exception):
                see(*arguments, **named)
            return original(*arguments, **named)

        setattr(kernel, name, wrapper)
        self._restore.append(lambda: vars(kernel).pop(name, None))

    def _see_abort(self, _stream: Any, message: Any, *_rest: Any) -> None:
        self._aborted(message["header"]["msg_id"])

    def _see_shutdown(self, restart: bool) -> None:  # noqa: FBT001  # ipykernel's signature
        self._told_to_end(bool(restart))

    def _see(self, raw: Any) -> None:
        with suppress(Exception):  # no message, or one that is not signed
            session = self._kernel.session
            frames = session.feed_identities(raw, copy=False)[1]
            # without the content the digest is checked, but not kept: the kernel reads it again
            message = session.deserialize(frames, content=False, copy=False)
            header = message["header"]
            if header["msg_type"] != "execute_request" or not self._is_new(header["msg_id"]):
                return
            content = session.unpack(message["content"])
            if not content.get("silent"):
                cell_id = (message.get("metadata") or {}).get("cellId")
                self._arrived(Request(header["msg_id"], cell_id, content["code"]))

    def _is_new(self, message_id: str) -> bool:
        with self._lock:
            if message_id in self._seen:
                return False
            self._seen[message_id] = None
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
            return True

    def _tap_thread(self) -> None:
        """Watch ipykernel 7, from the thread that reads its shell channel."""
        kernel, thread = self._kernel, self._kernel.shell_channel_thread
        original = kernel.shell_channel_thread_main

        async def tee(raw: Any) -> None:
            self._see(raw)
            await original(raw)

        def swap(callback: Any) -> None:
            kernel.shell_stream.on_recv(callback, copy=False)

        installed = threading.Event()

        def install() -> None:
            swap(tee)
            # what was read before this may still be on its way to the main thread
            thread.io_loop.add_callback(thread.io_loop.add_callback, installed.set)

        self._restore.append(lambda: thread.io_loop.add_callback(swap, original))
        thread.io_loop.add_callback(install)
        installed.wait(INSTALL_SECONDS)
        for raw in _requests_of_tasks():
            self._see(raw)
        stream = thread.manager.get_shell_channel_to_subshell_pair(None).to_stream
        self._see_waiting(stream)

    def _see_waiting(self, stream: Any) -> None:
        """See what waits in the pipe to the main thread, as it is passed on."""
        inner = getattr(stream, "_recv_callback", None)  # pyzmq has no public name for it
        if inner is None:
            return

        def tee(raw: Any) -> Any:
            self._see(raw)
            return inner(raw)

        stream.on_recv(tee, copy=False)
        try:
            _flush(stream)
        finally:
            stream.on_recv(inner, copy=False)

    def _tap_socket(self) -> None:
        """Watch ipykernel 6, which reads its socket between cells."""
        kernel, stream = self._kernel, self._kernel.shell_stream
        inner = getattr(stream, "_recv_callback", None)

        def dispatch(raw: Any) -> Any:
            if inner is not None:
                return inner(raw)
            return kernel.schedule_dispatch(kernel.dispatch_shell, raw)

        def tee(raw: Any) -> Any:
            self._see(raw)
            return dispatch(raw)

        stream.on_recv(tee, copy=False)
        self._restore.append(lambda: stream.on_recv(dispatch, copy=False))
        for item in list(getattr(kernel.msg_queue, "_queue", ())):
            if len(item) > 2 and item[2]:  # noqa: PLR2004  # (priority, dispatch, arguments)
                self._see(item[2][0])
        _flush(stream)


def _flush(stream: Any) -> None:
    import zmq

    stream.flush(zmq.POLLIN)


def _requests_of_tasks() -> Iterator[Any]:
    """Return the requests that have become tasks of the main thread, and wait for their turn."""
    for task in asyncio.all_tasks():
        coroutine = task.get_coro()
        frame = getattr(coroutine, "cr_frame", None)
        name = getattr(coroutine, "__qualname__", "")
        if frame is None or task is asyncio.current_task():
            continue
        if name.endswith("Kernel.shell_main"):
            yield frame.f_locals.get("msg")
        elif name.endswith("run_in_context"):
            yield (frame.f_locals.get("args") or (None,))[-1]
