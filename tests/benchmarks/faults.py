"""What it costs to tell the truth, and how soon it is told: real kernels, real signals."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

from nbtrack.kernels.reconcile import reconcile
from nbtrack.store import open_store
from tests.benchmarks.figures import Figure
from tests.kernels.kernel_client import Home, Kernel, running_kernel
from tests.kernels.served_kernels import running_server
from tests.waiting import until

KILLS = 100
SERVED_KILLS = 5
LONGEST_LIFE = 0.5
"""Seconds after which a logging cell is killed at the latest."""

WAITING = 10
"""Cells that wait in a queue."""

WATCHED_SECONDS = 30.0
"""How long the costs of a kernel are watched."""

LOGGING = (
    "%%track\nimport itertools, nbtrack, os\nfor step in itertools.count():\n"
    "    nbtrack.log_metric('loss', 1 / (step + 1))\n"
    "    os.pwrite(told, b'%20d' % step, 0)"
)
SLEEPING = "%%track\nimport time\nprint('started', flush=True)\nwhile True:\n    time.sleep(3600)"
ENDLESS = "%%track\nimport time\nprint('started', flush=True)\nwhile True:\n    time.sleep(0.01)"

KILLED_GOAL = 5_000.0
QUEUED_GOAL = 1_000.0
IDLE_GOAL = 5.0
"""Milliseconds of one core in each second: 0.5 %."""


def measure_faults(folder: Path) -> list[Figure]:
    """Return how soon ends are told, how soon waiting is shown, and what watching costs."""
    return [
        *measure_kills(folder / "kills"),
        *measure_served_kills(folder / "served"),
        measure_queue(folder / "queue"),
        *measure_idle(folder / "idle"),
    ]


def measure_kills(folder: Path, kills: int = KILLS) -> list[Figure]:
    """Kill kernels at random moments of a logging cell; look, and count what was lost."""
    looks, lost, acknowledged = [], 0, 0
    for number in range(kills):
        home = Home(folder / str(number))
        told = home.work / "told"
        with running_kernel(home) as kernel:
            kernel.run(f"import os\ntold = os.open({str(told)!r}, os.O_RDWR | os.O_CREAT)")
            kernel.send(LOGGING, "cell")
            until(lambda told=told: told.read_bytes(), "the first point")  # type: ignore[misc]
            time.sleep(random.uniform(0, LONGEST_LIFE))  # the moment is the point
            os.kill(kernel.pid, signal.SIGKILL)
            kernel.wait_for_exit()
            last = int(told.read_bytes())
            looks.append(_look(home))
            (run,) = home.runs()
            if run.status != "dead":
                raise RuntimeError(f"a killed run is {run.status}")
            acknowledged += last + 1
            lost += max(0, last + 1 - run.metrics["loss"].count)
    if lost:
        raise RuntimeError(f"{lost} of {acknowledged} acknowledged points were lost")
    name = f"a look that finds the dead, {kills} kills: 0 of {acknowledged:,} points lost"
    return [Figure(name, looks, KILLED_GOAL)]


def _look(home: Home) -> float:
    database = open_store(home.config)
    started = time.perf_counter()
    reconcile(database)
    ended = time.perf_counter()
    database.close()
    return (ended - started) * 1000


def measure_served_kills(folder: Path) -> list[Figure]:
    """Kill kernels that a Jupyter server watches; nobody looks."""
    home, samples = Home(folder), []
    with running_server(home) as server:
        for number in range(SERVED_KILLS):
            kernel = server.start_kernel()
            kernel.run("%load_ext nbtrack")
            pid, name = kernel.pid, f"victim-{number}"
            request = kernel.send(ENDLESS.replace("%%track", f"%%track {name}"))
            kernel.wait_for_output(request, "started")
            until(lambda name=name: home.runs(run_name=name), "the run")  # type: ignore[misc]
            started = time.perf_counter()
            os.kill(pid, signal.SIGKILL)
            until(lambda name=name: home.runs(run_name=name, status="dead"), "the end")  # type: ignore[misc]
            samples.append((time.perf_counter() - started) * 1000)
            kernel.close()
    return [Figure("kill -9 until the store says dead, watched by the server", samples)]


def measure_queue(folder: Path) -> Figure:
    """Ask for cells as Run All does, and wait until the waiting ones are in the store."""
    samples = []
    with running_kernel(Home(folder)) as kernel:
        for _ in range(5):
            first = kernel.send(ENDLESS, "first")
            kernel.wait_for_output(first, "started")
            started = time.perf_counter()
            requests = [kernel.send("%%track\n1", f"cell-{number}") for number in range(WAITING)]
            until(lambda: len(kernel.home.runs(status="queued")) == WAITING, "the queue")
            samples.append((time.perf_counter() - started) * 1000)
            kernel.interrupt()
            kernel.finish(requests[-1])
            until(lambda: not kernel.home.runs(status="queued"), "an empty queue")
    return Figure(f"{WAITING} cells asked for until all are shown as queued", samples, QUEUED_GOAL)


def measure_idle(folder: Path) -> list[Figure]:
    """Return the milliseconds of a core that a kernel takes in a second, by what it does."""
    figures = []
    with running_kernel(Home(folder / "plain"), load=False) as kernel:
        kernel.run("1")
        figures.append(_cost("CPU in a second: an idle kernel without nbtrack", kernel, None))
    with running_kernel(Home(folder / "loaded")) as kernel:
        kernel.run("%%track\n1")
        figures.append(_cost("CPU in a second: an idle kernel after a run", kernel, IDLE_GOAL))
        request = kernel.send(SLEEPING)
        kernel.wait_for_output(request, "started")
        figures.append(_cost("CPU in a second: a run that sleeps", kernel, IDLE_GOAL))
    return figures


def _cost(name: str, kernel: Kernel, goal: float | None) -> Figure:
    def used() -> float:
        fields = Path(f"/proc/{kernel.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    def switches() -> int:
        tasks = Path(f"/proc/{kernel.pid}/task").glob("*/status")
        return sum(int(line.split()[1]) for task in tasks for line in task.read_text().splitlines()
                   if line.startswith("voluntary_ctxt_switches"))  # fmt: skip

    time.sleep(2)  # what the cell left to do is not idleness
    cpu, woken = used(), switches()
    time.sleep(WATCHED_SECONDS)
    woken = switches() - woken
    wakes = f", {woken / WATCHED_SECONDS:.1f} wake-ups"
    return Figure(name + wakes, [(used() - cpu) / WATCHED_SECONDS], goal)
