"""MLflow inside a notebook: its runs are those of the tracked cells, and of their kernel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.manager import KernelManager, start_new_kernel

import nbtrack
from nbtrack.integrations.mlflow.uris import config_of

SECONDS = 120


class Notebook:
    """A kernel that executes cells, with MLflow logging into the store."""

    def __init__(self, uri: str) -> None:
        self.manager: KernelManager
        self.manager, self.client = start_new_kernel(kernel_name="python3", startup_timeout=SECONDS)
        store = config_of(uri).store_url
        self.run("%load_ext nbtrack\nimport mlflow, os")
        self.run(f"%track store {store}")
        self.run(f"mlflow.set_tracking_uri({uri!r})")

    def run(self, code: str) -> None:
        reply = self.client.execute_interactive(
            code, timeout=SECONDS, output_hook=lambda _: None, store_history=True
        )
        content = reply["content"]
        assert content["status"] == "ok", "\n".join(content.get("traceback", []))

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def notebook(sqlite_uri: str) -> Iterator[Notebook]:
    opened = Notebook(sqlite_uri)
    yield opened
    opened.close()


def recorded(uri: str) -> Any:
    return nbtrack.Store(config_of(uri))


def test_the_first_run_of_a_cell_is_the_cells(notebook: Notebook, sqlite_uri: str) -> None:
    notebook.run(
        "%%track fit -e sweeps\n"
        "run = mlflow.start_run(run_name='inner', tags={'team': 'x'})\n"
        "mlflow.log_param('lr', 0.1)\n"
        "mlflow.log_metric('loss', 0.5, step=7)\n"
        "mlflow.log_text('hello', 'a.txt')\n"
        "import nbtrack\n"
        "assert nbtrack.active_run().run_id == run.info.run_id\n"
        "mlflow.end_run()\n"
        "with mlflow.start_run(run_name='second'):\n"
        "    mlflow.log_param('lr', 0.2)"
    )
    notebook.run("assert mlflow.active_run() is None")
    store = recorded(sqlite_uri)
    table = store.runs(order_by="created").set_index("run_name")
    assert set(table.index) == {"fit", "second"}
    run = store.get_run(table.run_id["fit"])
    assert (run.status, run.experiment, run.tags["team"]) == ("completed", "sweeps", "x")
    assert run.params["lr"] == 0.1
    assert (run.metrics["loss"].last, run.metrics["loss"].last_step) == (0.5, 7)
    assert [artifact.path for artifact in run.artifacts] == ["a.txt"]
    assert [event.to_status for event in run.events if event.to_status] == ["running", "completed"]
    child = store.get_run(table.run_id["second"])
    assert (child.parent_run_id, child.params) == (run.run_id, {"lr": 0.2})
    assert child.kernel == run.kernel
    store.close()


def test_a_run_left_open_ends_with_its_cell(notebook: Notebook, sqlite_uri: str) -> None:
    notebook.run("%%track first\nmlflow.start_run()\nmlflow.log_metric('m', 1)")
    notebook.run("assert mlflow.active_run() is None")
    notebook.run("%%track second\nmlflow.log_metric('m', 2)")
    store = recorded(sqlite_uri)
    table = store.runs().set_index("run_name")
    assert table["metrics.m"].to_dict() == {"first": 1.0, "second": 2.0}
    assert set(table.status) == {"completed"}
    store.close()


def test_a_run_may_be_a_child_of_the_cells(notebook: Notebook, sqlite_uri: str) -> None:
    notebook.run("os.environ['NBTRACK_MLFLOW_RUNS'] = 'child'")
    notebook.run("%%track fit\nwith mlflow.start_run(run_name='inner'):\n    pass")
    store = recorded(sqlite_uri)
    table = store.runs().set_index("run_name")
    assert store.get_run(table.run_id["inner"]).parent_run_id == table.run_id["fit"]
    store.close()


def test_an_open_run_of_a_killed_kernel_is_dead(notebook: Notebook, sqlite_uri: str) -> None:
    notebook.run("run = mlflow.start_run(run_name='open')")
    store = recorded(sqlite_uri)
    assert store.runs().status.tolist() == ["running"]
    notebook.manager.shutdown_kernel(now=True)
    from nbtrack.kernels.reconcile import reconcile

    reconcile(store.database)
    assert store.runs().status.tolist() == ["dead"]
    store.close()
