"""What is recorded of a run comes back as it was logged, on both databases."""

from __future__ import annotations

import asyncio
import math
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nbtrack
from nbtrack.api import Store
from nbtrack.errors import (
    InvalidKeyError,
    InvalidValueError,
    NbtrackError,
    NotFoundError,
    ParamConflictError,
    RunStateError,
)
from nbtrack.model import RunInfo, Stage, Status
from nbtrack.recording.context import active_run, pop_cell_run, push_cell_run
from nbtrack.recording.run import Run

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=50)
KEYS = TEXT.filter(lambda key: key.strip() and key.isprintable())
VALUES = (
    st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT | st.none()
    | st.lists(st.integers() | st.none()) | st.dictionaries(TEXT, st.booleans())
)  # fmt: skip
STEPS = st.integers(-(2**63) + 1, 2**63 - 1) | st.integers(0, 3)
POINTS = st.lists(st.tuples(STEPS, st.floats(width=64)), max_size=30)
ON_BOTH = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def settled(store: Store, run: Run) -> RunInfo:
    """Return a run once all that was logged to it is in the store."""
    assert store.recorder.delivery.wait(run.run_id, 60)
    return store.get_run(run.run_id)


@ON_BOTH
@given(
    params=st.dictionaries(KEYS, VALUES, max_size=5),
    tags=st.dictionaries(KEYS, TEXT, max_size=5),
    series=st.dictionaries(KEYS, POINTS, max_size=3),
    description=TEXT,
)
def test_what_is_logged_comes_back(
    store: Store,
    params: dict[str, Any],
    tags: dict[str, str],
    series: dict[str, list[tuple[int, float]]],
    description: str,
) -> None:
    with store.start_run(params=params, tags=tags) as run:
        run.set_description(description)
        for key, points in series.items():
            for step, value in points:
                run.log_metric(key, value, step)
    found = settled(store, run)
    assert _masked_apart(found.params, params)
    assert _masked_apart(found.tags, tags)
    assert found.description == description
    assert found.metrics.keys() == {key for key, points in series.items() if points}
    history = store.history(run.run_id)
    for key, points in series.items():
        rows = history[history.key == key]
        expected = sorted(points, key=lambda point: point[0])  # stable: as logged where equal
        assert rows.step.tolist() == [step for step, _ in expected]
        np.testing.assert_array_equal(rows.value.to_numpy(), [value for _, value in expected])
        _check_summary(found, key, points)


def _masked_apart(found: dict[str, Any], logged: dict[str, Any]) -> bool:
    """Compare, types too, leaving out what is masked as a secret."""
    kept = {key: value for key, value in found.items() if "[masked]" not in str(value)}
    return found.keys() == logged.keys() and all(
        value == logged[key] and type(value) is type(logged[key]) for key, value in kept.items()
    )


def _check_summary(found: RunInfo, key: str, points: list[tuple[int, float]]) -> None:
    if not points:
        return
    summary, values = found.metrics[key], [value for _, value in points]
    last_step = max(step for step, _ in points)
    last = [value for step, value in points if step == last_step][-1]
    numbers = [value for value in values if not math.isnan(value)]
    assert (summary.count, summary.last_step) == (len(points), last_step)
    np.testing.assert_equal(summary.last, last)
    assert summary.minimum == min(numbers, default=None)
    assert summary.maximum == max(numbers, default=None)


def test_metrics_of_every_kind_of_number(store: Store) -> None:
    logged: list[Any] = [1, 0.5, True, np.float32(0.25), np.array(2), 10**400, math.nan, -math.inf]
    with store.start_run() as run:
        for value in logged:
            run.log_metric("m", value)
        run.log_metrics({"a": 1, "b": 2}, step=7)
        run.log_metric("a", 3)
        run.log_metric("end", 1, 2**63 - 1)
        run.log_metric("end", 2)
    assert settled(store, run).metrics["end"].last == 2
    rows = store.history(run.run_id, "m")
    assert rows.step.tolist() == list(range(8))
    np.testing.assert_array_equal(
        rows.value.to_numpy(), [1, 0.5, 1, 0.25, 2, math.inf, math.nan, -math.inf]
    )
    assert store.history(run.run_id, ["a", "b"]).step.tolist() == [7, 8, 7]
    assert str(rows.timestamp.dt.tz) == "UTC"


def test_a_param_is_written_once(store: Store) -> None:
    with store.start_run(params={"lr": 0.1}) as run:
        run.log_param("lr", 0.1)
        with pytest.raises(ParamConflictError, match=r"'lr' is already '0.1'.*'0.2'"):
            run.log_params({"new": 1, "lr": 0.2})
        run.log_params({"nan": math.nan})
        run.log_params({"nan": math.nan})
    found = settled(store, run)
    assert found.params.keys() == {"lr", "nan"}
    assert found.params["lr"] == 0.1


