"""From the notebook to the grid and back: `dash.view`, `where`, `selected`, `visible`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from nbtrack.api import Store
from nbtrack.dashboard.service import DashboardService
from nbtrack.display import Dashboard
from nbtrack.errors import InvalidValueError, NbtrackError, NotFoundError, QueryError
from nbtrack.store.edits import change_view, save_view
from nbtrack.store.reader import read_view
from tests.unit.asking import ask
from tests.unit.recorded_runs import deliver_run, experiment_of
from tests.unit.test_widget import close_dashboards
from tests.waiting import until

MODELS = ["rf", "svm", "rf", None]
FILTER = {"column": "metrics.acc", "operator": ">", "values": [0.2]}


@pytest.fixture
def store(store: Store) -> Iterator[Store]:
    """Four runs of one experiment, one of another."""
    for number, model in enumerate(MODELS):
        deliver_run(
            store.database,
            name=f"run-{number}",
            experiment="sweep",
            start=number,
            params={} if model is None else {"model": model},
            metrics={"acc": number / 10},
        )
    deliver_run(store.database, name="elsewhere", experiment="other", metrics={"acc": 0.9})
    yield store
    close_dashboards()


@pytest.fixture
def service(store: Store) -> DashboardService:
    return DashboardService(store.database)


def dashboard(store: Store, **options: Any) -> Dashboard:
    return Dashboard(**{"experiments": "sweep", **options}, store=store)


def names(frame: pd.DataFrame) -> list[str]:
    return [] if frame.empty else frame["run_name"].tolist()


def test_a_view_is_set_in_few_words_and_read_in_full(store: Store) -> None:
    dash = dashboard(store, group_by="params.model", sort=["-metrics.acc"])
    run_ids = store.runs()["run_id"].tolist()
    dash.view = {
        "group_by": ["params.model", "attributes.status"],
        "group_options": {"params.model": {"order": "count", "descending": True}},
        "sort": ["params.`a b`", "-metrics.acc", {"column": "tags.x", "descending": False}],
        "columns": "metrics.acc",
        "selected": run_ids[:2],
        "hidden": {"all": True, "run_ids": run_ids[:1]},
        "experiments": ["other", experiment_of(store.database, "sweep")],
        "filters": [FILTER],
        "height": 200,
    }
    assert dash.view == {
        "experiments": [experiment_of(store.database, name) for name in ("other", "sweep")],
        "group_by": ["params.model", "attributes.status"],
        "group_options": {"params.model": {"order": "count", "descending": True}},
        "sort": [
            {"column": "params.`a b`", "descending": False},
            {"column": "metrics.acc", "descending": True},
            {"column": "tags.x", "descending": False},
        ],
        "columns": ["metrics.acc"],
        "selected": {"all": False, "run_ids": run_ids[:2]},
        "hidden": {"all": True, "run_ids": run_ids[:1]},
        "filters": [FILTER],
        "height": 200,
    }
    dash.view = {"sort": None, "filters": None, "group_options": None, "group_by": None}
    assert dash.view.keys() == {"experiments", "columns", "selected", "hidden", "height"}
    dash.view = dash.view
    assert dash.view.keys() == {"experiments", "columns", "selected", "hidden", "height"}


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        (3, InvalidValueError, "3 is no dict"),
        ({"sorting": "x"}, InvalidValueError, "Did you mean 'sort'?"),
        ({1: "x"}, InvalidValueError, "experiments, search"),
        ({"sort": "-acc"}, InvalidValueError, "'acc' is no column"),
        ({"sort": [3]}, InvalidValueError, "3 is int"),
        ({"sort": [{"column": "metrics.acc"}]}, InvalidValueError, "lacks 'descending'"),
        ({"group_by": ["params.a"] * 2}, InvalidValueError, "twice"),
        ({"group_by": 3.5}, InvalidValueError, "3.5 is no list"),
        ({"columns": ["no"]}, InvalidValueError, "params.KEY"),
        ({"experiments": "sweeep"}, NotFoundError, "Did you mean 'sweep'?"),
        ({"experiments": -1}, InvalidValueError, "no experiment's id"),
        ({"search": "metrics.acc >"}, QueryError, "metrics.acc >"),
        ({"where": "metrics.acc >"}, QueryError, "metrics.acc >"),
        ({"filters": [{**FILTER, "operator": "contains"}]}, InvalidValueError, "contains"),
        ({"filters": "metrics.acc"}, InvalidValueError, "must be a list"),
        ({"hidden": ["x"] * 10_001}, InvalidValueError, "10,000 are allowed"),
        ({"height": True}, InvalidValueError, "120 to 4000"),
        ({"deleted": "yes"}, InvalidValueError, "true or false"),
    ],
)
def test_what_a_view_cannot_have_is_refused_and_changes_nothing(
    sqlite_store: Store, given: Any, error: type[NbtrackError], said: str
) -> None:
    deliver_run(sqlite_store.database, experiment="sweep")
    dash = dashboard(sqlite_store)
    before, revision = dash.view, sqlite_store.database.revision()
    with pytest.raises(error) as caught:
        dash.view = given
    close_dashboards()
    assert said in str(caught.value)
    assert dash.view == before
    assert sqlite_store.database.revision() == revision


def test_where_is_the_condition_the_search_and_the_filters(
    store: Store, service: DashboardService
) -> None:
    dash = dashboard(store, where="params.model IS NOT NULL")
    view = {**dash.view, "search": "run", "filters": [{**FILTER, "values": [0.1]}]}
    ask(service, "set_view", view_id=dash.view_id, view=view)
    assert dash.where == (
        "params.model IS NOT NULL AND any CONTAINS 'run' AND metrics.acc > 0.1"
    )  # fmt: skip
    found = store.runs(dash.where, experiments=dash.experiments)
    assert names(found) == ["run-2"] == names(dash.visible)
    dash.view = {"experiments": ["sweep", "other"]}
    found = store.runs(dash.where, experiments=dash.experiments)
    assert set(names(found)) == set(names(dash.visible)) == {"run-2"}
    dash.view = {"experiments": None}
    assert dash.experiments is None
    dash.where = "metrics.acc < 0.2"
    assert dash.view["search"] == "metrics.acc < 0.2"
    assert "filters" not in dash.view
    assert dash.where == "params.model IS NOT NULL AND metrics.acc < 0.2"
    assert names(dash.visible) == ["run-1", "run-0"]
    with pytest.raises(QueryError):
        dash.where = "metrics.acc <"
    assert dash.view["search"] == "metrics.acc < 0.2"
    dash.where = ""
    assert dash.where == "params.model IS NOT NULL"
    assert "search" not in dash.view


def test_visible_and_selected_follow_the_page(store: Store, service: DashboardService) -> None:
    dash = dashboard(store, sort="metrics.acc")
    ids = dict(store.runs()[["run_name", "run_id"]].to_numpy().tolist())
    assert names(dash.visible) == ["run-0", "run-1", "run-2", "run-3"]
    assert names(dash.selected) == []

    def choose(**view: Any) -> None:
        ask(service, "set_view", view_id=dash.view_id, view={**dash.view, **view})

    choose(
        hidden={"all": False, "run_ids": [ids["run-1"], ids["elsewhere"]]},
        selected={"all": True, "run_ids": [ids["run-3"]]},
    )
    assert names(dash.visible) == ["run-0", "run-2", "run-3"]
    assert names(dash.selected) == ["run-0", "run-1", "run-2"]
    choose(
        hidden={"all": True, "run_ids": [ids["run-3"], ids["run-2"]]},
        selected={"all": False, "run_ids": [ids["run-3"], ids["elsewhere"], "0" * 32]},
        sort=[{"column": "metrics.acc", "descending": True}],
    )
    assert names(dash.visible) == ["run-3", "run-2"]
    assert names(dash.selected) == ["run-3"]
    choose(filters=[FILTER], hidden={"all": False, "run_ids": []})
    assert names(dash.visible) == ["run-3"]
    store.delete_runs([ids["run-3"], ids["run-0"]])
    choose(filters=[], deleted=True)
    assert names(dash.visible) == ["run-3", "run-0"]


def test_the_frames_are_those_of_runs(store: Store) -> None:
    dash = dashboard(store)
    pd.testing.assert_frame_equal(dash.visible, store.runs(experiments=["sweep"]))


def test_frames_of_more_runs_than_are_read_at_once_are_complete(store: Store) -> None:
    from tests.benchmarks.fill import Filling, fill

    fill(store.database, Filling(1_234, params=2, metrics=2, tags=1), experiment="many")
    dash = dashboard(store, experiments="many", sort="metrics.metric_0")
    found = dash.visible
    assert len(found) == found["run_id"].nunique() == 1_234
    values = found["metrics.metric_0"].dropna()
    assert values.is_monotonic_increasing
    assert len(values) > 1_000


def test_what_was_chosen_for_an_experiment_starts_its_next_dashboard(
    store: Store, service: DashboardService
) -> None:
    first = dashboard(store)
    chosen: dict[str, Any] = {
        "columns": ["metrics.acc", "attributes.run_name"],
        "sort": [{"column": "metrics.acc", "descending": True}],
        "group_by": ["params.model"],
        "group_options": {"params.model": {"order": "count"}},
        "filters": [FILTER],
        "pinned": ["metrics.acc"],
        "widths": {"metrics.acc": 120},
        "directions": {"metrics.acc": "min"},
    }
    passing = {"search": "run", "height": 300, "hidden": {"all": True, "run_ids": []}}
    view = {**first.view, **chosen, **passing}
    ask(service, "set_view", view_id=first.view_id, view=view)
    second = dashboard(store)
    assert second.view_id != first.view_id
    assert second.view == {"experiments": view["experiments"], **chosen}
    number = experiment_of(store.database, "sweep")
    assert ask(service, "view", view_id=f"experiment:{number}")["view"] == chosen
    third = dashboard(store, sort="params.model", group_by=[])
    assert third.view["sort"] == [{"column": "params.model", "descending": False}]
    assert third.view["group_by"] == []
    assert third.view["columns"] == chosen["columns"]
    assert "columns" not in dashboard(store, experiments="other").view
    assert "columns" not in Dashboard(scope="all", store=store).view
    third.view = {"columns": None, "filters": None}
    assert dashboard(store).view.keys() == chosen.keys() - {"columns", "filters"} | {"experiments"}


def test_the_page_can_neither_read_nor_change_the_folder(
    store: Store, service: DashboardService
) -> None:
    dash = dashboard(store)
    folder = read_view(store.database, dash.view_id)["folder"]
    view = ask(service, "view", view_id=dash.view_id)["view"]
    assert "folder" not in view
    ask(service, "set_view", view_id=dash.view_id, view={**view, "search": "a"})
    dash.view = {"search": "b"}
    assert read_view(store.database, dash.view_id)["folder"] == folder


def test_changes_from_both_sides_are_never_lost(store: Store) -> None:
    save_view(store.database, "v", {"search": "a"})
    change_view(store.database, "v", lambda stored: {**stored, "height": 300})
    assert read_view(store.database, "v") == {"search": "a", "height": 300}


def test_the_page_is_told_of_what_python_changes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    dash = dashboard(store)
    told: list[Any] = []
    monkeypatch.setattr(dash, "_push", told.append)
    searches = iter(map(str, range(1_000)))

    def changed() -> bool:
        return any(message.get("event") == "changed" for message in told)

    def hears() -> bool:
        dash.view = {"search": next(searches)}
        return changed()

    until(hears, "the page to be told")
    until(lambda: told[-1]["revision"] >= dash.revision, "the page to be told of the last change")
    told.clear()
    dash.refresh()
    assert told[0] == {"event": "changed", "revision": store.database.revision()}
