"""The outbox of a run: an append-only local file that holds what is not yet in the store.

A record is one line of JSON, appended by one ``os.write``, so that it survives the death of the
process, threads and forked children need no lock, and a reader sees whole lines. Its place is
the record's sequence number: the store keeps, per run, how many bytes it has taken. What is taken
gives its room on the disk back while the run goes on, where the file system can do that; its place
stays. All outboxes of a store together are bounded.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, overload

import orjson

from nbtrack.config import Config, sqlite_file
from nbtrack.store.disk_room import free_range, used_room
from nbtrack.store.values import storable_text

SUFFIX = ".outbox"
READ_SIZE = 1 << 20
"""Bytes that one batch takes from an outbox."""

LOOK_SIZE = 8 << 20
"""Bytes after which it is looked how much room the outboxes take, and what can be given back."""

LOOK_SECONDS = 1.0
"""How often full outboxes are looked at."""

ALWAYS = frozenset({"start", "begin", "ending", "end", "note", "drop"})
"""Operations whose records are taken beyond the bound: few and small, and no run is told wrong."""

Record = dict[str, Any]
DAMAGED: Record = {"op": "damaged"}
"""What stands for a line that cannot be read."""


class Records(Sequence[Record]):
    """Records that are parsed when they are asked for; a damaged line is the record `DAMAGED`.

    Thousands of them at once would make Python's garbage collector look through all that the
    user's process holds, while no cell of it runs on.
    """

    def __init__(self, lines: list[bytes]) -> None:
        self._lines = lines

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[Record]:
        return map(_parse, self._lines)

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> Records: ...
    def __getitem__(self, place: int | slice) -> Record | Records:
        if isinstance(place, slice):
            return Records(self._lines[place])
        return _parse(self._lines[place])


class Batch(NamedTuple):
    """Whole records between two offsets of an outbox; `damaged` counts more that are lost."""

    run_id: str
    start: int
    end: int
    records: Sequence[Record]
    damaged: int = 0


class OutboxFullError(OSError):
    """The outboxes of a store have reached their bound."""


class OutboxWriter:
    """The end of the process that records the run: it appends, and reads to deliver.

    Reading goes through an open file, so that it also works when somebody deletes the outbox.

    Parameters
    ----------
    folder : pathlib.Path
        Where the outboxes of the store are.
    run_id : str
        The run.
    limit : int, optional
        Bytes that all outboxes in `folder` may take on the disk.

    Raises
    ------
    OSError
        The file cannot be made or written (a full disk, a read-only folder).
    """

    _descriptor = -1
    _reader: BinaryIO | None = None
    _parked = False

    def __init__(self, folder: Path, run_id: str, limit: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / f"{run_id}{SUFFIX}"
        self._limit = limit
        self._unseen = 0
        """Bytes that may be appended until the room of all outboxes is looked at."""
        self._full_until: float | None = None
        self._first_end: int | None = None
        self._freed = 0
        self._open()
        self._torn = False

    def _open(self) -> None:
        self._descriptor = os.open(
            self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600
        )
        self._reader = self.path.open("rb")
        self._parked = False

    def append(self, record: Record) -> None:
        """Append one record; when this returns, it survives the death of the process.

        Raises
        ------
        OutboxFullError
            The bound is reached; the record was not taken.
        OSError
            The file could not be written.
        """
        if self._parked:
            self._open()
        line = _encode(record)
        self._unseen -= len(line)
        if self._unseen < 0:
            self._look(record)
        if self._torn:  # end the line that a full disk cut short
            line = b"\n" + line
        written = os.write(self._descriptor, line)
        self._torn = written != len(line)
        if self._torn:
            raise OSError(f"only {written} of {len(line)} bytes were written to {self.path}")

    def _look(self, record: Record) -> None:
        """See how much may be appended until the next look; refuse the record if nothing may."""
        if self._limit is None:
            self._unseen = LOOK_SIZE
            return
        now = time.monotonic()
        if self._full_until is None or now >= self._full_until:
            outboxes = self.path.parent.glob(f"*{SUFFIX}")
            room = self._limit - sum(used_room(path) for path in outboxes)
            self._full_until = None if room > 0 else now + LOOK_SECONDS
            self._unseen = min(room, LOOK_SIZE)
        if self._full_until is not None and record.get("op") not in ALWAYS:
            raise OutboxFullError(
                f"the outboxes in {self.path.parent} take the {self._limit:,} bytes that they may"
            )

    def give_back(self, taken: int) -> None:
        """Give the room of what is in the store back to the disk; for one thread at a time."""
        if taken - self._freed < LOOK_SIZE or self._descriptor < 0 or self._reader is None:
            return
        if self._first_end is None:  # the first record tells others whose outbox this is
            self._first_end = _read(self._reader, "", 0, 1).end
        free_range(self._descriptor, max(self._freed, self._first_end), taken)
        self._freed = taken

    def size(self) -> int:
        """Return the file's size in bytes."""
        found = os.fstat(self._descriptor) if self._descriptor >= 0 else self.path.stat()
        return found.st_size

    def read(self, start: int) -> Batch:
        """Read whole records from `start` on; for one thread at a time."""
        if self._reader is None:
            return read_batch(self.path, start)
        return _read(self._reader, run_id_of(self.path), start, READ_SIZE)

    def park(self) -> None:
        """Hold no file open until the next record: hundreds of runs may wait for their turn."""
        self.close()
        self._parked = True

    def remove(self) -> None:
        """Close and delete the file, once all that it holds is in the store."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; what it holds stays."""
        descriptor, self._descriptor = self._descriptor, -1
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()


