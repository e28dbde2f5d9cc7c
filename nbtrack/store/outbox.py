"""The outbox of a run: an append-only local file that holds what is not yet in the store.

A record is one line of JSON, appended by one ``os.write``, so that it survives the death of the
process, threads and forked children need no lock, and a reader sees whole lines. Its place is
the record's sequence number: the store keeps, per run, how many bytes it has taken.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

SUFFIX = ".outbox"
READ_SIZE = 1 << 20
"""Bytes that one batch takes from an outbox."""

Record = dict[str, Any]


class Batch(NamedTuple):
    """Whole records between two offsets of an outbox; `damaged` counts lines left out."""

    run_id: str
    start: int
    end: int
    records: list[Record]
    damaged: int


class OutboxWriter:
    """The writing end, used by the process that records the run.

    Raises
    ------
    OSError
        The file cannot be made or written (a full disk, a read-only folder).
    """

    def __init__(self, folder: Path, run_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / f"{run_id}{SUFFIX}"
        self._descriptor = os.open(
            self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600
        )
        self._torn = False

    def append(self, record: Record) -> None:
        """Append one record; when this returns, it survives the death of the process."""
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
        if self._torn:  # end the line that a full disk cut short
            line = b"\n" + line
        written = os.write(self._descriptor, line)
        self._torn = written != len(line)
        if self._torn:
            raise OSError(f"only {written} of {len(line)} bytes were written to {self.path}")

    def size(self) -> int:
        """Return the file's size in bytes."""
        return os.fstat(self._descriptor).st_size

    def close(self) -> None:
        """Close the file; what it holds stays until it is delivered."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def run_id_of(path: Path) -> str:
    """Return the run that an outbox belongs to."""
    return path.name.removesuffix(SUFFIX)


def list_outboxes(folder: Path) -> list[Path]:
    """Return the outboxes in `folder`, oldest first."""
    try:
        found = [(entry.stat().st_mtime, entry) for entry in folder.glob(f"*{SUFFIX}")]
    except OSError:
        return []
    return [entry for _, entry in sorted(found)]


def read_batch(path: Path, start: int, size: int = READ_SIZE) -> Batch:
    """Read whole records from `start` on, at least one if there is one.

    Raises
    ------
    OSError
        The file is gone or cannot be read.
    """
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(size)
        while data and b"\n" not in data:
            more = file.read(size)
            if not more:
                break
            data += more
    end = data.rfind(b"\n") + 1
    records, damaged = [], 0
    for record in _parse(data[:end]):
        if record is None:
            damaged += 1
        else:
            records.append(record)
    return Batch(run_id_of(path), start, start + end, records, damaged)


def _parse(data: bytes) -> Iterator[Record | None]:
    for line in data.splitlines():
        if not line:
            continue
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            yield None
        else:
            yield record if isinstance(record, dict) and "op" in record else None
