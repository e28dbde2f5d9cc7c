"""The output tail inside a real ipykernel: what the front end sees must not change."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

OBSERVE = """
from nbtrack.recording.output_tail import OutputTail
tails, kept = [], []
def before_cell(info):
    tails.append(OutputTail())
    tails[-1].start()
def after_cell(result):
    if tails:
        kept.append(tails.pop().stop())
get_ipython().events.register("pre_run_cell", before_cell)
get_ipython().events.register("post_run_cell", after_cell)
"""
STOP_OBSERVING = """
get_ipython().events.unregister("pre_run_cell", before_cell)
get_ipython().events.unregister("post_run_cell", after_cell)
"""


@pytest.fixture(scope="module")
def client() -> Iterator[BlockingKernelClient]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client: BlockingKernelClient = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client: BlockingKernelClient, code: str) -> list[dict[str, Any]]:
    """Execute a cell; return what the front end gets for it, in order."""
    messages: list[dict[str, Any]] = []
    reply = client.execute_interactive(code, timeout=60, output_hook=messages.append)
    assert reply["content"]["status"] in {"ok", "error"}
    own = reply["parent_header"]["msg_id"]
    assert all(message["parent_header"]["msg_id"] == own for message in messages)
    return messages


def text(messages: list[dict[str, Any]], stream: str) -> str:
    return "".join(
        message["content"]["text"]
        for message in messages
        if message["msg_type"] == "stream" and message["content"]["name"] == stream
    )


@pytest.fixture
def observed(client: BlockingKernelClient) -> Iterator[BlockingKernelClient]:
    run(client, OBSERVE)
    yield client
    run(client, STOP_OBSERVING)


def kept(client: BlockingKernelClient) -> tuple[str, str]:
    """Return what the tail kept of the cell before."""
    messages = run(client, "kept[-1]")
    (result,) = [m for m in messages if m["msg_type"] == "execute_result"]
    stdout, stderr = ast.literal_eval(result["content"]["data"]["text/plain"])
    return stdout, stderr


CELL = """
import logging, subprocess, sys, threading
print("from print")
print("to stderr", file=sys.stderr)
logging.warning("from logging")
thread = threading.Thread(target=lambda: print("from a thread"))
thread.start(); thread.join()
display({"text/plain": "rich"}, raw=True)
for i in range(3):
    print(f"\\r{i}%", end="", flush=True)
print()
41 + 1
"""


def shape(messages: list[dict[str, Any]]) -> list[object]:
    """Return the outputs, with each run of one stream's messages joined."""
    outputs: list[Any] = []
    for message in messages:
        content = message["content"]
        if message["msg_type"] == "stream":
            if outputs and outputs[-1][0] == content["name"]:
                outputs[-1][1] += content["text"]
            else:
                outputs.append([content["name"], content["text"]])
        elif message["msg_type"] in {"display_data", "execute_result"}:
            outputs.append([message["msg_type"], content["data"]["text/plain"]])
    return outputs


def test_a_cell_shows_the_same_outputs_as_without(client: BlockingKernelClient) -> None:
    without = shape(run(client, CELL))
    run(client, OBSERVE)
    observed = shape(run(client, CELL))
    stdout, stderr = kept(client)
    run(client, STOP_OBSERVING)
    assert sorted(map(str, observed)) == sorted(map(str, without))
    assert stdout == "from print\nfrom a thread\n2%\n"
    assert stderr.startswith("to stderr\n")
    assert "from logging" in stderr


def test_the_kernels_streams_are_unchanged(client: BlockingKernelClient) -> None:
    probe = (
        "import sys\n"
        "[id(sys.stdout), type(sys.stdout).__name__, sys.stdout.isatty(), sys.stdout.encoding,"
        " sys.stdout.name, sys.stdout.writable(), sys.stdout.closed, sys.stdout.write.__name__]"
    )
    tees = "[hasattr(stream.write, 'tee') for stream in (sys.stdout, sys.stderr)]"
    before = shape(run(client, probe))
    run(client, OBSERVE)
    assert shape(run(client, probe)) == before
    assert shape(run(client, tees)) == [["execute_result", "[True, True]"]]
    run(client, STOP_OBSERVING)
    assert shape(run(client, probe)) == before
    assert shape(run(client, tees)) == [["execute_result", "[False, False]"]]


@pytest.mark.parametrize(
    "code", ["print(6 * 7)", "import asyncio\nawait asyncio.sleep(0)\nprint(42)"]
)
def test_sync_and_async_cells_are_kept(observed: BlockingKernelClient, code: str) -> None:
    assert text(run(observed, code), "stdout") == "42\n"
    assert kept(observed) == ("42\n", "")


def test_captured_output_is_not_the_cells_output(observed: BlockingKernelClient) -> None:
    messages = run(observed, "%%capture captured\nprint('hidden')")
    assert text(messages, "stdout") == ""
    assert kept(observed) == ("", "")
    assert text(run(observed, "captured.show()"), "stdout") == "hidden\n"
    assert kept(observed) == ("hidden\n", "")


def test_a_program_that_the_cell_starts_is_kept(observed: BlockingKernelClient) -> None:
    assert "from the shell" in text(run(observed, "!echo from the shell"), "stdout")
    assert "from the shell" in kept(observed)[0]


def test_a_traceback_shows_the_users_line_and_no_frame_of_ours(
    observed: BlockingKernelClient,
) -> None:
    messages = run(observed, "import sys\nx = 1\nsys.stdout.write(x)")
    (error,) = [m["content"] for m in messages if m["msg_type"] == "error"]
    shown = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error["traceback"]))
    assert error["ename"] == "TypeError"
    assert "----> 3 sys.stdout.write(x)" in shown
    assert "output_tail" not in shown


def test_a_run_over_several_cells_leaves_the_streams_clean(client: BlockingKernelClient) -> None:
    run(client, "from nbtrack.recording.output_tail import OutputTail\ntail = OutputTail()")
    run(client, "tail.start(); print('first')")
    assert text(run(client, "print('second')"), "stdout") == "second\n"
    (result,) = shape(run(client, "tail.stop()"))
    assert "first" in str(result)
    assert text(run(client, "print('third')"), "stdout") == "third\n"
    tees = "import sys; [hasattr(stream.write, 'tee') for stream in (sys.stdout, sys.stderr)]"
    assert shape(run(client, tees)) == [["execute_result", "[False, False]"]]
