"""``%%track`` and ``%track`` in a real kernel: options, capture, commands, the cell's line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbtrack.model import Stage
from tests.kernels.kernel_client import Home, Kernel, running_kernel
from tests.waiting import until


@pytest.fixture(autouse=True)
def tracking_off(kernel: Kernel) -> Iterator[None]:
    yield
    kernel.run("%track off")


def test_every_option_is_recorded(kernel: Kernel) -> None:
    cell = kernel.run(
        '%%track "first try" -e option-study -p lr, cfg.depth -p \'cfg["units"]\' -p cfg["n a"] '
        "-m acc,report -t team=vision --tag note='two words'\n"
        'cfg = {"depth": 3, "units": [8, 4], "n a": "x"}\n'
        "lr, acc, unnamed = 0.5, 0.75, 9\n"
        'report = {"f1": 0.5, "macro": {"recall": 0.25}, "labels": ["a"]}\n'
    )
    assert (cell.status, cell.stderr) == ("ok", "")
    run = kernel.home.run(run_name="first try")
    assert run.experiment == "option-study"
    assert run.params == {"lr": 0.5, "cfg.depth": 3, "cfg.units": [8, 4], "cfg.n a": "x"}
    assert {key: metric.last for key, metric in run.metrics.items()} == {
        "acc": 0.75, "report.f1": 0.5, "report.macro.recall": 0.25,
    }  # fmt: skip
    assert run.tags == {"team": "vision", "note": "two words"}


@pytest.mark.parametrize(
    ("code", "params", "metrics"),
    [
        ("lr, depth = 0.1, 3\nfit = sum(range(depth))\nfit", {"lr": 0.1, "depth": 3}, {"fit": 3}),
        ('{"acc": 0.5, "loss": 2}', {}, {"acc": 0.5, "loss": 2}),
        ('{"acc": 0.5, "who": "me"}', {}, {}),
        ("a = [1]\na.append(2)\nlen(a) == 2", {}, {}),
        ("lr = 0.1\nlr = lr * 2", {}, {}),
        ("%%time\nlr = 0.1\n1 + 1", {"lr": 0.1}, {"result": 2}),
        ("import math\nname = 'base'\nmath.sqrt(16)", {"name": "base"}, {"sqrt": 4}),
        ("if True:\n    hidden = 1", {}, {}),
    ],
)
def test_a_cell_is_captured_as_it_reads(
    kernel: Kernel, code: str, params: dict[str, object], metrics: dict[str, float], tmp_path: Path
) -> None:
    name = tmp_path.name
    kernel.run(f"%%track {name}\n{code}")
    run = kernel.home.run(run_name=name)
    assert run.params == params
    assert {key: metric.last for key, metric in run.metrics.items()} == metrics
    kernel.run(f"%%track {name}-bare --no-capture\n{code}")
    bare = kernel.home.run(run_name=f"{name}-bare")
    assert (bare.params, bare.metrics) == ({}, {})


def test_what_the_cell_logs_itself_is_not_captured_again(kernel: Kernel) -> None:
    cell = kernel.run(
        "%%track own-logs\nimport nbtrack\nlr = 0.1\nnbtrack.log_param('lr', 0.2)\n"
        "nbtrack.log_metric('acc', 0.5)\nacc = 0.5\nacc"
    )
    assert cell.stderr == ""
    run = kernel.home.run(run_name="own-logs")
    assert run.params["lr"] == 0.2
    assert run.metrics["acc"].count == 1


@pytest.mark.parametrize(
    ("line", "told", "hint"),
    [
        ("--expriment x", "--expriment", "'--experiment'"),
        ("--metric acc", "--metric", "'--metrics'"),
        ("--no-captur", "--no-captur", "'--no-capture'"),
        ("-x 3", "-x", "-e EXPERIMENT"),
        ("-e", "-e/--experiment: expected one argument", "-e EXPERIMENT"),
        ("my run", "'run'", "in quotes"),
        ("-t team", "'team'", "KEY=VALUE"),
        ("-p 'lr + 1'", "'lr + 1'", "names with dots"),
        ("-p f(x)", "'f(x)'", "names with dots"),
        ("'open quote", "no closing quotation", "%%track [NAME]"),
        ("-e ' '", "empty", "1 to 250 characters"),
        (f"-t {'k' * 251}=v", "251 characters", "1 to 250 characters"),
    ],
)
def test_a_bad_option_is_named_and_the_body_is_not_run(
    kernel: Kernel, line: str, told: str, hint: str
) -> None:
    before = len(kernel.home.runs())
    kernel.run("ran = False")
    cell = kernel.run(f"%%track {line}\nran = True")
    assert cell.status == "error"
    assert cell.reply["ename"] == "UsageError"
    shown = cell.stderr + (cell.error or "")
    assert told in shown
    assert hint in shown
    assert "Traceback" not in shown
    assert kernel.run("ran").result == "False"
    assert len(kernel.home.runs()) == before


def test_a_missing_variable_is_told_each_time_after_a_completed_cell(kernel: Kernel) -> None:
    for attempt in (1, 2):
        cell = kernel.run("%%track missing -p learning_rat,gone.x -m 'text'\n"
                          "learning_rate, text = 0.1, 'no number'", "missing")  # fmt: skip
        assert cell.status == "ok"
        assert "no variable 'learning_rat'. Did you mean 'learning_rate'?" in cell.stderr
        assert "'gone'" in cell.stderr
        assert "'no number'" in cell.stderr
        run = kernel.home.run(run_name="missing", attempt=attempt)
        assert (run.status, run.params, run.metrics, run.stderr) == ("completed", {}, {}, None)


def test_a_failed_cell_tells_only_its_own_error(kernel: Kernel) -> None:
    cell = kernel.run("%%track half -p lr,never\nlr = 0.1\n1 / 0\nnever = 1")
    assert (cell.stderr, cell.reply["ename"]) == ("", "ZeroDivisionError")
    assert kernel.home.run(run_name="half").params == {"lr": 0.1}


def test_the_line_under_the_cell_compares_attempts(kernel: Kernel) -> None:
    lines = []
    for acc in (0.5, 0.75, 0.625):
        cell = kernel.run(f"%%track sweep -m acc\nacc = {acc}", "sweep-cell")
        assert len(cell.displays) == 1
        lines.append(cell.report)
    run_ids = [run.run_id for run in kernel.home.runs(run_name="sweep")]
    took = r"nbtrack: completed in \d+ms · "
    notes = [
        r"attempt 1 · acc 0\.5",
        r"attempt 2 · acc 0\.75 \(\+0\.25 vs previous, best so far\)",
        r"attempt 3 · acc 0\.625 \(-0\.125 vs previous, best 0\.75\)",
    ]
    for line, note, run_id in zip(lines, notes, run_ids, strict=True):
        assert re.fullmatch(rf"{took}{note} · sweep {run_id[:8]}", line), line


def test_a_smaller_loss_is_better(kernel: Kernel) -> None:
    kernel.run("%%track -m loss\nloss = 0.5", "loss-cell")
    cell = kernel.run("%%track -m loss\nloss = 0.25", "loss-cell")
    assert "loss 0.25 (-0.25 vs previous, best so far)" in cell.report


def test_the_line_of_a_failed_cell_tells_why(kernel: Kernel) -> None:
    cell = kernel.run("%%track boom\nraise ValueError('<b>bad</b>')")
    assert re.match(r"nbtrack: failed in \d+ms · ValueError: <b>bad</b> · boom ", cell.report)
    (html,) = [content["data"]["text/html"] for content in cell.of("display_data")]
    assert "&lt;b&gt;bad&lt;/b&gt;" in html


def test_attempts_are_counted_by_cell(kernel: Kernel) -> None:
    for cell_id in ("left", "right", "left"):
        kernel.run("%%track counted\n1", cell_id)
    runs = kernel.home.runs(run_name="counted")
    assert [(run.cell_id, run.attempt) for run in runs] == [
        ("left", 1), ("right", 1), ("left", 2),
    ]  # fmt: skip
    kernel.run("%%track uncounted\n1")
    assert kernel.home.run(run_name="uncounted").attempt is None


def test_every_cell_is_a_run_between_on_and_off(kernel: Kernel) -> None:
    def codes() -> list[str | None]:
        return [run.code for run in kernel.home.runs(cell_id="on-cell")]

    kernel.run("%track on", "on-cell")
    cell = kernel.run("depth = 4", "on-cell")
    assert cell.displays == []
    kernel.run("%track\n# only a look", "on-cell")
    kernel.run("", "on-cell")
    kernel.run("%track off", "on-cell")
    kernel.run("depth = 5", "on-cell")
    assert codes() == ["depth = 4"]
    assert kernel.home.run(code="depth = 4").params == {"depth": 4}


def test_short_cells_that_log_nothing_are_dropped(kernel: Kernel) -> None:
    assert "under 30 s" in kernel.run("%track on --min-seconds 30").stdout
    kernel.run("short = 1", "short-cell")
    kernel.run("import nbtrack; nbtrack.log_metric('kept', 1)", "short-cell")
    kernel.run("%%track explicit\n1", "short-cell")
    runs = until(
        lambda: [run for run in kernel.home.runs(cell_id="short-cell") if run.status != "running"],
        "the kept runs",
    )
    assert [run.run_name == "explicit" or "kept" in run.metrics for run in runs] == [True] * 2
    assert kernel.run("%track on --min-seconds=0").stdout.startswith("Every cell is a run")
    kernel.run("short = 2", "short-cell")
    assert kernel.home.run(cell_id="short-cell", code="short = 2").status == "completed"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("%track onn", "%track has no 'onn'. Did you mean 'on'?"),
        ("%track experimnt x", "Did you mean 'experiment'?"),
        ("%track frobnicate", "Usage: %track [on|off|"),
        ("%track on --min-second 3", "Did you mean '--min-seconds'?"),
        ("%track on --min-seconds", "no number of seconds"),
        ("%track on --min-seconds nan", "'nan' is no number of seconds"),
        ("%track on --min-seconds 3 4", "'3 4' is no number of seconds"),
        ("%track off now", "Unexpected 'now'"),
        ("%track delete", "Usage: %track delete"),
        ("%track delete abc", "too short"),
        ("%track delete ffffffff", "No run's id begins with 'ffffffff'"),
        ("%track list statu = 'failed'", "Did you mean"),
        ("%track list metrics.acc >", "^"),
        ("%track experiment", "Usage: %track experiment"),
        ("%track tag team", "KEY=VALUE"),
        ("%track tag team='open", "No closing quotation"),
        ("%track store", "Usage: %track store URL"),
    ],
)
def test_a_wrong_command_says_what_is_right(kernel: Kernel, line: str, told: str) -> None:
    cell = kernel.run(line)
    assert cell.status == "error"
    assert cell.reply["ename"] == "UsageError"
    assert told in cell.stderr + (cell.error or "")


def test_the_status_names_store_experiment_and_last_run(home: Home) -> None:
    with running_kernel(home) as kernel:
        first = kernel.run("%track").stdout
        kernel.run("%%track only\n1")
        kernel.run("%track tag team=vision")
        second = kernel.run("%track status").stdout
    assert str(home.store_file) in first
    assert re.search(r"experiment +study$", first, re.MULTILINE)
    assert "none yet" in first
    run = home.run()
    assert run.experiment == "study"
    assert f"only {run.run_id[:8]} completed" in second
    assert "team=vision" in second


def test_runs_are_listed_deleted_restored_and_cleared(home: Home) -> None:
    with running_kernel(home) as kernel:
        assert kernel.run("len(%track list)").status == "error"  # a magic is no expression
        assert kernel.run("found = %track list\nlen(found)").result == "0"
        for number in range(3):
            kernel.run(f"%%track run-{number} -m acc\nacc = {number}\n"
                       "import nbtrack; nbtrack.log_text('kept', 'note.txt')")  # fmt: skip
        ids = [run.run_id for run in home.runs()]
        assert kernel.run("found = %track list metrics.acc >= 1\nlen(found)").result == "2"
        assert kernel.run("list(found.columns)").result == (
            "['run_id', 'run_name', 'status', 'attempt', 'start_time', 'metrics.acc']"
        )
        assert kernel.run("%track delete --stale").stdout == "0 runs marked as deleted.\n"
        kernel.run("%%track stale\nraise KeyboardInterrupt")
        told = kernel.run("%track delete --stale").stdout
        assert told.startswith("1 run marked as deleted. Undo with %track restore ")
        kernel.run("%track clear")
        told = kernel.run(f"%track delete {ids[0][:8]} {ids[1]}").stdout
        assert told.startswith("2 runs marked as deleted.")
        assert [run.stage for run in home.runs()] == [Stage.DELETED, Stage.DELETED, Stage.ACTIVE]
        undo = told.partition("Undo with ")[2].strip().rstrip(".")
        assert kernel.run(undo).stdout == "2 runs restored.\n"
        assert {run.stage for run in home.runs()} == {Stage.ACTIVE}
        kernel.run(f"%track delete {ids[0]}")
        folders = home.store_file.parent / "artifacts"
        assert len(list(folders.rglob("note.txt"))) == 3
        assert kernel.run("%track clear").stdout == "1 run removed for good.\n"
        assert [run.run_id for run in home.runs()] == ids[1:]
        assert len(list(folders.rglob("note.txt"))) == 2


def test_experiment_tag_and_store_hold_for_the_kernel(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "home", {"NBTRACK_STORE": str(tmp_path / "other.db")})
    with running_kernel(home) as kernel:
        kernel.run("%track experiment spring trials")
        kernel.run("%track tag team=vision note='two words'")
        kernel.run("%%track first -t team=audio\n1")
        told = kernel.run(f"%track store {tmp_path / 'other.db'}")
        assert told.stdout == f"Runs of this kernel go to {tmp_path / 'other.db'}.\n"
        kernel.run("%%track second\n1")
    (first,), (second,) = home.runs(), other.runs()
    assert (first.run_name, second.run_name) == ("first", "second")
    assert (first.experiment, second.experiment) == ("spring trials", "spring trials")
    assert first.tags == {"team": "audio", "note": "two words"}
    assert second.tags == {"team": "vision", "note": "two words"}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://host/db", "A store is a SQLite file"),
        ("sqlite://", "names no file"),
        ("postgresql://me:secret@127.0.0.1:1/none", "cannot be used now"),
        ("/dev/null/runs.db", "/dev/null"),
        ("{corrupt}", "damaged or no database"),
    ],
)
def test_a_store_that_cannot_be_opened_leaves_the_old_one(
    kernel: Kernel, url: str, told: str, tmp_path: Path
) -> None:
    corrupt = tmp_path / "corrupt.db"
    corrupt.write_text("no database at all " * 100)
    cell = kernel.run(f"%track store {url.replace('{corrupt}', str(corrupt))}")
    assert cell.reply["ename"] == "UsageError"
    shown = cell.stderr + (cell.error or "")
    assert told in shown
    assert "secret" not in shown
    assert str(kernel.home.store_file) in kernel.run("%track").stdout
    kernel.run(f"%%track {tmp_path.name}\n1")
    assert kernel.home.run(run_name=tmp_path.name).status == "completed"


def test_a_tag_reaches_the_run_that_sets_it(kernel: Kernel) -> None:
    kernel.run("%%track tagging\n%track tag stage=draft")
    assert kernel.home.run(run_name="tagging").tags["stage"] == "draft"


def test_the_magics_document_themselves(kernel: Kernel) -> None:
    shown = [
        payload["data"]["text/plain"]
        for line in ("%track?", "%%track?")
        for payload in kernel.run(line).reply["payload"]
    ]
    assert len(shown) == 2
    assert "%track delete ID..." in shown[0]
    assert "-e EXPERIMENT" in shown[1]
    matches = kernel.run("get_ipython().complete('%%tra')[1]").result
    assert matches is not None
    assert "%%track" in matches
