"""The attempts of a cell: the main metric, and how it compares with those before."""

from __future__ import annotations

import math

import pytest

from nbtrack.analysis.attempts import (
    Comparison,
    compare_with_attempts,
    main_metric,
    smaller_is_better,
)
from nbtrack.api import Store
from nbtrack.recording.capture import CodeContext


@pytest.mark.parametrize(
    "key",
    [
        "loss", "val_loss", "train/loss", "RMSE", "mae", "error", "logloss", "epoch_time",
        "fit seconds", "loss_1", "val.mse",
    ],
)  # fmt: skip
def test_metrics_that_are_better_small(key: str) -> None:
    assert smaller_is_better(key)


@pytest.mark.parametrize(
    "key", ["acc", "accuracy", "f1", "r2", "timely", "lossless", "terror", "score"]
)
def test_metrics_that_are_better_large(key: str) -> None:
    assert not smaller_is_better(key)


@pytest.mark.parametrize(
    ("keys", "main"),
    [
        ([], None),
        (["acc"], "acc"),
        (["loss", "acc"], "acc"),
        (["train_acc", "val_acc", "test_acc"], "test_acc"),
        (["train_loss", "val_acc", "epoch_seconds"], "val_acc"),
        (["zeta", "alpha"], "alpha"),
        (["val/RMSE", "train/RMSE"], "val/RMSE"),
    ],
)
def test_the_main_metric_tells_how_good_a_run_is(keys: list[str], main: str | None) -> None:
    assert main_metric(keys) == main


def attempt(store: Store, value: float | None, *, key: str = "acc", cell: str = "cell") -> str:
    code = CodeContext(code="fit()", notebook="/n.ipynb", cell_id=cell)
    run = store.recorder.start(code=code)
    if value is not None:
        run.log_metric(key, value)
    store.recorder.end(run)
    assert store.recorder.delivery.wait(run.run_id, 60)
    return run.run_id


def test_an_attempt_beside_those_before_it(store: Store) -> None:
    ids = [attempt(store, value) for value in (0.7, 0.9, 0.8, 0.95)]
    attempt(store, 0.99, cell="another")
    found = [compare_with_attempts(store.database, run_id) for run_id in ids]
    assert found == [
        Comparison(1, "acc", 0.7, None, None),
        Comparison(2, "acc", 0.9, 0.7, 0.7),
        Comparison(3, "acc", 0.8, 0.9, 0.9),
        Comparison(4, "acc", 0.95, 0.8, 0.9),
    ]
    assert [one.is_best for one in found] == [False, True, False, True]


def test_a_loss_is_best_when_it_is_smallest(store: Store) -> None:
    ids = [attempt(store, value, key="loss") for value in (0.7, 0.9, 0.5)]
    found = [compare_with_attempts(store.database, run_id) for run_id in ids]
    assert [(one.previous, one.best, one.is_best) for one in found] == [
        (None, None, False),
        (0.7, 0.7, False),
        (0.9, 0.7, True),
    ]


def test_deleted_attempts_and_those_without_the_metric_do_not_count(store: Store) -> None:
    best = attempt(store, 0.9)
    attempt(store, 0.5)
    attempt(store, None)
    store.delete_runs(best)
    found = compare_with_attempts(store.database, attempt(store, 0.7))
    assert (found.attempt, found.previous, found.best, found.is_best) == (4, 0.5, 0.5, True)


def test_runs_without_a_metric_a_cell_or_a_row(sqlite_store: Store) -> None:
    assert compare_with_attempts(sqlite_store.database, "0" * 32) == Comparison(None, None)
    assert compare_with_attempts(sqlite_store.database, attempt(sqlite_store, None)) == Comparison(
        1, None
    )
    with sqlite_store.start_run() as run:
        run.log_metric("acc", 0.5)
    assert sqlite_store.recorder.delivery.wait(run.run_id, 60)
    found = compare_with_attempts(sqlite_store.database, run.run_id)
    assert (found.attempt, found.key, found.value) == (None, "acc", 0.5)


def test_an_attempt_that_is_not_a_number_is_not_the_best(store: Store) -> None:
    attempt(store, 0.5)
    found = compare_with_attempts(store.database, attempt(store, math.nan))
    assert found.value is not None
    assert math.isnan(found.value)
    assert not found.is_best
    after = compare_with_attempts(store.database, attempt(store, 0.6))
    assert (after.previous, after.best, after.is_best) == (None, 0.5, True)