def run_id_of(path: Path) -> str:
    """Return the run that an outbox belongs to."""
    return path.name.removesuffix(SUFFIX)


def list_outboxes(folder: Path) -> list[Path]:
    """Return the outboxes in `folder`, oldest first."""
    found = []
    for entry in folder.glob(f"*{SUFFIX}"):
        with suppress(OSError):  # it was delivered meanwhile
            found.append((entry.stat().st_mtime, entry))
    return [entry for _, entry in sorted(found)]


def is_untouched(config: Config) -> bool:
    """Tell whether nothing was ever recorded here: then there is no store to be made yet."""
    file = sqlite_file(config.store_url)
    outboxes = (config.outbox, config.spare_outbox)
    return file is not None and not file.exists() and not any(map(list_outboxes, outboxes))


def read_batch(path: Path, start: int, size: int = READ_SIZE) -> Batch:
    """Read whole records from `start` on, at least one if there is one.

    Raises
    ------
    OSError
        The file is gone or cannot be read.
    """
    with path.open("rb") as file:
        return _read(file, run_id_of(path), start, size)


def _read(file: BinaryIO, run_id: str, start: int, size: int) -> Batch:
    file.seek(start)
    data = file.read(size)
    if len(data) == size and not data.strip(b"\0"):  # what was given back, or a crash left empty
        return Batch(run_id, start, start + size, [])
    while data and b"\n" not in data:
        more = file.read(size)
        if not more:
            break
        data += more
    end = data.rfind(b"\n") + 1
    lines = [line for line in data[:end].split(b"\n") if line]
    return Batch(run_id, start, start + end, Records(lines))


def _encode(record: Record) -> bytes:
    try:
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # a lone surrogate, as in the name of a file that is no UTF-8
        line = b"\\u0000"
    if b"\\u0000" in line:
        line = orjson.dumps(_storable(record), option=orjson.OPT_APPEND_NEWLINE)
    return line


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, Mapping):
        return {storable_text(str(key)): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value


def _parse(line: bytes) -> Record:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return DAMAGED
    return record if isinstance(record, dict) and "op" in record else DAMAGED
