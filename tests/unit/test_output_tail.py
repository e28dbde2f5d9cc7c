# ruff: noqa: T201  # what print does is under test
import contextlib
import functools
import io
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.recording.output_tail import LIMIT, OutputTail, last_overwrites


class Streams:
    """Plain streams in place of sys.stdout and sys.stderr."""

    def __init__(self) -> None:
        self.out_bytes, self.err_bytes = io.BytesIO(), io.BytesIO()
        self.out = io.TextIOWrapper(self.out_bytes, encoding="utf-8", write_through=True)
        self.err = io.TextIOWrapper(self.err_bytes, encoding="utf-8", write_through=True)

    @property
    def written(self) -> tuple[str, str]:
        return self.out_bytes.getvalue().decode(), self.err_bytes.getvalue().decode()


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Streams]:
    """Return what puts plain streams in place; pytest puts its own back before each test."""

    def put() -> Streams:
        streams = Streams()
        monkeypatch.setattr(sys, "stdout", streams.out)
        monkeypatch.setattr(sys, "stderr", streams.err)
        return streams

    return put


@contextlib.contextmanager
def kept() -> Iterator[list[str]]:
    """Fill the list with stdout and stderr at the end of the block."""
    texts: list[str] = []
    tail = OutputTail()
    tail.start()
    try:
        yield texts
    finally:
        texts.extend(tail.stop())


def test_what_is_printed_is_kept_and_still_printed(place: Callable[[], Streams]) -> None:
    streams = place()
    print("before")
    with kept() as texts:
        print("epoch", 1, sep=" ")
        sys.stdout.writelines(["a\n", "b\n"])
        print("careful", file=sys.stderr)
    print("after")
    assert texts == ["epoch 1\na\nb\n", "careful\n"]
    assert streams.written == ("before\nepoch 1\na\nb\nafter\n", "careful\n")


def test_the_streams_are_the_same_objects_and_restored_exactly(
    place: Callable[[], Streams],
) -> None:
    streams = place()
    before = dict(vars(streams.out))
    with kept():
        assert sys.stdout is streams.out
        assert sys.stdout.encoding == "utf-8"
        assert sys.stdout.isatty() is False
        assert sys.stdout.buffer is streams.out_bytes
        assert sys.stdout.write.__name__ == "write"
        assert sys.stdout.write.__self__ is streams.out  # type: ignore[attr-defined]
        with pytest.raises(io.UnsupportedOperation):
            sys.stdout.fileno()
    assert vars(streams.out) == before
    assert sys.stdout.write == streams.out.write


def test_write_answers_as_without(place: Callable[[], Streams]) -> None:
    place()
    with kept() as texts:
        assert sys.stdout.write("four") == 4
        with pytest.raises(TypeError, match="must be str, not int"):
            sys.stdout.write(4)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="exactly one argument"):
            sys.stdout.write()  # type: ignore[call-arg]
    assert texts == ["four", ""]


def test_nested_runs_each_get_their_own_span(place: Callable[[], Streams]) -> None:
    streams = place()
    with kept() as outer:
        print(1)
        with kept() as inner:
            print(2)
        print(3)
    assert inner == ["2\n", ""]
    assert outer == ["1\n2\n3\n", ""]
    assert "write" not in vars(streams.out)


def test_runs_may_end_in_any_order(place: Callable[[], Streams]) -> None:
    streams = place()
    first, second = OutputTail(), OutputTail()
    first.start()
    print(1)
    second.start()
    print(2)
    assert first.stop() == ("1\n2\n", "")
    print(3)
    assert second.stop() == ("2\n3\n", "")
    assert second.stop() == ("2\n3\n", "")
    assert "write" not in vars(streams.out)


def test_text_that_the_cell_redirects_is_no_output(place: Callable[[], Streams]) -> None:
    place()
    elsewhere = io.StringIO()
    with kept() as texts:
        print(1)
        with contextlib.redirect_stdout(elsewhere):
            print(2)
        print(3)
    assert texts == ["1\n3\n", ""]
    assert elsewhere.getvalue() == "2\n"


def test_a_stream_that_the_cell_puts_in_place_stays(
    place: Callable[[], Streams], monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = place()
    own = io.StringIO()
    with kept() as texts:
        print(1)
        monkeypatch.setattr(sys, "stdout", own)
        print(2)
    assert texts == ["1\n", ""]
    assert sys.stdout is own
    assert "write" not in vars(streams.out)
    with kept() as texts:
        print(3)
    assert texts == ["3\n", ""]
    assert own.getvalue() == "2\n3\n"


@pytest.mark.parametrize("decorate", [lambda _: lambda write: write, functools.wraps])
def test_a_write_that_the_cell_puts_over_ours_stays(
    place: Callable[[], Streams], decorate: Callable[[Any], Callable[[Any], Any]]
) -> None:
    streams = place()

    def put_over(stream: Any) -> Any:
        below = stream.write

        @decorate(below)
        def louder(text: str) -> Any:
            return below(text.upper())

        stream.write = louder
        return louder

    with kept() as texts:
        louder = put_over(sys.stdout)
        print("a")
    assert texts == ["A\n", ""]
    assert sys.stdout.write is louder
    with kept() as texts:
        print("b")
    assert texts[0].upper() == "B\n"
    assert streams.written[0] == "A\nB\n"


def test_a_write_that_stood_there_before_comes_back(place: Callable[[], Streams]) -> None:
    streams = place()
    below = streams.out.write

    def own(text: str) -> int:
        return below(text * 2)

    streams.out.write = own  # type: ignore[method-assign]
    with kept() as texts:
        print("x", end="")
    assert streams.out.write is own
    assert texts == ["x", ""]
    assert streams.written[0] == "xx"


def test_logging_that_was_set_up_before_is_kept(place: Callable[[], Streams]) -> None:
    place()
    logger = logging.getLogger("nbtrack.test.output_tail")
    handler = logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)
    with kept() as texts:
        logger.warning("overfit")
    logger.removeHandler(handler)
    assert texts == ["", "overfit\n"]


