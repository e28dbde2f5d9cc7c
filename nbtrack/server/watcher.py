"""A Jupyter server's view of its kernels: it hears at once how each of them ends.

The operating system tells of the end of a process where it can be asked to (Linux). Elsewhere
the server's own restarter tells, a few seconds later. Whether somebody wanted the end is known to
the server alone: it is shutting the kernel down, and starts it again or does not.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from nbtrack.kernels.identity import exit_words, process_start, this_kernel
from nbtrack.kernels.reconcile import Causes, about_to_be_told
from nbtrack.model import Kernel

KERNEL_ACTIONS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"

RESTARTED = "kernel restarted by the user"
SHUT_DOWN = "kernel shut down"

LOOK_SECONDS = 30.0
"""How often the store is brought to the truth about kernels that are not this server's."""

KNOWN_LOOKS = 500
KNOWN_PAUSE = 0.02

SETTLE_LOOKS = 300
SETTLE_PAUSE = 0.1
"""How often, and at what distance, the server is asked whether it still has a kernel it ended."""

_log = logging.getLogger("nbtrack")


@dataclass
class _Process:
    """A process of a kernel that is watched."""

    kernel: Kernel
    descriptor: int = -1
    """By which its end is heard, or -1."""
    wanted: bool = False
    """Whether it has ended because the server ended it, and the reason is not yet known."""

    @property
    def key(self) -> tuple[int, int]:
        """By which it is told from all others of this host."""
        return self.kernel.pid, self.kernel.process_start


class KernelWatcher:
    """Has the runs of a server's kernels told of their ends.

    Parameters
    ----------
    kernels : jupyter_server.services.kernels.kernelmanager.MappingKernelManager
        The server's kernels.
    events : jupyter_events.EventLogger
        Where the server tells what it does with kernels.
    reconcile : callable
        Brings the store to the truth, given what was seen here.
    """

    def __init__(
        self, kernels: Any, events: Any, reconcile: Callable[[Causes], Awaitable[None]]
    ) -> None:
        self._kernels = kernels
        self._events = events
        self._reconcile = reconcile
        self._processes: dict[str, _Process] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to watch; to be called in the server's event loop."""
        self._events.add_listener(schema_id=KERNEL_ACTIONS, listener=self._heard)
        for kernel_id in self._kernels.list_kernel_ids():
            self._watch(kernel_id)
        self._run(self._look_regularly())

    async def close(self) -> None:
        """Watch no more."""
        with suppress(Exception):  # a server whose events know no removal
            self._events.remove_listener(schema_id=KERNEL_ACTIONS, listener=self._heard)
        for kernel_id, process in list(self._processes.items()):
            about_to_be_told.discard(process.key)
            self._forget(kernel_id)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _heard(self, **told: Any) -> None:
        """Hear of what the server did with a kernel."""
        event = told["data"]  # the others are the logger and the schema
        kernel_id, action = event.get("kernel_id"), event.get("action")
        if not kernel_id or event.get("status") == "error":
            return
        if action in {"start", "restart"}:
            self._ended(kernel_id, RESTARTED)
            self._run(self._watch_when_known(kernel_id))
        elif action == "shutdown":
            self._run(self._settle(kernel_id))

    async def _watch_when_known(self, kernel_id: str) -> None:
        """Watch a kernel that starts: the server lists it a moment after it has said so."""
        for _ in range(KNOWN_LOOKS):
            if self._manager(kernel_id) is not None:
                break
            await asyncio.sleep(KNOWN_PAUSE)
        self._watch(kernel_id)

    async def _settle(self, kernel_id: str) -> None:
        """Take a kernel as shut down once the server has it no more; it may start again instead."""
        process = self._processes.get(kernel_id)
        if process is None:
            return
        process.wanted = True
        for _ in range(SETTLE_LOOKS):
            await asyncio.sleep(SETTLE_PAUSE)
            if self._processes.get(kernel_id) is not process:
                return
            if self._manager(kernel_id) is None:
                break
        self._ended(kernel_id, SHUT_DOWN)

    def _watch(self, kernel_id: str) -> None:
        """Watch the process that a kernel has now."""
        manager = self._manager(kernel_id)
        pid = getattr(getattr(manager, "provisioner", None), "pid", None)
        start = process_start(pid) if isinstance(pid, int) else None
        if pid is None or start is None:  # it is not on this host
            return
        known = self._processes.get(kernel_id)
        if known is not None and (known.kernel.pid, known.kernel.process_start) == (pid, start):
            return
        self._forget(kernel_id)
        kernel = replace(this_kernel(), pid=pid, process_start=start, kernel_id=kernel_id)
        process = self._processes[kernel_id] = _Process(kernel)
        try:
            process.descriptor = os.pidfd_open(pid)
        except (AttributeError, OSError):  # another system
            manager.add_restart_callback(lambda: self._exited(kernel_id, process), "restart")
            manager.add_restart_callback(lambda: self._exited(kernel_id, process), "dead")
        else:
            asyncio.get_running_loop().add_reader(
                process.descriptor, self._exited, kernel_id, process
            )

    def _exited(self, kernel_id: str, process: _Process) -> None:
        """Take note that a process has ended."""
        self._stop_listening(process)
        if self._processes.get(kernel_id) is not process:
            return
        if getattr(self._manager(kernel_id), "shutting_down", True):
            about_to_be_told.add(process.key)
            self._run(self._settle(kernel_id))
        else:
            del self._processes[kernel_id]
            words = self._exit_words(kernel_id, process.kernel)
            self._run(self._tell(process, words))

    def _ended(self, kernel_id: str, reason: str) -> None:
        """Tell of a process that the server has ended, for a reason that is known now."""
        process = self._processes.get(kernel_id)
        if process is not None and process.wanted:
            self._forget(kernel_id)
            self._run(self._tell(process, reason))

    def _exit_words(self, kernel_id: str, kernel: Kernel) -> str | None:
        """Return how a process ended that the server has reaped already."""
        provisioner = getattr(self._manager(kernel_id), "provisioner", None)
        code = getattr(getattr(provisioner, "process", None), "returncode", None)
        return None if code is None else exit_words(kernel, code)

    async def _tell(self, process: _Process, reason: str | None) -> None:
        try:
            await self._reconcile({} if reason is None else {process.key: reason})
        finally:
            about_to_be_told.discard(process.key)

    def _manager(self, kernel_id: str) -> Any:
        try:
            return self._kernels.get_kernel(kernel_id)
        except Exception:  # it is no more
            return None

    def _forget(self, kernel_id: str) -> None:
        process = self._processes.pop(kernel_id, None)
        if process is not None:
            self._stop_listening(process)

    def _stop_listening(self, process: _Process) -> None:
        descriptor, process.descriptor = process.descriptor, -1
        if descriptor >= 0:
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)

    async def _look_regularly(self) -> None:
        while True:
            with suppress(Exception):  # the store is away; the next look tells
                await self._reconcile({})
            await asyncio.sleep(LOOK_SECONDS)

    def _run(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.warning("the end of a kernel could not be told", exc_info=task.exception())
