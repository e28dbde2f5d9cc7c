"""The outbox: whole records survive, damaged ones are counted, and reading goes on."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.store import outbox as outbox_module
from nbtrack.store.disk_room import used_room
from nbtrack.store.outbox import (
    DAMAGED,
    OutboxFullError,
    OutboxWriter,
    list_outboxes,
    read_batch,
    run_id_of,
)

RUN_ID = "a" * 32
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
)


@pytest.fixture
def outbox(tmp_path: Path) -> OutboxWriter:
    return OutboxWriter(tmp_path / "outbox", RUN_ID)


def read_whole(outbox: OutboxWriter, size: int = 1 << 20) -> tuple[list[dict[str, Any]], int]:
    """Return all records and the number of damaged ones, read in batches."""
    records, damaged, position = [], 0, 0
    while (batch := read_batch(outbox.path, position, size)).end > position:
        assert batch.start == position
        whole = [record for record in batch.records if record is not DAMAGED]
        records += whole
        damaged += len(batch.records) - len(whole)
        position = batch.end
    return records, damaged


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(VALUES, max_size=8), size=st.integers(1, 100))
def test_records_come_back_in_order_whatever_the_batch_size(
    values: list[Any], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outbox = OutboxWriter(tmp_path_factory.mktemp("outbox"), RUN_ID)
    records = [{"op": "note", "value": value} for value in values]
    for record in records:
        outbox.append(record)
    assert read_whole(outbox, size) == (records, 0)
    assert list(outbox.read(0).records) == records


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.lists(st.binary(max_size=30), min_size=1, max_size=6))
def test_damaged_lines_never_hide_the_whole_ones(
    noise: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    outbox = OutboxWriter(tmp_path_factory.mktemp("outbox"), RUN_ID)
    for place, line in enumerate(noise):
        outbox.append({"op": "note", "place": place})
        with outbox.path.open("ab") as file:
            file.write(line.replace(b"\n", b"") + b"\n")
    records, _ = read_whole(outbox)
    assert [record["place"] for record in records] == list(range(len(noise)))


def test_each_damaged_line_is_counted(outbox: OutboxWriter) -> None:
    outbox.append({"op": "note"})
    with outbox.path.open("ab") as file:
        file.write(b'{"op": "no\n[1, 2]\n{"no": "op"}\n\xff\xfe\n')
    outbox.append({"op": "end"})
    records, damaged = read_whole(outbox)
    assert ([record["op"] for record in records], damaged) == (["note", "end"], 4)


def test_a_record_that_is_not_whole_yet_is_left_for_later(outbox: OutboxWriter) -> None:
    outbox.append({"op": "note"})
    with outbox.path.open("ab") as file:
        file.write(b'{"op": "end"')
    batch = outbox.read(0)
    assert [record["op"] for record in batch.records] == ["note"]
    with outbox.path.open("ab") as file:
        file.write(b"}\n")
    assert list(outbox.read(batch.end).records) == [{"op": "end"}]


def test_what_a_full_disk_cut_short_is_told_and_damages_one_line_only(
    outbox: OutboxWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.append({"op": "note", "place": 1})
    whole = os.write
    monkeypatch.setattr(os, "write", lambda file, data: whole(file, data[:5]))
    with pytest.raises(OSError, match="only 5 of"):
        outbox.append({"op": "note", "place": 2})
    monkeypatch.undo()
    outbox.append({"op": "note", "place": 3})
    records, damaged = read_whole(outbox)
    assert ([record["place"] for record in records], damaged) == ([1, 3], 1)


def test_threads_append_whole_records(outbox: OutboxWriter) -> None:
    def work(thread: int) -> None:
        for place in range(200):
            outbox.append({"op": "note", "thread": thread, "place": place, "pad": "x" * 500})

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records, damaged = read_whole(outbox, 1000)
    assert damaged == 0
    for number in range(4):
        places = [record["place"] for record in records if record["thread"] == number]
        assert places == list(range(200))


def test_a_record_larger_than_a_batch_is_read_whole(outbox: OutboxWriter) -> None:
    outbox.append({"op": "note", "text": "x" * 10_000})
    assert len(read_batch(outbox.path, 0, size=100).records[0]["text"]) == 10_000


def test_a_deleted_outbox_is_still_read_by_its_own_process(outbox: OutboxWriter) -> None:
    outbox.append({"op": "note"})
    outbox.path.unlink()
    outbox.append({"op": "end"})
    assert [record["op"] for record in outbox.read(0).records] == ["note", "end"]
    with pytest.raises(FileNotFoundError):
        read_batch(outbox.path, 0)


def test_the_outboxes_of_others_cannot_be_read(outbox: OutboxWriter) -> None:
    assert outbox.path.stat().st_mode & 0o777 == 0o600
    assert outbox.path.parent.stat().st_mode & 0o777 == 0o700


def test_outboxes_are_listed_oldest_first(tmp_path: Path) -> None:
    for age, name in ((10, "new"), (30, "old"), (20, "middle")):
        path = tmp_path / f"{name}.outbox"
        path.write_bytes(b"")
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "notes.txt").write_text("no outbox")
    assert [run_id_of(path) for path in list_outboxes(tmp_path)] == ["old", "middle", "new"]
    assert list_outboxes(tmp_path / "missing") == []


def test_a_removed_outbox_takes_nothing_more(outbox: OutboxWriter) -> None:
    outbox.remove()
    assert not outbox.path.exists()
    with pytest.raises(OSError, match="Bad file descriptor"):
        outbox.append({"op": "note"})
    outbox.remove()


def test_what_is_taken_gives_its_room_back_and_keeps_its_place(
    outbox: OutboxWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "LOOK_SIZE", 1 << 16)
    outbox.append({"op": "start", "code": "x" * 10_000})
    for place in range(300):
        outbox.append({"op": "note", "place": place, "pad": "x" * 1000})
    taken = outbox.read(0).end
    outbox.append({"op": "end"})
    if sys.platform == "linux":
        before = used_room(outbox.path)
        outbox.give_back(taken)
        assert used_room(outbox.path) < before - 200_000
    assert list(outbox.read(taken).records) == [{"op": "end"}]
    assert outbox.size() > taken
    first, *_ = read_whole(outbox, 1 << 13)[0]
    assert first == {"op": "start", "code": "x" * 10_000}
    outbox.give_back(outbox.size())
    outbox.append({"op": "note"})
    assert read_whole(outbox, 1 << 13)[0][-1] == {"op": "note"}


def test_at_the_bound_only_the_ends_of_runs_are_taken_until_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "LOOK_SECONDS", 0.0)
    other = OutboxWriter(tmp_path, "b" * 32)
    other.append({"op": "note", "pad": "x" * 200_000})
    outbox = OutboxWriter(tmp_path, RUN_ID, limit=100_000)
    outbox.append({"op": "start"})
    with pytest.raises(OutboxFullError, match="take the 100,000 bytes"):
        outbox.append({"op": "metrics"})
    outbox.append({"op": "end"})
    other.remove()
    outbox.append({"op": "metrics"})
    assert [record["op"] for record in outbox.read(0).records] == ["start", "end", "metrics"]
