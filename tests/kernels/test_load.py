"""``%load_ext nbtrack`` and its undoing: what they load, register, and leave behind."""

from __future__ import annotations

import ast
import json

import pytest

from tests.kernels.kernel_client import Cell, Home, Kernel, run_python, running_kernel

HEAVY = ("alembic", "anywidget", "fsspec", "git", "pandas", "plotly", "psutil", "pyarrow")
LOADED = f"import sys; [name for name in {HEAVY!r} if name in sys.modules]"
SHELL = """
ip = get_ipython()
[
    {name: len(hooks) for name, hooks in ip.events.callbacks.items()},
    [getattr(hook, "__qualname__", "") for hook in ip.input_transformers_cleanup],
    [getattr(hook, "__qualname__", "") for hook in ip.input_transformers_post],
    {kind: sorted(found) for kind, found in ip.magics_manager.magics.items()},
    [type(found).__name__ for found in ip.ast_transformers],
]
"""


def value(cell: Cell) -> object:
    assert cell.result is not None, cell.error
    return ast.literal_eval(cell.result)


def heavy_modules(kernel: Kernel) -> set[str]:
    loaded = value(kernel.run(LOADED))
    assert isinstance(loaded, list)
    return set(loaded)


def test_loading_imports_nothing_heavy(fresh: Kernel) -> None:
    before = heavy_modules(fresh)
    assert fresh.run("%load_ext nbtrack").status == "ok"
    assert heavy_modules(fresh) == before
    assert not fresh.home.store_file.exists()


def test_loading_over_a_store_imports_nothing_heavy(home: Home, fresh: Kernel) -> None:
    run_python(home, "import nbtrack\nwith nbtrack.start_run(): pass")
    assert home.store_file.exists()
    before = heavy_modules(fresh)
    cell = fresh.run("%load_ext nbtrack")
    assert (cell.status, cell.stdout, cell.stderr) == ("ok", "", "")
    assert heavy_modules(fresh) == before


def test_unloading_leaves_the_shell_as_it_was(fresh: Kernel) -> None:
    before = value(fresh.run(SHELL))
    fresh.run("%load_ext nbtrack")
    assert value(fresh.run(SHELL)) != before
    assert fresh.run("%unload_ext nbtrack").status == "ok"
    assert value(fresh.run(SHELL)) == before
    assert "not found" in fresh.run("%%track\n1").stderr
    assert "not found" in fresh.run("%track").stderr


def test_unloading_brings_back_a_magic_that_was_hidden(fresh: Kernel) -> None:
    own = "def track(line): return 'mine'\nget_ipython().register_magic_function(track, 'line')"
    fresh.run(own)
    fresh.run("%load_ext nbtrack")
    assert "store" in fresh.run("%track").stdout
    fresh.run("%unload_ext nbtrack")
    assert fresh.run("%track").result == "'mine'"


def test_loading_twice_records_once(fresh: Kernel) -> None:
    fresh.run("%load_ext nbtrack")
    assert "already loaded" in fresh.run("%load_ext nbtrack").stdout
    fresh.run("import nbtrack; nbtrack.load_ipython_extension(get_ipython())")
    cell = fresh.run("%%track once\n1")
    assert "completed" in cell.report
    assert len(fresh.home.runs()) == 1


def test_reloading_goes_on_recording(fresh: Kernel) -> None:
    fresh.run("%load_ext nbtrack")
    assert fresh.run("%reload_ext nbtrack").status == "ok"
    fresh.run("%%track after\n1")
    assert [run.run_name for run in fresh.home.runs()] == ["after"]


def test_a_cell_that_unloads_is_recorded_to_its_end(fresh: Kernel) -> None:
    before = value(fresh.run(SHELL))
    fresh.run("%load_ext nbtrack")
    cell = fresh.run("%%track last\n%unload_ext nbtrack\nprint('done')")
    assert cell.stdout == "done\n"
    assert fresh.home.run(run_name="last").status == "completed"
    assert value(fresh.run(SHELL)) == before


@pytest.mark.parametrize(
    ("store", "told"),
    [
        ("mysql://host/db", "Unknown kind of store 'mysql'"),
        ("postgresql://nobody@127.0.0.1:1/none", "postgresql+psycopg://127.0.0.1:1/none"),
        ("/dev/null/x.db", "/dev/null"),
    ],
)
def test_a_store_that_cannot_be_used_is_told_and_the_cells_run(
    home: Home, store: str, told: str
) -> None:
    home.settings["NBTRACK_STORE"] = store
    with running_kernel(home, load=False) as kernel:
        loaded = kernel.run("%load_ext nbtrack")
        assert loaded.status == "ok"
        cells = [kernel.run(f"%%track\nprint({number}); {number}") for number in range(3)]
    assert [cell.status for cell in cells] == ["ok"] * 3
    assert [(cell.stdout, cell.result) for cell in cells] == [
        (f"{number}\n", str(number)) for number in range(3)
    ]
    warnings = [text for cell in (loaded, *cells) for text in cell.stderr.splitlines()]
    assert told in warnings[0]
    assert 1 <= len(warnings) <= 2
    assert "Traceback" not in "".join(warnings)


PLAIN_IPYTHON = """
import json
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "nbtrack")
results = [
    shell.run_cell("%%track terminal -t kind=plain\\nlr = 0.5\\nscore = lr * 2\\n{'acc': score}"),
    shell.run_cell("%%track wrong\\n1 / 0"),
    shell.run_cell("%%track --paramz\\nran = True"),
    shell.run_cell("%track on"),
    shell.run_cell("import nbtrack\\nnbtrack.log_metric('loss', 0.25)"),
    shell.run_cell("%track off"),
    shell.run_cell("with nbtrack.start_run('block'): nbtrack.log_param('depth', 3)"),
    shell.run_cell("import asyncio\\nawait asyncio.sleep(0, 'awaited')"),
]
print(json.dumps([result.success for result in results] + ["ran" in shell.user_ns]))
"""


def test_plain_ipython_needs_no_kernel(home: Home) -> None:
    printed = run_python(home, PLAIN_IPYTHON)
    assert json.loads(printed.splitlines()[-1]) == [
        True, False, False, True, True, True, True, True, False,
    ]  # fmt: skip
    assert "nbtrack: completed" in printed
    terminal, wrong, every, block = home.runs()
    assert (terminal.run_name, terminal.status, terminal.tags) == (
        "terminal", "completed", {"kind": "plain"},
    )  # fmt: skip
    assert (terminal.params, terminal.metrics["acc"].last) == ({"lr": 0.5}, 1.0)
    assert (wrong.status, wrong.reason) == ("failed", "ZeroDivisionError: division by zero")
    assert every.metrics["loss"].last == 0.25
    assert (block.params, block.parent_run_id, block.attempt) == ({"depth": 3}, None, None)
