"""Measure nbtrack: ``python tests/benchmarks/run.py``.

Prints the machine and each figure beside its goal. ``--only PART`` (repeatable; ``--help`` lists
the parts) measures just that; ``--record`` writes what is printed to ``RESULTS.md``. Measure on a
quiet machine: the load is printed too.
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

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).with_name("RESULTS.md")
COMMAND = "python tests/benchmarks/run.py"
PACKAGES = (
    "nbtrack",
    "ipykernel",
    "ipython",
    "jupyterlab",
    "sqlalchemy",
    "anywidget",
    "playwright",
)

LIVE = 10_000
"""Runs below the grid while another process writes."""


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


def parts(folder: Path) -> dict[str, tuple[str, Callable[[], str]]]:
    """Return each part's heading, and how it is measured and told."""
    from tests.benchmarks.cell_time import ROUNDS, measure_cells
    from tests.benchmarks.faults import KILLS, measure_faults
    from tests.benchmarks.figures import table
    from tests.benchmarks.fill import WIDE
    from tests.benchmarks.first_rows import FILLING, PAGES, REPETITIONS, measure_rows
    from tests.benchmarks.grid_service import SIZES, measure_wide
    from tests.benchmarks.import_time import measure_imports
    from tests.benchmarks.peers import measure_peers
    from tests.benchmarks.reading import SEARCH_GOALS_MS, measure_reading
    from tests.benchmarks.screen import measure_screen, measure_while_written
    from tests.benchmarks.writers import measure_writers

    cells = f"A tracked cell over an untracked one, {ROUNDS} times each in turn in one kernel"
    pages = f"{PAGES} pages, {REPETITIONS} executions on each"
    found: dict[str, tuple[str, Callable[[], str]]] = {
        "import": (
            "Import, in fresh interpreters, less the bare interpreter",
            lambda: table(measure_imports()),
        ),
        "cell": (cells, lambda: table(measure_cells(folder))),
        "rows": (
            f"The dashboard in JupyterLab over {FILLING}; {pages}",
            lambda: table(measure_rows(folder)),
        ),
    }
    for size in SIZES:
        found[f"grid{size}"] = (
            f"The grid's service over {size:,} runs",
            partial(measure_service, folder, size),
        )
    for size in SEARCH_GOALS_MS:
        found[f"read{size}"] = (
            f"Searches and tables in Python over {size:,} runs",
            lambda size=size: table(measure_reading(folder, size)),  # type: ignore[misc]  # a default
        )
    found["wide"] = (
        f"The grid's service over {WIDE}",
        lambda: table(measure_wide(folder)),
    )
    for size in SIZES:
        found[f"screen{size}"] = (
            f"The grid on screen, in JupyterLab over {size:,} runs",
            partial(measure_screen, folder, size),
        )
    found["faults"] = (
        f"Faults: {KILLS} kernels killed at random, cells that wait, and what watching costs",
        lambda: table(measure_faults(folder)),
    )
    found["peers"] = (
        "Logging, beside other trackers in environments of their own",
        partial(measure_peers, folder),
    )
    found["writers"] = (
        "Several processes that log into one store",
        partial(measure_writers, folder),
    )
    found["live"] = (
        f"The grid over {LIVE:,} runs while another process writes",
        partial(measure_while_written, folder, LIVE),
    )
    return found


def measure_service(folder: Path, size: int) -> str:
    """Return what the service takes over a store of so many runs, in time and memory."""
    from tests.benchmarks.figures import table
    from tests.benchmarks.grid_service import measure_grid, memory_growth

    figures = table(measure_grid(folder, size))
    return f"{figures}\n\n{memory_growth(folder, size)}"


def say(text: str) -> None:
    """Print a part of the report as soon as it is there."""
    sys.stdout.write(f"{text}\n\n")
    sys.stdout.flush()


def record(sections: dict[str, str]) -> None:
    """Write sections to ``RESULTS.md``, over those of the same heading."""
    kept: dict[str, str] = {}
    if RESULTS.is_file():
        for section in RESULTS.read_text(encoding="utf-8").split("\n## ")[1:]:
            heading, _, text = section.partition("\n")
            kept[heading] = text.strip()
    text = "\n\n".join(f"## {name}\n\n{body}" for name, body in {**kept, **sections}.items())
    RESULTS.write_text(f"# Benchmarks\n\n{text}\n", encoding="utf-8")


def main() -> None:
    """Measure what was asked for, print it, and record it where that was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    with tempfile.TemporaryDirectory() as folder:
        available = parts(Path(folder))
        parser.add_argument("--only", action="append", choices=list(available))
        parser.add_argument("--record", action="store_true")
        options = parser.parse_args()
        say(machine())
        for name in options.only or available:
            heading, measure = available[name]
            command = f"`{COMMAND} --only {name}`, {datetime.now(tz=UTC).date()}"
            before = load()
            found = measure()
            say(f"## {heading}\n\n{before}\n\n{found}")
            if options.record:
                record({"Machine": machine(), heading: f"{command}. {before}\n\n{found}"})


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # the parts share their harness with the tests
    main()
