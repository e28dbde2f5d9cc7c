"""The Models tab's requests: lists, one model with its lineage, and what people change."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from nbtrack.api import Store
from nbtrack.dashboard.service import DashboardService
from tests.unit.asking import ask, refusal

HOSTILE = "<img src=x onerror=alert(1)>'\"; --"


class Bomb:
    """Something that leaves a trace when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return (Path.touch, (self.trace,))


@pytest.fixture
def run_id(store: Store, tmp_path: Path) -> str:
    """Id of a run that has logged a model and registered it as ``churn``."""
    file = tmp_path / "bomb.pkl"
    file.write_bytes(pickle.dumps(Bomb(tmp_path / "unpickled")))
    with store.start_run("forest", experiment="sweep") as run:
        run.set_description("Trees, *many*")
        run.log_dataset([1, 2], "customers", "train")
        run.log_model(file, "model", schema={"age": "long"}, register="churn")
    store.recorder.close()
    return run.run_id


@pytest.fixture
def service(store: Store) -> DashboardService:
    return DashboardService(store.database)


def test_a_model_is_shown_with_its_versions_and_lineage(
    store: Store, service: DashboardService, run_id: str, tmp_path: Path
) -> None:
    listed = ask(service, "models")
    assert listed["total"] == 1
    assert listed["models"][0]["latest"] == {"None": 1}
    found = ask(service, "model", name="churn")
    (version,) = found["versions"]
    assert version["origin"] == {
        "run_id": run_id,
        "run_name": "forest",
        "experiment": "sweep",
        "stage": "active",
        "notebook": version["origin"]["notebook"],
        "git_commit": version["origin"]["git_commit"],
        "has_code": version["origin"]["has_code"],
        "datasets": ["customers (train)"],
    }
    assert version["description"] == "Trees, *many*"
    assert version["schema"]["inputs"][0]["name"] == "age"
    assert [file["path"] for file in version["files"]] == ["model/MLmodel", "model/bomb.pkl"]
    assert version["unpickles"]
    assert version["load"].endswith("nbtrack.registry.load('churn', version=1)")
    assert not (tmp_path / "unpickled").exists()


def test_a_run_s_models_are_registered_again(service: DashboardService, run_id: str) -> None:
    (logged,) = ask(service, "run_models", run_id=run_id)["models"]
    assert (logged["path"], logged["schema"]["inputs"][0]["type"]) == ("model", "long")
    assert logged["versions"] == [{"name": "churn", "version": 1, "stage": "None"}]
    made = ask(service, "register", run_id=run_id, path="model", name=HOSTILE)
    assert (made["name"], made["version"]) == (HOSTILE, 1)
    assert len(ask(service, "run_models", run_id=run_id)["models"][0]["versions"]) == 2
    assert ask(service, "models", search="onerror")["models"][0]["name"] == HOSTILE
    assert ask(service, "models", search='"<img"')["total"] == 1
    assert refusal(service, "register", run_id=run_id, path="no", name="x")["code"] == "not_found"
    assert refusal(service, "register", run_id=run_id, path="../x", name="x")["code"] == "artifact"
    refused = refusal(service, "register", run_id=run_id, path="model", name="a/b")
    assert refused["code"] == "invalid_key"
    assert refusal(service, "models", search="nmae = 'x'")["code"] == "query"


def test_versions_move_and_are_renamed_tagged_and_described(
    service: DashboardService, run_id: str
) -> None:
    move = {"name": "churn", "version": 1, "stage": "Production"}
    before = ask(service, "store")["revision"]
    moved = ask(service, "set_stage", **move, expected="None", archive_others=True)
    assert moved["archived"] == []
    assert moved["revision"] > before
    assert refusal(service, "set_stage", **move, expected="None")["code"] == "conflict"
    alias = {"name": "churn", "alias": "champion", "version": 1}
    ask(service, "set_alias", **alias, expected=None)
    assert refusal(service, "set_alias", **alias, expected=None)["code"] == "conflict"
    ask(service, "set_model", name="churn", description="Who leaves", tags={"team": HOSTILE})
    ask(service, "set_model", name="churn", version=1, description="First", tags={"a": "b"})
    ask(service, "rename_model", name="churn", new_name="leavers")
    found = ask(service, "model", name="leavers")
    assert found["model"]["aliases"] == {"champion": 1}
    assert found["model"]["tags"] == [{"key": "team", "value": HOSTILE}]
    (version,) = found["versions"]
    assert (version["stage"], version["aliases"]) == ("Production", ["champion"])
    assert (version["description"], version["tags"]) == ("First", [{"key": "a", "value": "b"}])
    assert "alias='champion'" in version["load"]
    ask(service, "set_alias", name="leavers", alias="champion", version=None, expected=1)
    assert ask(service, "model", name="leavers")["model"]["aliases"] == {}


def test_models_and_versions_are_deleted_and_restored(
    service: DashboardService, run_id: str
) -> None:
    ask(service, "set_stage", name="churn", version=1, stage="Staging", expected="None")
    assert "is in stage Staging" in refusal(service, "delete_model", name="churn")["message"]
    ask(service, "set_stage", name="churn", version=1, stage="None", expected="Staging")
    ask(service, "delete_model", name="churn", version=1)
    (version,) = ask(service, "model", name="churn")["versions"]
    assert version["deleted"]
    ask(service, "restore_model", name="churn", version=1)
    ask(service, "delete_model", name="churn")
    assert ask(service, "models")["total"] == 0
    assert ask(service, "models", deleted=True)["total"] == 1
    ask(service, "restore_model", name="churn")
    assert ask(service, "model", name="churn")["versions"][0]["deleted"] is None


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\xff", b"[" * 100_000, b"a: &a [x]\nflavors: {nbtrack: {a: *a}}", b"5",
     json.dumps({"flavors": 5, "signature": {"inputs": "[" * 5000}}).encode()],
    ids=range(6),
)  # fmt: skip
def test_a_description_of_anything_is_read_safely(
    store: Store, service: DashboardService, content: bytes
) -> None:
    with store.start_run() as run:
        run._put("model/MLmodel", content)
    store.recorder.close()
    (logged,) = ask(service, "run_models", run_id=run.run_id)["models"]
    assert logged["schema"] is None
    assert ask(service, "register", run_id=run.run_id, path="model", name="odd")["version"] == 1
    assert ask(service, "model", name="odd")["versions"][0]["library"] == logged["library"]


def test_the_files_of_a_cleared_run_are_missing(
    store: Store, service: DashboardService, run_id: str
) -> None:
    store.recorder.artifacts.remove(run_id)
    (logged,) = ask(service, "run_models", run_id=run_id)["models"]
    assert (logged["library"], len(logged["versions"])) == ({}, 1)
    refused = refusal(service, "register", run_id=run_id, path="model", name="churn")
    assert refused["code"] == "artifact"
