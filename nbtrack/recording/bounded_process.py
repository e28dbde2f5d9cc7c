"""Short programs run beside the user's cell, bounded in time and in output."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProcessOutput:
    """What a program wrote to its standard output."""

    text: str
    code: int
    """The exit code; negative when it was stopped."""
    truncated: bool
    """Whether it had more to write than was allowed."""


def run_bounded(
    command: Sequence[str],
    *,
    seconds: float,
    limit: int = 1 << 20,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> ProcessOutput | None:
    """Run a program without a shell and return what it wrote.

    The program gets a session of its own, so that an interrupt of the user's cell, which
    reaches the kernel's whole process group, leaves it alone.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    seconds : float
        When to stop it.
    limit : int
        How many bytes of its standard output to read, at most.
    folder : Path, optional
        Where it runs.
    environment : mapping of str to str, optional
        Its environment variables, instead of this process' own.

    Returns
    -------
    ProcessOutput or None
        None when the program is missing, cannot start here, or took too long.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError):
        return None
    stopper = _Stopper(process)
    timer = threading.Timer(seconds, stopper.stop_late)
    timer.daemon = True
    timer.start()
    with process:
        try:
            assert process.stdout is not None
            content = process.stdout.read(limit + 1)
            if len(content) > limit:
                stopper.stop()
        except BaseException:
            stopper.stop()
            raise
        finally:
            code = process.wait()
            timer.cancel()
    if stopper.was_late:
        return None
    text = content[:limit].decode(errors="replace")
    return ProcessOutput(text, code, truncated=len(content) > limit)


class _Stopper:
    """Kills a program and those that it started."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.was_late = False

    def stop_late(self) -> None:
        self.was_late = True
        self.stop()

    def stop(self) -> None:
        if self._process.returncode is not None:
            return
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
