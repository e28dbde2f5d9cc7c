"""The tail of what a run writes to stdout and stderr.

The stream objects stay in place and keep everything (``isatty``, ``fileno``, ``buffer``,
ipykernel's parent headers): while a run is active, each bears a ``write`` of its own that passes
the text on first and keeps it second. So ``sys.stdout`` is the same object before, during and
after; a cell that assigns another one, or redirects, is not undone; and text that a cell
redirects elsewhere is not taken for output. ipykernel's ``register_hook`` would see text only
when its thread flushes, without saying which run wrote it, and plain streams have no such hook.

IPython keeps its own history of outputs in the same way, around each cell, inside which a cell's
run starts and stops. A run that lasts longer than the cell that started it keeps what that cell
wrote.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from types import MethodType
from typing import Any

LIMIT = 64 * 1024
"""Characters of each stream that are kept."""

_LONGEST_CUT_LINE = 4 * 1024

_lock = threading.RLock()


class OutputTail:
    r"""Keeps the last 64 Ki characters of stdout and of stderr between `start` and `stop`.

    Several may be active at once, as nested runs are: each gets the text of its own span.
    Neither method ever raises, and what cannot be observed reads as empty.

    Examples
    --------
    >>> tail = OutputTail()
    >>> tail.start()
    >>> print("loss 0.25")
    loss 0.25
    >>> tail.stop()
    ('loss 0.25\n', '')
    """

    def __init__(self) -> None:
        self._stdout = _TailBuffer()
        self._stderr = _TailBuffer()
        self._watched: list[tuple[_Tee, _TailBuffer]] = []

    def start(self) -> None:
        """Keep what is written from now on to the streams that are in place now."""
        self._watch(sys.stdout, self._stdout)
        if sys.stderr is not sys.stdout:
            self._watch(sys.stderr, self._stderr)

    def stop(self) -> tuple[str, str]:
        """Leave the streams as they were and return the tails of stdout and stderr."""
        with _lock:
            while self._watched:
                tee, buffer = self._watched.pop()
                tee.remove(buffer)
        return self._stdout.text(), self._stderr.text()

    def _watch(self, stream: Any, buffer: _TailBuffer) -> None:
        with _lock:
            tee = _tee_of(stream)
            if tee is not None:
                tee.add(buffer)
                self._watched.append((tee, buffer))


class _Tee:
    """A stream's own ``write``, which also fills the buffers of the active runs."""

    def __init__(self, stream: Any, write: Callable[[str], Any]) -> None:
        self._stream = stream
        self._write = write
        self._had_own_write = "write" in vars(stream)
        self._buffers: tuple[_TailBuffer, ...] = ()

    def install(self) -> None:
        write, keep = self._write, self._keep

        def write_and_keep(_: Any, /, *arguments: Any, **named: Any) -> Any:
            __tracebackhide__ = True
            result = write(*arguments, **named)
            keep(*arguments, **named)
            return result

        write_and_keep.__name__ = "write"
        write_and_keep.tee = self  # type: ignore[attr-defined]
        self._installed = MethodType(write_and_keep, self._stream)
        self._stream.write = self._installed

    def add(self, buffer: _TailBuffer) -> None:
        self._buffers = (*self._buffers, buffer)

    def remove(self, buffer: _TailBuffer) -> None:
        self._buffers = tuple(other for other in self._buffers if other is not buffer)
        if not self._buffers:
            self._uninstall()

    def _keep(self, *arguments: Any, **named: Any) -> None:
        try:
            (text,) = (*arguments, *named.values())
            if isinstance(text, str):
                for buffer in self._buffers:
                    buffer.append(text)
        except Exception:
            return

    def _uninstall(self) -> None:
        """Take the ``write`` away, unless somebody has put another one over it meanwhile."""
        try:
            if vars(self._stream).get("write") is not self._installed:
                return
            if self._had_own_write:
                self._stream.write = self._write
            else:
                del self._stream.write
        except Exception:
            return


def _tee_of(stream: Any) -> _Tee | None:
    """Return the tee on a stream, installed if need be, or None where none can be."""
    try:
        write = stream.write
        tee = getattr(write, "tee", None)
        if isinstance(tee, _Tee):
            return tee
        tee = _Tee(stream, write)
        tee.install()
    except Exception:
        return None
    return tee


class _TailBuffer:
    """The last `LIMIT` characters of a text that comes in pieces, as a terminal shows it.

    A forked process adds nothing: its copy of the lock may be held for ever.
    """

    def __init__(self) -> None:
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._pieces: list[str] = []
        self._size = 0
        self._dropped = 0

    def append(self, text: str) -> None:
        if os.getpid() != self._process:
            return
        with self._lock:
            if len(text) > LIMIT:
                self._dropped += len(text) - LIMIT
                text = text[-LIMIT:]
            self._pieces.append(text)
            self._size += len(text)
            if self._size > 2 * LIMIT:
                self._compact()

    def text(self) -> str:
        """Return the tail; when it lacks earlier text, it starts with a line that says so."""
        with self._lock:
            self._compact()
            tail = self._pieces[0]
            if not self._dropped:
                return tail
            whole_lines = tail[tail.find("\n", 0, _LONGEST_CUT_LINE) + 1 :]
            dropped = self._dropped + len(tail) - len(whole_lines)
            return f"[{dropped} earlier characters left out]\n{whole_lines}"

    def _compact(self) -> None:
        shown = last_overwrites("".join(self._pieces))
        tail = shown[-LIMIT:]
        self._dropped += len(shown) - len(tail)
        self._pieces = [tail]
        self._size = len(tail)


def last_overwrites(text: str) -> str:
    r"""Return `text` with, in each line, only what follows its last carriage return.

    A progress bar that redraws its line a thousand times is then one line. A return that
    nothing overwrites yet stays, so that text may be shortened in the middle of a bar.

    Examples
    --------
    >>> last_overwrites("10%\r20%\r30%\ndone\n")
    '30%\ndone\n'
    """
    if "\r" not in text:
        return text
    return "\n".join(_last_overwrite(line) for line in text.split("\n"))


def _last_overwrite(line: str) -> str:
    shown = line.rstrip("\r")
    pending = "\r" if len(shown) < len(line) else ""
    return shown[shown.rfind("\r") + 1 :] + pending