BAD_KEYS = ["", " ", "x" * 251, "a\nb", "\x00", 5]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_bad_key_is_refused_and_nothing_is_recorded(key: Any, sqlite_store: Store) -> None:
    with sqlite_store.start_run() as run:
        for log in (run.log_params, run.log_metrics, run.set_tags):
            with pytest.raises(InvalidKeyError):
                log({"good": 1, key: 1})
    found = settled(sqlite_store, run)
    assert (found.params, found.metrics, found.tags) == ({}, {}, {})


@pytest.mark.parametrize(
    "begin",
    [
        {"params": {"": 1}}, {"params": {"good": 1, "long": "x" * 1_000_001}}, {"params": [1]},
        {"tags": {"a\nb": "x"}}, {"experiment": "x" * 251}, {"experiment": "a\nb"}, {"name": 7},
        {"parent": "no id"}, {"parent": object()},
    ],
)  # fmt: skip
def test_a_run_with_a_bad_beginning_is_not_started(
    begin: dict[str, Any], sqlite_store: Store
) -> None:
    block = sqlite_store.start_run(**begin)
    with pytest.raises(NbtrackError), block:
        raise AssertionError("the block must not run")
    sqlite_store.recorder.close()
    assert sqlite_store.runs().empty
    assert sqlite_store.database.revision() == 0
    assert not list(sqlite_store.config.outbox.glob("*"))


@pytest.mark.parametrize(
    "log",
    [
        lambda run: run.log_metrics({"good": 1, "bad": "high"}),
        lambda run: run.log_metrics({"good": 1}, step="first"),
        lambda run: run.log_metrics([1, 2]),
        lambda run: run.set_tags({"good": "x", "long": "x" * 1_000_001}),
        lambda run: run.set_description(7),
        lambda run: run.log_text(7, "note.txt"),
        lambda run: run.log_dict({(1, 2): 3}, "note.json"),
    ],
)
def test_a_bad_value_is_refused_and_nothing_is_recorded(
    log: Callable[[Run], None], sqlite_store: Store
) -> None:
    with sqlite_store.start_run() as run, pytest.raises(InvalidValueError):
        log(run)
    found = settled(sqlite_store, run)
    assert (found.metrics, found.tags, found.description, found.artifacts) == ({}, {}, None, ())


ENDINGS: list[tuple[BaseException | None, Status, str | None]] = [
    (None, Status.COMPLETED, None),
    (ValueError("no\nsecond line"), Status.FAILED, "ValueError: no"),
    (AssertionError(), Status.FAILED, "AssertionError"),
    (KeyboardInterrupt(), Status.INTERRUPTED, "KeyboardInterrupt by the user"),
    (
        asyncio.CancelledError(), Status.INTERRUPTED,
        "CancelledError: the task was cancelled or interrupted",
    ),
    (SystemExit(), Status.COMPLETED, "SystemExit()"),
    (SystemExit(0), Status.COMPLETED, "SystemExit(0)"),
    (SystemExit(1), Status.FAILED, "SystemExit(1)"),
    (SystemExit("no\0w"), Status.FAILED, "SystemExit(no\ufffdw)"),
    (ValueError("lone \ud800"), Status.FAILED, "ValueError: lone ?"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "status", "reason"), ENDINGS)
def test_a_run_ends_as_its_block_ends(
    error: BaseException | None, status: Status, reason: str | None, store: Store
) -> None:
    expected = pytest.raises(type(error)) if error else nullcontext()
    with expected, store.start_run() as run:
        assert run.status is Status.RUNNING
        raise_if_any(error)
    found = settled(store, run)
    assert (run.status, found.status, found.reason) == (status, status, reason)
    assert found.duration is not None
    assert [(event.from_status, event.to_status) for event in found.events] == [
        (None, "running"),
        ("running", status),
    ]
    traced = error is not None and not isinstance(error, SystemExit)
    assert ("Traceback" in (found.traceback or "")) == traced


def raise_if_any(error: BaseException | None) -> None:
    if error is not None:
        raise error


def test_an_error_whose_text_cannot_be_had_still_ends_the_run(sqlite_store: Store) -> None:
    class OddError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    with pytest.raises(OddError), sqlite_store.start_run() as run:
        raise OddError
    found = settled(sqlite_store, run)
    assert (found.status, found.reason) == (Status.FAILED, "OddError")


def test_what_a_run_prints_is_kept(sqlite_store: Store) -> None:
    with sqlite_store.start_run() as run:
        sys.stdout.write("loss 0.25\n")
    assert settled(sqlite_store, run).stdout == "loss 0.25\n"


