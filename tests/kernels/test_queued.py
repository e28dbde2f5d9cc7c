"""Tracked cells that wait: queued while they do, and told apart by what becomes of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.model import RunInfo
from tests.kernels.kernel_client import Home, Kernel, running_kernel
from tests.waiting import until

LONG = (
    "import pathlib, time\nprint('started', flush=True)\n"
    "while not pathlib.Path('go').exists():\n    time.sleep(0.01)\n"
)
DEAF = "import time\nprint('started', flush=True)\nwhile True:\n    time.sleep(0.01)"
FIRST = f"%load_ext nbtrack\n{LONG}"


@pytest.fixture
def loaded(home: Home) -> Iterator[Kernel]:
    with running_kernel(home) as kernel:
        yield kernel


def run_all(kernel: Kernel, *cells: str) -> list[str]:
    """Ask for cells as Run All does, and wait until the first has started."""
    requests = [kernel.send(code, f"cell-{number}") for number, code in enumerate(cells)]
    kernel.wait_for_output(requests[0], "started")
    return requests


def go(kernel: Kernel) -> None:
    (kernel.home.work / "go").touch()


def statuses(home: Home) -> dict[str | None, str]:
    return {run.cell_id: run.status.value for run in home.runs()}


def story(run: RunInfo) -> list[str | None]:
    return [event.to_status for event in run.events]


def await_queued(home: Home, number: int) -> list[RunInfo]:
    until(lambda: len(home.runs(status="queued")) == number, f"{number} queued runs")
    return home.runs(status="queued")


def test_run_all_with_the_extension_loaded_by_the_first_cell(home: Home, fresh: Kernel) -> None:
    requests = run_all(
        fresh, FIRST, "%%track fit -e sweep\nacc = 0.5", "untracked = 1", "%%track\nlr = 0.1"
    )
    queued = await_queued(home, 2)
    assert (queued[0].cell_id, queued[0].run_name) == ("cell-1", "fit")
    assert [(run.experiment, run.start_time, run.attempt) for run in queued] == [
        ("sweep", None, 1), ("study", None, 1),
    ]  # fmt: skip
    assert queued[1].code == "%%track\nlr = 0.1"
    go(fresh)
    assert [fresh.finish(request).status for request in requests] == ["ok"] * 4
    runs = home.runs()
    assert [run.run_id for run in runs] == [run.run_id for run in queued]
    assert [story(run) for run in runs] == [["queued", "running", "completed"]] * 2
    assert [run.params for run in runs] == [{"acc": 0.5}, {"lr": 0.1}]
    assert all(run.start_time and run.created < run.start_time for run in runs)
    assert runs[1].execution_count == 4


def test_a_cell_that_begins_at_once_was_never_queued(home: Home, loaded: Kernel) -> None:
    loaded.run("%%track\n1", "cell")
    assert story(home.run()) == ["running", "completed"]


def test_every_cell_is_queued_after_track_on(home: Home, loaded: Kernel) -> None:
    loaded.run("%track on")
    requests = run_all(loaded, LONG, "x = 1", "%track off", "y = 2")
    queued = await_queued(home, 2)
    assert [run.cell_id for run in queued] == ["cell-1", "cell-3"]
    go(loaded)
    for request in requests:
        loaded.finish(request)
    expected = {"cell-0": "completed", "cell-1": "completed"}
    until(lambda: statuses(home) == expected, "the run that is tracked no more to be gone")


@pytest.mark.parametrize(
    ("code", "reason"),
    [(LONG + "1 / 0", "an earlier cell failed"), (LONG + "%%%", "an earlier cell failed")],
    ids=["error", "syntax error"],
)
def test_a_failure_interrupts_what_waits(
    home: Home, loaded: Kernel, code: str, reason: str
) -> None:
    if "%%%" in code:
        requests = [loaded.send(LONG), loaded.send("%%%"), loaded.send("%%track\n1", "cell-1")]
        loaded.wait_for_output(requests[0], "started")
    else:
        requests = run_all(loaded, code, "%%track\n1")
    await_queued(home, 1)
    go(loaded)
    assert loaded.finish(requests[-1]).status == "aborted"
    run = home.run(cell_id="cell-1", status="interrupted")
    assert (run.reason, story(run)) == (reason, ["queued", "interrupted"])
    assert run.start_time is None
    assert loaded.run("1 + 1").result == "2"


def test_an_interrupt_clears_the_queue(home: Home, loaded: Kernel) -> None:
    requests = run_all(loaded, f"%%track\n{DEAF}", "%%track\n1", "%%track\n2")
    await_queued(home, 2)
    loaded.interrupt()
    assert loaded.finish(requests[2]).status == "aborted"
    until(lambda: not home.runs(status="queued"), "an empty queue")
    assert [(run.status, run.reason) for run in home.runs()] == [
        ("interrupted", "KeyboardInterrupt by the user"),
        ("interrupted", "the queue was cleared"),
        ("interrupted", "the queue was cleared"),
    ]


@pytest.mark.parametrize(
    ("how", "reason"),
    [("restart", "kernel restarted by the user"), ("shut down", "kernel shut down")],
)
@pytest.mark.parametrize("tracked", [True, False], ids=["tracked", "untracked"])
def test_a_kernel_that_ends_says_so_of_what_waits(
    home: Home, loaded: Kernel, how: str, reason: str, tracked: bool
) -> None:
    run_all(loaded, f"%%track\n{DEAF}" if tracked else DEAF, "%%track\nopen('ran', 'w')",
            "%%track\n2")  # fmt: skip
    await_queued(home, 2)
    if how == "restart":
        loaded.restart()
    else:
        loaded.manager.shutdown_kernel()
    until(lambda: {run.status for run in home.runs()} == {"interrupted"}, "all ends")
    assert {run.reason for run in home.runs()} == {reason}
    assert not (home.work / "ran").exists()


def test_a_killed_kernel_leaves_its_queue_dead(home: Home, loaded: Kernel) -> None:
    run_all(loaded, f"%%track\n{DEAF}", "%%track\n1")
    await_queued(home, 1)
    os.kill(loaded.pid, signal.SIGKILL)
    loaded.wait_for_exit()
    with running_kernel(home, load=False) as other:
        assert "2 runs of dead kernels were marked dead" in other.run("%load_ext nbtrack").stdout
    assert [story(run) for run in home.runs()] == [["running", "dead"], ["queued", "dead"]]


def test_hundreds_that_wait_hold_no_files_open(home: Home, loaded: Kernel) -> None:
    count = "import os\nlen(os.listdir('/proc/self/fd'))"
    before = int(loaded.run(count).result or 0)
    requests = run_all(loaded, LONG, *[f"%%track\nlr = {number}" for number in range(300)], count)
    await_queued(home, 300)
    assert len(list(Path(f"/proc/{loaded.pid}/fd").iterdir())) < before + 50
    go(loaded)
    assert int(loaded.finish(requests[-1]).result or 0) < before + 50
    until(lambda: len(home.runs(status="completed")) == 300, "all runs")
    runs = home.runs()
    assert [run.params["lr"] for run in runs] == list(range(300))
    starts = [run.start_time for run in runs if run.start_time]
    assert starts == sorted(starts)


def test_unloading_leaves_the_kernel_as_it_was(home: Home, loaded: Kernel) -> None:
    requests = run_all(loaded, LONG + "get_ipython().run_line_magic('unload_ext', 'nbtrack')",
                       "1 + 1")  # fmt: skip
    loaded.send("%load_ext nbtrack")
    go(loaded)
    assert loaded.finish(requests[1]).result == "2"
    assert loaded.run("sorted(vars(get_ipython().kernel).keys() & {'do_shutdown', "
                      "'_send_abort_reply'}), 1").status == "ok"  # fmt: skip
    loaded.run("%%track\n1")
    assert home.run().status == "completed"


def test_another_store_chosen_meanwhile_gets_the_run(home: Home, loaded: Kernel) -> None:
    elsewhere = home.folder / "elsewhere.db"
    requests = run_all(loaded, LONG, f"%track store {elsewhere}", "%%track moved\n1")
    await_queued(home, 1)
    go(loaded)
    loaded.finish(requests[2])
    until(lambda: not home.runs(), "the store without it")
    told = loaded.run("import nbtrack\nnbtrack.runs().run_name.tolist()")
    assert told.result == "['moved']"