def test_one_stream_for_both_is_kept_once(
    place: Callable[[], Streams], monkeypatch: pytest.MonkeyPatch
) -> None:
    place()
    monkeypatch.setattr(sys, "stderr", sys.stdout)
    with kept() as texts:
        print(1)
        print(2, file=sys.stderr)
    assert texts == ["1\n2\n", ""]


def test_streams_that_cannot_be_observed_read_as_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slotted:
        __slots__ = ("texts",)

        def __init__(self) -> None:
            self.texts: list[str] = []

        def write(self, text: str) -> None:
            self.texts.append(text)

    slotted = Slotted()
    monkeypatch.setattr(sys, "stdout", slotted)
    monkeypatch.setattr(sys, "stderr", None)
    with kept() as texts:
        print("x")
    assert texts == ["", ""]
    assert slotted.texts == ["x", "\n"]


def test_a_copy_that_fails_never_reaches_the_users_print(place: Callable[[], Streams]) -> None:
    streams = place()

    class Evil(str):
        __slots__ = ()

        def __len__(self) -> int:
            raise RuntimeError("no length")

    with kept() as texts:
        sys.stdout.write(Evil("evil\n"))
        print("good")
    assert texts == ["good\n", ""]
    assert streams.written[0] == "evil\ngood\n"


def test_a_closed_stream_raises_as_without(place: Callable[[], Streams]) -> None:
    streams = place()
    with kept() as texts:
        streams.out.close()
        with pytest.raises(ValueError, match="closed file"):
            print("x")
    assert texts == ["", ""]


def test_threads_lose_nothing(place: Callable[[], Streams]) -> None:
    place()

    def work(name: int) -> None:
        for i in range(200):
            sys.stdout.write(f"{name}-{i}\n")

    with kept() as texts:
        threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(texts[0].splitlines()) == sorted(f"{n}-{i}" for n in range(4) for i in range(200))


def test_runs_that_begin_and_end_in_many_threads_leave_the_stream_clean(
    place: Callable[[], Streams],
) -> None:
    streams = place()
    problems: list[object] = []

    def work(name: int) -> None:
        for i in range(50):
            with kept() as texts:
                sys.stdout.write(f"[{name}-{i}]")
            if f"[{name}-{i}]" not in texts[0]:
                problems.append((name, i, texts))

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert "write" not in vars(streams.out)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_can_print_while_the_lock_is_held(place: Callable[[], Streams]) -> None:
    place()
    tail = OutputTail()
    tail.start()
    buffer_lock = tail._stdout._lock
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with buffer_lock:
            held.set()
            release.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    child = os.fork()
    if child == 0:
        try:
            print("from the child")
            os._exit(0)
        finally:
            os._exit(1)
    release.set()
    holder.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert tail.stop() == ("", "")


def test_only_the_tail_is_kept_and_it_begins_with_a_whole_line(
    place: Callable[[], Streams],
) -> None:
    place()
    lines = [f"step {i}\n" for i in range(30_000)]
    with kept() as texts:
        for line in lines:
            sys.stdout.write(line)
    notice, _, tail = texts[0].partition("\n")
    whole = "".join(lines)
    assert whole.endswith(tail)
    assert tail.startswith("step ")
    assert LIMIT - 20 < len(tail) <= LIMIT
    assert notice == f"[{len(whole) - len(tail)} earlier characters left out]"


def test_one_huge_write_keeps_its_end(place: Callable[[], Streams]) -> None:
    streams = place()
    with kept() as texts:
        sys.stdout.write("x" * (5 * LIMIT) + "end")
    assert texts[0].endswith("xend")
    assert len(texts[0]) <= LIMIT + 60
    assert streams.written[0] == "x" * (5 * LIMIT) + "end"


def test_a_progress_bar_is_one_line(place: Callable[[], Streams]) -> None:
    place()
    with kept() as texts:
        for i in range(50_000):
            sys.stderr.write(f"\rtraining {i}/50000 |####|")
        sys.stderr.write("\ndone\n")
    assert texts[1] == "training 49999/50000 |####|\ndone\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\rb\rc", "c"),
        ("a\r\nb\r\n", "a\r\nb\r\n"),
        ("a\r", "a\r"),
        ("a\r\r", "a\r"),
        ("a\r\rb", "b"),
        ("x\ra\ny\rb\n", "a\nb\n"),
        ("\r", "\r"),
        ("", ""),
    ],
)
def test_only_what_overwrites_last_is_shown(text: str, shown: str) -> None:
    assert last_overwrites(text) == shown


@given(st.text("ab\r\n"), st.text("ab\r\n"))
def test_text_may_be_shortened_anywhere(first: str, second: str) -> None:
    assert last_overwrites(last_overwrites(first) + second) == last_overwrites(first + second)


@given(st.lists(st.text(max_size=50), max_size=50))
def test_short_output_is_kept_whole(pieces: list[str]) -> None:
    out = io.StringIO(newline="")
    with contextlib.redirect_stdout(out), kept() as texts:
        for piece in pieces:
            sys.stdout.write(piece)
    assert texts[0] == last_overwrites("".join(pieces))
    assert out.getvalue() == "".join(pieces)
