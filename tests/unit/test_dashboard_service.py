"""The dashboard's operations, asked as a page asks them, on both databases."""

from __future__ import annotations

import base64
import math
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nbtrack.api import Store
from nbtrack.dashboard.protocol import OPERATIONS, RunDetail
from nbtrack.dashboard.service import HANDLERS, DashboardService
from nbtrack.model import Status
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.edits import save_view
from nbtrack.store.experiments import ensure_experiment
from nbtrack.store.outbox import OutboxWriter
from tests.unit.asking import ask, checked_reply, refusal, request
from tests.unit.recorded_runs import FULL_EXPERIMENT, LONG_FILE, deliver_run, record_full_run
from tests.waiting import until

OTHER = "f" * 32
EXPORTED = {"path": "runs.csv", "size": 1, "rows": 1, "code": "pd.read_csv('runs.csv')"}
CHANGES = {"delete", "restore", "set_tags", "set_description", "set_view", "create_experiment"}


@pytest.fixture
def service(store: Store) -> DashboardService:
    return DashboardService(store.database)


ONCE = {"rename_model", "set_stage", "set_alias", "delete_model", "restore_model"}
"""Refused where somebody else has done the same before."""


@pytest.fixture
def run_id(store: Store, tmp_path: Path) -> str:
    return record_full_run(store, tmp_path)


@pytest.fixture
def everything(
    store: Store, service: DashboardService, run_id: str, tmp_path: Path
) -> dict[str, dict[str, Any]]:
    """Return arguments for every operation, with what they need beside the full run."""
    deliver_run(store.database, run_id=OTHER)
    save_view(store.database, "exports", {"folder": str(tmp_path)})
    store.registry.create("spare")
    store.registry.register("digits", run_id, "models")
    job = service._context.jobs.start(lambda _report: EXPORTED)
    return {**good_args(run_id), "export_progress": {"job": job.name}}


def good_args(run_id: str) -> dict[str, dict[str, Any]]:
    """Return arguments for every operation, that find something."""
    view = {"sort": [{"column": "metrics.acc", "descending": True}], "deleted": False}
    columns = ["attributes.run_name", "params.nan", "metrics.`val loss`", "metrics.acc"]
    return {
        "store": {},
        "view": {"view_id": "v"},
        "set_view": {"view_id": "v", "view": view},
        "summary": {"view": view},
        "experiments": {"deleted": False},
        "create_experiment": {"name": "new"},
        "rename_experiment": {"experiment_id": 1, "name": FULL_EXPERIMENT},
        "describe_experiment": {"experiment_id": 1, "description": "d", "tags": {"team": "a"}},
        "delete_experiment": {"experiment_id": 1},
        "restore_experiment": {"experiment_id": 1},
        "columns": {"view": view},
        "list_columns": {"view": view, "search": "a", "differing": True},
        "complete": {"view": view, "text": "status = ", "cursor": 9},
        "marked_counts": {"view": view, "marks": {"all": True, "run_ids": []}, "paths": [[]]},
        "ids": {"view": view, "offset": 0, "limit": 100},
        "aggregates": {"view": view, "columns": columns, "paths": [[]]},
        "rows": {"view": view, "columns": columns, "offset": 0, "limit": 100},
        "run": {"run_id": run_id},
        "series": {"run_ids": [run_id], "keys": ["val loss"], "max_points": 4},
        "artifacts": {"run_id": run_id},
        "artifact": {"run_id": run_id, "path": "models/model.bin"},
        "cell_statuses": {"notebook": "/n.ipynb", "cell_ids": ["c"]},
        "activity": {},
        "stale": {"view": view},
        "set_tags": {"run_ids": [run_id], "tags": {"team": None, "new": "x"}},
        "set_description": {"run_id": run_id, "description": "d"},
        "delete": {"run_ids": [run_id]},
        "restore": {"run_ids": [run_id]},
        "clear": {"view": {"experiments": [999]}},
        "code_changes": {"run_id": run_id},
        "compare": {"run_ids": [run_id, OTHER]},
        "export": {
            "view_id": "exports",
            "view": view,
            "name": "runs",
            "format": "csv",
            "shape": "wide",
        },
        "export_progress": {"job": "gone"},
        "models": {"search": "name LIKE 'di%'"},
        "model": {"name": "digits"},
        "run_models": {"run_id": run_id},
        "register": {"run_id": run_id, "path": "models", "name": "digits"},
        "rename_model": {"name": "spare", "new_name": "kept"},
        "set_model": {"name": "digits", "description": "d", "tags": {"team": "a"}},
        "set_stage": {
            "name": "digits",
            "version": 1,
            "stage": "Staging",
            "expected": "None",
            "archive_others": True,
        },
        "set_alias": {"name": "digits", "alias": "best", "version": 1, "expected": None},
        "delete_model": {"name": "digits", "version": 2},
        "restore_model": {"name": "digits", "version": 2},
    }


