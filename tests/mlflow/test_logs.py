"""Metrics, params and tags, as MLflow's clients log and read them."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from tests.mlflow.recorded import found, new_run, points

GREATEST = 1.7976931348623157e308


def test_the_last_value_is_that_of_step_then_time_then_value(store: Any) -> None:
    run = new_run(store)
    logged = [
        (0, 100, 1000.0), (3, 40, 100.0), (3, 50, 10.0), (3, 50, 20.0), (3, 50, 20.0),
        (-3, 900, 900.0), (-1, 800, 800.0),
    ]  # fmt: skip
    for step, time, value in reversed(logged):
        store.log_metric(run, Metric("m", value, time, step))
    assert sorted(points(store, run, "m")) == sorted(set(logged))
    (last,) = store.get_run(run).data._metric_objs
    assert (last.key, last.step, last.timestamp, last.value) == ("m", 3, 50, 20.0)


def test_values_that_are_no_numbers(store: Any) -> None:
    run = new_run(store)
    for key, value in {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}.items():
        for _ in range(2):
            store.log_metric(run, Metric(key, value, 0, 0))
    store.log_batch(run, [Metric("nan", 1.0, 1, 1), Metric("nan", math.nan, 1, 1)], [], [])
    metrics = store.get_run(run).data.metrics
    assert (metrics["inf"], metrics["-inf"], metrics["nan"]) == (GREATEST, -GREATEST, 1.0)
    assert [str(value) for _, _, value in points(store, run, "nan")] in (
        ["nan", "nan", "1.0"], ["nan", "1.0", "nan"],
    )  # fmt: skip
    assert len(points(store, run, "inf")) == 1


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        (Metric("m", None, 0, 0), "Missing value for required parameter 'value'"),
        (Metric("m", "text", 0, 0), "value"),
        (Metric(None, 1.0, 0, 0), "name"),
        (Metric("x" * 251, 1.0, 0, 0), "exceeds the maximum length"),
        (Metric("a\nb", 1.0, 0, 0), "Invalid value"),
    ],
)
def test_a_metric_that_cannot_be(store: Any, metric: Metric, message: str) -> None:
    run = new_run(store)
    with pytest.raises(MlflowException, match=message) as error:
        store.log_metric(run, metric)
    assert error.value.error_code == "INVALID_PARAMETER_VALUE"
    assert store.get_run(run).data.metrics == {}


def test_a_history_comes_by_page(store: Any) -> None:
    run = new_run(store)
    store.log_batch(run, [Metric("m", float(n), 1000 + n, n) for n in range(10)], [], [])
    seen: list[Metric] = []
    sizes, token = [], None
    for _ in range(3):
        page = store.get_metric_history(run, "m", max_results=4, page_token=token)
        token, seen = page.token, [*seen, *page]
        sizes.append(len(page))
    assert (sizes, token, [m.value for m in seen]) == ([4, 4, 2], None, list(range(10)))
    assert store.get_metric_history(run, "m", max_results=0) == []
    assert store.get_metric_history(run, "none") == []
    with pytest.raises(MlflowException, match="Invalid page token"):
        store.get_metric_history(run, "m", page_token="nonsense")


def test_histories_of_several_runs(store: Any) -> None:
    runs = sorted(new_run(store) for _ in range(2))
    for place, run in enumerate(runs):
        metrics = [Metric("m", float(n + place), 1000 + n, n) for n in range(100)]
        store.log_batch(run, metrics, [], [])
    bulk = store.get_metric_history_bulk(runs[::-1], "m", 150)
    assert [m.run_id for m in bulk] == [runs[0]] * 100 + [runs[1]] * 50
    sampled = store.get_metric_history_bulk_interval(runs, "m", 10, None, None)
    for place, run in enumerate(runs):
        own = [m for m in sampled if m.run_id == run]
        assert (len(own), own[0].value, own[-1].value) == (10, place, 99 + place)
    within = store.get_metric_history_bulk_interval(runs[:1], "m", 320, 20, 30)
    assert [m.step for m in within] == list(range(20, 31))
    assert store.get_metric_history_bulk_interval(runs, "none", 10, None, None) == []
    with pytest.raises(MlflowException, match="Both start_step and end_step must be"):
        store.get_metric_history_bulk_interval(runs, "m", 10, 1, None)
    chosen = store.get_metric_history_bulk_interval_from_steps(runs[0], "m", [7, 3, 500], 10)
    assert [m.step for m in chosen] == [3, 7]
    assert store.get_max_step_for_metric(runs[0], "m") == 99


def test_many_values_of_one_step_are_sampled(store: Any) -> None:
    run = new_run(store)
    for start in range(0, 2000, 1000):
        metrics = [Metric("m", float(n), 1000 + n, 0) for n in range(start, start + 1000)]
        store.log_batch(run, metrics, [], [])
    sampled = store.get_metric_history_bulk_interval([run], "m", 100, None, None)
    assert (len(sampled), sampled[0].value, sampled[-1].value) == (100, 0.0, 1999.0)


def test_params_are_written_once(store: Any) -> None:
    run = new_run(store)
    for key, value in {"a": "100.0", "b": "", "c": "ü😀", "a/b c": "x"}.items():
        for _ in range(2):
            store.log_param(run, Param(key, value))
    store.log_batch(run, [], [Param("a", "100.0"), Param("d", "1e-3")], [])
    expected = {"a": "100.0", "b": "", "c": "ü😀", "a/b c": "x", "d": "1e-3"}
    assert store.get_run(run).data.params == expected
    with pytest.raises(MlflowException, match="Changing param values is not allowed") as error:
        store.log_param(run, Param("a", "other"))
    assert error.value.error_code == "INVALID_PARAMETER_VALUE"
    with pytest.raises(MlflowException) as error:
        store.log_param(run, Param("e", None))
    assert error.value.error_code == "BAD_REQUEST"


def test_a_batch_is_all_or_nothing(store: Any) -> None:
    run = new_run(store)
    store.log_param(run, Param("p", "1"))
    for params in ([Param("p", "2")], [Param("q", "1"), Param("q", "2")]):
        with pytest.raises(MlflowException) as error:
            store.log_batch(run, [Metric("m", 1.0, 0, 0)], params, [RunTag("t", "1")])
        assert error.value.error_code == "INVALID_PARAMETER_VALUE"
    data = store.get_run(run).data
    assert (data.params, data.metrics, data.tags) == ({"p": "1"}, {}, {"mlflow.runName": "name"})
    with pytest.raises(MlflowException, match=r"'metrics\[1\]\.value'"):
        store.log_batch(run, [Metric("a", 1.0, 0, 0), Metric("b", None, 0, 0)], [], [])
    with pytest.raises(MlflowException, match=r"Run with id=.* not found"):
        store.log_batch("0" * 32, [], [], [])


def test_a_batch_as_large_as_may_be(store: Any) -> None:
    run = new_run(store)
    metrics = [Metric(f"m{n}", n, 12345, n * 2) for n in range(1000)]
    store.log_batch(run, metrics, [], [])
    store.log_batch(run, [*metrics[:500], Metric("m1", 5, 12346, 9)], [], [])
    assert len(store.get_run(run).data.metrics) == 1000
    assert points(store, run, "m1") == [(2, 12345, 1.0), (9, 12346, 5.0)]
    params = [Param(f"p{n}", "x" * 500) for n in range(100)]
    store.log_batch(run, [], params, [RunTag(f"t{n}", "v") for n in range(100)])
    data = store.get_run(run).data
    assert (len(data.params), len(data.tags)) == (100, 101)


def test_long_values(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new_run(store)
    monkeypatch.setenv("MLFLOW_TRUNCATE_LONG_VALUES", "false")
    for ask in (
        lambda: store.log_param(run, Param("p", "x" * 6001)),
        lambda: store.set_tag(run, RunTag("t", "x" * 8001)),
    ):
        with pytest.raises(MlflowException, match="exceeds the maximum length"):
            ask()
    monkeypatch.setenv("MLFLOW_TRUNCATE_LONG_VALUES", "true")
    store.log_param(run, Param("p", "x" * 6001))
    store.set_tag(run, RunTag("t", "x" * 8001))
    data = store.get_run(run).data
    assert (len(data.params["p"]), len(data.tags["t"])) == (6000, 8000)


def test_tags_are_set_and_removed(store: Any) -> None:
    run, other = new_run(store), new_run(store)
    for each in (run, other):
        store.set_tag(each, RunTag("a", "1"))
    store.log_batch(run, [], [], [RunTag("a", "2"), RunTag("a", "3"), RunTag("b", "")])
    assert store.get_run(run).data.tags == {"a": "3", "b": "", "mlflow.runName": "name"}
    store.delete_tag(run, "a")
    assert store.get_run(run).data.tags == {"b": "", "mlflow.runName": "name"}
    assert store.get_run(other).data.tags["a"] == "1"
    for run_id, key, message in ((run, "a", "No tag with name: a"), ("x", "a", "not found")):
        with pytest.raises(MlflowException, match=message) as error:
            store.delete_tag(run_id, key)
        assert error.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_searches_by_what_was_logged(store: Any) -> None:
    one, two = new_run(store, name="one", start=1), new_run(store, name="two", start=2)
    for run, text, value in ((one, "abc", 1.0), (two, "ABC", 2.0)):
        store.log_param(run, Param("p", text))
        store.set_tag(run, RunTag("t", text))
        store.log_metric(run, Metric("m", value * 10, 5, 0))
        store.log_metric(run, Metric("m", value, 8, 0))
    store.log_param(one, Param("own", "x"))
    searches = {
        "params.p = 'abc'": ["one"],
        "params.p != 'abc'": ["two"],
        "params.p LIKE 'a%'": ["one"],
        "params.p ILIKE 'a%' and tags.t = 'ABC'": ["two"],
        "params.own != 'y'": ["one"],
        "tags.t ILIKE '%B%'": ["two", "one"],
        "tag.none = 'x'": [],
        "metrics.m > 1": ["two"],
        "metrics.m != 3.5": ["two", "one"],
        "metric.m <= 1 AND params.p = 'abc' AND tags.t != 'z'": ["one"],
        "metrics.m >= 10": [],
    }
    assert {text: found(store, text) for text in searches} == searches


def test_runs_sort_by_what_was_logged(store: Any) -> None:
    values = [None, "nan", "inf", "-inf", "-1000", "0", "0", "1000"]
    for place, value in enumerate(values, start=1):
        run = new_run(store, name=f"{value}/{place}", start=5)
        if value is not None:
            store.log_metric(run, Metric("x", float(value), 1, 0))
        store.log_param(run, Param("p", str(place)))
        store.set_tag(run, RunTag("t", str(place)))
    rest = ["nan/2", "None/1"]
    up = ["-inf/4", "-1000/5", "0/6", "0/7", "1000/8", "inf/3"]
    assert found(store, None, order_by=["metrics.x asc", "params.p asc"]) == up + rest
    down = ["inf/3", "1000/8", "0/6", "0/7", "-1000/5", "-inf/4"]
    assert found(store, None, order_by=["metric.x DESC", "tag.t"]) == down + rest
    down[2:4] = ["0/7", "0/6"]
    assert found(store, None, order_by=["metrics.x desc", "param.p desc"]) == down + rest


def test_threads_log_to_the_same_runs(store: Any) -> None:
    runs = [new_run(store) for _ in range(2)]

    def log(run: str) -> None:
        for value in range(20):
            store.log_metric(run, Metric("m", value, 1000 + value, 0))
        store.log_batch(run, [Metric("b", v, 1, 0) for v in range(50)], [], [RunTag("t", "x")])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(log, runs * 2))
    for run in runs:
        assert len(points(store, run, "m")) == 20
        assert len(points(store, run, "b")) == 50
        assert store.get_run(run).data.metrics == {"m": 19, "b": 49}
