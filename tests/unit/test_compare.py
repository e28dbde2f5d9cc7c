"""Runs side by side, and the changes of their code."""

from __future__ import annotations

import math
import random
import re
from typing import Any

import pytest

from nbtrack.analysis.code_diff import MAX_LINES, code_diff
from nbtrack.api import Store
from nbtrack.dashboard.service import DashboardService
from nbtrack.errors import InvalidValueError, NotFoundError
from nbtrack.store.outbox import Batch
from nbtrack.store.writer import deliver
from tests.unit.asking import ask, refusal
from tests.unit.recorded_runs import deliver_run

HOSTILE = "<script>alert(1)</script>\n\u202e"


@pytest.fixture
def service(store: Store) -> DashboardService:
    return DashboardService(store.database)


def run_cell(store: Store, code: str | None, name: str = "run", **columns: Any) -> str:
    """Record an attempt of a cell, and return its id."""
    run_id = f"{random.getrandbits(128):032x}"
    cell = {"notebook": "/n.ipynb", "cell_id": "c", "run_name": name, **columns}
    start = {
        "op": "start", "time": 1_000, "status": "running", "experiment": "e", "run": cell,
        "code": code,
    }  # fmt: skip
    end = {"op": "end", "time": 3_500, "status": "completed", "reason": None}
    deliver(store.database, Batch(run_id, 0, 2, [start, end], 0))
    return run_id


def test_what_differs_comes_first_in_each_section(store: Store, service: DashboardService) -> None:
    one = deliver_run(
        store.database, name="one", params={"lr": 0.1, "depth": 3, "same": True, "text": "a"},
        metrics={"acc": 0.5, "nan": math.nan}, tags={"team": "x"},
    )  # fmt: skip
    two = deliver_run(
        store.database, name="two", params={"lr": 0.2, "depth": 3.0, "same": True, "more": [1]},
        metrics={"acc": 0.5, "nan": math.nan, "inf": math.inf}, tags={"team": "y"},
    )  # fmt: skip
    found = ask(service, "compare", run_ids=[one, two, one])
    assert [run["run_id"] for run in found["runs"]] == [one, two]
    rows = [row for row in found["rows"] if row["section"] in {"params", "metrics", "tags"}]
    assert [(row["key"], row["values"], row["differs"]) for row in rows] == [
        ("lr", [0.1, 0.2], True),
        ("more", [None, "[1]"], True),
        ("text", ["a", None], True),
        ("depth", [3, 3.0], False),
        ("same", [True, True], False),
        ("inf", [None, "Infinity"], True),
        ("acc", [0.5, 0.5], False),
        ("nan", ["NaN", "NaN"], False),
        ("team", ["x", "y"], True),
    ]
    assert found["diff"] == ""
    for section in {row["section"] for row in found["rows"]}:
        differs = [row["differs"] for row in found["rows"] if row["section"] == section]
        assert differs == sorted(differs, reverse=True)


def test_packages_host_and_git_are_compared(store: Store) -> None:
    runs = [deliver_run(store.database, name=name) for name in ("a", "b")]
    for run_id, version in zip(runs, ("1.0", "2.0"), strict=True):
        records = [
            {"op": "environment", "kind": "packages",
             "content": {"installed": {"numpy": version, "pandas": "3"}, "imported": []}},
            {"op": "environment", "kind": "host", "content": {"cpu": "x", "gpus": [version]}},
            {"op": "environment", "kind": "git", "content": {"commit": version, "branch": "main"}},
        ]  # fmt: skip
        with store.database.reading() as connection:
            from sqlalchemy import select

            from nbtrack.store.tables import runs as table

            start = connection.execute(
                select(table.c.delivered).where(table.c.run_id == run_id)
            ).scalar_one()
        deliver(store.database, Batch(run_id, start, start + 3, records, 0))
    found = store.compare(runs)
    different = {(row.section, row.key): row.cells for row in found.differences}
    assert different["packages", "numpy"] == ("1.0", "2.0")
    assert different["host", "gpus"] == (["1.0"], ["2.0"])
    assert different["git", "commit"] == ("1.0", "2.0")
    same = {(row.section, row.key) for row in found.rows if not row.differs}
    assert {("packages", "pandas"), ("host", "cpu"), ("git", "branch")} <= same


