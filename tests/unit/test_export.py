"""Exports: files that other tools read, written where the notebook is and nowhere else."""

from __future__ import annotations

import csv
import json
import math
import os
import stat
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nbtrack.api import Store
from nbtrack.dashboard.service import DashboardService
from nbtrack.store.edits import save_view
from tests.benchmarks.fill import Filling, fill
from tests.unit.asking import ask, refusal
from tests.unit.recorded_runs import deliver_run, experiment_of
from tests.waiting import until

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    return folder


@pytest.fixture
def service(store: Store, folder: Path) -> DashboardService:
    save_view(store.database, "v", {"folder": str(folder)})
    return DashboardService(store.database)


def export(service: DashboardService, **args: Any) -> Any:
    given = {"view_id": "v", "name": "runs", "format": "csv", "shape": "wide", **args}
    return ask(service, "export", **given)


def record_two(store: Store) -> list[str]:
    one = deliver_run(
        store.database, name="one", start=1_000, seconds=2.5,
        params={"lr": 0.1, "n": 3, "on": True, "mixed": "a", "layers": [1, 2]},
        metrics={"acc": 0.5, "lost": math.nan}, tags={"team": "blue"},
    )  # fmt: skip
    two = deliver_run(
        store.database, name="two", start=9_000,
        params={"lr": 2, "mixed": 1, "huge": 10**30}, metrics={"acc": math.inf},
    )  # fmt: skip
    return [one, two]


def load(path: Path, code: str) -> pd.DataFrame:
    """Run the line that the reply gives, in the notebook's folder."""
    before = Path.cwd()
    os.chdir(path)
    try:
        frame: pd.DataFrame = eval(code, {"pd": pd})  # it is what users are told
    finally:
        os.chdir(before)
    return frame


@pytest.mark.parametrize("file_format", ["csv", "parquet", "jsonl"])
def test_the_line_of_code_loads_what_was_written(
    service: DashboardService, store: Store, folder: Path, file_format: str
) -> None:
    runs = record_two(store)
    told = export(service, run_ids=runs, format=file_format)
    assert told["path"] == f"runs.{file_format}"
    assert (told["rows"], told["size"]) == (2, (folder / told["path"]).stat().st_size)
    frame = load(folder, told["code"])
    assert frame["run_id"].tolist() == runs
    assert frame["run_name"].tolist() == ["one", "two"]
    assert frame["params.lr"].tolist() == [0.1, 2]
    assert frame["metrics.acc"].astype(float).tolist() == [0.5, math.inf]
    assert frame["tags.team"][0] == "blue"
    assert pd.to_datetime(frame["start_time"], utc=True)[0] == pd.Timestamp(1, unit="s", tz="UTC")
    assert frame["duration"][0] == 2.5
    assert [entry.name for entry in folder.iterdir()] == [told["path"]]


@pytest.mark.parametrize("file_format", ["csv", "parquet", "jsonl"])
def test_the_other_shapes_are_those_of_runs(
    service: DashboardService, store: Store, folder: Path, file_format: str
) -> None:
    runs = record_two(store)
    long = load(folder, export(service, run_ids=runs, format=file_format, shape="long")["code"])
    expected = store.runs(format="long", order_by="start_time")
    assert long["key"].tolist() == expected["key"].tolist()
    assert long["kind"].tolist() == expected["kind"].tolist()
    nested = load(folder, export(service, run_ids=runs, format=file_format, shape="json")["code"])
    expected = store.runs(format="json", order_by="start_time")
    for entity in ("params", "metrics", "tags"):
        assert nested[entity].map(json.loads).tolist() == expected[entity].map(json.loads).tolist()


def test_parquet_gives_each_column_one_type(
    service: DashboardService, store: Store, folder: Path
) -> None:
    runs = record_two(store)
    frame = pd.read_parquet(folder / export(service, run_ids=runs, format="parquet")["path"])
    assert frame["params.mixed"].tolist() == ["a", "1"]
    assert frame["params.layers"][0] == "[1, 2]"
    assert frame["params.huge"][1] == 1e30
    assert frame["params.on"][0] is True
    assert str(frame["start_time"].dtype).endswith("UTC]")


