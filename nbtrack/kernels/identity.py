"""Which process this is, and whether another one still lives."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import sys
from functools import lru_cache
from pathlib import Path

from nbtrack.model import Kernel

REBOOTED = "host rebooted"

_PROC = Path("/proc")
_LINUX = sys.platform.startswith("linux")


def this_kernel(notebook: str | None = None) -> Kernel:
    """Return the identity of this process, also right in a forked child."""
    pid = os.getpid()
    return Kernel(
        host=socket.gethostname(),
        boot_id=boot_id(),
        pid=pid,
        process_start=process_start(pid) or 0,
        kernel_id=_jupyter_kernel_id(),
        notebook=notebook,
    )


def is_alive(kernel: Kernel) -> bool | None:
    """Tell whether a kernel's process lives; None where that cannot be asked from here.

    A zombie (killed, but not yet reaped by its parent) does not live.
    """
    if kernel.boot_id != boot_id():
        return None
    start = process_start(kernel.pid)
    return start is not None and abs(start - kernel.process_start) <= _TOLERANCE


def has_vanished(kernel: Kernel) -> str | None:
    """Return why a kernel's process is known to be gone, or None when it lives or may live."""
    if is_alive(kernel) is False:
        code = _exit_code(kernel)
        return gone(kernel) if code is None else exit_words(kernel, code)
    machine, _, boot = kernel.boot_id.rpartition("/")[0].partition("/")
    this_machine, _, this_boot = boot_id().rpartition("/")[0].partition("/")
    same_host = machine == this_machine and kernel.host == socket.gethostname()
    return REBOOTED if same_host and boot != this_boot else None


def gone(kernel: Kernel) -> str:
    """Return the words for a process that is no more, nobody knows why."""
    return f"kernel process {kernel.pid} is gone"


def exit_words(kernel: Kernel, code: int) -> str:
    """Return how a process ended, given its exit code, or its signal as a negative number.

    Examples
    --------
    >>> exit_words(Kernel("host", "machine/boot/pid:[1]", 4711, 42), -9)
    'kernel process 4711 was killed (signal 9)'
    """
    if code < 0:
        return f"kernel process {kernel.pid} was killed (signal {-code})"
    return f"kernel process {kernel.pid} has exited with code {code}"


def request_run_id(kernel: Kernel, message_id: str) -> str:
    """Return the id of the run that a request makes, the same for whoever sees the request.

    Examples
    --------
    >>> kernel = Kernel("host", "machine/boot/pid:[1]", 4711, 42)
    >>> len(request_run_id(kernel, "b1946ac9_4711_0"))
    32
    """
    process = f"{kernel.boot_id} {kernel.pid} {kernel.process_start} {message_id}"
    return hashlib.blake2b(process.encode(), digest_size=16).hexdigest()


@lru_cache(maxsize=1)
def boot_id() -> str:
    """Return ``machine/boot/process namespace``: within one, a pid and its start tell a process.

    Only Linux names its boots; elsewhere the start of a process, in milliseconds, must do.
    """
    machine = _read(Path("/etc/machine-id")) or socket.gethostname()
    boot = _read(_PROC / "sys/kernel/random/boot_id")
    try:
        namespace = str((_PROC / "self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return f"{machine}/{boot}/{namespace}"


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""


def process_start(pid: int) -> int | None:
    """Return when a process started (see `Kernel.process_start`), or None when it does not live."""
    if _LINUX:
        fields = _stat(pid)
        return None if fields is None or fields[0] in _ENDED else int(fields[_START])
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return round(process.create_time() * 1000)
    except psutil.NoSuchProcess:
        return None


_TOLERANCE = 0 if _LINUX else 50
_ENDED = "ZXx"
_START, _EXIT_CODE = 19, 49
"""Places of two fields of ``/proc/PID/stat``, counted from the state."""


def _stat(pid: int) -> list[str] | None:
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # the command in parentheses may hold blanks and parentheses of its own
    return stat.rpartition(")")[2].split()


def _exit_code(kernel: Kernel) -> int | None:
    """Return how a process ended which its parent has not yet reaped (see `exit_words`)."""
    fields = _stat(kernel.pid) if _LINUX else None
    if fields is None or fields[0] not in _ENDED or int(fields[_START]) != kernel.process_start:
        return None
    status = int(fields[_EXIT_CODE])
    return -(status & 0x7F) or status >> 8


def _jupyter_kernel_id() -> str | None:
    connect = sys.modules.get("ipykernel.connect")
    try:
        file = connect.get_connection_file() if connect else ""
    except Exception:  # no kernel's process: a server, or a script that has imported ipykernel
        return None
    found = re.search(r"kernel-([\w-]+)\.json$", file)
    return found.group(1) if found else None
