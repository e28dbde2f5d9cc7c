"""The host and the packages of this process.

These functions are meant for a background thread: they are slow beside a cell (about 0.1 s),
bounded in time, and odd metadata never makes them raise.
"""

from __future__ import annotations

import importlib.metadata
import inspect
import os
import platform
import re
import shutil
import socket
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from nbtrack.recording.bounded_process import run_bounded

_GPU_SECONDS = 2.0
_QUERY_GPUS = ("--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits")


def host_facts() -> dict[str, Any]:
    """Return the facts about this host that stay the same while the process lives.

    Returns
    -------
    dict
        ``cpu`` (model), ``physical_cores``, ``logical_cores``, ``memory`` (bytes), ``os``,
        ``platform``, ``machine``, ``hostname``, ``python`` and ``implementation``, the versions
        ``jupyterlab``, ``ipykernel``, ``ipython`` and ``nbtrack``, and ``gpus``: a list of
        ``name``, ``memory`` (bytes) and ``driver``. What cannot be told is None.

    Examples
    --------
    >>> host_facts()["implementation"]
    'CPython'
    """
    import psutil

    return {
        "cpu": _cpu_model(),
        "physical_cores": psutil.cpu_count(logical=False),
        "logical_cores": psutil.cpu_count(),
        "memory": psutil.virtual_memory().total,
        "os": _operating_system(),
        "platform": platform.platform(),
        "machine": platform.machine() or None,
        "hostname": socket.gethostname(),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "jupyterlab": _version("jupyterlab"),
        "ipykernel": _version("ipykernel"),
        "ipython": _version("ipython"),
        "nbtrack": _version("nbtrack"),
        "gpus": _gpus(),
    }


def installed_packages() -> dict[str, str]:
    """Return normalised name -> version of the installed distributions, sorted by name.

    Where a name is installed twice, it is the first on ``sys.path``, which Python imports.

    Examples
    --------
    >>> "psutil" in installed_packages()
    True
    """
    found: dict[str, str] = {}
    for name, distribution in _distributions():
        version = _quietly(lambda found=distribution: found.version)
        if isinstance(version, str):
            found.setdefault(name, version)
    return dict(sorted(found.items()))


def imported_packages(installed: Mapping[str, str]) -> list[str]:
    """Return the names in `installed` whose modules this process has imported, sorted.

    Parameters
    ----------
    installed : mapping of str to str
        What `installed_packages` returned.

    Examples
    --------
    >>> import psutil
    >>> "psutil" in imported_packages(installed_packages())
    True
    """
    modules = {name.partition(".")[0] for name in tuple(sys.modules)}
    modules -= sys.stdlib_module_names
    owners = _owners.of(modules)
    names = {normalised for module in modules for normalised in owners.get(module, ())}
    names |= {_normalised(module) for module in modules if module not in owners}
    return sorted(names & installed.keys())


class _ModuleOwners:
    """Which distributions a top-level module comes from, read once per process.

    It is read again when a module shows up that was unknown then, since it may come from a
    package installed meanwhile.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owners: dict[str, set[str]] = {}
        self._unknown: set[str] = set()

    def of(self, modules: set[str]) -> dict[str, set[str]]:
        with self._lock:
            if modules - self._owners.keys() - self._unknown:
                self._owners = _read_owners()
                self._unknown = modules - self._owners.keys()
            return self._owners


_owners = _ModuleOwners()


def _read_owners() -> dict[str, set[str]]:
    owners: dict[str, set[str]] = {}
    for name, distribution in _distributions():
        for module in _quietly(lambda found=distribution: _top_level_modules(found)) or ():
            owners.setdefault(module, set()).add(name)
    return owners


def _top_level_modules(distribution: importlib.metadata.Distribution) -> set[str]:
    declared = distribution.read_text("top_level.txt")
    if declared:
        return set(declared.split())
    record = distribution.read_text("RECORD") or ""
    modules = set()
    for line in record.splitlines():
        first, slash, _ = line.partition(",")[0].partition("/")
        module = first if slash else inspect.getmodulename(first)
        if module and module.isidentifier():
            modules.add(module)
    return modules


def _distributions() -> Iterator[tuple[str, importlib.metadata.Distribution]]:
    """Yield normalised name and distribution, leaving out what has no readable name."""
    distributions: Iterable[importlib.metadata.Distribution]
    distributions = _quietly(lambda: list(importlib.metadata.distributions())) or ()
    for distribution in distributions:
        name = _quietly(lambda found=distribution: found.metadata.get("Name"))
        if isinstance(name, str) and name:
            yield _normalised(name), distribution


def _quietly(ask: Any) -> Any:
    """Return the answer, or None when damaged metadata makes asking raise."""
    try:
        return ask()
    except Exception:
        return None


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _version(distribution: str) -> str | None:
    version = _quietly(lambda: importlib.metadata.version(distribution))
    return version if isinstance(version, str) else None


def _operating_system() -> str:
    """Return the name that people know, such as ``Debian GNU/Linux 12 (bookworm)``."""
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _cpu_model() -> str | None:
    if sys.platform == "darwin":
        output = run_bounded(("sysctl", "-n", "machdep.cpu.brand_string"), seconds=_GPU_SECONDS)
        return output.text.strip() or None if output else None
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
            for line in file:
                key, _, value = line.partition(":")
                if key.strip() in ("model name", "Model", "cpu model") and value.strip():
                    return value.strip()
    except OSError:
        pass
    return platform.processor() or os.environ.get("PROCESSOR_IDENTIFIER") or None


def _gpus() -> list[dict[str, Any]]:
    program = shutil.which("nvidia-smi")
    output = run_bounded((program, *_QUERY_GPUS), seconds=_GPU_SECONDS) if program else None
    if output is None or output.code != 0:
        return []
    return [gpu for line in output.text.splitlines() if (gpu := _gpu(line))]


def _gpu(line: str) -> dict[str, Any] | None:
    match [field.strip() for field in line.split(",")]:
        case [name, mebibytes, driver]:
            memory = int(mebibytes) * 1024 * 1024 if mebibytes.isdecimal() else None
            return {"name": name, "memory": memory, "driver": driver}
    return None
