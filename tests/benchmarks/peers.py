"""Logging by nbtrack and by its peers, each in an environment of its own, as ratios."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.uv_environments import EnvironmentMissingError, make_environment

WORK = Path(__file__).with_name("peer_work.py")
ROUNDS = 3
LIMIT_SECONDS = 300
OWN = ("nbtrack", "raw append", "sqlite3")
REQUIREMENTS = {
    "trackio": "trackio", "dvclive": "dvclive", "wandb": "wandb", "aim": "aim",
    "mlflow": "mlflow>=3.12,<4",
}  # fmt: skip
MEASURES = {
    "one": ("`log_metric`, p50", 1e6, "µs", 5.0),
    "hundred": ("`log_metrics` of 100 keys, p50", 1e6, "µs", 50.0),
    "many": ("10,000 calls and the run's end", 1.0, "s", 0.15),
    "start": ("another run started", 1.0, "s", None),
}


@dataclass(frozen=True)
class Tracker:
    """A tracker whose environment is there."""

    name: str
    python: Path


def prepare(folder: Path) -> tuple[list[Tracker], dict[str, str]]:
    """Make the peers' environments; return the trackers, and why others are left out."""
    found, missing = [Tracker(name, Path(sys.executable)) for name in OWN], {}
    for name, requirement in REQUIREMENTS.items():
        try:
            python = make_environment(folder / name, [requirement])
        except EnvironmentMissingError as error:
            missing[name] = str(error)[-120:]
        else:
            found.append(Tracker(name, python))
    return found, missing


def measure_peers(folder: Path) -> str:
    """Return a Markdown table of all trackers' figures, beside nbtrack's."""
    trackers, missing = prepare(folder / "environments")
    samples: dict[str, list[dict[str, float]]] = {}
    for turn in range(ROUNDS):  # in turn, so that the load of the machine hits all alike
        for tracker in trackers:
            try:
                found = _run(tracker, folder / f"{tracker.name}-{turn}")
            except (subprocess.SubprocessError, ValueError) as error:
                missing[tracker.name] = str(error)[-120:]
            else:
                samples.setdefault(tracker.name, []).append(found)
    return _table(samples, missing)


def _run(tracker: Tracker, folder: Path) -> dict[str, float]:
    folder.mkdir(parents=True)
    done = subprocess.run(
        [str(tracker.python), str(WORK), tracker.name, str(folder)],
        capture_output=True, text=True, timeout=LIMIT_SECONDS, check=True, cwd=folder,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _table(samples: dict[str, list[dict[str, float]]], missing: dict[str, str]) -> str:
    medians = {
        name: {key: statistics.median(sample[key] for sample in taken) for key in MEASURES}
        for name, taken in samples.items()
    }
    lines = [
        f"Medians, {ROUNDS} rounds in turn. In parentheses: how many times as long as nbtrack.",
        "",
        f"| what | {' | '.join(medians)} | goal |",
        f"| --- | {' | '.join('---:' for _ in medians)} | --- |",
    ]
    for key, (what, factor, unit, goal) in MEASURES.items():
        own = medians["nbtrack"][key]
        cells = [
            f"{taken[key] * factor:.3g} {unit} ({taken[key] / own:.2g})"
            for taken in medians.values()
        ]
        verdict = (
            ""
            if goal is None
            else f"≤ {goal:g} {unit}: " + ("reached" if own * factor <= goal else "MISSED")
        )
        lines.append(f"| {what} | {' | '.join(cells)} | {verdict} |")
    lines += [f"\nLeft out: {name} ({why})." for name, why in missing.items()]
    return "\n".join(lines)