def test_nested_runs_are_children(store: Store) -> None:
    with store.start_run("outer") as outer:
        with store.start_run("inner") as inner:
            assert active_run() is inner
        assert active_run() is outer
    with store.start_run("late", parent=outer.run_id), store.start_run("later", parent=outer):
        pass
    with store.start_run("last", parent=store.get_run(outer.run_id)) as last:
        pass
    assert active_run() is None
    settled(store, last)
    children = [
        store.get_run(child).run_name for child in store.get_run(outer.run_id).child_run_ids
    ]
    assert children == ["inner", "late", "later", "last"]
    assert store.get_run(inner.run_id).parent_run_id == outer.run_id


def test_a_block_that_is_never_entered_records_nothing(sqlite_store: Store) -> None:
    sqlite_store.start_run("never")
    sqlite_store.recorder.close()
    assert sqlite_store.runs().empty


def test_logging_without_a_run_says_what_to_do() -> None:
    with pytest.raises(RunStateError, match=r"%%track.*start_run"):
        nbtrack.log_metric("acc", 1)


def test_a_run_that_has_ended_takes_tags_and_a_description_only(store: Store) -> None:
    with store.start_run() as run:
        pass
    run.set_tag("checked", "yes")
    run.set_description("at once")
    settled(store, run)
    store.recorder.close()  # the outbox is gone
    run.set_tags({"checked": None, "later": "too"})
    found = store.get_run(run.run_id)
    assert (found.tags, found.description) == ({"later": "too"}, "at once")
    late: list[Callable[[], None]] = [
        lambda: run.log_metric("acc", 1),
        lambda: run.log_param("lr", 1),
        lambda: run.log_text("x", "x.txt"),
        lambda: run.log_dataset([1], "d"),
    ]
    for log in late:
        with pytest.raises(RunStateError, match="has ended"):
            log()
    assert store.get_run(run.run_id).artifacts == ()


def test_a_tag_of_none_is_removed(store: Store) -> None:
    with store.start_run(tags={"team": "vision", "stage": "draft"}) as run:
        run.set_tag("team", None)
        run.set_tag("stage", "final")
        run.set_tags({"never": None, "number": 3})
    assert settled(store, run).tags == {"stage": "final", "number": "3"}


def test_secrets_are_masked_before_they_leave_the_process(sqlite_store: Store) -> None:
    with sqlite_store.start_run(params={"api_key": "s3cr3t-1", "max_tokens": 5}) as run:
        run.log_param("db", {"password": "s3cr3t-2", "url": "http://ana:s3cr3t-3@db/x"})
        run.set_tag("HF_TOKEN", "s3cr3t-4")
        (outbox,) = sqlite_store.config.outbox.glob("*.outbox")
        assert "s3cr3t" not in outbox.read_text()
    found = settled(sqlite_store, run)
    assert found.params["max_tokens"] == 5
    assert found.params["api_key"] == found.tags["HF_TOKEN"] == "[masked]"


def test_text_that_no_database_holds_is_replaced(store: Store) -> None:
    with store.start_run("na\0me \ud800", tags={"t": "a\0b"}) as run:
        run.log_param("p", "\ud800")
        run.record_facts("host", {"cpu": "a\0b\ud800"})
    found = settled(store, run)
    assert found.run_name == "na\ufffdme ?"
    assert found.tags == {"t": "a\ufffdb"}
    assert found.params == {"p": "?"}


def test_threads_record_runs_of_their_own(store: Store) -> None:
    together = threading.Barrier(4)

    def work(number: int) -> tuple[str, bool]:
        with store.start_run(f"thread {number}") as run:
            together.wait(30)
            nbtrack.log_param("number", number)
            store.log_metric("number", number)
            together.wait(30)
            return run.run_id, active_run() is run

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(work, range(4)))
    store.recorder.close()
    for number, (run_id, own) in enumerate(done):
        found = store.get_run(run_id)
        assert own
        assert (found.params, found.metrics["number"].last) == ({"number": number}, number)
        assert found.parent_run_id is None


def test_tasks_record_runs_of_their_own(store: Store) -> None:
    async def work(number: int, ready: asyncio.Barrier) -> str:
        with store.start_run(f"task {number}") as run:
            await ready.wait()
            store.log_param("number", number)
            await ready.wait()
            return run.run_id

    async def main() -> list[str]:
        ready = asyncio.Barrier(3)
        return list(await asyncio.gather(*(work(number, ready) for number in range(3))))

    ids = asyncio.run(main())
    store.recorder.close()
    assert [store.get_run(run_id).params for run_id in ids] == [
        {"number": number} for number in range(3)
    ]


