"""What tracking adds to a cell that does nothing, as the front end of a real kernel sees it."""

from __future__ import annotations

import time
from pathlib import Path

from tests.benchmarks.figures import Figure, differences
from tests.kernels.kernel_client import Home, Kernel, running_kernel
from tests.waiting import DEADLINE_SECONDS

ROUNDS = 200
CELL_GOAL = 15.0


def measure_cells(folder: Path) -> list[Figure]:
    """Return the time of tracked and untracked cells from the request until the kernel is idle."""
    cells = {"plain": "pass", "%%track": "%%track\npass"}
    samples: dict[str, list[float]] = {name: [] for name in cells}
    with running_kernel(Home(folder / "cell")) as kernel:
        for _ in range(ROUNDS + 1):
            for name, code in cells.items():
                samples[name].append(_milliseconds(kernel, code))
        recorded = len(kernel.home.runs())
    if recorded != ROUNDS + 1:
        raise RuntimeError(f"{recorded} runs were recorded, not {ROUNDS + 1}")
    first = samples["%%track"][0]
    plain, tracked = samples["plain"][1:], samples["%%track"][1:]
    return [
        Figure("`%%track` on an empty cell", differences(tracked, plain), CELL_GOAL),
        Figure("the same, the first time in a kernel", [first - samples["plain"][0]]),
        Figure("the untracked cell, for comparison", plain),
    ]


def _milliseconds(kernel: Kernel, code: str) -> float:
    client = kernel.client
    started = time.perf_counter()
    asked = client.execute(code)
    while True:
        message = client.get_iopub_msg(timeout=DEADLINE_SECONDS)
        if message["parent_header"].get("msg_id") != asked or message["msg_type"] != "status":
            continue
        if message["content"]["execution_state"] == "idle":
            break
    ended = time.perf_counter()
    reply = client.get_shell_msg(timeout=DEADLINE_SECONDS)
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"{code!r} failed: {reply['content']}")
    return (ended - started) * 1000
