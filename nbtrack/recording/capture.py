"""Where code runs: the notebook, its cell, the user, and how a run ended."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from nbtrack.model import Status
from nbtrack.store.values import MAX_KEY_LENGTH

DEFAULT_EXPERIMENT = "Default"
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class CodeContext:
    """The code that makes a run, and where it stands."""

    code: str | None = None
    notebook: str | None = None
    """Absolute path of the notebook or script."""
    cell_id: str | None = None
    execution_count: int | None = None
    message_id: str | None = None


def current_code() -> CodeContext:
    """Return the context of the cell that executes now, or of the running script."""
    shell = current_shell()
    if shell is None:
        return _script()
    return CodeContext(
        code=shell.history_manager.input_hist_raw[-1] or None,
        notebook=notebook_path(shell),
        cell_id=cell_id(shell),
        execution_count=execution_count(shell, begun=True),
        message_id=message_id(shell),
    )


def current_shell() -> Any | None:
    """Return IPython's shell where there is one; IPython is not imported for it."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def execution_count(shell: Any, *, begun: bool) -> int:
    """Return the number of the cell that executes now or, if it has not begun, is about to.

    Old versions of IPython count on after a cell, new ones before it; what neither has yet is the
    input of a cell that has not begun.
    """
    known_inputs = len(shell.history_manager.input_hist_raw)
    return int(min(shell.execution_count, known_inputs - 1 if begun else known_inputs))


def notebook_path(shell: Any) -> str | None:
    """Return the path of the notebook, as the front end told the kernel at its start."""
    names = ("__vsc_ipynb_file__", "__session__")
    told = [shell.user_ns.get(name) for name in names] + [os.environ.get("JPY_SESSION_NAME")]
    for path in told:
        if isinstance(path, str) and path.endswith(".ipynb"):
            return str(Path(path).absolute())
    return None


def message_id(shell: Any) -> str | None:
    """Return the id of the request that the kernel executes now."""
    found = _of_request(shell, "header", "msg_id")
    return str(found) if found else None


def cell_id(shell: Any) -> str | None:
    """Return the id of the cell that the kernel executes now, where the front end tells it."""
    found = _of_request(shell, "metadata", "cellId")
    return str(found) if found else None


def stops_on_error(shell: Any) -> bool:
    """Tell whether requests that wait are aborted if the one that is executed now fails."""
    return bool(_of_request(shell, "content", "stop_on_error", default=True))


def default_experiment(notebook: str | None) -> str:
    """Return the notebook's file name without suffix, or ``Default``."""
    stem = Path(notebook).stem if notebook else ""
    printable = "".join(character for character in stem if character.isprintable())
    return printable.strip()[:MAX_KEY_LENGTH] or DEFAULT_EXPERIMENT


def user_name() -> str | None:
    """Return who is logged in."""
    try:
        return os.environ.get("JUPYTERHUB_USER") or getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return None


def ending(error: BaseException | None) -> tuple[Status, str | None]:
    """Return the status and the reason of a run that ended by `error`, or without one."""
    if error is None:
        return Status.COMPLETED, None
    if isinstance(error, KeyboardInterrupt):
        return Status.INTERRUPTED, "KeyboardInterrupt by the user"
    if isinstance(error, asyncio.CancelledError):
        return Status.INTERRUPTED, "CancelledError: the task was cancelled or interrupted"
    if isinstance(error, SystemExit):
        succeeded = error.code in (None, 0)
        status = Status.COMPLETED if succeeded else Status.FAILED
        return status, f"SystemExit({error.code if error.code is not None else ''})"
    return Status.FAILED, _one_line(error)


def traceback_text(error: BaseException | None) -> str | None:
    """Return the traceback of an exception as text, the last 64 Ki characters of it."""
    if error is None:
        return None
    try:
        frames = _own_frames(error.__traceback__)
        lines = traceback.format_exception(type(error), error, frames)
    except Exception:  # an exception whose own methods raise
        return f"{type(error).__name__} (its traceback cannot be shown)"
    return "".join(lines)[-65_536:]


def _own_frames(frames: TracebackType | None) -> TracebackType | None:
    """Leave out the frames of IPython by which a cell is called."""
    first = frames
    while first is not None:
        module = first.tb_frame.f_globals.get("__name__", "")
        if module.partition(".")[0] not in {"IPython", "ipykernel"}:
            return first
        first = first.tb_next
    return frames


def peak_memory() -> int | None:
    """Return the highest resident memory of this process so far, in bytes."""
    try:
        import resource
    except ImportError:
        import psutil

        peak = getattr(psutil.Process().memory_info(), "peak_wset", None)
        return None if peak is None else int(peak)
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return usage if sys.platform == "darwin" else usage * 1024


def _of_request(shell: Any, part: str, name: str, default: Any = None) -> Any:
    kernel = getattr(shell, "kernel", None)
    try:
        return kernel.get_parent("shell")[part].get(name, default) if kernel else default
    except (AttributeError, KeyError, LookupError, TypeError):
        return default


def _script() -> CodeContext:
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if not file:
        return CodeContext()
    try:
        code = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        code = None
    return CodeContext(code=code, notebook=str(Path(file).absolute()))


def _one_line(error: BaseException) -> str:
    try:
        text = str(error).strip()
    except Exception:  # an exception whose own methods raise
        text = ""
    first = text.splitlines()[0] if text else ""
    name = type(error).__name__
    return (f"{name}: {first}" if first else name)[:_LONGEST_REASON]
