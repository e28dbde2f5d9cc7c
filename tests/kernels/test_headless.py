"""``nbtrack run``: the same truth without a front end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from nbtrack.model import RunInfo
from tests.kernels.kernel_client import Home
from tests.waiting import DEADLINE_SECONDS, until

WAIT = "import pathlib, time\nwhile not pathlib.Path('go').exists():\n    time.sleep(0.01)"


def write(home: Home, *sources: str, tags: dict[int, str] | None = None) -> None:
    cells: list[dict[str, object]] = [
        {
            "cell_type": "code", "id": f"cell-{number}", "source": source, "outputs": [],
            "execution_count": None,
            "metadata": {"tags": [tags[number]]} if tags and number in tags else {},
        }
        for number, source in enumerate(sources)
    ]  # fmt: skip
    title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# A study"}
    notebook = {"cells": [title, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    home.notebook.write_text(json.dumps(notebook))


def start(home: Home, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nbtrack", "run", str(home.notebook), *arguments],
        env={name: value for name, value in home.environment.items() if "SESSION" not in name},
        cwd=home.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def run(home: Home, *arguments: str) -> tuple[int, str, str]:
    process = start(home, *arguments)
    stdout, stderr = process.communicate(timeout=DEADLINE_SECONDS)
    return (
        process.returncode,
        stdout,
        "\n".join(line for line in stderr.splitlines() if "without encryption" not in line),
    )


def story(run: RunInfo) -> list[str | None]:
    return [event.to_status for event in run.events]


def test_parameters_reach_the_cells_and_the_output(home: Home) -> None:
    write(home, "lr = 0.1\nname = 'a'", "%%track\nacc = lr * 2", tags={0: "parameters"})
    before = home.notebook.read_bytes()
    target = home.folder / "out.ipynb"
    code, stdout, stderr = run(home, "-p", "lr=0.25", "-p", "name=resnet", "-o", str(target))
    assert (code, stderr) == (0, "")
    assert stdout.startswith("study.ipynb: 3 cells in ")
    (recorded,) = home.runs()
    assert (recorded.status, recorded.experiment) == ("completed", "study")
    assert (recorded.cell_id, recorded.attempt) == ("cell-1", 1)
    assert recorded.notebook == str(home.notebook)
    assert home.notebook.read_bytes() == before
    cells = json.loads(target.read_text())["cells"]
    assert "".join(cells[2]["source"]) == "# Parameters\nlr = 0.25\nname = 'resnet'"
    assert cells[2]["metadata"]["tags"] == ["injected-parameters"]
    assert cells[3]["outputs"]
    assert run(home)[0] == 0
    assert [one.attempt for one in home.runs()] == [1, 2]


def test_without_a_tagged_cell_parameters_come_first(home: Home) -> None:
    write(home, "%%track -p lr\nresult = lr")
    assert run(home, "-p", "lr=0.5")[0] == 0
    assert home.run().params == {"lr": 0.5}


def test_tracked_cells_are_queued_from_the_start(home: Home) -> None:
    write(home, WAIT, "%load_ext nbtrack", "%%track first\n1", "x = 1", "%%track second\n2")
    process = start(home)
    until(lambda: len(home.runs(status="queued")) == 2, "both queued")
    (home.work / "go").touch()
    _, stderr = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 0, stderr
    assert [story(one) for one in home.runs()] == [["queued", "running", "completed"]] * 2
    assert [one.run_name for one in home.runs()] == ["first", "second"]


def test_a_failure_ends_what_waits_and_tells_in_one_line(home: Home) -> None:
    write(home, "%%track first\n1 / 0", "%%track second\n2")
    code, _, stderr = run(home, "-o", str(home.folder / "out.ipynb"))
    assert code == 1
    assert stderr.strip().splitlines() == [
        "nbtrack: A cell of study.ipynb failed with ZeroDivisionError: division by zero"
    ]
    assert [(one.status, one.reason) for one in home.runs()] == [
        ("failed", "ZeroDivisionError: division by zero"),
        ("interrupted", "an earlier cell failed"),
    ]
    assert "ZeroDivisionError" in (home.folder / "out.ipynb").read_text()


def test_a_failure_that_is_expected_ends_nothing(home: Home) -> None:
    write(home, "%%track first\n1 / 0", "%%track second\n2", tags={0: "raises-exception"})
    assert run(home)[0] == 0
    assert [one.status for one in home.runs()] == ["failed", "completed"]


def test_a_kernel_that_dies_is_told(home: Home) -> None:
    write(home, "%%track first\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
          "%%track second\n2")  # fmt: skip
    code, _, stderr = run(home)
    assert code == 1
    assert "was killed (signal 9)" in stderr
    runs = home.runs()
    assert [one.status for one in runs] == ["dead", "dead"]
    assert all("was killed (signal 9)" in (one.reason or "") for one in runs)


def test_a_runner_that_is_terminated_leaves_no_open_run(home: Home) -> None:
    write(home, "%%track first\n" + WAIT, "%%track second\n2")
    process = start(home)
    until(lambda: home.runs(status="running"), "the first run")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode not in {0, None}
    until(lambda: all(one.end_time for one in home.runs()), "all ends")
    assert {one.status for one in home.runs()} <= {"interrupted", "dead"}


def test_another_store_is_used_and_a_slow_cell_is_ended(home: Home) -> None:
    write(home, "%%track slow\n" + WAIT)
    code, _, stderr = run(home, "--store", str(home.folder / "other.db"), "--timeout", "1")
    assert code == 1
    assert "took longer than 1 s" in stderr
    assert not home.store_file.exists()
    assert (home.folder / "other.db").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["-p", "lr"], "NAME=VALUE"), (["-p", "2x=1"], "NAME=VALUE"), (["-p", "class=1"], "NAME=")],
)
def test_a_parameter_that_is_none_is_refused(home: Home, arguments: list[str], told: str) -> None:
    write(home, "1")
    code, _, stderr = run(home, *arguments)
    assert code == 1
    assert told in stderr


def test_a_file_that_is_no_notebook_is_refused(home: Home) -> None:
    home.notebook.write_text("{}")
    code, _, stderr = run(home)
    assert code == 1
    assert len(stderr.strip().splitlines()) == 1
    assert "cannot be read as a notebook" in stderr
    home.notebook.unlink()
    assert run(home)[0] == 2


def test_a_kernel_that_is_not_installed_is_named(home: Home) -> None:
    write(home, "1")
    notebook = json.loads(home.notebook.read_text())
    notebook["metadata"] = {"kernelspec": {"name": "julia-9", "display_name": "J"}}
    home.notebook.write_text(json.dumps(notebook))
    code, _, stderr = run(home)
    assert (code, len(stderr.strip().splitlines())) == (1, 1)
    assert "'julia-9'" in stderr


def test_without_nbclient_the_extra_is_named(home: Home) -> None:
    write(home, "1")
    hidden = home.folder / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['nbclient'] = None\n")
    home.settings["PYTHONPATH"] = str(hidden)
    code, _, stderr = run(home)
    assert (code, len(stderr.strip().splitlines())) == (1, 1)
    assert "'nbclient' is needed" in stderr
    assert "nbtrack[run]" in stderr
