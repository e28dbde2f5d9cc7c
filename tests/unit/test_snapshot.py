"""The dashboard as static HTML and as a line of text, for pages where no code of ours runs."""

from __future__ import annotations

import math
from html.parser import HTMLParser

import pytest

from nbtrack.api import Store
from nbtrack.dashboard.operations.context import Context
from nbtrack.dashboard.protocol import View
from nbtrack.dashboard.snapshot import MAX_ROWS, snapshot_html, snapshot_text
from nbtrack.errors import QueryError
from nbtrack.model import Status
from nbtrack.rich import shown_duration
from nbtrack.store import Database
from nbtrack.store.artifacts import ArtifactStore
from tests.benchmarks.fill import Filling, fill
from tests.unit.recorded_runs import deliver_run

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "closing": "</td></tr></table></div><h1>out</h1>",
    "quotes": '" onmouseover="alert(1)" x=\'',
    "single quotes": "' onmouseover='alert(1)",
    "comment": "<!-- --><svg/onload=alert(1)>-->",
    "entity": "&lt;b&gt; &amp; &#x3c;script&#x3e;",
    "template": "{{7*7}} ${7*7} `${alert(1)}`",
    "url": "javascript:alert(1)",
    "style": "</style><style>*{display:none}</style>",
    "right to left": "abc\u202edcba\u2066x\u200fy",
    "NUL": "a\0b",
    "newlines": "a\nb\r\nc\td",
    "emoji": "🎈👩‍🔬",
    "separators": "a\u2028b\u2029c",
    "long": "x" * 10_000,
}
COLUMNS = [
    "attributes.run_name", "params.p", "tags.t", "attributes.user_id", "attributes.notebook",
]  # fmt: skip


