"""Filling a store with many runs quickly: plain rows, as many recorders would have left them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from sqlalchemy import Connection, insert

from nbtrack.model import now
from nbtrack.store.engine import Database, raise_revision
from nbtrack.store.runs import experiment_id, insert_row, key_ids
from nbtrack.store.tables import latest_metrics, metrics, params, run_events, runs, tags

BATCH = 500
"""Runs written by one statement."""


@dataclass(frozen=True)
class Filling:
    """How many runs, and what each has."""

    runs: int
    params: int = 10
    metrics: int = 10
    tags: int = 3
    points: int = 1
    """Points of each metric."""

    def __str__(self) -> str:
        return (
            f"{self.runs:,} runs of {self.params} params, {self.metrics:,} metrics of "
            f"{self.points:,} point{'s' if self.points > 1 else ''}, {self.tags} tags"
        )


def fill(database: Database, filling: Filling, *, experiment: str = "sweep", seed: int = 0) -> int:
    """Write the runs in one transaction and return the id of their experiment."""
    chance = random.Random(seed)
    with database.writing() as connection:
        moment = now()
        found = experiment_id(connection, experiment, moment)
        names = {
            kind: [f"{kind}_{number}" for number in range(count)]
            for kind, count in [
                ("param", filling.params), ("metric", filling.metrics), ("tag", filling.tags),
            ]
        }  # fmt: skip
        ids = {
            kind: list(key_ids(connection, database.key_ids, kind, keys).values())
            for kind, keys in names.items()
        }
        first = moment - filling.runs * 60_000
        for start in range(0, filling.runs, BATCH):
            numbers = range(start, min(start + BATCH, filling.runs))
            rows = [_insert_run(connection, chance, found, first, number) for number in numbers]
            _insert_values(connection, chance, filling, rows, ids)
        raise_revision(connection)
    return found


def _insert_run(
    connection: Connection, chance: random.Random, experiment: int, first: int, number: int
) -> int:
    start = first + number * 60_000
    row = {
        "run_id": f"{chance.getrandbits(128):032x}",
        "experiment_id": experiment,
        "run_name": f"run-{number}",
        "status": chance.choice(["completed", "completed", "failed", "interrupted"]),
        "created": start,
        "start_time": start,
        "end_time": start + chance.randrange(60_000),
        "user_id": "ada",
        "notebook": "/home/ada/sweep.ipynb",
        "cell_id": "cell",
        "attempt": number + 1,
    }
    return insert_row(connection, runs, row)


def _insert_values(
    connection: Connection,
    chance: random.Random,
    filling: Filling,
    rows: list[int],
    ids: dict[str, list[int]],
) -> None:
    events = [
        {"run_id": row, "time": 0, "from_status": old, "to_status": new, "observer": "kernel"}
        for row in rows
        for old, new in [(None, "running"), ("running", "completed")]
    ]
    connection.execute(insert(run_events), events)
    numbers = [(row, key, chance.randrange(100)) for row in rows for key in ids["param"]]
    if numbers:
        connection.execute(
            insert(params),
            [
                {"run_id": row, "key_id": key, "type": "int", "value": str(n), "number": n}
                for row, key, n in numbers
            ],
        )
    if ids["tag"]:
        texts = [{"run_id": row, "key_id": key, "value": "x"} for row in rows for key in ids["tag"]]
        connection.execute(insert(tags), texts)
    if ids["metric"]:
        _insert_series(
            connection, chance, filling.points, [(r, k) for r in rows for k in ids["metric"]]
        )


def _insert_series(
    connection: Connection, chance: random.Random, points: int, owners: list[tuple[int, int]]
) -> None:
    values = [[chance.random() for _ in range(points)] for _ in owners]
    found = connection.scalars(
        insert(latest_metrics).returning(latest_metrics.c.id, sort_by_parameter_order=True),
        [
            {
                "run_id": row, "key_id": key, "last": series[-1], "last_step": points - 1,
                "last_timestamp": points - 1, "minimum": min(series), "maximum": max(series),
                "count": points,
            }
            for (row, key), series in zip(owners, values, strict=True)
        ],
    )  # fmt: skip
    connection.execute(
        insert(metrics),
        [
            {"series_id": owner, "position": step, "step": step, "timestamp": step, "value": value}
            for owner, series in zip(found, values, strict=True)
            for step, value in enumerate(series)
        ],
    )
