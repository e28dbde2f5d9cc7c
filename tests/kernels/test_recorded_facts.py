"""What a run in a kernel says of itself: code, place, user, git, host, packages, output, cost."""

from __future__ import annotations

import getpass
import platform
import socket
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from nbtrack.model import RunInfo
from tests.kernels.kernel_client import Kernel
from tests.waiting import until

MIB = 1 << 20


def complete(kernel: Kernel, name: str, imported: str = "ipykernel") -> RunInfo:
    """Return a run once its background facts have arrived as well."""
    return until(
        lambda: [run for run in kernel.home.runs(run_name=name) if imported in run.imported],
        f"the packages of {name}",
    )[-1]


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_run_knows_its_cell_and_its_kernel(kernel: Kernel) -> None:
    before = datetime.now(tz=UTC)
    code = "%%track whole\n# a comment that stays\nimport numpy\nlr = 0.1"
    cell = kernel.run(code, "7d1f-cell")
    run = complete(kernel, "whole")
    assert run.code == code
    assert (run.cell_id, run.execution_count) == ("7d1f-cell", cell.reply["execution_count"])
    assert (run.notebook, run.experiment) == (str(kernel.home.notebook), "study")
    assert run.user_id == getpass.getuser()
    assert run.start_time is not None
    assert run.end_time is not None
    assert run.duration is not None
    assert before.timestamp() - 1 < run.start_time.timestamp() <= run.end_time.timestamp()
    assert 0 <= run.duration < 10
    assert run.kernel is not None
    assert (run.kernel.kernel_id, run.kernel.pid) == (kernel.kernel_id, kernel.pid)
    assert run.kernel.host == socket.gethostname()


def test_a_block_in_an_untracked_cell_knows_its_cell_too(kernel: Kernel) -> None:
    code = "import nbtrack\n%pwd\nwith nbtrack.start_run('block'):\n    pass"
    cell = kernel.run(code, "block-cell")
    run = complete(kernel, "block")
    assert (run.code, run.cell_id, run.attempt) == (code, "block-cell", 1)
    assert run.execution_count == cell.reply["execution_count"]


def test_a_run_knows_its_host_and_its_packages(kernel: Kernel) -> None:
    kernel.run("%%track hosted\nimport sklearn.base")
    run = complete(kernel, "hosted", imported="scikit-learn")
    assert run.host["python"] == platform.python_version()
    assert run.host["logical_cores"] >= 1
    assert run.host["memory"] > 64 * MIB
    assert run.host["ipykernel"] == version("ipykernel")
    assert run.host["jupyterlab"] == version("jupyterlab")
    assert run.packages["scikit-learn"] == version("scikit-learn")
    assert "ipykernel" in run.imported
    assert "playwright" not in run.imported
    assert set(run.imported) < run.packages.keys()


