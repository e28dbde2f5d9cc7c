"""What runs show of themselves in a notebook: the line below a cell, and rich reprs."""

from __future__ import annotations

import math
from html.parser import HTMLParser

import pytest

from nbtrack.analysis.compare import compare_runs
from nbtrack.api import Store
from nbtrack.dashboard.sparkline import MAX_BLOCKS, MAX_DRAWN, sparkline_text
from nbtrack.errors import InvalidValueError
from nbtrack.model import Point
from nbtrack.query.points import sampled_points
from nbtrack.recording.cells import FinishedCell
from nbtrack.report import report_bundle
from tests.unit.recorded_runs import deliver_run

HOSTILE = "<script>alert(1)</script><img src=x onerror='alert(2)'>\"'\n\u202e"


class Elements(HTMLParser):
    """Collects the names of elements, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.names.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def finished(store: Store, values: list[float], key: str = "loss") -> FinishedCell:
    with store.start_run("trained", params={"lr": 0.1}) as run:
        for value in values:
            run.log_metric(key, value)
    return FinishedCell(run, run.status, None, 1.5, explicit=True)


def test_the_line_below_a_cell_draws_the_course_of_its_main_metric(store: Store) -> None:
    bundle = report_bundle(finished(store, [8.0, 4.0, 2.0, 1.0]))
    assert "loss 1 █▄▂▁ · trained" in bundle["text/plain"]
    assert bundle["text/html"].count("<svg") == 1
    assert bundle["text/html"].index("loss 1") < bundle["text/html"].index("<svg")


@pytest.mark.parametrize("values", [[1.0], [math.nan, 1.0, math.inf]])
def test_a_metric_without_a_course_draws_none(store: Store, values: list[float]) -> None:
    bundle = report_bundle(finished(store, values))
    assert "<svg" not in bundle["text/html"]
    assert not set("▁▂▃▄▅▆▇█") & set(bundle["text/plain"])


def test_a_hostile_name_of_a_metric_stays_text(store: Store) -> None:
    bundle = report_bundle(finished(store, [1.0, 2.0], "<script>alert(1)</script>"))
    assert Elements(bundle["text/html"]).names <= {"div", "span", "svg", "polyline"}


def test_long_series_are_drawn_from_a_few_points(store: Store) -> None:
    with store.start_run() as run:
        for step in range(10_000):
            run.log_metric("loss", 1 / (step + 1))
    run_id = run.run_id
    with store._read().reading() as connection:
        points = sampled_points(connection, run_id, "loss", MAX_DRAWN)
        assert sampled_points(connection, run_id, "gone", MAX_DRAWN) == []
    assert len(points) == MAX_DRAWN
    assert (points[0].step, points[-1].step) == (0, 9_999)
    assert len(sparkline_text(points)) == MAX_BLOCKS


def test_numbers_of_any_size_are_drawn() -> None:
    points = [Point(step, 0, value) for step, value in enumerate([-1.7e308, 0.0, 1.7e308])]
    assert sparkline_text(points) == "▁▅█"
    assert sparkline_text([Point(0, 0, 3.0), Point(1, 0, 3.0)]) == "▁▁"


def test_a_run_shows_itself_and_hostile_text_stays_text(store: Store) -> None:
    with store.start_run(
        HOSTILE.splitlines()[0], params={"<b>key": HOSTILE, "lr": 0.123456}, tags={"t": HOSTILE}
    ) as run:
        live = Elements(run._repr_html_())
        run.log_metric("acc", math.nan)
        run.set_description(HOSTILE)
        run.log_text(HOSTILE, "<i>.txt")
    info = store.get_run(run.run_id)
    card = Elements(info._repr_html_())
    assert live.names | card.names <= {"div", "span", "b", "code", "table", "tbody", "tr", "td"}
    for text in ("<script>alert(1)</script>", "<b>key", run.run_id[:8], "0.1235"):
        assert text in card.text
    for text in ("completed", "acc", "nan", "<i>.txt"):
        assert text in card.text
    assert "running" in live.text
    assert repr(info).startswith("<RunInfo <script>")
    assert repr(info).count("\n") == 0


def test_a_run_of_many_keys_shows_some(store: Store) -> None:
    run = deliver_run(store.database, metrics={f"m{key}": 0.5 for key in range(1_000)})
    info = store.get_run(run)
    assert len(info._repr_html_()) < 20_000
    assert "and 970 more" in info._repr_html_()
    assert len(repr(info)) < 300


def test_a_table_of_runs_keeps_hostile_text_as_text(store: Store) -> None:
    deliver_run(store.database, name=HOSTILE, params={"x": HOSTILE})
    page = store.runs()._repr_html_()  # type: ignore[operator]  # what a notebook asks for
    assert "script" not in Elements(page).names
    assert "img" not in Elements(page).names


def test_a_comparison_shows_its_runs_with_their_status(store: Store) -> None:
    runs = [deliver_run(store.database, name=HOSTILE, params={"lr": lr}) for lr in (0.1, 0.2)]
    page = Elements(compare_runs(store.database, runs)._repr_html_())
    assert page.names <= {
        "div", "table", "thead", "tbody", "tr", "th", "td", "code", "span", "details", "summary",
        "pre",
    }  # fmt: skip
    assert page.text.count("completed") >= 2
    assert "0.1" in page.text


def test_a_run_is_not_compared_with_itself(store: Store) -> None:
    run = deliver_run(store.database)
    with pytest.raises(InvalidValueError, match="itself"):
        store.compare([run, run[:12]])
