"""Measure nbtrack: ``python tests/benchmarks/run.py``.

Prints the machine and each figure beside its goal. ``--only PART`` (import, cell, rows or
grid1000 to grid1000000; repeatable) measures just that; ``--record`` writes what is printed to
``RESULTS.md``. Measure on a quiet machine: the load is printed too.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).with_name("RESULTS.md")
COMMAND = "python tests/benchmarks/run.py --record"
PACKAGES = (
    "nbtrack",
    "ipykernel",
    "ipython",
    "jupyterlab",
    "sqlalchemy",
    "anywidget",
    "playwright",
)

if TYPE_CHECKING:
    from tests.benchmarks.figures import Figure


def machine() -> str:
    """Return the machine and the versions as a Markdown list."""
    from nbtrack.recording.environment import host_facts

    facts = host_facts()
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    hardware = f"{facts['cpu']}, {facts['logical_cores']} logical cores"
    memory = f"{facts['memory'] / 2**30:.0f} GiB of memory"
    python = f"{facts['implementation']} {facts['python']}"
    return f"- {hardware}, {memory}\n- {facts['os']}, {facts['platform']}, {python}\n- {versions}"


def load() -> str:
    """Return how busy the machine is."""
    minute, five, _ = os.getloadavg()
    return f"Load before it: {minute:.2f} over a minute, {five:.2f} over five."


def parts(folder: Path) -> dict[str, tuple[str, Callable[[], list[Figure]]]]:
    """Return each part's heading and how it is measured."""
    from tests.benchmarks.cell_time import ROUNDS, measure_cells
    from tests.benchmarks.first_rows import FILLING, PAGES, REPETITIONS, measure_rows
    from tests.benchmarks.grid_service import SIZES, measure_grid
    from tests.benchmarks.import_time import measure_imports

    cells = f"A tracked cell over an untracked one, {ROUNDS} times each in turn in one kernel"
    pages = f"{PAGES} pages, {REPETITIONS} executions on each"
    return {
        "import": ("Import, in fresh interpreters, less the bare interpreter", measure_imports),
        "cell": (cells, lambda: measure_cells(folder)),
        "rows": (
            f"The dashboard in JupyterLab over {FILLING}; {pages}",
            lambda: measure_rows(folder),
        ),
        **{
            f"grid{size}": (
                f"The grid's service over {size:,} runs",
                partial(measure_grid, folder, size),
            )
            for size in SIZES
        },
    }


def say(text: str) -> None:
    """Print a part of the report as soon as it is there."""
    sys.stdout.write(f"{text}\n\n")
    sys.stdout.flush()


def main() -> None:
    """Measure what was asked for, print it, and record it where that was asked for."""
    from tests.benchmarks.figures import table

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    with tempfile.TemporaryDirectory() as folder:
        available = parts(Path(folder))
        parser.add_argument("--only", action="append", choices=list(available))
        parser.add_argument("--record", action="store_true")
        options = parser.parse_args()
        day = datetime.now(tz=UTC).date()
        report = [f"# Benchmarks\n\nMeasured on {day} with `{COMMAND}`.\n\n{machine()}"]
        say(report[0])
        for name in options.only or available:
            heading, measure = available[name]
            before = load()
            report.append(f"## {heading}\n\n{before}\n\n{table(measure())}")
            say(report[-1])
    if options.record:
        RESULTS.write_text("\n\n".join(report) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # the parts share their harness with the tests
    main()
