"""Filling a store with many runs quickly: plain rows, as many recorders would have left them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, cast

import numpy as np
from sqlalchemy import Connection, Table, func, select, text

from nbtrack.model import now
from nbtrack.store.engine import Database, raise_revision
from nbtrack.store.runs import experiment_id, key_ids
from nbtrack.store.tables import latest_metrics, metrics, params, run_events, runs, tags
from nbtrack.store.values import encode_param, param_number

BATCH = 20_000
"""Runs written by one transaction."""

MANY = 50_000
"""From so many runs on, indexes are made after the rows."""

Values = Sequence[Any]
"""One value per run; None: the run lacks it."""


@dataclass(frozen=True)
class Filling:
    """How many runs, and what each has."""

    runs: int
    params: int = 10
    metrics: int = 10
    tags: int = 3
    points: int = 1
    """Points of each metric; 0: a summary without its points."""
    metrics_per_run: int | None = None
    """Of the keys, where a run does not have them all."""

    def __str__(self) -> str:
        return (
            f"{self.runs:,} runs of {self.params} params, {self.metrics:,} metrics of "
            f"{self.points:,} point{'s' if self.points != 1 else ''}, {self.tags} tags"
        )


WIDE = Filling(2_000, metrics=12_000, metrics_per_run=600)
"""Few runs with very many metric keys."""


def fill(database: Database, filling: Filling, *, experiment: str = "sweep", seed: int = 0) -> int:
    """Write the runs and return the id of their experiment.

    Values are of all types: param_0 has a hundred numbers, param_1 few numbers (some as text),
    param_2 few texts, param_3 and param_6 nearly as many numbers as runs, param_4 is true or
    false, param_5 has 200 texts, param_7 is often missing, param_8 is a list, param_9 mixes
    numbers and texts; then they repeat. metric_0 and metric_1 lie between 0 and 1, metric_2 has
    some NaN, metric_3 is sometimes missing, metric_4 is a whole number.
    """
    chance = np.random.default_rng(seed)
    with database.writing() as connection:
        first = now() - filling.runs * 60_000
        found = experiment_id(connection, experiment, first)
        keys = _keys(connection, database, filling)
        indexes = _drop_indexes(connection) if filling.runs >= MANY else []
    for start in range(0, filling.runs, BATCH):
        part = replace(filling, runs=min(BATCH, filling.runs - start))
        with database.writing() as connection:
            own = _insert_runs(connection, chance, part, found, (first, start))
            _insert_params(connection, chance, own, keys["param"])
            _insert_tags(connection, chance, own, keys["tag"])
            _insert_series(connection, chance, part, own, keys["metric"])
            raise_revision(connection)
    with database.writing() as connection:
        for index in indexes:
            index.create(connection)
    return found


def _keys(connection: Connection, database: Database, filling: Filling) -> dict[str, list[int]]:
    counts = {"param": filling.params, "metric": filling.metrics, "tag": filling.tags}
    found = {}
    for kind, count in counts.items():
        names = [f"{kind}_{number}" for number in range(count)]
        ids = key_ids(connection, database.key_ids, kind, names)
        found[kind] = [ids[name] for name in names]
    return found


def _drop_indexes(connection: Connection) -> list[Any]:
    indexes = [index for table in (runs, params, latest_metrics, tags) for index in table.indexes]
    for index in indexes:
        index.drop(connection)
    return indexes


def _insert_runs(
    connection: Connection,
    chance: np.random.Generator,
    filling: Filling,
    experiment: int,
    beginning: tuple[int, int],
) -> range:
    count, (first, number) = filling.runs, beginning
    own = _next_ids(connection, runs, count)
    starts = range(first + number * 60_000, first + (number + count) * 60_000, 60_000)
    ids = chance.bytes(16 * count).hex()
    columns: dict[str, Iterable[Any]] = {
        "id": own,
        "run_id": (ids[place : place + 32] for place in range(0, len(ids), 32)),
        "experiment_id": [experiment] * count,
        "run_name": (f"run-{number + place}" for place in range(count)),
        "status": _chosen(
            chance, ["completed"] * 7 + ["failed", "interrupted", "dead"], count
        ),
        "created": starts,
        "start_time": starts,
        "end_time": (start + some for start, some in zip(
            starts, chance.integers(0, 60_000, count).tolist(), strict=True
        )),
        "user_id": _chosen(chance, ["ada", "grace", "alan", "edsger"], count),
        "notebook": _chosen(chance, [f"/home/ada/sweep_{n}.ipynb" for n in range(20)], count),
        "cell_id": ["cell"] * count,
        "attempt": range(number + 1, number + count + 1),
        "git_branch": _chosen(chance, ["main", "main", "tuning", None], count),
    }  # fmt: skip
    _load(connection, runs, list(columns), zip(*columns.values(), strict=True))
    events = ((row, 0, old, new, "kernel") for row in own for old, new in _TRANSITIONS)
    _load(
        connection, run_events, ["run_id", "time", "from_status", "to_status", "observer"], events
    )
    return own


_TRANSITIONS = [(None, "running"), ("running", "completed")]

ParamMaker = Callable[[np.random.Generator, int], Values]

_PARAMS: list[ParamMaker] = [
    lambda chance, count: chance.integers(0, 100, count).tolist(),
    lambda chance, count: _chosen(chance, [0.1, 0.01, 0.001, 3e-4, 1e-5, "0.1"], count),
    lambda chance, count: _chosen(chance, ["adam", "sgd", "lamb", "rmsprop"], count),
    lambda chance, count: chance.integers(0, 2**31, count).tolist(),
    lambda chance, count: _chosen(chance, [True, False], count),
    lambda chance, count: _chosen(chance, [f"model-{n:03d}" for n in range(200)], count),
    lambda chance, count: chance.random(count).tolist(),
    lambda chance, count: _chosen(chance, [1, 2, 4, 8, None, None], count),
    lambda chance, count: _chosen(chance, [[64], [64, 64], [128, 64, 32]], count),
    lambda chance, count: _chosen(chance, ["auto", 8, 16, 32.5, "none"], count),
]


def _insert_params(
    connection: Connection, chance: np.random.Generator, own: range, keys: list[int]
) -> None:
    known: dict[tuple[type, str], tuple[str, str, float | None]] = {}

    def stored(value: Any) -> tuple[str, str, float | None]:
        name = type(value), repr(value)
        if name not in known:
            kind, shown = encode_param(value)
            known[name] = kind, shown, param_number(kind, shown)
        return known[name]

    columns = [
        [
            None if value is None else (row, key, *stored(value))
            for row, value in zip(own, _PARAMS[place % len(_PARAMS)](chance, len(own)), strict=True)
        ]
        for place, key in enumerate(keys)
    ]
    _load(connection, params, ["run_id", "key_id", "type", "value", "number"], _by_run(columns))


def _insert_tags(
    connection: Connection, chance: np.random.Generator, own: range, keys: list[int]
) -> None:
    columns = []
    for place, key in enumerate(keys):
        values = _chosen(chance, [f"team {n}" for n in range(4 * 10**place)], len(own))
        columns.append([(row, key, value) for row, value in zip(own, values, strict=True)])
    _load(connection, tags, ["run_id", "key_id", "value"], _by_run(columns))


def _insert_series(
    connection: Connection,
    chance: np.random.Generator,
    filling: Filling,
    own: range,
    keys: list[int],
) -> None:
    rows: list[tuple[Any, ...]] = []
    per_run = filling.metrics_per_run or len(keys)
    for place, row in enumerate(own):
        first = place * 7 % max(len(keys) - per_run + 1, 1)
        rows.extend((row, keys[first + n], first + n) for n in range(per_run))
    values = _series_values(chance, np.array([number for *_, number in rows], dtype=np.int64))
    kept = [(row, key, value) for (row, key, _), value in zip(rows, values, strict=True)
            if value is not ...]  # fmt: skip
    ids = _next_ids(connection, latest_metrics, len(kept))
    count = max(filling.points, 1)
    _load(
        connection,
        latest_metrics,
        ["id", "run_id", "key_id", "last", "last_step", "last_timestamp", "minimum", "maximum",
         "count"],
        ((one, row, key, last, count - 1, count - 1, last, last, count)
         for one, (row, key, last) in zip(ids, kept, strict=True)),
    )  # fmt: skip
    if filling.points:
        points = (
            (one, step, step, step, last)
            for one, (*_, last) in zip(ids, kept, strict=True)
            for step in range(filling.points)
        )
        _load(connection, metrics, ["series_id", "position", "step", "timestamp", "value"], points)


def _series_values(chance: np.random.Generator, places: Any) -> list[Any]:
    """Return the last value of each series by the place of its key; ... where there is none."""
    values = chance.random(len(places))
    kind = places % 10
    losses = kind == 2
    values[losses] = -np.log(values[losses]) * 3
    whole = kind == 4
    values[whole] = np.floor(values[whole] * 50)
    wide = kind >= 5
    values[wide] = chance.normal(0, 1, int(wide.sum())) * 10.0 ** (kind[wide] - 5)
    found: list[Any] = values.tolist()
    for place in np.flatnonzero(losses & (chance.random(len(places)) < 0.01)).tolist():
        found[place] = None
    for place in np.flatnonzero((kind == 3) & (chance.random(len(places)) < 0.2)).tolist():
        found[place] = ...
    return found


def _chosen(chance: np.random.Generator, choices: list[Any], count: int) -> list[Any]:
    return [choices[place] for place in chance.integers(0, len(choices), count).tolist()]


def _by_run(columns: list[list[Any]]) -> Iterator[Any]:
    return filter(None, chain.from_iterable(zip(*columns, strict=True)))


def _next_ids(connection: Connection, table: Table, count: int) -> range:
    """Return ids for new rows, which PostgreSQL's sequence then gives to nobody else."""
    first = (connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1
    if connection.dialect.name == "postgresql" and count:
        sequence = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
        connection.execute(sequence, {"name": table.name, "last": first + count - 1})
    return range(first, first + count)


def _load(
    connection: Connection, table: Table, columns: list[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    cursor = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"
        cast(Any, cursor).executemany(statement, rows)
    cursor.close()
