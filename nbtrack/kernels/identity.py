"""Which process this is, and whether another one still lives."""

from __future__ import annotations

import os
import re
import socket
import sys
from functools import lru_cache
from pathlib import Path

from nbtrack.model import Kernel

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
        return f"kernel process {kernel.pid} is gone"
    machine, _, boot = kernel.boot_id.rpartition("/")[0].partition("/")
    this_machine, _, this_boot = boot_id().rpartition("/")[0].partition("/")
    same_host = machine == this_machine and kernel.host == socket.gethostname()
    return f"host {kernel.host} was rebooted" if same_host and boot != this_boot else None


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
        try:
            stat = (_PROC / str(pid) / "stat").read_text()
        except OSError:
            return None
        # the command in parentheses may hold blanks and parentheses of its own
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] in "ZXx" else int(fields[19])
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return round(process.create_time() * 1000)
    except psutil.NoSuchProcess:
        return None


_TOLERANCE = 0 if _LINUX else 50


def _jupyter_kernel_id() -> str | None:
    connect = sys.modules.get("ipykernel.connect")
    try:
        file = connect.get_connection_file() if connect else ""
    except RuntimeError:
        return None
    found = re.search(r"kernel-([\w-]+)\.json$", file)
    return found.group(1) if found else None
