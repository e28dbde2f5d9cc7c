"""Datasets and logged models, as MLflow's clients log and read them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
    Metric,
)
from mlflow.exceptions import MlflowException

from tests.mlflow.recorded import found, new_run

CONTEXT = "mlflow.data.context"


def data(name: str, digest: str = "d", **tags: str) -> DatasetInput:
    facts = Dataset(name, digest, "local", f"source of {name}", "schema", "profile")
    return DatasetInput(facts, [InputTag(key, value) for key, value in tags.items()])


def inputs(store: Any, run: str) -> dict[tuple[str, str], tuple[str, dict[str, str]]]:
    return {
        (each.dataset.name, each.dataset.digest): (
            each.dataset.source,
            {tag.key: tag.value for tag in each.tags},
        )
        for each in store.get_run(run).inputs.dataset_inputs
    }


def test_a_dataset_of_a_run_stays_as_it_was_first(store: Any) -> None:
    run, other = new_run(store), new_run(store)
    store.log_inputs(run, [data("a", k1="v1", k2="v2"), data("a", k1="again")])
    changed = data("a", k3="v3")
    changed.dataset._source = "another source"
    store.log_inputs(run, [changed])
    store.log_inputs(run, [data("a", "other digest", k4="v4"), data("b")])
    store.log_inputs(other, [data("a", k5="v5")])
    assert inputs(store, run) == {
        ("a", "d"): ("source of a", {"k1": "v1", "k2": "v2"}),
        ("a", "other digest"): ("source of a", {"k4": "v4"}),
        ("b", "d"): ("source of b", {}),
    }
    assert inputs(store, other) == {("a", "d"): ("source of a", {"k5": "v5"})}
    (seen,) = store.search_runs(["0"], "dataset.name = 'b'", 1)
    assert {each.dataset.name for each in seen.inputs.dataset_inputs} == {"a", "b"}
    store.log_inputs(run)


@pytest.mark.parametrize("missing", ["name", "digest", "source_type", "source"])
def test_a_dataset_that_lacks_something(store: Any, missing: str) -> None:
    run, given = new_run(store), data("a")
    setattr(given.dataset, f"_{missing}", None)
    with pytest.raises(MlflowException, match=f"Dataset {missing} cannot be None"):
        store.log_inputs(run, [given])
    with pytest.raises(TypeError, match="should be a list"):
        store.log_inputs(run, {"a": 1})


def test_runs_are_found_by_their_datasets(store: Any) -> None:
    logged = {
        "one": [data("n1", "d1", **{CONTEXT: "train"}), data("n2", "d2", **{CONTEXT: "eval"})],
        "two": [data("n1", "d1", **{CONTEXT: "train"}), data("n4", "d4", other="x")],
        "three": [data("n2", "d2", **{CONTEXT: "test"})],
    }
    for place, (name, given) in enumerate(logged.items()):
        store.log_inputs(new_run(store, name=name, start=place), given)
    searches = {
        "dataset.name = 'n1'": ["two", "one"],
        "datasets.digest IN ('d2', 'd4')": ["three", "two", "one"],
        "dataset.context = 'train'": ["two", "one"],
        "dataset.context = 'test' AND dataset.name = 'n2'": ["three"],
        "datasets.name ILIKE 'N4%'": ["two"],
        "datasets.context LIKE 'te%'": ["three"],
    }
    assert {text: found(store, text) for text in searches} == searches
    summaries = {(d.experiment_id, d.name, d.context) for d in store._search_datasets(["0"])}
    assert summaries == {
        ("0", "n1", "train"), ("0", "n2", "eval"), ("0", "n2", "test"), ("0", "n4", None),
    }  # fmt: skip


def test_the_life_of_a_logged_model(store: Any) -> None:
    run = new_run(store)
    params, tags = [LoggedModelParameter("p", "1")], [LoggedModelTag("t", "1")]
    model = store.create_logged_model("0", "forest", run, tags, params, "classifier")
    assert model.model_id.startswith("m-")
    assert (model.status, model.name, model.model_type) == (
        LoggedModelStatus.PENDING, "forest", "classifier",
    )  # fmt: skip
    files = store.get_experiment("0").artifact_location
    where = f"{files}/models/{model.model_id}/artifacts"
    assert (model.artifact_location, model.source_run_id) == (where, run)
    time.sleep(0.002)
    ready = store.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    assert ready.status == LoggedModelStatus.READY
    assert ready.last_updated_timestamp > ready.creation_timestamp
    store.log_logged_model_params(model.model_id, [LoggedModelParameter("q", "2")])
    store.set_logged_model_tags(
        model.model_id, [LoggedModelTag("t", "2"), LoggedModelTag("u", "3")]
    )
    store.delete_logged_model_tag(model.model_id, "u")
    seen = store.get_logged_model(model.model_id)
    assert (seen.params, seen.tags) == ({"p": "1", "q": "2"}, {"t": "2"})
    with pytest.raises(MlflowException, match="No tag with key 'u' found"):
        store.delete_logged_model_tag(model.model_id, "u")
    store.log_outputs(run, [LoggedModelOutput(model.model_id, 3)])
    store.log_inputs(run, models=[LoggedModelInput(model.model_id)])
    whole = store.get_run(run)
    assert whole.outputs.model_outputs == [LoggedModelOutput(model.model_id, 3)]
    assert whole.inputs.model_inputs == [LoggedModelInput(model.model_id)]


def test_a_logged_model_is_deleted_and_removed(store: Any) -> None:
    model_id = store.create_logged_model("0").model_id
    store.delete_logged_model(model_id)
    with pytest.raises(MlflowException, match=f"Logged model with ID '{model_id}' not found") as e:
        store.get_logged_model(model_id)
    assert e.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    assert store.get_logged_model(model_id, allow_deleted=True).model_id == model_id
    assert store.search_logged_models(["0"]) == []
    assert store._get_deleted_logged_models() == [model_id]
    assert store._get_deleted_logged_models(older_than=100_000) == []
    store._hard_delete_logged_model(model_id)
    with pytest.raises(MlflowException, match="not found"):
        store.get_logged_model(model_id, allow_deleted=True)


def test_metrics_of_a_logged_model(store: Any) -> None:
    run, model_id = new_run(store), store.create_logged_model("0").model_id
    measured = [
        Metric("m", 1.0, 10, 0, model_id=model_id, dataset_name="d", dataset_digest="x"),
        Metric("m", 2.0, 10, 1, model_id=model_id, dataset_name="d", dataset_digest="x"),
        Metric("n", 5.0, 10, 0, model_id),
    ]
    for _ in range(2):
        store.log_batch(run, measured, [], [])
    store.log_metric(run, Metric("m", 3.0, 10, 2, model_id))
    seen = store.get_logged_model(model_id).metrics
    assert sorted((m.key, m.value, m.step) for m in seen) == [
        ("m", 1.0, 0), ("m", 2.0, 1), ("m", 3.0, 2), ("n", 5.0, 0),
    ]  # fmt: skip
    assert [m.dataset_name for m in sorted(seen, key=lambda m: m.value)] == ["d", "d", None, None]
    assert {m.run_id for m in seen} == {run}
    assert store.get_run(run).data.metrics == {"m": 3.0, "n": 5.0}


def test_logged_models_are_searched(store: Any) -> None:
    run, ids = new_run(store), {}
    for name, loss in {"a": 3.0, "b": 1.0, "c": 2.0, "d": None}.items():
        time.sleep(0.002)
        params = [LoggedModelParameter("p", name)]
        model = store.create_logged_model("0", name, run, [LoggedModelTag("t", name * 2)], params)
        ids[model.model_id] = name
        if loss is not None:
            store.log_metric(run, Metric("loss", loss, 1, 0, model.model_id, "data", "x"))
    store.finalize_logged_model(next(iter(ids)), LoggedModelStatus.READY)

    def names(text: str | None = None, **options: Any) -> list[str]:
        return [model.name for model in store.search_logged_models(["0"], text, **options)]

    searches = {
        "name = 'a'": ["a"],
        "name != 'a' AND params.p = 'b'": ["b"],
        "tags.t LIKE 'c%'": ["c"],
        "metrics.loss < 2.5": ["c", "b"],
        "metrics.loss >= 1 AND name IN ('a', 'd')": ["a"],
        f"source_run_id = '{run}'": ["d", "c", "b", "a"],
        "creation_timestamp > 0": ["d", "c", "b", "a"],
    }
    assert {text: names(text) for text in searches} == searches
    by_loss = [{"field_name": "metrics.loss", "ascending": True}]
    assert names(order_by=by_loss) == ["b", "c", "a", "d"]
    assert names(order_by=[{"field_name": "name", "ascending": False}]) == ["d", "c", "b", "a"]
    assert names(datasets=[{"dataset_name": "data"}]) == ["c", "b", "a"]
    assert names("metrics.loss > 0", datasets=[{"dataset_name": "no data"}]) == []
    first = store.search_logged_models(["0"], max_results=3)
    second = store.search_logged_models(["0"], max_results=3, page_token=first.token)
    assert ([m.name for m in [*first, *second]], second.token) == (["d", "c", "b", "a"], None)
    for text in ("nonsense", "name < 'a'", "name = 'a' OR name = 'b'"):
        with pytest.raises(MlflowException) as error:
            names(text)
        assert error.value.error_code == "INVALID_PARAMETER_VALUE"
    with pytest.raises(MlflowException, match="Invalid order by field name"):
        names(order_by=[{"field_name": "params.p"}])
