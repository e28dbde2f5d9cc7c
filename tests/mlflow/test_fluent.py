"""What people type: MLflow's fluent calls and automatic logging, kept in a store of nbtrack."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient
from mlflow.cli import cli

import nbtrack
from nbtrack.integrations.mlflow.tracking_store import TrackingStore
from nbtrack.integrations.mlflow.uris import config_of


def runs_of(uri: str) -> Any:
    store = nbtrack.Store(config_of(uri))
    found = store.runs()
    store.close()
    return found


def test_what_mlflow_logs_is_in_the_table_of_runs(uri: str) -> None:
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("churn")
    with mlflow.start_run(run_name="parent", description="the *first*", tags={"team": "x"}) as run:
        mlflow.log_params({"lr": 0.1, "depth": 3, "model": "forest"})
        for step in range(3):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_dict({"a": 1}, "facts.json")
        with mlflow.start_run(nested=True, run_name="child"):
            mlflow.log_metric("loss", 5.0)
    store = nbtrack.Store(config_of(uri))
    table = store.runs("params.lr = 0.1 AND metrics.loss < 0.5")
    assert table.run_name.tolist() == ["parent"]
    assert table["params.depth"].tolist() == [3]
    info = store.get_run(run.info.run_id)
    assert (info.experiment, info.status, info.description) == ("churn", "completed", "the *first*")
    assert info.params == {"lr": 0.1, "depth": 3, "model": "forest"}
    assert store.history(run.info.run_id, "loss").step.tolist() == [0, 1, 2]
    assert len(info.child_run_ids) == 1
    assert [event.to_status for event in info.events] == ["running", "completed"]
    assert {artifact.path for artifact in info.artifacts} == {"notes/hello.txt", "facts.json"}
    store.close()
    assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/hello.txt") == "hello"


def test_the_users_own_store_needs_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow.set_tracking_uri("nbtrack:")
    with mlflow.start_run(run_name="mine"):
        pass
    own = nbtrack.connect()
    assert own.runs().run_name.tolist() == ["mine"]
    own.close()


def test_a_default_experiment_of_nbtracks_is_mlflows_too(sqlite_uri: str) -> None:
    store = nbtrack.Store(config_of(sqlite_uri))
    with store.start_run("native", experiment="Default"):
        store.log_params({"on": True, "lr": 0.5})
        store.log_metric("acc", 0.9)
    store.close()
    mlflow.set_tracking_uri(sqlite_uri)
    with mlflow.start_run(run_name="by mlflow"):
        pass
    client = MlflowClient()
    assert client.get_experiment("0").name == "Default"
    runs = client.search_runs(["0"], order_by=["attributes.run_name"])
    assert [run.info.run_name for run in runs] == ["by mlflow", "native"]
    assert runs[1].data.params == {"on": "true", "lr": "0.5"}
    assert (runs[1].info.status, runs[1].data.metrics) == ("FINISHED", {"acc": 0.9})


def test_an_uri_that_names_no_store() -> None:
    with pytest.raises(mlflow.MlflowException, match="names no store"):
        mlflow.tracking._tracking_service.utils._get_store("nbtrack://somewhere")


def test_traces_are_not_kept_and_break_nothing(sqlite_uri: str) -> None:
    mlflow.set_tracking_uri(sqlite_uri)

    def double(number: int) -> int:
        return number * 2

    with mlflow.start_run():
        assert mlflow.trace(double)(4) == 8
    mlflow.flush_trace_async_logging()
    assert mlflow.search_traces(locations=["0"], return_type="list") == []
    assert runs_of(sqlite_uri).status.tolist() == ["completed"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.get_trace_info("tr-1"),
        lambda store: store.link_traces_to_run(["tr-1"], "r"),
        lambda store: store.register_scorer("0", "name", "{}"),
        lambda store: store.create_dataset("name"),
        lambda store: store.create_assessment(None),
    ],
)
def test_what_is_not_kept_is_refused_in_so_many_words(sqlite_uri: str, ask: Any) -> None:
    store = TrackingStore(sqlite_uri)
    with pytest.raises(mlflow.MlflowException, match="nbtrack keeps no") as error:
        ask(store)
    assert error.value.error_code == "NOT_IMPLEMENTED"
    assert (store.search_traces(locations=["0"]), store.list_scorers("0")) == (([], None), [])


def test_gc_removes_what_was_deleted_with_its_files(uri: str) -> None:
    from click.testing import CliRunner

    mlflow.set_tracking_uri(uri)
    with mlflow.start_run() as kept:
        pass
    with mlflow.start_run() as gone:
        mlflow.log_text("x", "x.txt")
    folder = Path(gone.info.artifact_uri)
    assert (folder / "x.txt").exists()
    MlflowClient().delete_run(gone.info.run_id)
    done = CliRunner().invoke(cli, ["gc", "--backend-store-uri", uri, "--tracking-uri", uri])
    assert done.exit_code == 0, done.output
    assert runs_of(uri).run_id.tolist() == [kept.info.run_id]
    assert not (folder / "x.txt").exists()


def _sklearn() -> None:
    from sklearn.linear_model import LogisticRegression

    mlflow.sklearn.autolog()
    LogisticRegression(C=0.5).fit(*_data())


def _xgboost() -> None:
    import xgboost

    mlflow.xgboost.autolog()
    rows = xgboost.DMatrix(_data()[0], _data()[1])
    xgboost.train({"max_depth": 2, "objective": "binary:logistic"}, rows, 4, [(rows, "train")])


def _lightgbm() -> None:
    import lightgbm

    mlflow.lightgbm.autolog()
    rows = lightgbm.Dataset(*_data())
    settings = {"num_leaves": 4, "objective": "binary", "verbose": -1}
    lightgbm.train(settings, rows, 4, valid_sets=[rows])


def _statsmodels() -> None:
    import statsmodels.api

    mlflow.statsmodels.autolog()
    rows, labels = _data()
    statsmodels.api.OLS(labels, rows).fit()


def _data() -> tuple[Any, Any]:
    import numpy as np

    random = np.random.default_rng(0)
    rows = random.normal(size=(80, 3))
    return rows, (rows[:, 0] > 0).astype(float)


AUTOLOGGED = {
    "sklearn": (_sklearn, "C", "training_accuracy_score", [0]),
    "xgboost": (_xgboost, "max_depth", "train-logloss", [0, 1, 2, 3]),
    "lightgbm": (_lightgbm, "num_leaves", "training-binary_logloss", [0, 1, 2, 3]),
    "statsmodels": (_statsmodels, None, "rsquared", [0]),
}


@pytest.mark.parametrize("library", AUTOLOGGED)
def test_automatic_logging(sqlite_uri: str, library: str) -> None:
    fit, param, metric, steps = AUTOLOGGED[library]
    pytest.importorskip(library)
    mlflow.set_tracking_uri(sqlite_uri)
    mlflow.set_experiment("automatic")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit()
    finally:
        mlflow.autolog(disable=True)
    store = nbtrack.Store(config_of(sqlite_uri))
    table = store.runs()
    assert (table.status.tolist(), len(table)) == (["completed"], 1)
    if param is not None:
        assert f"params.{param}" in table
    assert store.history(table.run_id[0], metric).step.tolist() == steps
    if library != "statsmodels":
        assert [data.context for data in store.get_run(table.run_id[0]).datasets] == ["train"]
    store.close()
    (model,) = mlflow.search_logged_models(output_format="list")
    assert (model.source_run_id, model.status) == (table.run_id[0], "READY")
    assert mlflow.pyfunc.load_model(model.model_uri) is not None


def test_a_logged_model_is_registered_and_loaded_by_its_alias(sqlite_uri: str) -> None:
    from sklearn.linear_model import LogisticRegression

    mlflow.set_tracking_uri(sqlite_uri)
    rows, labels = _data()
    fitted = LogisticRegression().fit(rows, labels)
    with mlflow.start_run(run_name="fit"):
        mlflow.sklearn.log_model(
            fitted, name="model", registered_model_name="churn", input_example=rows[:2]
        )
    client = MlflowClient()
    client.set_registered_model_alias("churn", "best", "1")
    loaded = mlflow.sklearn.load_model("models:/churn@best")
    assert (loaded.predict(rows) == fitted.predict(rows)).all()
    version = client.get_model_version("churn", "1")
    assert (version.aliases, version.run_id) == (["best"], version.run_id)