def test_every_operation_of_the_protocol_is_answered_in_its_shape(
    service: DashboardService, everything: dict[str, dict[str, Any]]
) -> None:
    assert everything.keys() == OPERATIONS.keys() == HANDLERS.keys()
    for operation in OPERATIONS:
        ask(service, operation, **everything[operation])


def test_numbers_that_json_lacks_travel_as_text(service: DashboardService, run_id: str) -> None:
    (series,) = ask(service, "series", run_ids=[run_id], keys=["val loss"])["series"]
    assert series["values"] == [1.0, "NaN", "Infinity", "-Infinity", 0.25]
    assert series["steps"] == [0, 1, 2, 3, 4]
    detail: RunDetail = ask(service, "run", run_id=run_id)
    assert {
        entry["key"]: (entry["last"], entry["minimum"], entry["maximum"], entry["count"])
        for entry in detail["metrics"]
    } == {"acc": ("NaN", None, None, 1), "val loss": (0.25, "-Infinity", "Infinity", 5)}
    columns = ["params.nan", "metrics.acc", "params.big", "params.on", "params.layers"]
    view = {"where": f"run_id = '{run_id}'"}
    found = ask(service, "rows", view=view, columns=columns, offset=0, limit=9)
    assert found["rows"][0]["cells"] == ["NaN", "NaN", str(10**30), True, "[1, 2]"]


def test_a_run_has_all_its_sections(service: DashboardService, run_id: str) -> None:
    def detail() -> RunDetail:
        found: RunDetail = ask(service, "run", run_id=run_id)
        return found

    until(lambda: bool(detail()["host"] and detail()["packages"]), "facts in the background")
    run = detail()
    assert (run["run_name"], run["experiment"]) == ("full <b>run</b>", FULL_EXPERIMENT)
    assert (run["status"], run["stage"], run["reason"]) == ("completed", "active", None)
    assert run["end_time"] is not None
    assert run["start_time"] is not None
    assert run["start_time"] <= run["end_time"]
    assert [(entry["key"], entry["type"], entry["value"]) for entry in run["params"]] == [
        ("big", "int", str(10**30)),
        ("layers", "json", "[1, 2]"),
        ("lr", "float", "0.1"),
        ("nan", "float", "nan"),
        ("on", "bool", "true"),
    ]
    assert run["tags"] == [
        {"key": "note", "value": "line\nbreak"}, {"key": "team", "value": "vision"},
    ]  # fmt: skip
    assert run["description"] == "What *happened*"
    (dataset,) = run["datasets"]
    assert (dataset["name"], dataset["context"]) == ("data", "train")
    assert (dataset["schema"], dataset["profile"]) == ({}, {"bytes": len(LONG_FILE)})
    assert [(event["from_status"], event["to_status"]) for event in run["events"]] == [
        (None, "running"), ("running", "completed"),
    ]  # fmt: skip
    assert "said on stdout\n" in (run["stdout"] or "")
    assert any(package["name"] == "pytest" for package in run["packages"])
    assert run["host"]["logical_cores"] >= 1
    (child,) = run["child_run_ids"]
    assert ask(service, "run", run_id=child)["parent_run_id"] == run_id


def test_the_chunks_of_an_artifact_make_up_the_file(service: DashboardService, run_id: str) -> None:
    listed = ask(service, "artifacts", run_id=run_id)["artifacts"]
    assert [(entry["path"], entry["size"]) for entry in listed] == [
        ("empty.txt", 0), ("models/model.bin", len(LONG_FILE)),
    ]  # fmt: skip
    data = b""
    offset: int | None = 0
    while offset is not None:
        chunk = ask(
            service, "artifact", run_id=run_id, path="models/model.bin", offset=offset, limit=999
        )
        data += base64.b64decode(chunk["data"])
        offset = chunk["next_offset"]
    assert data == LONG_FILE
    empty = ask(service, "artifact", run_id=run_id, path="empty.txt")
    assert (empty["data"], empty["next_offset"]) == ("", None)
    beyond = ask(service, "artifact", run_id=run_id, path="models/model.bin", offset=10**9)
    assert (beyond["data"], beyond["next_offset"]) == ("", None)


