"""MLflow's server in front of a store: its page and its remote clients."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import mlflow
import pytest
from mlflow import MlflowClient

import nbtrack
from nbtrack.integrations.mlflow.uris import config_of
from nbtrack.kernels.reconcile import reconcile

SECONDS = 90


@pytest.fixture
def server(sqlite_uri: str, tmp_path: Path) -> Iterator[str]:
    """Address of a running ``mlflow server`` whose back end is a store of nbtrack."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", sqlite_uri]
    command += ["--port", str(port), "--workers", "1", "--artifacts-destination", str(tmp_path)]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        address = f"http://127.0.0.1:{port}"
        try:
            _await_answer(f"{address}/health", process)
            yield address
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await_answer(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            with urlopen(address, timeout=SECONDS) as answer:
                assert answer.status == 200
                return
        except (URLError, ConnectionError):
            assert process.poll() is None, "the server has ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.1)


def test_remote_clients_log_through_the_server(server: str, sqlite_uri: str) -> None:
    mlflow.set_tracking_uri(server)
    mlflow.set_experiment("remote")
    with mlflow.start_run(run_name="done", tags={"team": "x"}) as run:
        mlflow.log_params({"lr": 0.1})
        mlflow.log_metrics({"loss": 0.5, "acc": 0.9}, step=3)
        mlflow.log_text("hello", "a.txt")
    client = MlflowClient()
    still = client.create_run(run.info.experiment_id, run_name="still running")
    client.create_registered_model("churn")
    client.create_model_version("churn", f"runs:/{run.info.run_id}/model", run.info.run_id)
    found = client.search_runs([run.info.experiment_id], "metrics.loss < 1")
    assert [each.info.run_name for each in found] == ["done"]
    assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/a.txt") == "hello"
    assert client.get_metric_history(run.info.run_id, "loss")[0].step == 3
    with urlopen(server, timeout=SECONDS) as page:
        assert b"<html" in page.read()
    store = nbtrack.Store(config_of(sqlite_uri))
    reconcile(store.database)
    table = store.runs().set_index("run_name")
    assert table.status.to_dict() == {"done": "completed", "still running": "running"}
    assert store.get_run(still.info.run_id).kernel is None
    assert table["params.lr"]["done"] == 0.1
    store.close()
