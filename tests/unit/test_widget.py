"""The dashboard's widget and the notebook's `Dashboard`, without a kernel."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nbtrack.api import Store
from nbtrack.dashboard.service import DashboardService
from nbtrack.dashboard.watcher import RevisionWatcher
from nbtrack.dashboard.widget import MIME_TYPE
from nbtrack.display import Dashboard
from nbtrack.errors import InvalidValueError, NbtrackError, NotFoundError, QueryError
from nbtrack.store import Database
from nbtrack.store.edits import save_view
from nbtrack.store.engine import raise_revision
from nbtrack.store.experiments import ensure_experiment
from tests.unit.asking import ask
from tests.unit.recorded_runs import deliver_run
from tests.waiting import until

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def close_dashboards() -> None:
    """Close what a test has opened, before its store is closed."""
    Dashboard.close_all()
    until(
        lambda: all(thread.name != "nbtrack-watcher" for thread in threading.enumerate()),
        "the watchers to end with the last dashboard",
    )


@pytest.fixture
def store(store: Store) -> Iterator[Store]:
    yield store
    close_dashboards()


@pytest.fixture
def sqlite_store(sqlite_store: Store) -> Iterator[Store]:
    yield sqlite_store
    close_dashboards()


def bundle_of(dashboard: Dashboard) -> dict[str, Any]:
    data, metadata = dashboard._repr_mimebundle_()
    assert metadata == {}
    return data


def test_its_output_is_one_bundle_for_every_front_end(store: Store) -> None:
    deliver_run(store.database, experiment="sweep", name="<b>first</b>")
    dashboard = Dashboard(experiments="sweep", store=store)
    data = bundle_of(dashboard)
    assert data.keys() == {MIME_TYPE, WIDGET_VIEW, "text/html", "text/plain"}
    assert data[MIME_TYPE] == {
        "v": 1, "store_id": store.database.store_id, "view_id": dashboard.view_id,
    }  # fmt: skip
    assert data[WIDGET_VIEW]["model_id"] == dashboard.model_id
    assert "&lt;b&gt;first&lt;/b&gt;" in data["text/html"]
    assert data["text/plain"] == "nbtrack dashboard: sweep, 1 run (1 completed)"


def test_an_unfinished_search_does_not_take_the_dashboard_away(store: Store) -> None:
    dashboard = Dashboard(scope="all", store=store)
    view = {**dashboard.view, "search": "metrics.acc >"}
    ask(DashboardService(store.database), "set_view", view_id=dashboard.view_id, view=view)
    data = bundle_of(dashboard)
    assert data.keys() == {MIME_TYPE, WIDGET_VIEW, "text/plain"}
    assert "metrics.acc >\n" in data["text/plain"]


def test_a_store_that_went_away_does_not_take_the_dashboard_away(sqlite_store: Store) -> None:
    dashboard = Dashboard(scope="all", store=sqlite_store)
    sqlite_store.database.close()
    file = Path(sqlite_store.database.engine.url.database or "")
    for part in file.parent.iterdir():
        part.unlink()
    file.write_text("no database " * 1_000)
    data = bundle_of(dashboard)
    assert data.keys() == {MIME_TYPE, WIDGET_VIEW, "text/plain"}
    assert "no database" in data["text/plain"]


def test_what_is_asked_for_becomes_the_stored_view(store: Store) -> None:
    deliver_run(store.database, experiment="one")
    deliver_run(store.database, experiment="two")
    dashboard = Dashboard(
        "metrics.acc > 0.5",
        experiments=["two", "one"],
        columns=["attributes.run_name", "params.`a b`"],
        sort=["-metrics.acc", "params.lr"],
        height=300,
        store=store,
    )
    database = store.database
    assert dashboard.view == {
        "experiments": [ensure_experiment(database, "two"), ensure_experiment(database, "one")],
        "where": "metrics.acc > 0.5",
        "columns": ["attributes.run_name", "params.`a b`"],
        "sort": [
            {"column": "metrics.acc", "descending": True},
            {"column": "params.lr", "descending": False},
        ],
        "height": 300,
    }
    stored = ask(DashboardService(database), "view", view_id=dashboard.view_id)
    assert stored["view"] == dashboard.view
    assert dashboard.revision == database.revision()


@pytest.mark.parametrize(
    ("scope", "shown"),
    [("experiment", {"experiments"}), ("kernel", {"kernel"}), ("all", set())],
)
def test_the_scope_decides_which_runs_are_meant(store: Store, scope: Any, shown: set[str]) -> None:
    assert Dashboard(scope=scope, store=store).view.keys() == shown


def test_the_scope_of_this_kernel_shows_what_it_recorded(store: Store) -> None:
    deliver_run(store.database, name="elsewhere")
    with store.start_run("here"):
        pass
    view = Dashboard(scope="kernel", store=store).view
    args = {"columns": [], "offset": 0, "limit": 9}
    found = ask(DashboardService(store.database), "rows", view=view, **args)["rows"]
    assert [row["run_name"] for row in found] == ["here"]


def test_the_store_keeps_what_another_version_added_to_a_view(store: Store) -> None:
    dashboard = Dashboard(scope="all", store=store)
    save_view(store.database, dashboard.view_id, {"search": "a", "group_by": ["x"], "sort": 1})
    assert dashboard.view == {"search": "a"}


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"where": "metrics.acc >"}, QueryError, "metrics.acc >"),
        ({"where": 3}, InvalidValueError, "3 is int"),
        ({"scope": "notbook"}, InvalidValueError, "Did you mean 'notebook'?"),
        ({"scope": "x"}, InvalidValueError, "experiment, notebook, kernel, all"),
        ({"experiments": ["sweeps"]}, NotFoundError, "Did you mean 'sweep'?"),
        ({"experiments": "sweeps"}, NotFoundError, "'sweeps'"),
        ({"experiments": [3]}, InvalidValueError, "3 is int"),
        ({"columns": ["attributes.nmae"]}, InvalidValueError, "attributes.run_name"),
        ({"columns": ["acc"]}, InvalidValueError, "metrics.KEY"),
        ({"columns": [None]}, InvalidValueError, "None"),
        ({"sort": "-acc"}, InvalidValueError, "'acc' is no column"),
        ({"sort": [1]}, InvalidValueError, "1 is int"),
        ({"height": 10}, InvalidValueError, "120 to 4000"),
        ({"height": "tall"}, InvalidValueError, "'tall'"),
    ],
)
def test_bad_arguments_are_told_with_what_is_allowed(
    sqlite_store: Store, arguments: dict[str, Any], error: type[NbtrackError], said: str
) -> None:
    deliver_run(sqlite_store.database, experiment="sweep")
    revision = sqlite_store.database.revision()
    with pytest.raises(error) as caught:
        Dashboard(**{"scope": "all", **arguments}, store=sqlite_store)
    assert said in str(caught.value)
    assert sqlite_store.database.revision() == revision


class Listener:
    """Keeps the revisions it is told."""

    def __init__(self) -> None:
        self.told: list[int] = []

    def changed(self, revision: int) -> None:
        self.told.append(revision)


def change(database: Database) -> int:
    with database.writing() as connection:
        raise_revision(connection)
    return database.revision()


@pytest.fixture
def see(database: Database) -> Callable[[RevisionWatcher, Listener], None]:
    """Change the store until a listener has been told of a change."""

    def change_and_wait(watcher: RevisionWatcher, listener: Listener) -> None:
        def told() -> bool:
            change(database)
            watcher.look()
            return bool(listener.told)

        until(told, "the listener to be told")

    return change_and_wait


def test_listeners_are_told_of_changes_and_let_go(
    database: Database, see: Callable[[RevisionWatcher, Listener], None]
) -> None:
    watcher = RevisionWatcher(database)
    first, second = Listener(), Listener()
    watcher.add(first.changed)
    watcher.add(second.changed)
    see(watcher, first)
    see(watcher, second)
    assert first.told == sorted(set(first.told))
    references = [weakref.ref(first), weakref.ref(second)]
    del first, second

    def gone() -> bool:
        gc.collect()
        watcher.look()
        return watcher._thread is None and not any(reference() for reference in references)

    until(gone, "the watcher to end with its last listener")
    third = Listener()
    watcher.add(third.changed)
    see(watcher, third)
    watcher.remove(third.changed)
    until(lambda: watcher._thread is None, "the watcher to end once more")
