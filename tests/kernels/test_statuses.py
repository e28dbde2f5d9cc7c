"""How runs end when their kernel is interrupted, restarted, shut down or killed."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from nbtrack.dashboard.service import DashboardService
from nbtrack.model import RunInfo
from nbtrack.store.engine import open_store
from tests.kernels.kernel_client import Cell, Home, Kernel, running_kernel
from tests.waiting import until

SYNC = "import time\nprint('started', flush=True)\nwhile True:\n    time.sleep(0.01)"
ASYNC = "import asyncio\nprint('started', flush=True)\nwhile True:\n    await asyncio.sleep(0.01)"
# A signal just before a long sleep is seen after it only: hence the short ones.
PATIENT = (
    "import time\ntry:\n    print('started', flush=True)\n"
    "    while True:\n        time.sleep(0.01)\n"
    "except KeyboardInterrupt:\n    print('enough')"
)
DEAF = (
    "import time\nwhile True:\n    try:\n        print('started', flush=True)\n"
    "        while True:\n            time.sleep(0.01)\n    except KeyboardInterrupt:\n        pass"
)
LOGGING = (
    "%%track\nimport itertools, nbtrack\nfor step in itertools.count():\n"
    "    nbtrack.log_metric('loss', 1 / (step + 1))\n    print(f'logged {step}.', flush=True)"
)


@pytest.fixture
def loaded(home: Home) -> Iterator[Kernel]:
    with running_kernel(home) as kernel:
        yield kernel


def story(run: RunInfo) -> list[tuple[str | None, str | None, str | None]]:
    """Return who saw which transition."""
    return [(event.from_status, event.to_status, event.observer) for event in run.events]


def interrupted(kernel: Kernel, code: str) -> tuple[Cell, Cell]:
    """Run a cell with another behind it, interrupt it, and return both."""
    first, second = kernel.send(code, "first"), kernel.send("after = True", "second")
    kernel.wait_for_output(first, "started")
    kernel.interrupt()
    return kernel.finish(first), kernel.finish(second)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (SYNC, "KeyboardInterrupt by the user"),
        (ASYNC, "CancelledError: the task was cancelled or interrupted"),
    ],
)
def test_an_interrupt_works_as_without(home: Home, code: str, reason: str) -> None:
    with running_kernel(home, load=False) as kernel:
        expected, _ = interrupted(kernel, f"#\n{code}")
        kernel.run("%load_ext nbtrack")
        cell, queued = interrupted(kernel, f"%%track\n{code}")
        assert kernel.run("'after' in dir()").result == "False"
    assert cell.reply["ename"] == expected.reply["ename"]
    assert queued.status == "aborted"
    assert cell.error is not None
    assert cell.error.count("Traceback") == 1
    run = home.run()
    assert (run.status, run.reason) == ("interrupted", reason)
    assert story(run) == [(None, "running", "kernel"), ("running", "interrupted", "kernel")]
    assert cell.report.startswith("nbtrack: interrupted in ")
    assert run.stdout == "started\n"


def test_an_interrupt_of_a_cell_inside_reaches_the_run(loaded: Kernel) -> None:
    cell, queued = interrupted(loaded, f"%%track\nget_ipython().run_cell({SYNC!r});")
    assert (cell.status, queued.status) == ("ok", "ok")
    assert loaded.home.run().status == "interrupted"


def test_an_interrupt_while_the_end_is_recorded_leaves_no_open_run(
    home: Home, loaded: Kernel
) -> None:
    loaded.run("%%track before\n1")
    with closing(sqlite3.connect(home.store_file, isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        request = loaded.send("%%track patient\nprint('done', flush=True)")
        loaded.wait_for_output(request, "done")
        loaded.interrupt()  # while the end waits for the store
        assert loaded.finish(request).status in {"ok", "error"}
        blocker.execute("ROLLBACK")
    assert loaded.run("1 + 1").result == "2"
    home.run(run_name="patient")
    until(lambda: home.run(run_name="patient").status in {"completed", "interrupted"}, "the end")


def test_cells_on_a_subshell_end_their_own_runs(loaded: Kernel) -> None:
    subshell = loaded.create_subshell()
    request = loaded.send(f"%%track long\n{SYNC}", "first")
    loaded.wait_for_output(request, "started")
    side = loaded.run("%%track side\n1 / 0", "second", subshell)
    assert "failed" in side.report
    assert loaded.home.run(run_name="long").status == "running"
    loaded.interrupt()
    assert "interrupted" in loaded.finish(request).report
    statuses = {run.run_name: run.status for run in loaded.home.runs()}
    assert statuses == {"long": "interrupted", "side": "failed"}


def test_a_cell_that_swallows_the_interrupt_is_completed(loaded: Kernel) -> None:
    cell, queued = interrupted(loaded, f"%%track\n{PATIENT}")
    assert (cell.status, queued.status) == ("ok", "ok")
    assert loaded.home.run().status == "completed"


def test_a_killed_kernels_run_is_dead_and_lost_nothing(home: Home, loaded: Kernel) -> None:
    request = loaded.send(LOGGING, "endless")
    loaded.wait_for_output(request, "logged 2000.")
    os.kill(loaded.pid, signal.SIGKILL)
    loaded.wait_for_exit()
    acknowledged = loaded.heard(request).stdout.count("logged")
    assert home.run().status == "running"
    with running_kernel(home, load=False) as other:
        told = other.run("%load_ext nbtrack")
        assert told.stdout == "1 run of a dead kernel was marked dead.\n"
        assert other.run("%reload_ext nbtrack").stdout == ""
    run = home.run()
    assert run.status == "dead"
    assert run.reason is not None  # it may tell the memory in use too
    assert run.reason.startswith(f"kernel process {loaded.pid} is gone")
    assert run.metrics["loss"].count >= acknowledged > 2000
    assert story(run) == [(None, "running", "kernel"), ("running", "dead", "reconciler")]
    assert run.events[-1].cause == run.reason
    assert run.end_time is not None
    assert run.start_time is not None
    assert run.start_time <= run.end_time <= run.events[-1].time
    assert not list((home.folder / "outbox").rglob("*.outbox"))


def test_opening_a_dashboard_finds_the_dead(home: Home, loaded: Kernel) -> None:
    request = loaded.send(f"%%track\n{SYNC}", "endless")
    loaded.wait_for_output(request, "started")
    home.run(status="running")
    with closing(open_store(home.config)) as database:
        service = DashboardService(database)
        ask = {"v": 1, "id": 1, "op": "store", "args": {}}
        assert service.handle(ask)["ok"] is True
        assert home.run().status == "running"
        os.kill(loaded.pid, signal.SIGKILL)  # not waited for: a zombie does not live
        until(lambda: DashboardService(database).handle(ask)["ok"] and home.runs(status="dead"),
              "the dead run")  # fmt: skip
    reason = home.run().reason
    assert reason is not None
    assert reason.startswith(f"kernel process {loaded.pid} was killed (signal 9)")


@pytest.mark.parametrize(
    ("code", "block"),
    [("%%track\nimport os\nos._exit(3)", False),
     ("import nbtrack, os\nwith nbtrack.start_run():\n    os._exit(3)", True)],
)  # fmt: skip
def test_a_kernel_that_leaves_without_a_word_leaves_dead_runs(
    home: Home, loaded: Kernel, code: str, block: bool
) -> None:
    loaded.send(code, "leaving")
    loaded.wait_for_exit()
    with running_kernel(home, load=False) as other:
        assert "marked dead" in other.run("%load_ext nbtrack").stdout
    assert home.run().status == "dead"


@pytest.mark.parametrize("how", ["shut down", "restart"])
@pytest.mark.parametrize("code", [SYNC, ASYNC])
def test_a_kernel_that_is_shut_down_says_so(
    home: Home, loaded: Kernel, how: str, code: str
) -> None:
    request = loaded.send(f"%%track\n{code}", "long")
    loaded.wait_for_output(request, "started")
    home.run(status="running")  # what a store not yet made would get comes with the next look
    if how == "restart":
        loaded.restart()
        assert loaded.run("%load_ext nbtrack").stdout == ""
    else:
        loaded.manager.shutdown_kernel()
    run = home.run()
    reason = "kernel restarted by the user" if how == "restart" else "kernel shut down"
    assert (run.status, run.reason) == ("interrupted", reason)
    assert story(run) == [(None, "running", "kernel"), ("running", "interrupted", "kernel")]


def test_a_kernel_that_had_to_be_terminated_leaves_a_dead_run(home: Home, loaded: Kernel) -> None:
    request = loaded.send(f"%%track\n{DEAF}", "deaf")
    loaded.wait_for_output(request, "started")
    loaded.manager.shutdown_wait_time = 1.0
    loaded.restart()
    assert loaded.run("%load_ext nbtrack").stdout == "1 run of a dead kernel was marked dead.\n"
    assert home.run().status == "dead"


def test_exit_completes_the_run(home: Home, loaded: Kernel) -> None:
    loaded.run("%%track\nlr = 0.1\nexit()")
    loaded.wait_for_exit()
    run = home.run()
    assert (run.status, run.params) == ("completed", {"lr": 0.1})


def test_a_living_kernels_run_is_left_alone(home: Home, loaded: Kernel) -> None:
    request = loaded.send(f"%%track\n{SYNC}", "long")
    loaded.wait_for_output(request, "started")
    with running_kernel(home, load=False) as other:
        assert other.run("%load_ext nbtrack").stdout == ""
        other.run("%%track beside\n1")
    assert home.run(cell_id="long").status == "running"
    loaded.interrupt()
    loaded.finish(request)
    assert home.run(cell_id="long").status == "interrupted"
    assert home.run(run_name="beside").status == "completed"


def test_an_end_that_the_store_never_saw_is_delivered_later(home: Home, loaded: Kernel) -> None:
    loaded.run("%%track before\n1")
    with closing(sqlite3.connect(home.store_file, isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        cell = loaded.run("%%track unseen -m acc\nacc = 0.75")
        assert cell.status == "ok"
        os.kill(loaded.pid, signal.SIGKILL)
        loaded.wait_for_exit()
        blocker.execute("ROLLBACK")
    assert home.runs(run_name="unseen") == []
    with running_kernel(home, load=False) as other:
        assert other.run("%load_ext nbtrack").stdout == ""
    run = home.run(run_name="unseen")
    assert (run.status, run.metrics["acc"].last) == ("completed", 0.75)


def test_what_died_before_there_was_a_store_is_delivered(home: Home, loaded: Kernel) -> None:
    code = (
        "%%track first\nimport nbtrack, os, signal\nnbtrack.log_metric('loss', 0.5)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    loaded.send(code, "first")
    loaded.wait_for_exit()
    with running_kernel(home, load=False) as other:
        assert "marked dead" in other.run("%load_ext nbtrack").stdout
    run = home.run(run_name="first")
    assert (run.status, run.metrics["loss"].last) == ("dead", 0.5)
