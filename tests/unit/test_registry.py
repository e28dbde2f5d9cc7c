"""Models that runs log, as registered models that Python finds and loads again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from nbtrack.api import Store
from nbtrack.errors import (
    ArtifactError,
    InvalidKeyError,
    InvalidValueError,
    NotFoundError,
    QueryError,
    UnpicklingWarning,
)
from nbtrack.model_files.schema import model_schema

DATA = pd.DataFrame({"x": [0.0, 1.0, 2.0], "n": [1, 2, 3]})


def fitted() -> Pipeline:
    return make_pipeline(StandardScaler(), LinearRegression()).fit(DATA, [0.0, 2.0, 4.0])


def log(store: Store, model: object, name: str = "model", **options: Any) -> str:
    with store.start_run() as run:
        run.set_description("The *best* one")
        run.log_model(model, name, **options)
    store.recorder.close()
    return run.run_id


def test_a_model_is_registered_as_it_is_logged_and_loads_again(store: Store) -> None:
    run_id = log(store, fitted(), schema=(DATA, pd.DataFrame({"y": [0.5]})), register="churn")
    version = store.registry.version("churn")
    assert (version.version, version.run_id, version.artifact_path) == (1, run_id, "model")
    assert version.description == "The *best* one"
    assert version.library["library"] == "scikit-learn"
    assert version.library["class"] == "sklearn.pipeline.Pipeline"
    assert version.schema == {
        "inputs": [
            {"type": "double", "name": "x", "required": True},
            {"type": "long", "name": "n", "required": True},
        ],
        "outputs": [{"type": "double", "name": "y", "required": True}],
    }
    with pytest.warns(UnpicklingWarning, match="version 1 of 'churn' unpickles it, which runs"):
        model = store.registry.load("churn")
    assert model.predict(DATA).tolist() == pytest.approx([0.0, 2.0, 4.0])


def test_a_run_registers_the_model_it_has(sqlite_store: Store) -> None:
    store = sqlite_store
    run_id = log(store, fitted())
    first = store.registry.register("churn", run_id[:8], tags={"team": "a"})
    second = store.registry.register("churn", run_id, "model", description="Mine")
    assert (first.version, first.description, first.tags) == (1, "The *best* one", {"team": "a"})
    assert (second.version, second.description) == (2, "Mine")
    assert first.library == second.library
    with pytest.raises(NotFoundError, match=r"no artifact 'modle'\. Did you mean 'model'"):
        store.registry.register("churn", run_id, "modle")
    with pytest.raises(InvalidKeyError, match="slash or a colon"):
        store.registry.register("a/b", run_id)
    with store.start_run() as run:
        run.log_text("weights", "mine/weights.txt")
    with pytest.raises(InvalidValueError, match="has logged no model"):
        store.registry.register("churn", run.run_id)
    third = store.registry.register("churn", run.run_id, "mine")
    assert third.library["format"] == "files"
    assert [each.version for each in store.registry.versions("churn")] == [3, 2, 1]


def test_which_version_is_meant(sqlite_store: Store) -> None:
    store, run_id = sqlite_store, log(sqlite_store, fitted(), register="churn")
    registry = store.registry
    registry.register("churn", run_id)
    registry.set_stage("churn", 1, "production")
    registry.set_alias("churn", "champion", 1)
    assert registry.version("churn").version == 2
    assert registry.version("churn", stage="Production").version == 1
    assert registry.version("churn", alias="champion").version == 1
    with pytest.raises(NotFoundError, match="no version in stage Staging"):
        registry.version("churn", stage="Staging")
    with pytest.raises(InvalidValueError, match="Give one of them"):
        registry.version("churn", 1, alias="champion")
    with pytest.raises(NotFoundError, match="Did you mean 'churn'"):
        registry.version("chrun")


def test_models_are_found_by_name_and_tag(store: Store) -> None:
    registry = store.registry
    registry.create("churn forest", description="Who leaves?", tags={"task": "tabular"})
    registry.create("churn_net", tags={"task": "deep"})
    registry.create("CHURN%", tags={"owner": "Ada"})

    def found(where: str | None) -> list[str]:
        return [model.name for model in registry.search(where)]

    assert found(None) == found(" ") == ["CHURN%", "churn forest", "churn_net"]
    assert found("name LIKE 'churn%'") == ["churn forest", "churn_net"]
    assert found("tags.task = 'deep'") == ["churn_net"]
    assert found("churn ada") == ["CHURN%"]
    assert found("leaves") == ["churn forest"]
    assert found("%") == ["CHURN%"]
    with pytest.raises(QueryError, match="nmae"):
        found("nmae = 'x'")


def test_a_model_whose_files_are_gone_says_so(sqlite_store: Store, tmp_path: Path) -> None:
    store, run_id = sqlite_store, log(sqlite_store, fitted(), register="churn")
    store.recorder.artifacts.remove(run_id)
    with pytest.raises(ArtifactError, match="gone from the artifact store"):
        store.registry.download("churn", tmp_path / "there")
    with pytest.warns(UnpicklingWarning), pytest.raises(ArtifactError, match="gone"):
        store.registry.load("churn")
    file = Path(store.recorder.artifacts.root) / run_id[:2] / run_id / "model" / "model.joblib"
    file.parent.mkdir(parents=True)
    file.with_name("MLmodel").write_text("{}")
    file.write_bytes(b"evil")
    with pytest.warns(UnpicklingWarning), pytest.raises(ArtifactError, match="not what was logged"):
        store.registry.load("churn")


def test_a_folder_of_ones_own_is_kept_as_it_is(sqlite_store: Store, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "parts").mkdir(parents=True)
    (mine / "parts" / "weights.bin").write_bytes(b"\0\1")
    log(sqlite_store, mine, register="mine", schema={"x": "double"})
    got = sqlite_store.registry.download("mine", tmp_path / "got")
    assert (got / "parts" / "weights.bin").read_bytes() == b"\0\1"
    assert json.loads((got / "MLmodel").read_text())["flavors"]["nbtrack"]["format"] == "files"
    with pytest.warns(UnpicklingWarning), pytest.raises(InvalidValueError, match=r"registry\.down"):
        sqlite_store.registry.load("mine")


def test_what_cannot_be_saved_is_refused_and_leaves_nothing(sqlite_store: Store) -> None:
    with sqlite_store.start_run() as run:
        for model, options in (
            (object(), {}),
            (fitted(), {"format": "pickle"}),
            (fitted(), {"format": "xgboost"}),
            (fitted(), {"schema": 5}),
            (fitted(), {"schema": {"x": "decimal"}}),
            (lambda: None, {"format": "joblib"}),
        ):
            with pytest.raises(InvalidValueError):
                run.log_model(model, "model", register="churn", **options)
        with pytest.raises(InvalidKeyError):
            run.log_model(fitted(), "model", register="a/b")
        with pytest.raises(ArtifactError):
            run.log_model(fitted(), "../model")
    assert sqlite_store.get_run(run.run_id).artifacts == ()
    assert sqlite_store.registry.search() == []


def test_a_schema_is_told_in_many_ways() -> None:
    columns = [{"type": "double", "name": "x", "required": True}]
    assert model_schema({"x": float}) is not None
    for given in ({"x": "float64"}, {"x": "double"}, {"inputs": columns}, json.dumps(columns)):
        assert model_schema(given) == {"inputs": columns}
    assert model_schema(np.zeros((3, 2), "float32")) == {
        "inputs": [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}]
    }
    frame = pd.DataFrame(
        {
            "i": np.array([1], "int32"),
            "l": [1],
            "f": np.array([1], "float32"),
            "s": ["a"],
            "b": [True],
        }
    )
    frame["d"] = pd.to_datetime(["2026-01-01"])
    frame["gap"] = [float("nan")]
    schema = model_schema(frame)
    assert schema is not None
    assert [each["type"] for each in schema["inputs"]] == [
        "integer", "long", "float", "string", "boolean", "datetime", "double",
    ]  # fmt: skip
    assert [each["required"] for each in schema["inputs"]] == [True] * 6 + [False]


def test_the_library_that_saved_a_model_loads_it(sqlite_store: Store) -> None:
    skops = pytest.importorskip("skops")
    assert skops
    log(sqlite_store, fitted(), format="skops", register="skops")
    assert sqlite_store.registry.load("skops").predict(DATA)[1] == pytest.approx(2.0)


def test_xgboost_models_keep_their_class(sqlite_store: Store) -> None:
    xgboost = pytest.importorskip("xgboost")
    model = xgboost.XGBClassifier(n_estimators=3).fit(DATA, [0, 1, 1])
    log(sqlite_store, model, register="trees")
    loaded = sqlite_store.registry.load("trees")
    assert type(loaded) is xgboost.XGBClassifier
    assert loaded.predict(DATA).tolist() == model.predict(DATA).tolist()


def test_lightgbm_models_come_back_as_boosters(sqlite_store: Store) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    model = lightgbm.LGBMRegressor(n_estimators=3, min_child_samples=1, verbose=-1)
    model.fit(DATA, [0.0, 1.0, 2.0])
    log(sqlite_store, model, register="boost")
    loaded = sqlite_store.registry.load("boost")
    assert loaded.predict(DATA).tolist() == pytest.approx(model.predict(DATA).tolist())


def test_onnx_models_load_without_pickle(sqlite_store: Store) -> None:
    onnx = pytest.importorskip("onnx")
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    kind = onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        [node], "g", [onnx.helper.make_tensor_value_info("x", kind, [None, 1])],
        [onnx.helper.make_tensor_value_info("y", kind, [None, 1])],
    )  # fmt: skip
    log(sqlite_store, onnx.helper.make_model(graph), register="identity")
    assert sqlite_store.registry.load("identity").graph.name == "g"
