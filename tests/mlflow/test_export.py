"""Runs go back to MLflow, so that nobody is locked in."""

from __future__ import annotations

import math
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from typer.testing import CliRunner

import nbtrack
from nbtrack.cli import app
from nbtrack.integrations.mlflow.uris import config_of


def test_all_that_a_run_logged_is_there(uri: str, tmp_path: Path) -> None:
    config = config_of(uri)
    store = nbtrack.Store(config)
    with store.start_run("parent", experiment="sweeps", params={"lr": 0.1}, tags={"team": "x"}):
        for value in (1.0, math.nan, 0.5):
            store.log_metric("loss", value)
        store.log_text("hello", "notes/a.txt")
        with store.start_run("child", experiment="sweeps"):
            store.log_metric("loss", 2.0)
    store.close()
    target = f"sqlite:///{tmp_path / 'mlflow.db'}"
    command = ["export", "--to", "mlflow", target, "--store", config.store_url]
    first, second = (CliRunner().invoke(app, command) for _ in range(2))
    assert first.exit_code == 0, first.output
    assert "2 runs, 4 points, 1 files; 0 were there already" in first.output
    assert "0 runs, 0 points, 0 files; 2 were there already" in second.output
    client = MlflowClient(target)
    experiment = client.get_experiment_by_name("sweeps").experiment_id
    child, parent = client.search_runs([experiment], order_by=["run_name"])
    assert (parent.info.run_name, parent.info.status) == ("parent", "FINISHED")
    assert (parent.data.params, parent.data.tags["team"]) == ({"lr": "0.1"}, "x")
    history = client.get_metric_history(parent.info.run_id, "loss")
    assert [str(point.value) for point in sorted(history, key=lambda m: m.step)] == [
        "1.0", "nan", "0.5",
    ]  # fmt: skip
    assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
    mlflow.set_tracking_uri(target)
    assert mlflow.artifacts.load_text(f"{parent.info.artifact_uri}/notes/a.txt") == "hello"
