"""Runs as plain rows, and which of them a search finds."""

from __future__ import annotations

import csv
import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from nbtrack.query.compiler import compile_search
from nbtrack.query.parser import parse_search
from nbtrack.store import tables

CORPUS = Path(__file__).parent.parent / "corpus"
Run = dict[str, Any]


class Recorder:
    """Inserts runs as plain rows, with times and statuses as the test wants them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[object, ...], int] = {}

    def add(self, run: Run) -> None:
        start, seconds = run.get("start_time"), run.get("seconds")
        attributes = ("user_id", "notebook", "cell_id", "attempt", "git_branch", "reason")
        run_id = self._insert(
            tables.runs,
            run_id=run.get("run_id") or f"{len(self._known):032x}",
            run_name=run["run_name"],
            status=run["status"],
            experiment_id=self._once(tables.experiments, name=run["experiment"], created=0),
            kernel_id=self._kernel(run.get("host")),
            created=0,
            start_time=start,
            end_time=None if seconds is None else start + round(seconds * 1000),
            description=run.get("description"),
            **{name: run.get(name) for name in attributes},
        )
        self._known[run_id, "run"] = run_id
        for key, value in run["params"].items():
            self._keyed(tables.params, run_id, "param", key, type="str", value=str(value),
                        number=number_of(value))  # fmt: skip
        for key, value in run["metrics"].items():
            last = float(value)
            self._keyed(tables.latest_metrics, run_id, "metric", key, last_step=0, count=1,
                        last=None if math.isnan(last) else last, last_timestamp=0)  # fmt: skip
        for key, value in run["tags"].items():
            self._keyed(tables.tags, run_id, "tag", key, value=value)
        for name, digest, context in run["datasets"]:
            dataset = self._once(tables.datasets, name=name, digest=digest, source_type="local")
            self._connection.execute(
                insert(tables.run_datasets).values(
                    run_id=run_id, dataset_id=dataset, context=context
                )
            )

    def _kernel(self, host: str | None) -> int | None:
        if host is None:
            return None
        return self._once(tables.kernels, host=host, boot_id=host, pid=1, process_start=0,
                          started=0, heartbeat=0)  # fmt: skip

    def _keyed(self, table: Table, run_id: int, kind: str, key: str, **values: Any) -> None:
        key_id = self._once(tables.keys, kind=kind, name=key)
        self._connection.execute(insert(table).values(run_id=run_id, key_id=key_id, **values))

    def _once(self, table: Table, **values: Any) -> int:
        identity = (table.name, *values.values())
        if identity not in self._known:
            self._known[identity] = self._insert(table, **values)
        return self._known[identity]

    def _insert(self, table: Table, **values: Any) -> int:
        key = self._connection.execute(insert(table).values(**values)).inserted_primary_key
        assert key is not None
        return int(key[0])


def number_of(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def found(connection: Connection, search: str, *, plain_words: bool = True) -> list[str]:
    expression = parse_search(search, plain_words=plain_words)
    condition = compile_search(expression, connection.dialect.name)
    return sorted(connection.scalars(select(tables.runs.c.run_name).where(condition)))


def corpus_cases(name: str) -> list[dict[str, str]]:
    with (CORPUS / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def record_corpus(connection: Connection) -> None:
    recorder = Recorder(connection)
    for run in json.loads((CORPUS / "search_runs.json").read_text(encoding="utf-8")):
        if "start_time" in run:
            run["start_time"] = round(datetime.fromisoformat(run["start_time"]).timestamp() * 1000)
        recorder.add(run)
