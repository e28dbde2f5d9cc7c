"""Work that takes longer than a page waits for an answer: done by threads, asked after by name."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Any

from nbtrack.errors import NotFoundError, RequestError

MAX_RUNNING = 8
"""Jobs that a service works on at once."""

MAX_KNOWN = 100
"""Jobs that can be asked after; the oldest of those that have ended are forgotten."""

Report = Callable[[int, int], None]
"""Told how much is done, and how much there is."""


class CancelledJobError(Exception):
    """Raised within a job at its next report, once nobody wants its result."""


class Job:
    """One piece of work, begun at once.

    Parameters
    ----------
    work : callable
        Returns the result; calls what it is given with its progress, at least once a second.
    """

    def __init__(self, work: Callable[[Report], Any]) -> None:
        self.name = secrets.token_hex(8)
        self.done = 0
        self.total = 0
        self._work = work
        self._result: Any = None
        self._failure: Exception | None = None
        self._is_cancelled = False
        self._ended = threading.Event()
        # a daemon: an interpreter that ends does not wait for it
        threading.Thread(target=self._run, name="nbtrack-job", daemon=True).start()

    @property
    def has_ended(self) -> bool:
        """Whether there is a result or a failure."""
        return self._ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, for some seconds; return whether it has come."""
        return self._ended.wait(seconds)

    def cancel(self) -> None:
        """Let the work stop at its next report."""
        self._is_cancelled = True

    def result(self) -> Any:
        """Return what an ended job has made.

        Raises
        ------
        Exception
            What the work has raised.
        """
        if self._failure is not None:
            raise self._failure
        return self._result

    def _run(self) -> None:
        try:
            self._result = self._work(self._report)
        except CancelledJobError:
            self._failure = RequestError("This was cancelled.")
        except Exception as error:  # whoever asks after the job gets it
            self._failure = error
        finally:
            self._ended.set()

    def _report(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self._is_cancelled:
            raise CancelledJobError


class Jobs:
    """The jobs of one service."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, work: Callable[[Report], Any]) -> Job:
        """Begin a job.

        Raises
        ------
        RequestError
            Too many are under way.
        """
        with self._lock:
            ended = [name for name, job in self._jobs.items() if job.has_ended]
            if len(self._jobs) - len(ended) >= MAX_RUNNING:
                raise RequestError(
                    f"{MAX_RUNNING} files are being written already.",
                    hint="Wait until one of them is there.",
                )
            if len(self._jobs) >= MAX_KNOWN:
                del self._jobs[ended[0]]
            job = Job(work)
            self._jobs[job.name] = job
            return job

    def find(self, name: str) -> Job:
        """Return a job by its name.

        Raises
        ------
        NotFoundError
            There is none, or it was forgotten.
        """
        with self._lock:
            job = self._jobs.get(name)
        if job is None:
            raise NotFoundError(
                f"Nobody here works on {name[:40]!r}: the kernel or the server was restarted.",
                hint="Begin anew.",
            )
        return job
