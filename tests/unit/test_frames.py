"""Recorded runs as tables: the three shapes, searches, order, limits and histories."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nbtrack.api import Store
from nbtrack.errors import InvalidValueError, NotFoundError, QueryError
from nbtrack.recording.run import Run


@pytest.fixture
def runs(store: Store) -> dict[str, Run]:
    """Three runs of two experiments, one of them deleted."""
    recorded = {}
    for name, experiment, lr, acc in (
        ("first", "sweep", 0.1, 0.9),
        ("second", "sweep", 1, math.nan),
        ("third", "other", "auto", math.inf),
        ("gone", "sweep", 5, 0.1),
    ):
        with store.start_run(name, experiment=experiment, params={"lr": lr}) as run:
            run.log_metric("val acc", acc)
            if name == "first":
                run.log_params({"on": True, "layers": [1, 2]})
                run.set_tag("team", "blue")
        recorded[name] = run
        assert store.recorder.delivery.wait(run.run_id, 60)
    store.delete_runs(recorded["gone"].run_id)
    return recorded


def test_wide_has_a_column_for_each_key(store: Store, runs: dict[str, Run]) -> None:
    frame = store.runs()
    assert frame.columns[:3].tolist() == ["run_id", "run_name", "status"]
    assert frame.run_name.tolist() == ["third", "second", "first"]  # the newest first
    by_name = frame.set_index("run_name")
    assert by_name["params.lr"].to_dict() == {"first": 0.1, "second": 1, "third": "auto"}
    assert by_name.loc["first", "params.on"] is True
    assert by_name.loc["first", "params.layers"] == [1, 2]
    assert by_name.loc["first", "tags.team"] == "blue"
    np.testing.assert_array_equal(
        by_name.loc[["first", "second", "third"], "metrics.val acc"], [0.9, math.nan, math.inf]
    )
    assert set(frame.status) == {"completed"}
    assert str(frame.start_time.dtype).endswith("UTC]")
    assert (frame.end_time >= frame.start_time).all()


def test_long_has_a_row_for_each_value(store: Store, runs: dict[str, Run]) -> None:
    frame = store.runs("run_name = 'first' or run_name = 'second'", format="long")
    assert frame.columns.tolist() == ["run_id", "kind", "key", "value"]
    values: dict[tuple[Any, ...], Any] = {
        (run_id, kind, key): value for run_id, kind, key, value in frame.itertuples(index=False)
    }
    first, second = runs["first"].run_id, runs["second"].run_id
    assert math.isnan(values.pop((second, "metric", "val acc")))
    assert values == {
        (first, "param", "lr"): 0.1,
        (first, "param", "on"): True,
        (first, "param", "layers"): [1, 2],
        (first, "metric", "val acc"): 0.9,
        (first, "tag", "team"): "blue",
        (second, "param", "lr"): 1,
    }


def test_json_has_three_columns(store: Store, runs: dict[str, Run]) -> None:
    frame = store.runs(format="json").set_index("run_name")

    def parsed(name: str, column: str) -> Any:
        return json.loads(str(frame.loc[name, column]))

    assert parsed("first", "params") == {"lr": 0.1, "on": True, "layers": [1, 2]}
    assert parsed("first", "tags") == {"team": "blue"}
    assert parsed("third", "metrics") == {"val acc": "Infinity"}
    assert parsed("second", "metrics") == {"val acc": "NaN"}


def test_searches_orders_and_limits(store: Store, runs: dict[str, Run]) -> None:
    def names(*arguments: Any, **options: Any) -> list[str]:
        return store.runs(*arguments, **options).run_name.tolist()

    assert names("params.lr < 0.5") == ["first"]
    assert names("blue") == ["first"]
    assert names(order_by="run_name DESC") == ["third", "second", "first"]
    assert names(order_by="metrics.`val acc`", limit=1) == ["first"]
    assert names(experiments=["sweep"]) == ["second", "first"]
    assert names(experiments=["sweep", "other"], limit=2) == ["third", "second"]
    assert names(deleted=True) == ["gone"]
    assert names(limit=0) == []
    assert names("params.lr = 'nothing'") == []


def test_a_column_that_no_run_of_the_table_has_is_left_out(
    store: Store, runs: dict[str, Run]
) -> None:
    assert "tags.team" not in store.runs("run_name = 'third'").columns


def test_an_empty_store_gives_an_empty_table_of_the_same_shape(store: Store) -> None:
    assert store.runs().columns[:3].tolist() == ["run_id", "run_name", "status"]
    assert store.runs(format="long").empty
    assert {"params", "metrics", "tags"} <= set(store.runs(format="json").columns)
    assert store.history([]).columns.tolist() == ["run_id", "key", "step", "timestamp", "value"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"where": "metrics.acc >"}, QueryError, "expected"),
        ({"order_by": "nonsense ASC"}, QueryError, "nonsense"),
        ({"format": "lonk"}, InvalidValueError, "Did you mean 'long'"),
        ({"experiments": ["swep"]}, NotFoundError, "'swep'.*Did you mean 'sweep'"),
        ({"limit": -1}, InvalidValueError, "limit -1"),
        ({"limit": "many"}, InvalidValueError, "limit 'many'"),
    ],
)
def test_a_question_that_cannot_be_answered(
    options: dict[str, Any], error: type[Exception], message: str, sqlite_store: Store
) -> None:
    with sqlite_store.start_run(experiment="sweep") as run:
        pass
    assert sqlite_store.recorder.delivery.wait(run.run_id, 60)
    with pytest.raises(error, match=rf"(?is){message}"):
        sqlite_store.runs(**options)


def test_a_history_has_every_point_of_the_runs_and_keys_asked_for(store: Store) -> None:
    recorded = []
    for number in range(2):
        with store.start_run() as run:
            for step in (2, 0, 1):
                run.log_metrics({"loss": step + number, "acc": math.nan}, step)
        recorded.append(run.run_id)
        assert store.recorder.delivery.wait(run.run_id, 60)
    frame = store.history(recorded, "loss")
    assert frame.run_id.tolist() == [run_id for run_id in recorded for _ in range(3)]
    assert frame.step.tolist() == [0, 1, 2] * 2
    assert frame.value.tolist() == [0, 1, 2, 1, 2, 3]
    assert isinstance(frame.timestamp.dtype, pd.DatetimeTZDtype)
    assert store.history(recorded[0]).key.unique().tolist() == ["acc", "loss"]
    assert store.history(recorded, []).empty
    assert store.history(recorded, "never logged").empty