def test_a_run_knows_the_state_of_git(kernel: Kernel, tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "trunk")
    (folder / "model.py").write_text("depth = 1\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    git(folder, "remote", "add", "origin", "https://ana:hunter2@example.org/team/model.git")
    (folder / "model.py").write_text("depth = 2\n")
    kernel.run(f"%cd {folder}")
    kernel.run("%%track committed\n1")
    kernel.run("%cd -")
    run = complete(kernel, "committed")
    assert run.git["commit"] == git(folder, "rev-parse", "HEAD")
    assert run.git["branch"] == "trunk"
    assert run.git["remote"] == "https://example.org/team/model.git"
    assert "+depth = 2" in run.git["diff"]
    assert "hunter2" not in str(run)


def test_a_folder_that_was_removed_stops_nothing(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    kernel.run(f"%cd {tmp_path / 'gone'}")
    (tmp_path / "gone").rmdir()
    cell = kernel.run("%%track homeless\nlr = 0.1")
    kernel.run(f"%cd {kernel.home.work}")
    assert (cell.status, cell.stderr) == ("ok", "")
    assert complete(kernel, "homeless").params == {"lr": 0.1}


def test_the_tails_of_the_output_are_kept(kernel: Kernel) -> None:
    kernel.run(
        "%%track talkative\nimport sys\nfor n in range(20_000):\n    print('line', n)\n"
        "for percent in range(101):\n    print(f'\\r{percent} %', end='', file=sys.stderr)\n"
    )
    run = complete(kernel, "talkative")
    assert run.stdout is not None
    assert run.stdout.endswith("line 19999\n")
    assert "earlier characters left out" in run.stdout.splitlines()[0]
    assert len(run.stdout) < 70_000
    assert run.stderr == "100 %"


def test_a_traceback_shows_the_users_frames_alone(kernel: Kernel) -> None:
    kernel.run("%%track traced\ndef half(n):\n    return n / 0\n\nhalf(4)")
    run = complete(kernel, "traced")
    assert run.traceback is not None
    assert run.traceback.startswith("Traceback (most recent call last):\n")
    assert "line 5, in <module>" in run.traceback
    assert "line 3, in half" in run.traceback
    assert run.traceback.endswith("ZeroDivisionError: division by zero\n")
    assert "site-packages" not in run.traceback


def test_a_syntax_error_is_told_with_its_place(kernel: Kernel) -> None:
    kernel.run("%%track unparsed\n\nlr = = 1")
    run = complete(kernel, "unparsed")
    assert str(run.reason).startswith("SyntaxError: invalid syntax")
    assert run.traceback is not None
    assert "line 3" in run.traceback
    assert "lr = = 1" in run.traceback


def test_an_exception_that_cannot_be_shown_is_named(kernel: Kernel) -> None:
    cell = kernel.run(
        "%%track silent\nclass Silent(Exception):\n"
        "    def __str__(self):\n        raise RuntimeError\nraise Silent"
    )
    run = complete(kernel, "silent")
    assert run.reason == cell.reply["ename"]
    assert run.traceback is not None
    assert "in __str__" in run.traceback


def test_duration_and_peak_memory_are_measured(kernel: Kernel) -> None:
    kernel.run("%%track heavy\nimport time\nblock = bytearray(300 << 20)\ntime.sleep(0.25)")
    run = complete(kernel, "heavy")
    assert run.peak_memory is not None
    assert run.peak_memory > 300 * MIB
    assert run.duration is not None
    assert run.duration >= 0.25


@pytest.mark.parametrize("code", ["", "# only a comment"])
def test_a_cell_with_the_magic_alone_is_a_run(kernel: Kernel, code: str) -> None:
    name = f"alone-{len(code)}"
    cell = kernel.run(f"%%track {name}" + (f"\n{code}" if code else ""))
    assert (cell.status, cell.result) == ("ok", None)
    assert kernel.home.run(run_name=name).status == "completed"


@pytest.mark.parametrize(
    "above", ["%%time", "%%capture kept", "%%capture kept\n%%time", "\n\n%%time"]
)
def test_magics_above_and_below_keep_the_run(kernel: Kernel, above: str) -> None:
    for number, code in enumerate((f"{above}\n%%track NAME\nlr = 0.5\nlr * 2",
                                   f"%%track NAME\n{above}\nlr = 0.5\nlr * 2")):  # fmt: skip
        name = f"nested-{number}-{len(above)}"
        cell = kernel.run(code.replace("NAME", name))
        assert cell.status == "ok"
        assert cell.report.startswith("nbtrack: completed in ")
        run = complete(kernel, name)
        assert (run.status, run.params) == ("completed", {"lr": 0.5})
        captured = "capture" in above
        assert (cell.result is None) == captured
        assert ("Wall time" in cell.stdout) == (not captured)


@pytest.mark.parametrize(
    "code",
    [
        "get_ipython().run_cell('1 / 0'); get_ipython().run_cell('fine = 1');",
        "%%capture kept\n1 / 0",
        "%%time\n1 / 0",
    ],
)
def test_a_failure_inside_makes_the_run_failed(kernel: Kernel, code: str) -> None:
    name = f"inner-{len(code)}"
    kernel.run(f"%%track {name}\n{code}")
    run = complete(kernel, name)
    assert (run.status, run.reason) == ("failed", "ZeroDivisionError: division by zero")


def test_an_indented_magic_tracks_too(kernel: Kernel) -> None:
    assert kernel.run("  %%track indented\n  lr = 0.1\n  lr").result == "0.1"
    assert complete(kernel, "indented").params == {"lr": 0.1}


def test_a_tracked_cell_inside_an_untracked_one_is_a_run(kernel: Kernel) -> None:
    kernel.run("get_ipython().run_cell_magic('track', 'called', 'lr = 0.25')")
    assert complete(kernel, "called").params == {"lr": 0.25}


def test_threads_of_the_cell_log_to_its_run(kernel: Kernel) -> None:
    kernel.run(
        "%%track threaded\nimport nbtrack, threading\n"
        "def work(worker):\n    for step in range(500):\n"
        "        nbtrack.log_metric(f'loss-{worker}', step, step=step)\n"
        "threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]\n"
        "for thread in threads: thread.start()\nfor thread in threads: thread.join()"
    )
    metrics = complete(kernel, "threaded").metrics
    assert {key: metric.count for key, metric in metrics.items()} == {
        f"loss-{worker}": 500 for worker in range(4)
    }
