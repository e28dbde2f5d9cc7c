"""What a Jupyter server sees of its kernels' ends is in the store at once, in true words."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbtrack.model import RunInfo
from tests.kernels.kernel_client import Home
from tests.kernels.served_kernels import JupyterServer, ServedKernel, running_server
from tests.waiting import until

ENDLESS = "import time\nprint('started', flush=True)\nwhile True:\n    time.sleep(0.01)"
DEAF = (
    "import time\nprint('started', flush=True)\nwhile True:\n    try:\n        time.sleep(0.01)\n"
    "    except KeyboardInterrupt:\n        pass"
)
HOLDING = (  # the GIL, once the output and the queue have left
    "import os, time\nprint('started', flush=True)\n"
    "while not os.path.exists('hold'):\n    time.sleep(0.01)\n"
    "os.rename('hold', 'holding')\nsum(range(10**12))"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    with running_server(Home(tmp_path_factory.mktemp("served"))) as server:
        yield server


@pytest.fixture
def kernel(server: JupyterServer) -> Iterator[ServedKernel]:
    kernel = server.start_kernel()
    kernel.run("%load_ext nbtrack")
    yield kernel
    kernel.close()


def start(kernel: ServedKernel, name: str, code: str) -> int:
    """Start a tracked cell, with another that waits; return the kernel's process id."""
    pid = kernel.pid
    request = kernel.send(f"%%track {name}\n{code}", "first")
    kernel.send(f"%%track {name}-waiting\n1", "second")
    kernel.wait_for_output(request, "started")
    until(lambda: kernel.home.runs(run_name=f"{name}-waiting", status="queued"), "the queue")
    return pid


def ends(kernel: ServedKernel, name: str) -> list[RunInfo]:
    """Return the runs of `start` once both have ended."""

    def ended() -> list[RunInfo]:
        runs = [run for run in kernel.home.runs() if run.run_name.startswith(name)]
        return runs if all(run.end_time for run in runs) else []

    return until(ended, f"the ends of {name}")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_kernel_that_dies_is_told_at_once_with_its_signal(
    kernel: ServedKernel, number: signal.Signals
) -> None:
    name = f"killed-{number.name}"
    pid = start(kernel, name, ENDLESS)
    before = time.monotonic()
    os.kill(pid, number)
    runs = ends(kernel, name)
    assert time.monotonic() - before < 5
    for run in runs:
        assert run.status == "dead"
        assert run.reason is not None
        assert run.reason.startswith(f"kernel process {pid} was killed (signal {number.value})")
        assert run.events[-1].observer == "server"


def test_a_kernel_that_leaves_is_told_with_its_exit_code(kernel: ServedKernel) -> None:
    pid = kernel.pid
    kernel.send("%%track leaving\nimport os\nos._exit(3)")
    run = until(lambda: kernel.home.runs(run_name="leaving", status="dead"), "the death")[0]
    assert run.reason == f"kernel process {pid} has exited with code 3"


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (lambda kernel: kernel.act("restart"), "kernel restarted by the user"),
        (lambda kernel: kernel.shut_down(), "kernel shut down"),
    ],
    ids=["restart", "shut down"],
)
@pytest.mark.parametrize(
    ("code", "status"),
    [(ENDLESS, "interrupted"), (DEAF, "dead"), (HOLDING, "dead")],
    ids=["endless", "deaf", "holding"],
)
def test_a_kernel_that_the_user_ends_says_who_wanted_it(
    kernel: ServedKernel, act: Callable[[ServedKernel], None], reason: str, code: str, status: str
) -> None:
    name = f"ended-{kernel.kernel_id}"
    holding = kernel.home.work / "holding"
    holding.unlink(missing_ok=True)
    start(kernel, name, code)
    if code is HOLDING:
        holding.with_name("hold").touch()
        until(holding.exists, "the GIL to be held")
    act(kernel)
    first, waiting = ends(kernel, name)
    assert (first.status, first.reason) == (status, reason)
    assert (waiting.status, waiting.reason) in {("interrupted", reason), ("dead", reason)}
    assert waiting.start_time is None


def test_an_interrupt_through_the_server_is_the_users(kernel: ServedKernel) -> None:
    start(kernel, "stopped", ENDLESS)
    kernel.act("interrupt")
    first, waiting = ends(kernel, "stopped")
    assert (first.status, first.reason) == ("interrupted", "KeyboardInterrupt by the user")
    assert (waiting.status, waiting.reason) == ("interrupted", "the queue was cleared")


def test_a_server_makes_no_store_where_nothing_was_recorded(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with running_server(home) as server:
        assert server.ask("GET", "nbtrack/api/info")["version"]
        assert server.ask("GET", "api/kernels") == []
        assert not home.store_file.exists()
