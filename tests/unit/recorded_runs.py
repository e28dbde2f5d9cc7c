"""Runs to look at: one with everything a run can have, and quick ones made to measure."""

from __future__ import annotations

import math
import secrets
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbtrack.api import Store
from nbtrack.model import Status
from nbtrack.store.engine import Database
from nbtrack.store.experiments import ensure_experiment
from nbtrack.store.outbox import Batch
from nbtrack.store.values import encode_param, to_wire
from nbtrack.store.writer import deliver

LONG_FILE = bytes(range(256)) * 20
FULL_EXPERIMENT = "full <script>"


def record_full_run(store: Store, folder: Path) -> str:
    """Record a run that has something in every section, and return its id."""
    file = folder / "model.bin"
    file.write_bytes(LONG_FILE)
    with store.start_run(
        "full <b>run</b>",
        experiment=FULL_EXPERIMENT,
        params={"lr": 0.1, "layers": [1, 2], "on": True, "big": 10**30, "nan": math.nan},
        tags={"team": "vision", "note": "line\nbreak"},
    ) as run:
        for step, value in enumerate([1.0, math.nan, math.inf, -math.inf, 0.25]):
            run.log_metric("val loss", value, step)
        run.log_metric("acc", math.nan)
        run.log_artifact(file, "models")
        run.log_text("", "empty.txt")
        run.log_dataset(file, "data", "train")
        run.set_description("What *happened*")
        sys.stdout.write("said on stdout\n")
        with store.start_run("child", experiment=FULL_EXPERIMENT, params={"lr": 0.2}):
            pass
    return run.run_id


def deliver_run(
    database: Database,
    *,
    run_id: str | None = None,
    name: str = "run",
    experiment: str = "quick",
    status: Status = Status.COMPLETED,
    start: int | None = None,
    seconds: float = 1.0,
    params: Mapping[str, object] | None = None,
    metrics: Mapping[str, float] | None = None,
    tags: Mapping[str, str] | None = None,
    **columns: Any,
) -> str:
    """Write a run the way a recorder's outbox is written, and return its id."""
    run_id = run_id or secrets.token_hex(16)
    start = int(time.time() * 1000) if start is None else start
    is_open = status in {Status.QUEUED, Status.RUNNING}
    records: list[dict[str, Any]] = [
        {
            "op": "start",
            "time": start,
            "status": status.value if is_open else "running",
            "experiment": experiment,
            "run": {"run_name": name, **columns},
        }
    ]
    if params:
        values = {key: encode_param(value) for key, value in params.items()}
        records.append({"op": "params", "values": values})
    if metrics:
        points = [(key, 0, to_wire(value)) for key, value in metrics.items()]
        records.append({"op": "metrics", "time": start, "points": points})
    if tags:
        records.append({"op": "tags", "values": dict(tags)})
    if not is_open:
        end = start + round(seconds * 1000)
        records.append({"op": "end", "time": end, "status": status.value, "reason": None})
    deliver(database, Batch(run_id, 0, len(records), records, 0))
    return run_id


def experiment_of(database: Database, name: str) -> int:
    return ensure_experiment(database, name)
