"""A real kernel spoken to as JupyterLab does, and the store that it records into."""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from sqlalchemy import select

from nbtrack.config import Config, load_config, sqlite_file
from nbtrack.errors import NotFoundError
from nbtrack.model import RunInfo
from nbtrack.store import tables
from nbtrack.store.engine import open_store
from nbtrack.store.reader import read_run
from tests.waiting import DEADLINE_SECONDS, INTERVAL_SECONDS, until

Message = dict[str, Any]


@dataclass
class Home:
    """A user of their own: Jupyter's folders, the outbox, the working folder, a notebook."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    python: Path = Path(sys.executable)
    """What kernels and scripts run in."""

    def __post_init__(self) -> None:
        self.work.mkdir(parents=True, exist_ok=True)
        (self.folder / "tmp").mkdir(exist_ok=True)

    @property
    def work(self) -> Path:
        """The folder that kernels work in."""
        return self.folder / "work"

    @property
    def notebook(self) -> Path:
        """The notebook that kernels believe to run."""
        return self.work / "study.ipynb"

    @property
    def kernels(self) -> Path:
        """A folder with the one kernel that this user has."""
        file = self.folder / "kernels" / "python3" / "kernel.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        command = [str(self.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        kernel = {"argv": command, "display_name": "Python 3", "language": "python"}
        file.write_text(json.dumps(kernel))
        return file.parent.parent

    @property
    def environment(self) -> dict[str, str]:
        """The environment of this user's processes."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NBTRACK")}
        own = {
            name: str(self.folder / name.lower())
            for name in ("JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR",
                         "IPYTHONDIR")
        }  # fmt: skip
        return {
            **kept,
            **own,
            "TMPDIR": str(self.folder / "tmp"),
            "NBTRACK_OUTBOX": str(self.folder / "outbox"),
            "JPY_SESSION_NAME": str(self.notebook),
            **self.settings,
        }

    @property
    def config(self) -> Config:
        """Where this user's runs are, as their own kernels see it."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            return load_config()

    @property
    def store_file(self) -> Path:
        """The SQLite file of the store."""
        file = sqlite_file(self.config.store_url)
        assert file is not None
        return file

    def runs(self, **wanted: object) -> list[RunInfo]:
        """Return the runs in the store, oldest first, whose attributes are as `wanted`."""
        columns = tables.runs.c
        conditions = [columns[name] == sought for name, sought in wanted.items() if name in columns]
        database = open_store(self.config)
        try:
            with database.reading() as connection:
                query = select(columns.run_id).where(*conditions).order_by(columns.id)
                run_ids = list(connection.execute(query).scalars())
            found = []
            for run_id in run_ids:
                with suppress(NotFoundError):  # dropped meanwhile
                    found.append(read_run(database, run_id))
        finally:
            database.close()
        return [run for run in found if all(getattr(run, k) == v for k, v in wanted.items())]

    def run(self, **wanted: object) -> RunInfo:
        """Return the newest run whose attributes are as `wanted`, waiting until there is one."""
        return until(lambda: self.runs(**wanted), f"a run with {wanted}")[-1]


@dataclass
class Cell:
    """What the front end got for one request."""

    messages: list[Message] = field(default_factory=list)
    reply: Message = field(default_factory=dict)
    idle: bool = False

    @property
    def status(self) -> str:
        """``ok``, ``error`` or ``aborted``."""
        return str(self.reply["status"])

    @property
    def stdout(self) -> str:
        """All that was written to stdout."""
        return self._stream("stdout")

    @property
    def stderr(self) -> str:
        """All that was written to stderr."""
        return self._stream("stderr")

    @property
    def result(self) -> str | None:
        """The result (``Out``) as text."""
        found = [content["data"]["text/plain"] for content in self.of("execute_result")]
        assert len(found) <= 1
        return found[0] if found else None

    @property
    def displays(self) -> list[str]:
        """What was displayed, as text."""
        return [content["data"].get("text/plain", "") for content in self.of("display_data")]

    @property
    def report(self) -> str:
        """nbtrack's line under the cell."""
        (line,) = [text for text in self.displays if text.startswith("nbtrack:")]
        return line

    @property
    def error(self) -> str | None:
        """The one traceback, without colours."""
        found = ["\n".join(content["traceback"]) for content in self.of("error")]
        assert len(found) <= 1
        return re.sub(r"\x1b\[[\d;]*m", "", found[0]) if found else None

    def of(self, kind: str) -> list[Message]:
        """Return the contents of the messages of one type."""
        return [message["content"] for message in self.messages if message["msg_type"] == kind]

    def _stream(self, name: str) -> str:
        return "".join(part["text"] for part in self.of("stream") if part["name"] == name)