def test_an_artifact_removed_by_hand_gets_an_error(
    service: DashboardService, store: Store, run_id: str
) -> None:
    uri = ArtifactStore(store.config.artifacts).uri(run_id)
    (Path(uri) / "models" / "model.bin").unlink()
    error = refusal(service, "artifact", run_id=run_id, path="models/model.bin")
    assert error["code"] == "artifact"
    assert "models/model.bin" in error["message"]
    assert len(ask(service, "artifacts", run_id=run_id)["artifacts"]) == 2


def test_series_keep_their_extremes_when_points_are_left_out(
    service: DashboardService, store: Store
) -> None:
    with store.start_run() as run:
        for step in range(5_000):
            run.log_metric("loss", {1234: -7.0, 2345: 9.0}.get(step, math.sin(step)), step)
    store.recorder.delivery.flush(60)
    (whole,) = ask(service, "series", run_ids=[run.run_id], keys=["loss"])["series"]
    assert len(whole["values"]) <= 2_000
    (few,) = ask(service, "series", run_ids=[run.run_id], keys=["loss"], max_points=20)["series"]
    assert len(few["values"]) <= 20
    for series in (whole, few):
        points = dict(zip(series["steps"], series["values"], strict=True))
        assert (points[1234], points[2345]) == (-7.0, 9.0)
        assert {0, 4_999} <= points.keys()
        assert series["steps"] == sorted(series["steps"])
    assert ask(service, "series", run_ids=[run.run_id], keys=["other"])["series"] == []


def names_shown(service: DashboardService, **view: Any) -> list[str]:
    found = ask(service, "rows", view=view, columns=[], offset=0, limit=100)
    return [row["run_name"] for row in found["rows"]]


def test_deleting_and_restoring_is_seen_in_the_store_and_in_the_views(
    service: DashboardService, store: Store
) -> None:
    database = store.database
    ids = [deliver_run(database, name=name, start=start) for start, name in enumerate("abc")]
    before = ask(service, "store")["revision"]
    deleted = ask(service, "delete", run_ids=[ids[0], ids[1], ids[0]])
    assert deleted["run_ids"] == ids[:2]
    assert deleted["revision"] > before
    assert names_shown(service) == ["c"]
    assert names_shown(service, deleted=True) == ["b", "a"]
    assert store.get_run(ids[0]).stage == "deleted"
    summary = ask(service, "summary", view={})
    assert (summary["total"], summary["deleted"]) == (1, 2)
    assert ask(service, "delete", run_ids=[ids[0]])["run_ids"] == []
    undone = ask(service, "restore", run_ids=deleted["run_ids"])
    assert undone["run_ids"] == ids[:2]
    assert names_shown(service) == ["c", "b", "a"]
    assert names_shown(service, deleted=True) == []
    assert store.get_run(ids[0]).stage == "active"


def test_one_unknown_run_among_others_changes_nothing(
    service: DashboardService, store: Store
) -> None:
    known = deliver_run(store.database)
    for operation in ("delete", "restore"):
        assert refusal(service, operation, run_ids=[known, "0" * 32])["code"] == "not_found"
    tags = {"team": "x"}
    assert refusal(service, "set_tags", run_ids=[known, "0" * 32], tags=tags)["code"] == "not_found"
    assert store.get_run(known).stage == "active"
    assert store.get_run(known).tags == {}


def test_tags_and_descriptions_are_kept(service: DashboardService, store: Store) -> None:
    run_id = deliver_run(store.database, tags={"old": "1", "kept": "2"})
    ask(service, "set_tags", run_ids=[run_id], tags={"old": None, "new": "3 <i>"})
    ask(service, "set_description", run_id=run_id, description="a\nb 🎈")
    found = store.get_run(run_id)
    assert found.tags == {"kept": "2", "new": "3 <i>"}
    assert found.description == "a\nb 🎈"


def test_the_summary_counts_what_the_view_means_whatever_its_search(
    service: DashboardService, store: Store
) -> None:
    database = store.database
    deliver_run(database, name="a", experiment="one", start=1_000, seconds=2)
    deliver_run(database, name="b", experiment="one", status=Status.FAILED, start=2_000)
    deliver_run(database, name="c", experiment="two", start=9_000)
    one = ensure_experiment(database, "one")
    view = {"experiments": [one], "search": "nothing has this"}
    assert ask(service, "summary", view=view) == {
        "revision": database.revision(),
        "experiments": ["one"],
        "total": 2,
        "statuses": {"completed": 1, "failed": 1},
        "deleted": 0,
        "last_activity": 3_000,
    }
    assert ask(service, "summary", view={})["experiments"] == ["one", "two"]
    assert ask(service, "summary", view={"where": "run_name = 'a'"})["total"] == 1
    assert ask(service, "summary", view={"where": "run_name = 'z'"})["last_activity"] is None