def test_a_spreadsheet_finds_no_formula(
    service: DashboardService, store: Store, folder: Path
) -> None:
    for number, formula in enumerate(FORMULAS):
        deliver_run(
            store.database, name=formula, start=number, tags={"note": formula},
            params={"text": formula, "number": -1.5, "=key": 1},
        )  # fmt: skip
    export(service, view={})
    with (folder / "runs.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["run_name"] for row in rows} == {f"'{formula}" for formula in FORMULAS}
    for row in rows:
        assert row["run_name"] == row["tags.note"] == row["params.text"]
        assert float(row["params.number"]) == -1.5
        texts = [text for name, text in row.items() if name != "params.number"]
        assert not any(text.startswith(tuple("=+-@\t\r\n")) for text in [*texts, *row])


def test_the_runs_of_a_view_are_written_in_its_order(
    service: DashboardService, store: Store, folder: Path
) -> None:
    runs = {
        name: deliver_run(store.database, name=name, metrics={"acc": acc})
        for name, acc in [("a", 0.1), ("b", 0.9), ("c", 0.5), ("d", 0.2)]
    }
    view = {
        "search": "metrics.acc > 0.15",
        "sort": [{"column": "metrics.acc", "descending": True}],
        "group_by": ["attributes.status"],
    }
    assert export(service, view=view, excluded=[runs["c"]])["rows"] == 2
    assert pd.read_csv(folder / "runs.csv")["run_name"].tolist() == ["b", "d"]


def test_no_file_is_ever_overwritten(service: DashboardService, store: Store, folder: Path) -> None:
    record_two(store)
    (folder / "runs.csv").write_text("mine")
    (folder / "runs-3.csv").symlink_to(folder / "nowhere")
    names = [export(service, view={}, name=name)["path"] for name in ("runs", "runs.csv", "runs")]
    assert names == ["runs-2.csv", "runs-4.csv", "runs-5.csv"]
    assert (folder / "runs.csv").read_text() == "mine"
    assert not (folder / "nowhere").exists()
    assert stat.S_IMODE((folder / "runs-2.csv").stat().st_mode) & 0o400


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../runs", "a/b", "a\\b", "/etc/passwd", "C:x", ".hidden", " runs", "a\nb",
     "a\u202eb", "a*", "n" * 201, "ä" * 101],
)  # fmt: skip
def test_a_name_that_leaves_the_folder_is_refused(
    service: DashboardService, folder: Path, name: str
) -> None:
    args = {"view_id": "v", "view": {}, "format": "csv", "shape": "wide"}
    assert refusal(service, "export", **args, name=name)["code"] == "request"
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_unknown_or_elsewhere_is_refused(
    service: DashboardService, store: Store, folder: Path, tmp_path: Path
) -> None:
    args = {"view": {}, "name": "runs", "format": "csv", "shape": "wide"}
    error = refusal(service, "export", **args, view_id="unknown")
    assert "does not know" in error["message"]
    assert "Execute its cell" in error["hint"]
    bounded = DashboardService(store.database, root=tmp_path / "served")
    (tmp_path / "served").mkdir()
    error = refusal(bounded, "export", **args, view_id="v")
    assert "not below the server's folder" in error["message"]
    link = tmp_path / "served" / "link"
    link.symlink_to(folder)
    for elsewhere in (link, tmp_path / "served" / ".." / "notebooks"):
        save_view(store.database, "w", {"folder": str(elsewhere)})
        error = refusal(bounded, "export", **args, view_id="w")
        assert "not below the server's folder" in error["message"]
    save_view(store.database, "w", {"folder": str(tmp_path / "served" / "gone")})
    assert "There is no folder" in refusal(bounded, "export", **args, view_id="w")["message"]
    assert list(folder.iterdir()) == []
    save_view(store.database, "w", {"folder": str(tmp_path / "served")})
    assert ask(bounded, "export", **args, view_id="w")["rows"] == 0


def test_what_fails_leaves_no_file_behind(
    service: DashboardService, store: Store, folder: Path
) -> None:
    args = {"view_id": "v", "name": "runs", "format": "csv", "shape": "wide"}
    assert refusal(service, "export", **args, run_ids=["0" * 32])["code"] == "not_found"
    assert refusal(service, "export", **args, view={"search": "a ="})["code"] == "query"
    assert refusal(service, "export", **args)["code"] == "request"
    assert list(folder.iterdir()) == []


@pytest.fixture
def many(store: Store, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr("nbtrack.dashboard.operations.export.WAIT_SECONDS", 0)
    fill(store.database, Filling(4_000, params=5, metrics=5, tags=1), experiment="many")
    return {"experiments": [experiment_of(store.database, "many")]}


def test_an_export_that_takes_long_is_asked_after(
    service: DashboardService, folder: Path, many: dict[str, Any]
) -> None:
    answer = export(service, view=many)
    job, seen = answer["job"], [answer["done"]]
    while "job" in answer:
        answer = ask(service, "export_progress", job=job)
        seen.append(answer.get("done", 4_000))
    assert answer["rows"] == 4_000
    assert seen == sorted(seen)
    assert set(seen) - {0, 4_000}, "its progress was never told"
    assert ask(service, "export_progress", job=job) == answer  # a reply may be lost
    assert [path.name for path in folder.iterdir()] == [answer["path"]]


def test_a_cancelled_export_leaves_no_file(
    service: DashboardService, folder: Path, many: dict[str, Any]
) -> None:
    job = export(service, view=many)["job"]
    ask(service, "export_progress", job=job, cancel=True)
    until(lambda: service._context.jobs.find(job).has_ended, "the job's end")
    assert "cancelled" in refusal(service, "export_progress", job=job)["message"]
    assert list(folder.iterdir()) == []
    assert "restarted" in refusal(service, "export_progress", job="0")["message"]


def test_so_many_exports_at_once_are_enough(
    service: DashboardService, many: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbtrack.dashboard.jobs.MAX_RUNNING", 1)
    job = export(service, view=many)["job"]
    args = {"view_id": "v", "name": "runs", "format": "csv", "shape": "wide"}
    assert "Wait until" in (refusal(service, "export", **args, view=many).get("hint") or "")
    until(lambda: service._context.jobs.find(job).has_ended, "the job's end")
    export(service, view=many)


def test_many_runs_are_written_block_by_block(
    service: DashboardService, store: Store, folder: Path
) -> None:
    fill(store.database, Filling(2_345, params=2, metrics=2, tags=1), experiment="many")
    view = {"experiments": [experiment_of(store.database, "many")]}
    told = export(service, view=view, format="parquet")
    frame = pd.read_parquet(folder / told["path"])
    assert told["rows"] == len(frame) == frame["run_id"].nunique() == 2_345
