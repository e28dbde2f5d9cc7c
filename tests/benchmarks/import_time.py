"""What ``import nbtrack`` costs a fresh interpreter, in CPU time."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.benchmarks.figures import Figure, differences

ROUNDS = 15
IMPORT_GOAL = 60.0
CODES = {
    "nothing": "pass",
    "import": "import nbtrack",
    "record": "import nbtrack; nbtrack.start_run",
    "ipython": "import IPython",
    "load": "import IPython, nbtrack.magics",
}


def measure_imports() -> list[Figure]:
    """Return the CPU time of each import less that of a bare interpreter started beside it."""
    for code in CODES.values():  # compiles what is not compiled yet
        _cpu_milliseconds(code)
    samples: dict[str, list[float]] = {name: [] for name in CODES}
    for _ in range(ROUNDS):
        for name, code in CODES.items():
            samples[name].append(_cpu_milliseconds(code))
    bare = samples["nothing"]
    return [
        Figure("CPU of `import nbtrack`", differences(samples["import"], bare), IMPORT_GOAL),
        Figure("CPU of `import nbtrack; nbtrack.start_run`", differences(samples["record"], bare)),
        Figure(
            "CPU of what `%load_ext nbtrack` imports beyond IPython",
            differences(samples["load"], samples["ipython"]),
        ),
        Figure("CPU of the bare interpreter, for comparison", bare),
    ]


def _cpu_milliseconds(code: str) -> float:
    process = subprocess.Popen([sys.executable, "-c", code])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{code!r} failed")
    return (usage.ru_utime + usage.ru_stime) * 1000
