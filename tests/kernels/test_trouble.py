"""When the disk or the store fails: the cell runs on, one warning tells, nothing kept is lost."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.kernels.kernel_client import Cell, Home, Kernel, running_kernel
from tests.waiting import until


def blocked(file: Path) -> str:
    """Return a folder that nobody can make, root neither: it lies below a regular file."""
    file.write_text("a file, and no folder")
    return str(file / "outbox")


def block_spare_outbox(home: Home) -> None:
    (home.folder / "tmp" / f"nbtrack-outbox-{os.getuid()}").write_text("a file, and no folder")


def warnings_of(*cells: Cell) -> list[str]:
    return [line for cell in cells for line in cell.stderr.splitlines()]


def sums(kernel: Kernel) -> list[Cell]:
    """Run three tracked cells that log and compute; check that they do what they should."""
    cells = [
        kernel.run(f"%%track run-{n}\nimport nbtrack\nnbtrack.log_metric('acc', {n})\n{n} + 1")
        for n in range(3)
    ]
    assert [(cell.status, cell.result) for cell in cells] == [("ok", f"{n + 1}") for n in range(3)]
    return cells


def test_without_any_outbox_the_cells_run(home: Home) -> None:
    home.settings["NBTRACK_OUTBOX"] = blocked(home.folder / "file")
    block_spare_outbox(home)
    with running_kernel(home) as kernel:
        (warning,) = warnings_of(*sums(kernel))
    assert "no outbox can be written" in warning
    assert "NBTRACK_OUTBOX" in warning
    assert home.runs() == []


def test_a_spare_outbox_takes_over(home: Home) -> None:
    home.settings["NBTRACK_OUTBOX"] = blocked(home.folder / "file")
    with running_kernel(home) as kernel:
        (warning,) = warnings_of(*sums(kernel))
        assert [run.metrics["acc"].last for run in home.runs()] == [0, 1, 2]
    assert f"kept in {home.folder / 'tmp'}" in warning


def test_an_outbox_that_becomes_a_file_is_replaced(home: Home) -> None:
    with running_kernel(home) as kernel:
        kernel.run("%%track before\n1")
        until(lambda: not list(home.config.outbox.glob("*")), "an empty outbox")
        shutil.rmtree(home.folder / "outbox")
        blocked(home.folder / "outbox")
        (warning,) = warnings_of(*sums(kernel))
        assert "outbox" in warning
        assert [run.run_name for run in home.runs()] == ["before", "run-0", "run-1", "run-2"]


def test_a_full_disk_is_told_and_leaves_an_incomplete_run(home: Home) -> None:
    with running_kernel(home) as kernel:
        kernel.run("import nbtrack, resource, sys\nkind = resource.RLIMIT_FSIZE")
        kernel.run("soft, hard = resource.getrlimit(kind)")
        cell = kernel.run(
            "%%track filled\nnbtrack.log_metric('loss', 1)\nresource.setrlimit(kind, (0, hard))\n"
            "for step in range(5):\n    nbtrack.log_metric('loss', 1 / 2)\n"
            "resource.setrlimit(kind, (soft, hard))\nnbtrack.log_metric('loss', 1 / 4)\n'went on'"
        )
        assert (cell.status, cell.result) == ("ok", "'went on'")
        assert any("could not be written" in line for line in warnings_of(cell))
        assert len(warnings_of(cell)) <= 2
        run = home.run(run_name="filled", status="completed")
        assert (run.metrics["loss"].count, run.metrics["loss"].last) == (2, 0.25)
        assert "incomplete: 5 records could not be written" in [e.cause for e in run.events]
        assert warnings_of(*sums(kernel)) == []
        assert len(home.runs()) == 4


def test_a_damaged_store_is_told_and_what_was_recorded_comes_later(home: Home) -> None:
    home.store_file.parent.mkdir(parents=True)
    home.store_file.write_bytes(b"this was a database once " * 400)
    with running_kernel(home, load=False) as kernel:
        told = kernel.run("%load_ext nbtrack")
        assert "damaged or no database" in told.stderr
        (warning,) = warnings_of(*sums(kernel))
        assert "Recording goes on" in warning
        assert home.store_file.read_bytes().startswith(b"this was a database once ")
        home.store_file.unlink()
        kernel.run("%%track afterwards\npass")
        until(lambda: len(home.runs(status="completed")) == 4, "all four runs")
    assert [run.metrics["acc"].last for run in home.runs() if run.metrics] == [0, 1, 2]


def test_a_closed_stderr_stops_neither_cell_nor_recording(home: Home) -> None:
    home.settings["NBTRACK_OUTBOX"] = blocked(home.folder / "file")
    with running_kernel(home) as kernel:
        kernel.run(
            "import io, sys\nold = sys.stderr\nsys.stderr = io.StringIO()\nsys.stderr.close()"
        )
        sums(kernel)
        assert kernel.run("sys.stderr = old\n1").result == "1"
    assert [run.status for run in home.runs()] == ["completed"] * 3