class Kernel:
    """An ipykernel of its own process, and the client that speaks to it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.kernel_id = str(uuid.uuid4())
        self._cells: dict[str, Cell] = {}
        home.folder.joinpath("runtime").mkdir(exist_ok=True)
        self.manager = KernelManager(
            kernel_name="python3",
            kernel_spec_manager=KernelSpecManager(
                kernel_dirs=[str(home.kernels)], ensure_native_kernel=False
            ),
            connection_file=str(home.folder / "runtime" / f"kernel-{self.kernel_id}.json"),
        )
        self.client: BlockingKernelClient = self.manager.blocking_client()

    def start(self) -> None:
        """Start the process and wait until it answers."""
        self.manager.start_kernel(env=self.home.environment, cwd=str(self.home.work))
        self._connect()

    def restart(self) -> None:
        """Restart the process as the front end's button does."""
        self.client.stop_channels()
        self.manager.restart_kernel()
        self._connect()

    def _connect(self) -> None:
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=DEADLINE_SECONDS)

    @property
    def pid(self) -> int:
        """The kernel's process id."""
        pid = self.manager.provisioner.pid  # type: ignore[union-attr]
        assert isinstance(pid, int)
        return pid

    def run(self, code: str, cell_id: str | None = None, subshell: str | None = None) -> Cell:
        """Execute a cell and wait for all of its outputs and its reply."""
        return self.finish(self.send(code, cell_id, subshell))

    def create_subshell(self) -> str:
        """Return the id of a new subshell, on which cells run beside those of the main shell."""
        message = self.client.session.msg("create_subshell_request")
        self.client.control_channel.send(message)
        reply = self.client.get_control_msg(timeout=DEADLINE_SECONDS)
        return str(reply["content"]["subshell_id"])

    def send(self, code: str, cell_id: str | None = None, subshell: str | None = None) -> str:
        """Ask for a cell's execution as JupyterLab does; return the request's id."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        metadata: dict[str, object] = {"trusted": True, "deletedCells": [], "recordTiming": False}
        if cell_id is not None:
            metadata["cellId"] = cell_id
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self._cells[message["header"]["msg_id"]] = Cell()
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def finish(self, request: str) -> Cell:
        """Wait for the reply to a request, and for its outputs unless it was aborted."""
        cell = self._cells[request]
        self._listen(
            lambda: bool(cell.reply) and (cell.idle or cell.status == "aborted"), "a cell's end"
        )
        return cell

    def wait_for_output(self, request: str, text: str) -> None:
        """Wait until a cell that is still running has printed `text`."""
        cell = self._cells[request]
        self._listen(lambda: text in cell.stdout, f"the output {text!r}")

    def heard(self, request: str) -> Cell:
        """Return what has arrived of a cell, all that waits in the channels included."""
        while self.client.iopub_channel.msg_ready():
            self._take(self.client.get_iopub_msg(timeout=INTERVAL_SECONDS))
        return self._cells[request]

    def interrupt(self) -> None:
        """Send SIGINT, as the stop button does."""
        self.manager.interrupt_kernel()

    def wait_for_exit(self) -> None:
        """Wait until the process is gone."""
        until(lambda: not self.manager.is_alive(), "the kernel's exit")

    def close(self) -> None:
        """End the process, however it stands."""
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()

    def _listen(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not done():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain for {what}")
            try:
                self._take(self.client.get_iopub_msg(timeout=INTERVAL_SECONDS))
            except queue.Empty:
                while self.client.shell_channel.msg_ready():
                    self._take(self.client.get_shell_msg(timeout=INTERVAL_SECONDS))

    def _take(self, message: Message) -> None:
        cell = self._cells.get(message["parent_header"].get("msg_id", ""))
        if cell is None:
            return
        if message["msg_type"] == "execute_reply":
            cell.reply = message["content"]
        elif message["msg_type"] == "status":
            cell.idle = message["content"]["execution_state"] == "idle"
        else:
            cell.messages.append(message)


@contextmanager
def running_kernel(home: Home, *, load: bool = True) -> Iterator[Kernel]:
    """Start a kernel, with nbtrack loaded unless told otherwise, and end it afterwards."""
    kernel = Kernel(home)
    try:
        kernel.start()
        if load:
            loaded = kernel.run("%load_ext nbtrack")
            assert loaded.status == "ok", loaded.error
        yield kernel
    finally:
        kernel.close()


def run_python(home: Home, code: str, *arguments: str) -> str:
    """Run a script in a Python of its own and return what it printed."""
    done = subprocess.run(
        [str(home.python), "-c", code, *arguments],
        env=home.environment,
        cwd=home.work,
        capture_output=True,
        text=True,
        timeout=2 * DEADLINE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