class Table(HTMLParser):
    """Reads the tags, the attributes and the cells; fails where tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.rows: list[list[str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


@pytest.fixture
def source(database: Database) -> Context:
    return Context(database, ArtifactStore(database.config.artifacts))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_shown_as_text(source: Context, text: str) -> None:
    stored = text.replace("\0", "\ufffd")
    deliver_run(
        source.database,
        name=stored,
        experiment="<i>sweep</i>",
        params={"p": text, "<b>key</b>": text},
        tags={"t": stored},
        user_id=stored,
        notebook=f"/home/{stored.replace('/', '')}.ipynb",
    )
    columns = [*COLUMNS, "params.`<b>key</b>`"]
    page = snapshot_html(source, {"columns": columns})
    assert len(page) < 50_000
    table = Table(page)
    assert table.tags == {"div", "p", "b", "table", "thead", "tbody", "tr", "th", "td"}
    assert table.attributes == {"style"}
    head, cells = table.rows
    assert head[-1] == "<b>key</b>"
    shown = stored if len(stored) <= 300 else f"{stored[:299]}…"
    assert cells[1] == cells[2] == cells[5] == shown
    assert cells[4].endswith(".ipynb") or len(stored) > 300
    assert "&lt;i&gt;sweep&lt;/i&gt;" in page


def test_it_is_bounded_in_rows_and_says_what_is_left_out(source: Context) -> None:
    fill(source.database, Filling(1_234, params=30, metrics=30))
    page = snapshot_html(source, {})
    table = Table(page)
    assert len(table.rows) == 1 + MAX_ROWS
    assert "1,234 runs" in page
    assert f"and {1_234 - MAX_ROWS:,} more" in page
    assert len(page) < 250_000


def test_an_empty_view_has_a_head_and_no_rows(source: Context) -> None:
    page = snapshot_html(source, {})
    assert len(Table(page).rows) == 1
    assert "0 runs" in page


def test_values_are_shown_as_people_read_them(source: Context) -> None:
    deliver_run(
        source.database,
        name="a",
        status=Status.FAILED,
        seconds=64,
        params={"on": True, "n": 123_456, "x": 0.123456789, "big": 10**40},
        metrics={"nan": float("nan"), "inf": float("-inf"), "huge": 1e300, "tiny": 1e-12},
    )
    view: View = {
        "columns": [
            "attributes.status", "attributes.duration", "params.on", "params.n", "params.x",
            "params.big", "metrics.nan", "metrics.inf", "metrics.tiny", "metrics.huge",
            "metrics.none", "attributes.user_id",
        ]
    }  # fmt: skip
    head, cells = Table(snapshot_html(source, view)).rows
    assert head == [
        "Status", "Duration", "on", "n", "x", "big", "nan", "inf", "tiny", "huge", "none",
        "User",
    ]  # fmt: skip
    assert cells == [
        "● failed", "1m 04s", "true", "123,456", "0.1235", str(10**40), "NaN", "-Infinity",
        "1e-12", "1e+300", "", "",
    ]  # fmt: skip


@pytest.mark.parametrize("start", [1 - 2**53, -1, 2**53 - 1, 2**62])
def test_times_beyond_the_calendar_do_not_break_it(source: Context, start: int) -> None:
    deliver_run(source.database, start=start)
    table = Table(snapshot_html(source, {"columns": ["attributes.start_time"]}))
    assert len(table.rows) == 2


def test_it_follows_the_view(source: Context) -> None:
    for name in "abc":
        deliver_run(source.database, name=name, tags={"team": "x" if name == "b" else "y"})
    view: View = {
        "search": "tags.team = 'y'",
        "sort": [{"column": "attributes.run_name", "descending": True}],
        "columns": ["attributes.run_name"],
    }
    assert Table(snapshot_html(source, view)).rows[1:] == [["c"], ["a"]]


def test_groups_are_headings_above_their_runs(source: Context) -> None:
    for number, (model, team) in enumerate(
        [("rf", "x"), ("<b>svm</b>", "x"), ("rf", "y"), (None, "y")]
    ):
        deliver_run(
            source.database, name=f"run {number}", start=number, tags={"team": team},
            params={} if model is None else {"model": model},
        )  # fmt: skip
    view: View = {
        "group_by": ["params.model", "tags.team"],
        "filters": [{"column": "attributes.run_name", "operator": "!=", "values": ["run 2"]}],
        "columns": ["attributes.run_name", "tags.team"],
    }
    page = snapshot_html(source, view)
    assert [row[0] for row in Table(page).rows[1:]] == [
        "model: <b>svm</b> · 1 run", "team: x · 1 run", "run 1",
        "model: rf · 1 run", "team: x · 1 run", "run 0",
        "model: (none) · 1 run", "team: y · 1 run", "run 3",
    ]  # fmt: skip
    assert "run_name != &#x27;run 2&#x27;" in page
    assert "· 3 runs ·" in page


def test_many_groups_are_bounded_as_rows_are(source: Context) -> None:
    fill(source.database, Filling(200, params=2, metrics=1, tags=1))
    page = snapshot_html(source, {"group_by": ["attributes.run_name"]})
    rows = Table(page).rows[1:]
    assert len(rows) == MAX_ROWS
    assert f"and {200 - MAX_ROWS // 2} more" in page


def test_the_line_of_text_says_how_many_runs_there_are(source: Context) -> None:
    empty = "nbtrack dashboard: no experiment, 0 runs (none yet)"
    assert snapshot_text(source, {}) == empty
    deliver_run(source.database, experiment="sweep")
    deliver_run(source.database, experiment="sweep", status=Status.FAILED)
    line = snapshot_text(source, {})
    assert line == "nbtrack dashboard: sweep, 2 runs (1 completed, 1 failed)"


def test_a_search_that_does_not_parse_is_an_error(source: Context) -> None:
    with pytest.raises(QueryError):
        snapshot_html(source, {"search": "metrics.acc >"})


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0ms"), (0.0004, "0ms"), (0.9994, "999ms"), (0.99996, "1.0s"), (1, "1.0s"),
        (59.94, "59.9s"), (59.96, "1m 00s"), (64, "1m 04s"), (3599.4, "59m 59s"),
        (3599.6, "1h 00m"), (7384, "2h 03m"), (360_000, "100h 00m"), (float("nan"), ""),
        (float("inf"), ""), (-5, "-5.0s"), (-90, "-1m 30s"),
    ],
)  # fmt: skip
def test_durations(seconds: float, shown: str) -> None:
    assert shown_duration(seconds) == shown


def test_the_first_metric_has_its_course(store: Store) -> None:
    with store.start_run("course", experiment="courses") as run:
        for step, value in enumerate([1.0, math.nan, math.inf, 3.0, 2.0]):
            run.log_metrics({"loss": value, "once": value}, step)
    with store.start_run("single", experiment="courses"):
        store.log_metric("loss", 0.5)
    database = store.recorder.delivery.database()
    store.recorder.delivery.flush(10)
    view: View = {"columns": ["attributes.run_name", "metrics.loss", "metrics.once"]}
    source = Context(database, ArtifactStore(database.config.artifacts))
    table = Table(snapshot_html(source, view))
    assert table.tags >= {"svg", "polyline"}
    assert snapshot_html(source, view).count("<svg") == 1
    assert snapshot_html(source, view).count('points="0,13.0 32,1.0 64,7.0"') == 1
