"""``nbtrack models``, run as a user runs it; the scoring server answers over HTTP."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from nbtrack.api import Store, connect

DATA = pd.DataFrame({"x": [0.0, 1.0, 2.0], "n": [1, 2, 3]})


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store in which version 1 of ``line`` is in Production."""
    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "runs.db"))
    monkeypatch.setenv("COLUMNS", "200")
    opened = connect()
    model = LinearRegression().fit(DATA, [0.0, 2.0, 4.0])
    with opened.start_run() as run:
        run.log_model(model, "model", schema=DATA, register="line", description="A line")
    opened.recorder.close()
    opened.registry.set_stage("line", 1, "Production")
    opened.registry.set_alias("line", "champion", 1)
    yield opened
    opened.close()


def run(*arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nbtrack", "models", *arguments],
        input="n\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stderr if code else done.stdout


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """URL at which a model answers."""
    command = [sys.executable, "-m", "nbtrack", "models", "serve", *arguments, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+/invocations", process.stdout.readline())
    try:
        assert found
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def predicted(url: str, record: dict[str, float]) -> tuple[int, str]:
    body = json.dumps({"dataframe_records": [record]}).encode()
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_models_are_listed_shown_moved_and_fetched(store: Store, tmp_path: Path) -> None:
    listed = run("list").splitlines()
    assert listed[0].split() == [
        "MODEL", "VERSIONS", "PRODUCTION", "STAGING", "ALIASES", "UPDATED",
    ]  # fmt: skip
    assert listed[1].split()[:3] == ["line", "1", "1"]
    assert run("list", "tags.task = 'deep'") == "No registered models.\n"
    assert "scikit-learn" in run("show", "line")
    shown = json.loads(run("show", "line", "--json"))
    assert shown["versions"][0]["description"] == "A line"
    run("download", "line@champion", str(tmp_path / "got"))
    assert (tmp_path / "got" / "model.joblib").stat().st_size > 100
    assert "is in stage Archived" in run("stage", "line", "1", "archived")
    assert "'line' has no version in stage Staging" in run(
        "download", "line/Staging", "got", code=1
    )


def test_a_served_model_predicts_and_enforces_its_schema(store: Store) -> None:
    pytest.importorskip("mlflow.pyfunc.scoring_server")
    pytest.importorskip("uvicorn")
    with served("line@champion", "--yes") as url:
        status, answer = predicted(url, {"x": 1.0, "n": 2})
        assert (status, json.loads(answer)["predictions"]) == (200, [pytest.approx(2.0)])
        status, answer = predicted(url, {"x": 1.0})
        assert status == 400
        assert "missing inputs ['n']" in answer


def test_a_model_is_not_unpickled_without_a_yes(store: Store) -> None:
    told = run("serve", "line/1", "--port", "0", code=1)
    assert "runs whatever code was put into it. Go on?" in told


def test_what_cannot_be_served_says_why(store: Store, tmp_path: Path) -> None:
    assert "no alias 'champoin'" in run("serve", "line@champoin", code=1)
    assert "Give another one" in run("serve", "line", "--port", "1", "--host", "192.0.2.1", code=1)
    for file in Path(store.recorder.artifacts.root).rglob("model.joblib"):
        file.unlink()
    told = run("serve", "line", "--port", "0", "--yes", code=1)
    assert "gone from the artifact store" in told
