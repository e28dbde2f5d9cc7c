"""How much room a file takes on the disk, and giving back the room of a part of it."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

PAGE = 1 << 12
_KEEP_SIZE = 0x01
_PUNCH_HOLE = 0x02


def used_room(path: Path) -> int:
    """Return the bytes that a file takes on the disk, 0 when it is gone."""
    try:
        found = path.stat()
    except OSError:
        return 0
    blocks = getattr(found, "st_blocks", None)
    return found.st_size if blocks is None else min(blocks * 512, found.st_size)


def free_range(descriptor: int, start: int, end: int) -> bool:
    """Give the room between two offsets of a file back to the disk; it then reads as zeros.

    Returns
    -------
    bool
        False where that cannot be done; the file is then as it was.
    """
    start, end = -(-start // PAGE) * PAGE, end // PAGE * PAGE
    fallocate = _fallocate()
    if fallocate is None or end <= start:
        return False
    done: int = fallocate(descriptor, _PUNCH_HOLE | _KEEP_SIZE, start, end - start)
    return done == 0


@cache
def _fallocate() -> Any:
    """Return Linux's ``fallocate``, which Python's os module lacks, or None elsewhere."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    try:
        function = ctypes.CDLL(None, use_errno=True).fallocate
    except (AttributeError, OSError):
        return None
    offset = ctypes.c_int64 if ctypes.sizeof(ctypes.c_long) == 8 else ctypes.c_long  # noqa: PLR2004
    function.argtypes = [ctypes.c_int, ctypes.c_int, offset, offset]
    return function
