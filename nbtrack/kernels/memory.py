"""How much memory is in use where this process runs: of its container, or else of the machine."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")


class Memory(NamedTuple):
    """Bytes in use, and bytes there are."""

    used: int
    total: int

    def __str__(self) -> str:
        """Return both in GB, as in ``15.2 of 16 GB``."""
        return f"{self.used / 1e9:.1f} of {self.total / 1e9:.3g} GB"


def memory_in_use() -> Memory | None:
    """Return the memory in use now, or None where the system does not tell.

    Examples
    --------
    >>> memory = memory_in_use()
    >>> 0 < memory.used < memory.total
    True
    """
    machine = _machine()
    container = _container()
    if container is None or (machine is not None and container.total >= machine.total):
        return machine
    return container


def _machine() -> Memory | None:
    try:
        import psutil

        memory = psutil.virtual_memory()
    except Exception:  # a system whose memory psutil cannot read
        return None
    return Memory(memory.total - memory.available, memory.total)


def _container() -> Memory | None:
    """Return what a limited cgroup (version 2) uses, without the file cache it would give back."""
    try:
        own = _OWN_CGROUP.read_text().rpartition("::")[2].strip().lstrip("/")
        folder = _CGROUPS / own
        total = int((folder / "memory.max").read_text())
        used = int((folder / "memory.current").read_text())
        facts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):  # no such limit here
        return None
    return Memory(used - int(facts.get("inactive_file", 0)), total)