def test_a_run_is_compared_with_the_attempt_before(store: Store, service: DashboardService) -> None:
    first = run_cell(store, "lr = 0.1\nfit(lr)", "first")
    second = run_cell(store, "lr = 0.2\nfit(lr)", "second")
    third = run_cell(store, "lr = 0.2\nfit(lr)", "third")
    found = ask(service, "code_changes", run_id=second)
    assert (found["run_id"], found["run_name"], found["attempt"]) == (first, "first", 1)
    assert found["diff"].splitlines()[2:] == [
        "@@ -1,2 +1,2 @@", "-lr = 0.1", "+lr = 0.2", " fit(lr)",
    ]  # fmt: skip
    assert ask(service, "code_changes", run_id=third)["diff"] == ""
    assert ask(service, "code_changes", run_id=first) == {
        "run_id": None, "run_name": None, "attempt": None, "diff": "",
    }  # fmt: skip
    ask(service, "delete", run_ids=[second])
    assert ask(service, "code_changes", run_id=third)["run_id"] == first
    named = ask(service, "code_changes", run_id=first, other=second)
    assert "+lr = 0.1" in named["diff"]
    assert refusal(service, "code_changes", run_id="0" * 32)["code"] == "not_found"
    assert refusal(service, "code_changes", run_id=first, other="x")["code"] == "not_found"


def test_a_run_without_a_cell_has_no_attempt_before(
    store: Store, service: DashboardService
) -> None:
    lone = deliver_run(store.database)
    assert ask(service, "code_changes", run_id=lone)["run_id"] is None


@pytest.mark.parametrize("count", [0, 1, 51])
def test_too_few_or_too_many_runs_are_refused(store: Store, count: int) -> None:
    runs = [deliver_run(store.database) for _ in range(count)]
    with pytest.raises(InvalidValueError, match="2 to 50"):
        store.compare(runs)


def test_ids_may_be_shortened_and_unknown_ones_are_refused(store: Store) -> None:
    runs = [deliver_run(store.database) for _ in range(2)]
    found = store.compare([run_id[:12] for run_id in runs])
    assert [run.run_id for run in found.runs] == runs
    with pytest.raises(NotFoundError):
        store.compare([runs[0], "0" * 32])


def test_a_comparison_shows_itself_and_hostile_text_stays_text(store: Store) -> None:
    runs = [
        run_cell(store, f"x = '{HOSTILE}'", HOSTILE),
        run_cell(store, "y = 1", "two", description=HOSTILE),
    ]
    found = store.compare(runs)
    page = found._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert len(page) < 100_000
    text = repr(found)
    assert "attributes.attempt: 1 | 2" in text
    assert "-x = " in text
    frame = found.to_frame()
    assert frame.columns.tolist() == ["section", "key", "differs", *runs]
    assert frame.loc[frame["key"] == "attempt", runs].to_numpy().tolist() == [[1, 2]]


def test_a_comparison_of_many_keys_is_shown_in_part(store: Store) -> None:
    runs = [
        deliver_run(store.database, metrics={f"m{key}": key + run for key in range(1_500)})
        for run in range(2)
    ]
    found = store.compare(runs)
    assert len(found.differences) >= 1_500
    assert "more" in found._repr_html_()
    assert found._repr_html_().count("<tr>") < 700


def patched(old: str, diff: str) -> str:
    """Apply a unified diff."""
    lines, result, place = old.split("\n") if old else [], [], 0
    for line in diff.split("\n")[2:]:
        header = re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+.* @@", line)
        if header:
            start = int(header[1]) - (header[2] != "0")
            result += lines[place:start]
            place = start
        elif line.startswith("-"):
            assert lines[place] == line[1:]
            place += 1
        else:
            result.append(line[1:])
            place += line.startswith(" ")
    return "\n".join(result + lines[place:])


@pytest.mark.parametrize("most", [MAX_LINES, 0])
def test_a_diff_leads_from_one_code_to_the_other(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("nbtrack.analysis.code_diff.MAX_LINES", most)
    chance = random.Random(1)
    for _ in range(300):
        old, new = (
            "\n".join(chance.choice("abc") for _ in range(chance.randrange(12))) for _ in range(2)
        )
        diff = code_diff(old, new, "old", "new")
        assert patched(old, diff) == new if diff else old == new


def test_a_diff_of_endless_code_is_made_at_once() -> None:
    old = "\n".join(str(number % 7) for number in range(200_000))
    new = "\n".join(str(number % 5) for number in range(200_000))
    diff = code_diff(f"head\n{old}\ntail", f"head\n{new}\ntail", "a\nb", "c")
    assert diff.startswith("--- a b\n+++ c\n@@ -")
    assert code_diff(None, None, "a", "b") == ""
    assert code_diff("x", None, "a", "b").endswith("-x")
