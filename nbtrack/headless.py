"""``nbtrack run``: a notebook executed from its first cell to its last, without a front end.

The kernel is told beforehand which cells will come, so that its tracked cells are queued from the
start, and each is told by its id, as in JupyterLab.
"""

from __future__ import annotations

import ast
import asyncio
import json
import keyword
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbtrack.config import load_config
from nbtrack.errors import NbtrackError, UserError
from nbtrack.kernels.identity import exit_words, process_start, this_kernel
from nbtrack.model import Kernel

if TYPE_CHECKING:
    from nbformat import NotebookNode

PARAMETERS, INJECTED = "parameters", "injected-parameters"
"""Tags of cells, as papermill has them."""

PLAN_SECONDS = 60.0
"""How long the kernel may take to load nbtrack."""

_PLAN = """\
import nbtrack as __nbtrack, nbtrack.magics
__nbtrack.load_ipython_extension(get_ipython())
__nbtrack.magics.plan(get_ipython(), {cells!r})
del __nbtrack, nbtrack
"""


class RunFailedError(NbtrackError):
    """The notebook did not run to its end."""

    code = "run_failed"


@dataclass(frozen=True, slots=True)
class Execution:
    """What was executed."""

    cells: int
    seconds: float


def parse_parameter(text: str) -> tuple[str, object]:
    """Split ``NAME=VALUE``; the value is a Python literal, or else text.

    Raises
    ------
    UserError
        There is no ``=``, or the name is none that a variable may have.

    Examples
    --------
    >>> parse_parameter("lr=1e-3"), parse_parameter("model=resnet")
    (('lr', 0.001), ('model', 'resnet'))
    """
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier() or keyword.iskeyword(name):
        raise UserError(
            f"{text!r} is no parameter.", hint="Write it as NAME=VALUE, such as -p lr=0.1."
        )
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return name, {"true": True, "false": False}.get(value, value)


def run_notebook(
    file: Path,
    parameters: Mapping[str, object],
    *,
    output: Path | None = None,
    store: str | None = None,
    timeout: float | None = None,
) -> Execution:
    """Execute a notebook; the file itself stays as it is.

    Parameters
    ----------
    file : pathlib.Path
        The notebook.
    parameters : mapping of str to object
        Variables that are set in a cell of their own: after the one tagged ``parameters``, or else
        before the first code cell.
    output : pathlib.Path, optional
        Where the executed notebook is written, also if it failed.
    store : str, optional
        Another store than the configured.
    timeout : float, optional
        Seconds that a cell may take.

    Raises
    ------
    UserError
        The file is no notebook.
    RunFailedError
        A cell failed or took too long, or the kernel died.
    """
    try:
        nbformat: Any = import_module("nbformat")  # which has no types
        from nbclient.client import NotebookClient
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        raise UserError(
            f"To run a notebook, the package {package!r} is needed.",
            hint="Install it with: pip install 'nbtrack[run]'.",
        ) from error
    try:
        notebook = nbformat.read(file, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{str(file)!r} cannot be read as a notebook: {reason}") from error
    _inject(notebook, parameters)
    started = time.monotonic()
    try:
        asyncio.run(_execute(NotebookClient, notebook, file.absolute(), store, timeout))
    finally:
        if output is not None:
            nbformat.write(notebook, output)
    executed = sum(cell.cell_type == "code" for cell in notebook.cells)
    return Execution(executed, time.monotonic() - started)


def _inject(notebook: NotebookNode, parameters: Mapping[str, object]) -> None:
    new_code_cell: Any = import_module("nbformat.v4").new_code_cell

    if not parameters:
        return
    lines = [f"{name} = {value!r}" for name, value in parameters.items()]
    source = "\n".join(["# Parameters", *lines])
    cell = new_code_cell(source, metadata={"tags": [INJECTED]})
    if notebook.nbformat_minor < _FIRST_MINOR_WITH_IDS:
        cell.pop("id", None)
    cells = [cell for cell in notebook.cells if INJECTED not in _tags(cell)]
    tagged = [number for number, cell in enumerate(cells, 1) if PARAMETERS in _tags(cell)]
    code = [number for number, cell in enumerate(cells) if cell.cell_type == "code"]
    cells.insert([*tagged, *code, len(cells)][0], cell)
    notebook.cells = cells


_FIRST_MINOR_WITH_IDS = 5


def _tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


async def _execute(
    client_class: Any,
    notebook: NotebookNode,
    file: Path,
    store: str | None,
    cell_seconds: float | None,
) -> None:
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    deaths: dict[tuple[int, int], str] = {}
    kernels: list[Kernel] = []

    async def begin(**_named: Any) -> None:
        pid = client.km.provisioner.pid
        kernels.append(replace(this_kernel(), pid=pid, process_start=process_start(pid) or 0))
        with suppress(Exception):  # a kernel without nbtrack: then nothing is recorded
            await _plan(client.kc, notebook)

    def begin_cell(cell: NotebookNode, **_named: Any) -> None:
        client.kc.session.metadata = {"cellId": cell["id"]} if "id" in cell else {}

    def end_badly(**_named: Any) -> None:
        code = client.km.provisioner.process.returncode
        for kernel in kernels if code is not None else ():
            deaths[kernel.pid, kernel.process_start] = exit_words(kernel, code)

    client: Any = client_class(
        notebook,
        timeout=cell_seconds,
        resources={"metadata": {"path": str(file.parent)}},
        on_notebook_start=begin,
        on_notebook_error=end_badly,
        on_cell_start=begin_cell,
    )
    environment = {**os.environ, "JPY_SESSION_NAME": str(file)}
    if store is not None:
        environment["NBTRACK_STORE"] = load_config(store).store_url
    try:
        await client.async_execute(env=environment)
    except NoSuchKernel as error:
        raise UserError(
            f"{file.name} needs a kernel named {error.name!r}, which is not installed.",
            hint="`jupyter kernelspec list` tells which are.",
        ) from None
    except CellExecutionError as error:
        reason = f"{error.ename}: {error.evalue}".strip().splitlines()[0]
        raise RunFailedError(f"A cell of {file.name} failed with {reason}") from None
    except CellTimeoutError:
        raise RunFailedError(
            f"A cell of {file.name} took longer than {cell_seconds:g} s."
        ) from None
    except DeadKernelError:
        how = next(iter(deaths.values()), "it ended without a word")
        raise RunFailedError(f"The kernel of {file.name} died: {how}.") from None
    finally:
        await asyncio.to_thread(_bring_to_truth, store, deaths)


async def _plan(client: Any, notebook: NotebookNode) -> None:
    cells = [
        {"cell_id": cell["id"], "code": cell.source}
        for cell in notebook.cells
        if cell.cell_type == "code" and "id" in cell
    ]
    code = _PLAN.format(cells=json.dumps(cells))
    await client.execute_interactive(
        code, silent=True, output_hook=lambda _message: None, timeout=PLAN_SECONDS
    )


def _bring_to_truth(store: str | None, deaths: Mapping[tuple[int, int], str]) -> None:
    """Tell the store how a kernel ended that could not say so itself."""
    from nbtrack.kernels.reconcile import reconcile
    from nbtrack.store import open_store
    from nbtrack.store.outbox import is_untouched

    config = load_config(store)
    if is_untouched(config):
        return
    with suppress(NbtrackError):  # the store is away: whoever looks next tells
        database = open_store(config)
        reconcile(database, told=deaths)
        database.close()