def test_experiments_are_listed_with_their_runs(service: DashboardService, store: Store) -> None:
    database = store.database
    deliver_run(database, experiment="old", start=1_000)
    gone = deliver_run(database, experiment="new", start=5_000)
    deliver_run(database, experiment="new", start=2_000)
    ask(service, "delete", run_ids=[gone])
    created = ask(service, "create_experiment", name="empty")["experiment_id"]
    listed = ask(service, "experiments")["experiments"]
    assert [(entry["name"], entry["run_count"], entry["last_activity"]) for entry in listed] == [
        ("new", 1, 2_000), ("old", 1, 1_000), ("empty", 0, None),
    ]  # fmt: skip
    assert listed[2]["experiment_id"] == created
    assert ask(service, "experiments", deleted=True)["experiments"] == []
    assert refusal(service, "create_experiment", name="empty")["code"] == "invalid_value"
    assert refusal(service, "create_experiment", name=" ")["code"] == "invalid_key"


def test_a_view_comes_back_as_it_was_set(service: DashboardService, store: Store) -> None:
    view = {
        "experiments": [1],
        "search": "metrics.acc >",
        "sort": [{"column": "params.`a b`", "descending": True}],
        "columns": ["attributes.run_name"],
        "deleted": True,
        "height": 300,
    }
    before = store.database.revision()
    assert ask(service, "set_view", view_id="mine", view=view)["revision"] > before
    assert ask(service, "view", view_id="mine") == {"view_id": "mine", "view": view}
    assert ask(service, "view", view_id="none") == {"view_id": "none", "view": {}}


def test_what_another_version_kept_in_a_view_is_left_out(
    service: DashboardService, store: Store
) -> None:
    stored = {"search": "a", "group_by": ["params.lr", "x"], "sort": ["metrics.acc"], "height": 1.5}
    save_view(store.database, "newer", stored)
    assert ask(service, "view", view_id="newer")["view"] == {
        "search": "a", "group_by": ["params.lr"],
    }  # fmt: skip


DIE = """
import os, signal, sys
import nbtrack
store = nbtrack.connect(sys.argv[1])
with store.start_run("doomed") as run:
    run.log_metric("loss", 0.5)
    print(run.run_id, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("operation", ["store", "summary"])
def test_opening_the_dashboard_tells_a_killed_process(
    service: DashboardService, store_url: str, operation: str
) -> None:
    process = subprocess.run(
        [sys.executable, "-c", DIE, store_url], capture_output=True, text=True, check=False
    )
    assert process.returncode == -9, process.stderr
    run_id = process.stdout.strip()
    ask(service, operation, **good_args(run_id)[operation])
    run: RunDetail = ask(service, "run", run_id=run_id)
    assert run["status"] == "dead"
    assert "is gone" in (run["reason"] or "")
    assert [(entry["key"], entry["last"]) for entry in run["metrics"]] == [("loss", 0.5)]


def test_an_outbox_that_cannot_be_understood_keeps_no_dashboard_from_opening(
    service: DashboardService, store: Store
) -> None:
    outbox = OutboxWriter(store.config.outbox, "ab" * 16)
    outbox.append({"op": "start", "kernel": {"not": "a kernel"}})
    outbox.close()
    assert ask(service, "store")["store_id"] == store.database.store_id


@pytest.fixture
def recording(store: Store) -> Iterator[threading.Event]:
    """Record runs until the event is set."""
    stop, failed = threading.Event(), []

    def record() -> None:
        try:
            while not stop.is_set():
                with store.start_run("live", params={"lr": random.random()}) as run:
                    run.log_metric("loss", 0.5)
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=record)
    thread.start()
    yield stop
    stop.set()
    thread.join()
    assert failed == []


def test_many_threads_may_ask_while_runs_are_recorded(
    service: DashboardService,
    everything: dict[str, dict[str, Any]],
    recording: threading.Event,
) -> None:
    replies: list[tuple[str, dict[str, Any]]] = []

    def asks(seed: int) -> Callable[[], None]:
        def work() -> None:
            order = [operation for operation in HANDLERS.keys() - ONCE for _ in range(3)]
            order.sort()
            random.Random(seed).shuffle(order)
            for operation in order:
                own = {"name": f"e{seed}-{len(replies)}"} if "create" in operation else {}
                message = request(operation, **{**everything[operation], **own})
                replies.append((operation, checked_reply(service, message)))

        return work

    with ThreadPoolExecutor(8) as pool:
        for work in [pool.submit(asks(seed)) for seed in range(8)]:
            work.result()
    recording.set()
    assert len(replies) == 8 * 3 * len(HANDLERS.keys() - ONCE)
    refused = [reply for _, reply in replies if not reply["ok"]]
    assert refused == []
