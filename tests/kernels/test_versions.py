"""Other versions of ipykernel and IPython, and other ways to execute, tell the same truth.

The tests around this one use the newest versions, and ask them far more.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.model import RunInfo
from tests.kernels.environments import Versions, python_with
from tests.kernels.kernel_client import Home, Kernel, running_kernel
from tests.waiting import DEADLINE_SECONDS, until

WAYS = ("jupyter-console>=6.6", "papermill>=2.6", "nbclient>=0.10")
OLD = Versions("ipykernel 6.31, IPython 8.18", ("ipykernel==6.31.0", "ipython==8.18.1", *WAYS))
FIRST_7 = Versions("ipykernel 7.0, IPython 9", ("ipykernel==7.0.1", "ipython>=9", *WAYS))

WAITING = (
    "import pathlib, time\nprint('started', flush=True)\n"
    "while not pathlib.Path('go').exists():\n    time.sleep(0.01)\n"
)
ENDLESS = "import time\nprint('started', flush=True)\nwhile True:\n    time.sleep(0.01)"
LOGGING = ENDLESS + "\n    nbtrack.log_metric('loss', 1)"


@pytest.fixture(scope="module", params=[OLD, FIRST_7], ids=str)
def versions(request: pytest.FixtureRequest) -> Versions:
    found: Versions = request.param
    return found


@pytest.fixture
def home(versions: Versions, tmp_path: Path) -> Home:
    return Home(tmp_path / "home", python=python_with(versions))


@pytest.fixture
def kernel(home: Home) -> Iterator[Kernel]:
    with running_kernel(home, load=False) as kernel:
        yield kernel


def story(run: RunInfo) -> list[str | None]:
    return [event.to_status for event in run.events]


def ended(home: Home, number: int) -> list[RunInfo]:
    until(lambda: len([run for run in home.runs() if run.end_time]) == number, "all ends")
    return home.runs()


def test_the_versions_are_those_that_are_meant(versions: Versions, kernel: Kernel) -> None:
    told = kernel.run("import IPython, ipykernel\nipykernel.__version__, IPython.__version__")
    wanted = {OLD: ("6.31.", "8.18."), FIRST_7: ("7.0.", "9.")}[versions]
    found = (told.result or "").strip("()").replace("'", "").split(", ")
    assert [name.startswith(part) for name, part in zip(found, wanted, strict=True)] == [True, True]


def test_cells_become_runs_and_are_listed(home: Home, kernel: Kernel) -> None:
    kernel.run("%load_ext nbtrack")
    good = kernel.run("%%track good\nlr = 0.1\n{'acc': lr * 5}", "one")
    assert good.status == "ok", good.error
    assert "completed" in good.report
    bad = kernel.run("%%track bad\n1 / 0", "two")
    assert (bad.status, "failed" in bad.report) == ("error", True)
    syntax = kernel.run("%%track worse\n1 +", "three")
    assert (syntax.status, len(syntax.of("error"))) == ("error", 1)
    awaited = kernel.run("%%track awaited\nimport asyncio\nawait asyncio.sleep(0)\n1", "four")
    assert (awaited.status, awaited.result) == ("ok", "1")
    runs = {run.run_name: run for run in ended(home, 4)}
    assert (runs["good"].params["lr"], runs["good"].metrics["acc"].last) == (0.1, 0.5)
    assert runs["bad"].reason == "ZeroDivisionError: division by zero"
    assert (runs["worse"].reason or "").startswith("SyntaxError")
    assert runs["awaited"].status == "completed"
    (table,) = kernel.run("%track list").of("execute_result")
    lines = table["data"]["text/plain"].splitlines()
    assert [line.split()[1:3] for line in lines[1:]] == [
        ["awaited", "completed"], ["worse", "failed"], ["bad", "failed"], ["good", "completed"],
    ]  # fmt: skip
    assert lines[-1].endswith("acc=0.5")
    assert "<table" in table["data"]["text/html"]


def test_run_all_is_queued_until_a_failure_clears_it(home: Home, kernel: Kernel) -> None:
    first = kernel.send("%load_ext nbtrack\n" + WAITING, "zero")
    others = [
        kernel.send("%%track one\n1", "one"),
        kernel.send("1 / 0", "two"),
        kernel.send("%%track three\n1", "three"),
    ]
    kernel.wait_for_output(first, "started")
    until(lambda: len(home.runs(status="queued")) == 2, "two queued runs")
    (home.work / "go").touch()
    assert kernel.finish(others[-1]).status == "aborted"
    one, three = ended(home, 2)
    assert story(one) == ["queued", "running", "completed"]
    assert (story(three), three.reason) == (["queued", "interrupted"], "an earlier cell failed")


def test_what_arrives_while_a_cell_logs_is_queued_until_an_interrupt(
    home: Home, kernel: Kernel
) -> None:
    kernel.run("%load_ext nbtrack\nimport nbtrack")
    first = kernel.send(f"%%track long\n{LOGGING}", "one")
    kernel.wait_for_output(first, "started")
    second = kernel.send("%%track waiting\n1", "two")
    until(lambda: home.runs(run_name="waiting", status="queued"), "the queued run")
    kernel.interrupt()
    assert kernel.finish(first).status == "error"
    assert kernel.finish(second).status == "aborted"
    assert [(run.status, run.reason) for run in ended(home, 2)] == [
        ("interrupted", "KeyboardInterrupt by the user"),
        ("interrupted", "the queue was cleared"),
    ]


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_a_kernel_that_ends(home: Home, kernel: Kernel, how: str) -> None:
    kernel.run("%load_ext nbtrack\nimport nbtrack")
    first = kernel.send(f"%%track long\n{LOGGING}", "one")
    kernel.wait_for_output(first, "started")
    kernel.send("%%track waiting\n1", "two")
    until(lambda: home.runs(run_name="waiting", status="queued"), "the queued run")
    if how == "restart":
        kernel.restart()
        wanted = [("interrupted", "kernel restarted by the user")] * 2
    else:
        gone = f"kernel process {kernel.pid} "
        os.kill(kernel.pid, signal.SIGKILL)
        kernel.wait_for_exit()
        kernel.restart()
        told = kernel.run("%load_ext nbtrack").stdout
        assert "2 runs of dead kernels were marked dead" in told
        assert all((run.reason or "").startswith(gone) for run in ended(home, 2))
        return
    assert [(run.status, run.reason) for run in ended(home, 2)] == wanted


TYPED = """\
%load_ext nbtrack
%track on
lr = 0.25
import nbtrack; nbtrack.log_metric('acc', 0.75)
1 / 0
%track off
%track list
print('listed', len(nbtrack.runs()))
exit
"""


@pytest.mark.parametrize("front_end", ["IPython", "jupyter_console"])
def test_a_terminal_tracks_cells_and_lists_runs(home: Home, front_end: str) -> None:
    terminal = subprocess.run(
        [str(home.python), "-m", front_end, "--simple-prompt", *_options(front_end, home)],
        env={**home.environment, "JUPYTER_PATH": str(home.kernels.parent), "TERM": "dumb"},
        cwd=home.work,
        input=TYPED,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    told = terminal.stdout + terminal.stderr
    assert "listed 3" in told, told
    assert "<div" not in told
    runs = home.runs()
    assert [run.status for run in runs] == ["completed", "completed", "failed"]
    assert runs[0].params["lr"] == 0.25
    assert runs[1].metrics["acc"].last == 0.75
    assert all(run.run_name in told for run in runs)


def _options(front_end: str, home: Home) -> list[str]:
    if front_end == "IPython":
        return ["--no-banner", "--colors=NoColor"]
    return ["--kernel=python3", "--ZMQTerminalInteractiveShell.kernel_timeout=60"]


@pytest.mark.parametrize("executor", ["nbclient", "papermill"])
def test_a_notebook_executed_without_a_front_end(home: Home, executor: str) -> None:
    cells: list[dict[str, object]] = [
        {"cell_type": "code", "id": f"cell-{number}", "metadata": {}, "source": source,
         "outputs": [], "execution_count": None}
        for number, source in enumerate(["%load_ext nbtrack", "%%track fit\nlr = 0.1", "1 / 0"])
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"cells": cells, "metadata": {"kernelspec": kernel, "language_info": {
        "name": "python"}}, "nbformat": 4, "nbformat_minor": 5}  # fmt: skip
    home.notebook.write_text(json.dumps(content))
    arguments = {
        "nbclient": ["-c", "from nbclient.cli import main; main()", str(home.notebook)],
        "papermill": ["-m", "papermill", str(home.notebook), "out.ipynb"],
    }[executor]
    done = subprocess.run(
        [str(home.python), *arguments],
        env={**home.environment, "JUPYTER_PATH": str(home.kernels.parent)},
        cwd=home.work,
        capture_output=True,
        text=True,
        timeout=2 * DEADLINE_SECONDS,
        check=False,
    )
    assert "ZeroDivisionError" in done.stderr, done.stderr
    run = home.run()
    assert (run.run_name, run.status, run.params) == ("fit", "completed", {"lr": 0.1})
    assert story(run) == ["running", "completed"]
