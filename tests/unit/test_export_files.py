"""Exports from Python and from the command line: whole files of runs and of their histories."""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from nbtrack.api import Store
from nbtrack.errors import InvalidValueError, NotFoundError, QueryError
from tests.unit.recorded_runs import deliver_run

STEPS = [3, 0, 2, 2, 1]


@pytest.fixture
def runs(store: Store) -> list[str]:
    """Record runs with series of unordered and repeated steps, NaN and infinities."""
    recorded = []
    for number in range(7):
        with store.start_run(f"run {number}", params={"lr": number / 10}) as run:
            for step in STEPS[number % 3 :]:
                run.log_metrics({"loss": 1 / (step + 1), "odd": math.nan if step else -1e9}, step)
            if number % 2:
                run.log_metric("rare", math.inf)
        recorded.append(run.run_id)
    deliver_run(store.database, name="without metrics")
    return recorded


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize("at_once", [1, 9, 100_000])
def test_a_history_has_every_point_as_history_gives_them(
    store: Store,
    runs: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
    at_once: int,
) -> None:
    monkeypatch.setattr("nbtrack.query.points.POINTS_AT_ONCE", at_once)
    file = tmp_path / f"points.{suffix}"
    rows = store.export(file, "run_name LIKE 'run%'", order_by="run_name", format="history")
    expected = store.history(runs)
    assert rows == len(expected) > 60
    match suffix:
        case "csv":
            found = pd.read_csv(file, parse_dates=["timestamp"])
        case "parquet":
            found = pd.read_parquet(file)
        case _:
            found = pd.read_json(file, lines=True, dtype={"run_id": str})
    found["value"] = found["value"].astype(float)
    found["timestamp"] = pd.to_datetime(found["timestamp"], utc=True, format="ISO8601").astype(
        expected["timestamp"].dtype
    )
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_progress_is_told_up_to_the_end(
    store: Store, runs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbtrack.analysis.export.REPORTED", 3)
    told: list[tuple[int, int]] = []
    store.export(tmp_path / "a.csv", report=lambda done, total: told.append((done, total)))
    assert told == [(3, 8), (6, 8), (8, 8)]
    told.clear()
    points = store.export(
        tmp_path / "b.csv", format="history", report=lambda done, total: told.append((done, total))
    )
    assert told[-1] == (points, points)
    assert len(told) > points // 3


def test_which_runs_are_meant_is_said_as_for_runs(
    store: Store, runs: list[str], tmp_path: Path
) -> None:
    store.delete_runs(runs[0])
    given = {"where": "params.lr > 0.15", "order_by": "params.lr DESC", "limit": 3}
    assert store.export(tmp_path / "a.jsonl", **given) == 3  # type: ignore[arg-type]  # as by hand
    names = [
        json.loads(line)["run_name"] for line in (tmp_path / "a.jsonl").read_text().split("\n")[:3]
    ]
    assert names == ["run 6", "run 5", "run 4"]
    assert store.export(tmp_path / "b.csv", deleted=True) == 1
    for wrong, error in [
        ({"where": "metrics.acc >"}, QueryError),
        ({"experiments": ["nowhere"]}, NotFoundError),
        ({"format": "wild"}, InvalidValueError),
        ({"limit": -1}, InvalidValueError),
    ]:
        with pytest.raises(error):
            store.export(tmp_path / "c.csv", **wrong)  # type: ignore[arg-type]  # wrong on purpose
    assert sorted(entry.name for entry in tmp_path.glob("*.csv")) == ["b.csv"]


def test_nothing_is_replaced_without_being_told_to(sqlite_store: Store, tmp_path: Path) -> None:
    deliver_run(sqlite_store.database)
    file = tmp_path / "runs.csv"
    file.write_text("mine")
    with pytest.raises(InvalidValueError, match="already"):
        sqlite_store.export(file)
    assert file.read_text() == "mine"
    with pytest.raises(QueryError):
        sqlite_store.export(file, "a =", overwrite=True)
    assert file.read_text() == "mine"
    assert sqlite_store.export(file, overwrite=True) == 1
    assert len(pd.read_csv(file)) == 1


@pytest.mark.parametrize("name", ["runs", "runs.xlsx", "runs.csv.gz"])
def test_a_name_without_a_known_format_is_refused(
    sqlite_store: Store, tmp_path: Path, name: str
) -> None:
    with pytest.raises(InvalidValueError, match="file format") as refused:
        sqlite_store.export(tmp_path / name)
    assert ".parquet" in str(refused.value)


def test_a_folder_that_is_not_there_is_named(sqlite_store: Store, tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="nowhere"):
        sqlite_store.export(tmp_path / "nowhere" / "runs.csv")


def test_parquet_without_pyarrow_says_what_to_install(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InvalidValueError, match=r"nbtrack\[parquet\]"):
        sqlite_store.export(tmp_path / "runs.parquet")
    assert list(tmp_path.glob("*runs*")) == []


def nbtrack(*arguments: str, most: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command; `most` bounds the size of the files that it may write."""

    def bound() -> None:
        if most is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return subprocess.run(
        [sys.executable, "-m", "nbtrack", *arguments],
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=bound,  # nothing else runs in a test
    )


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_a_full_disk_leaves_no_half_file(sqlite_store: Store, tmp_path: Path, suffix: str) -> None:
    for number in range(30):
        tags = {f"note {key}": os.urandom(4_000).hex() for key in range(5)}
        deliver_run(sqlite_store.database, name=f"run {number}", tags=tags)
    url = sqlite_store.config.store_url
    folder = tmp_path / "out"
    folder.mkdir()
    kept = folder / f"old.{suffix}"
    kept.write_text("mine")
    file = folder / f"runs.{suffix}"
    for target, more in [(file, []), (kept, ["--overwrite"])]:
        done = nbtrack("export", str(target), *more, "--store", url, most=400_000)
        assert done.returncode == 1
        assert done.stderr.startswith("nbtrack: The file cannot be written into")
        assert "too large" in done.stderr
        assert done.stderr.count("\n") == 1
    assert [entry.name for entry in folder.iterdir()] == [kept.name]
    assert kept.read_text() == "mine"
    done = nbtrack("export", str(file), "--store", url)
    assert done.stdout.startswith(f"{file}: 30 rows, ")


def test_the_command_writes_what_python_does(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBTRACK_STORE", sqlite_store.config.store_url)
    with sqlite_store.start_run("=1+1", experiment="sweep", params={"lr": 0.1}) as run:
        for loss in (0.5, 0.25):
            run.log_metric("loss", loss)
    with sqlite_store.start_run("two", experiment="other"):
        pass
    table, long, points = (tmp_path / name for name in ("a.csv", "b.txt", "c.parquet"))
    done = nbtrack("export", str(table), "--where", "params.lr < 1", "-e", "sweep")
    assert done.stdout == f"{table}: 1 row, {table.stat().st_size} bytes\n"
    assert pd.read_csv(table)["run_name"].tolist() == ["'=1+1"]
    nbtrack("export", str(long), "--format", "jsonl", "--shape", "long")
    assert [json.loads(line)["key"] for line in long.read_text().splitlines()] == ["loss", "lr"]
    nbtrack("export", str(points), "--history")
    assert pd.read_parquet(points)["value"].tolist() == [0.5, 0.25]
    again = nbtrack("export", str(table))
    assert again.returncode == 1
    assert "overwrite" in again.stderr
    assert nbtrack("export", str(table), "--shape", "odd").returncode == 2