def test_threads_that_a_tracked_cell_starts_log_to_its_run(store: Store) -> None:
    run = store.recorder.start("cell")
    push_cell_run(run)
    threads = [
        threading.Thread(target=lambda: [nbtrack.log_metric("m", i) for i in range(200)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pop_cell_run(run)
    store.recorder.end(run)
    assert active_run() is None
    assert settled(store, run).metrics["m"].count == 800
    assert sorted(store.history(run.run_id).step) == list(range(800))


def test_a_thread_inside_a_block_logs_through_the_run_itself(sqlite_store: Store) -> None:
    with sqlite_store.start_run() as run:
        seen: list[Run | None] = []

        def work() -> None:
            seen.append(active_run())
            run.log_metric("m", 1)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert seen == [None]
    assert settled(sqlite_store, run).metrics["m"].count == 1


def test_a_forked_child_logs_to_its_parents_run_and_does_not_end_it(store: Store) -> None:
    with store.start_run() as run:
        run.log_metric("loss", 1)
        assert store.recorder.delivery.wait(run.run_id, 60)
        child = os.fork()
        if child == 0:
            try:
                run.log_metric("of child", 2)
                run.recorder.end(run)
                run.recorder.close()
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert store.get_run(run.run_id).status is Status.RUNNING
        run.log_metric("loss", 0.5)
    found = settled(store, run)
    assert found.status is Status.COMPLETED
    assert {key: metric.count for key, metric in found.metrics.items()} == {
        "loss": 2,
        "of child": 1,
    }


def test_a_forked_child_records_runs_of_its_own(store: Store) -> None:
    with store.start_run("parent") as parent:
        assert store.recorder.delivery.wait(parent.run_id, 60)
        child = os.fork()
        if child == 0:
            try:
                with store.start_run("child") as run:
                    run.log_metric("loss", 0.5)
                store.recorder.close()
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    (child_id,) = settled(store, parent).child_run_ids
    found = store.get_run(child_id)
    assert (found.run_name, found.status) == ("child", Status.COMPLETED)
    assert found.metrics["loss"].last == 0.5
    assert found.kernel is not None
    assert found.kernel.pid == child


def test_runs_are_deleted_restored_and_cleared(store: Store) -> None:
    with store.start_run("one") as one, store.start_run("two") as two:
        pass
    settled(store, one)
    assert store.delete_runs([one.run_id[:8], one.run_id]) == [one.run_id]
    assert store.delete_runs(one.run_id) == []
    assert store.get_run(one.run_id).stage is Stage.DELETED
    assert store.runs().run_name.tolist() == ["two"]
    assert store.runs(deleted=True).run_name.tolist() == ["one"]
    assert store.restore_runs(one.run_id) == [one.run_id]
    assert [event.cause for event in store.get_run(one.run_id).events][-2:] == [
        "deleted",
        "restored",
    ]
    store.delete_runs(one.run_id)
    assert store.clear_deleted() == [one.run_id]
    with pytest.raises(NotFoundError):
        store.get_run(one.run_id)
    assert store.get_run(two.run_id).parent_run_id is None


def test_runs_are_found_by_the_beginning_of_their_id(sqlite_store: Store) -> None:
    with sqlite_store.start_run() as run:
        run.log_metric("m", 1)
    settled(sqlite_store, run)
    assert sqlite_store.get_run(run.run_id[:6].upper()).run_id == run.run_id
    assert len(sqlite_store.history(run.run_id[:6])) == 1
    with pytest.raises(NotFoundError, match="No run's id begins with"):
        sqlite_store.get_run("g" * 8)
    with pytest.raises(NbtrackError, match="too short"):
        sqlite_store.get_run("abc")


def test_what_the_kernel_chose_holds_for_its_runs(sqlite_store: Store) -> None:
    sqlite_store.set_experiment("sweep")
    sqlite_store.set_kernel_tags({"team": "vision"})
    with sqlite_store.start_run(tags={"own": "x"}) as run:
        sqlite_store.set_kernel_tags({"while": "running"})
    found = settled(sqlite_store, run)
    assert found.experiment == "sweep"
    assert found.tags == {"team": "vision", "own": "x", "while": "running"}
    with pytest.raises(InvalidKeyError):
        sqlite_store.set_experiment("")


def test_closing_ends_open_runs_as_interrupted(store: Store) -> None:
    run = store.recorder.start("open")
    run.log_metric("loss", 1)
    store.recorder.close()
    found = store.get_run(run.run_id)
    assert (found.status, found.reason) == (Status.INTERRUPTED, "kernel shut down")
    assert not list(store.config.outbox.glob("*"))
