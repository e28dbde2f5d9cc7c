"""The ``nbtrack`` command, run as a user runs it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import nbtrack
from nbtrack import Store, connect
from nbtrack.demo import FIRST_NOTEBOOK, copy_notebook, lab_command
from nbtrack.errors import UserError


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("NBTRACK_STORE", str(tmp_path / "runs.db"))
    return {**os.environ, "COLUMNS": "200"}


class CommandLine:
    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Return what was printed: stdout, or stderr where a failure is expected."""
        done = subprocess.run(
            [sys.executable, "-m", "nbtrack", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stderr if code else done.stdout


@pytest.fixture
def cli(environment: dict[str, str]) -> CommandLine:
    return CommandLine(environment)


@pytest.fixture
def store(environment: dict[str, str]) -> Iterator[Store]:
    opened = connect()
    with opened.start_run("good", experiment="sweep", params={"lr": 0.1}) as run:
        run.log_metrics({"acc": 0.93, "loss": float("nan")})
        run.set_tag("team", "blue")
        run.log_text("hello", "note.txt")
    with (
        pytest.raises(ZeroDivisionError),
        opened.start_run("bad", experiment="sweep"),
    ):
        _ = 1 / 0
    yield opened
    opened.close()


def ids(store: Store, *, deleted: bool = False) -> dict[str, str]:
    frame = store.runs(deleted=deleted)
    return dict(zip(frame["run_name"], frame["run_id"], strict=True))


def test_version(cli: CommandLine) -> None:
    assert cli("--version") == f"nbtrack {nbtrack.__version__}\n"


def test_list_prints_one_line_a_run(cli: CommandLine, store: Store) -> None:
    heading, *lines = cli("runs", "list").splitlines()
    assert heading.split() == ["RUN", "NAME", "STATUS", "STARTED", "METRICS"]
    cells = {line.split()[1]: line for line in lines}
    assert set(cells) == {"good", "bad"}
    assert "completed" in cells["good"]
    assert "acc=0.93" in cells["good"]
    assert cells["bad"].startswith(ids(store)["bad"][:8])


def test_list_as_json_is_keyed_by_attribute(cli: CommandLine, store: Store) -> None:
    runs = json.loads(cli("runs", "list", "metrics.acc > 0.5", "--json"))
    assert len(runs) == 1
    assert (
        runs[0]
        | {
            "run_id": ids(store)["good"],
            "run_name": "good",
            "status": "completed",
            "experiment": "sweep",
            "reason": None,
            "params.lr": 0.1,
            "metrics.acc": 0.93,
            "metrics.loss": "NaN",
            "tags.team": "blue",
        }
        == runs[0]
    )
    assert re.match(r"\d{4}-\d\d-\d\dT.*\+00:00$", runs[0]["start_time"])


def test_list_of_an_empty_store(cli: CommandLine) -> None:
    assert cli("runs", "list") == "No runs.\n"
    assert cli("runs", "list", "--json") == "[]\n"


def test_list_with_a_search_that_does_not_parse_fails_in_one_line(cli: CommandLine) -> None:
    message = cli("runs", "list", "metrics.acc >", code=1)
    assert message.startswith("nbtrack: ")
    assert message.count("\n") == 1


def test_show_takes_a_shortened_id(cli: CommandLine, store: Store) -> None:
    run_id = ids(store)["good"]
    page = cli("runs", "show", run_id[:8])
    assert run_id in page
    assert "note.txt" in page
    details = json.loads(cli("runs", "show", run_id, "--json"))
    assert details["run_id"] == run_id
    assert details["metrics"]["loss"]["last"] == "NaN"


def test_show_of_an_unknown_run_fails_in_one_line(cli: CommandLine, store: Store) -> None:
    assert cli("runs", "show", "0" * 32, code=1).count("\n") == 1


def test_stale_runs_are_deleted_at_once(cli: CommandLine, store: Store) -> None:
    for name, points in (("stopped early", {}), ("stopped late", {"acc": 0.5})):
        with suppress(KeyboardInterrupt), store.start_run(name) as run:
            run.log_metrics(points)
            raise KeyboardInterrupt
    store.recorder.close()
    stale = ids(store)["stopped early"]
    assert cli("runs", "delete", "--stale") == f"1 run marked as deleted: {stale[:8]}\n"
    assert ids(store, deleted=True) == {"stopped early": stale}
    assert cli("runs", "delete", "--stale") == "0 runs marked as deleted\n"
    assert "--stale" in cli("runs", "delete", code=2)
    assert "--stale" in cli("runs", "delete", "--stale", stale, code=2)


def test_delete_restore_and_clear(cli: CommandLine, store: Store) -> None:
    bad = ids(store)["bad"]
    assert cli("runs", "delete", bad[:8]) == f"1 run marked as deleted: {bad[:8]}\n"
    assert set(ids(store)) == {"good"}
    assert [run["run_id"] for run in json.loads(cli("runs", "list", "--deleted", "--json"))] == [
        bad
    ]
    assert cli("runs", "restore", bad) == f"1 run restored: {bad[:8]}\n"
    assert cli("clear", "--yes") == "0 runs removed for good\n"
    cli("runs", "delete", bad)
    assert "1 run with" in cli("clear", "--dry-run")
    said = cli("clear", "--yes", "--vacuum").splitlines()
    assert said[0] == f"1 run removed for good: {bad[:8]}"
    assert said[1].endswith("were given back to the disk.")
    assert ids(store, deleted=True) == {}
    assert set(ids(store)) == {"good"}


def test_clear_without_an_answer_removes_nothing(cli: CommandLine, store: Store) -> None:
    cli("runs", "delete", ids(store)["bad"])
    cli("clear", code=1)
    assert set(ids(store, deleted=True)) == {"bad"}


def test_reconcile_marks_the_runs_of_a_vanished_process(
    cli: CommandLine, store: Store, environment: dict[str, str]
) -> None:
    code = (
        "import nbtrack, os\n"
        "block = nbtrack.start_run('orphan')\n"
        "block.__enter__().log_metric('acc', 0.5)\n"
        "os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert cli("reconcile").startswith("1 run marked as dead: ")
    (orphan,) = json.loads(cli("runs", "list", "status = 'dead'", "--json"))
    assert (orphan["run_name"], orphan["metrics.acc"]) == ("orphan", 0.5)


def test_store_info_counts_runs(cli: CommandLine, store: Store) -> None:
    cli("runs", "delete", ids(store)["bad"])
    facts = json.loads(cli("store", "info", "--json"))
    assert facts["store_id"] == store.database.store_id
    assert (facts["runs"], facts["completed"], facts["deleted"]) == (1, 1, 1)
    assert facts["store_id"] in cli("store", "info")


def test_another_store_may_be_named(cli: CommandLine, store: Store, tmp_path: Path) -> None:
    assert cli("runs", "list", "--store", str(tmp_path / "other.db")) == "No runs.\n"
    assert "mysql" in cli("runs", "list", "--store", "mysql://host/db", code=1)


def test_experiments_are_described_and_found(cli: CommandLine, store: Store) -> None:
    cli("experiments", "create", "new", "-t", "team=a=b", "-d", "Why")
    cli("experiments", "describe", "sweep", "--tag", "team=c")
    (found,) = json.loads(cli("experiments", "list", "tags.team = 'a=b'", "--json"))
    assert (found["name"], found["description"], found["tags.team"]) == ("new", "Why", "a=b")
    cli("experiments", "describe", "new", "--tag", "team")
    assert json.loads(cli("experiments", "list", "tags.team = 'a=b'", "--json")) == []
    assert "--tag" in cli("experiments", "describe", "new", code=2)


@pytest.mark.parametrize(
    "arguments", [["bogus"], ["runs", "bogus"], ["runs", "list", "--bogus"], ["runs", "delete"]]
)
def test_wrong_usage_exits_with_2(cli: CommandLine, arguments: list[str]) -> None:
    assert "Usage:" in cli(*arguments, code=2)


def test_demo_keeps_a_notebook_that_is_there(tmp_path: Path) -> None:
    mine = tmp_path / FIRST_NOTEBOOK
    mine.write_text("mine")
    copy_notebook(tmp_path)
    assert mine.read_text() == "mine"


def test_demo_names_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="file"):
        copy_notebook(tmp_path / "file")


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_demo_as_root_says_so_to_jupyter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, user: int, allowed: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--allow-root" in lab_command(tmp_path, [])) is allowed
