"""What commands have in common: options, and the progress bar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
StoreUrl = Annotated[
    str | None, typer.Option("--store", metavar="URL", help="Another store than the configured.")
]
Experiments = Annotated[
    list[str] | None, typer.Option("--experiment", "-e", help="May be repeated.")
]


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on a terminal; it is told of what was done since the last time."""
    if not length or not sys.stderr.isatty():
        yield lambda _: None
        return
    with typer.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update


@contextmanager
def counted_progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on a terminal; it is told how much is done, and of how much."""
    with ExitStack() as stack:
        bars: list[Callable[[int], None]] = []
        before = 0

        def report(done: int, total: int) -> None:
            nonlocal before
            if not bars:
                bars.append(stack.enter_context(progress(label, total)))
            bars[0](done - before)
            before = done

        yield report
