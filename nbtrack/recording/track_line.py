"""The line of ``%%track``: finding it in a cell, parsing its options, stripping it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from nbtrack.errors import UserError, did_you_mean
from nbtrack.recording.references import Reference, parse_references
from nbtrack.store.values import check_key, check_text

MAGIC = "%%track"
USAGE = (
    "%%track [NAME] [-e EXPERIMENT] [-p NAMES] [-m NAMES] [-t KEY=VALUE]... [--no-capture]"
)  # fmt: skip

_LINE = re.compile(r"\A(?:[ \t]*\n|[ \t]*%%(?!track(?!\S))[^\n]*\n)*[ \t]*%%track(?!\S)([^\n]*)")
_WORD = re.compile(
    r"""
    ( (?: [^\s'"] | '[^']*' | "[^"]*"      # quotes stay inside a word, as in cfg["lr"]
        | (?<=,)[ \t]+(?=[^\s-])          # and so does a blank after a comma, as in -p lr, depth
      )+ )
    | (\S.*)
    """,
    re.VERBOSE,
)
_OPTIONS = (
    "-e", "--experiment", "-p", "--params", "-m", "--metrics", "-t", "--tag", "--no-capture",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrackOptions:
    """What the line of ``%%track`` asks for."""

    name: str | None = None
    experiment: str | None = None
    params: tuple[Reference, ...] = ()
    metrics: tuple[Reference, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    capture: bool = True


def find_track_line(cell: str) -> str | None:
    r"""Return what follows ``%%track`` in a cell, or None where it is not tracked.

    Examples
    --------
    >>> find_track_line("%%time\n%%track fit -p lr\nlr = 0.1")
    ' fit -p lr'
    """
    found = _LINE.match(cell)
    return found.group(1) if found else None


def strip_track_line(lines: list[str]) -> list[str]:
    """Return a cell's lines without ``%%track``; all other lines keep their numbers.

    An input transformer of IPython: it may be called several times for one cell.

    Raises
    ------
    UsageError
        An option is wrong: the cell's body is not run then.
    """
    if not lines or find_track_line(lines[0]) is None:
        return lines
    try:
        parse_track_line(find_track_line(lines[0]) or "")
    except UserError as error:
        from IPython.core.error import UsageError

        raise UsageError(str(error)) from None
    rest = lines[1:]
    first = next((number for number, line in enumerate(rest) if line.strip()), None)
    if first is not None and rest[first].startswith("%%"):
        return rest[first:]
    return ["\n", *rest]


def parse_track_line(text: str) -> TrackOptions:
    """Parse the options of ``%%track``.

    Raises
    ------
    UserError
        An option that does not exist or lacks its value, with the nearest valid one.
    """
    given = _parser().parse_args(list(_words(text)))
    if len(given.name) > 1:
        raise UserError(
            f"%%track: unexpected {given.name[1]!r} after the name {given.name[0]!r}.",
            hint=f"Put a name with blanks in quotes. Usage: {USAGE}",
        )
    if given.experiment is not None:
        check_key(given.experiment, "experiment")
    return TrackOptions(
        name=check_text(given.name[0], "run name") if given.name else None,
        experiment=given.experiment,
        params=tuple(_references(given.params)),
        metrics=tuple(_references(given.metrics)),
        tags=tuple(parse_tag(tag) for tag in given.tag),
        capture=given.capture,
    )


def parse_tag(text: str) -> tuple[str, str]:
    """Split ``KEY=VALUE``.

    Raises
    ------
    UserError
        There is no ``=``, or the key is one that no tag may have.
    """
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UserError(f"The tag {text!r} has no value.", hint="Write it as KEY=VALUE.")
    return check_key(key, "tag"), check_text(_unquoted(value), "tag value")


def _words(text: str) -> Iterator[str]:
    for found in _WORD.finditer(text):
        word, unclosed = found.groups()
        if unclosed:
            raise UserError(f"%%track: no closing quotation in {unclosed!r}.",
                            hint=f"Usage: {USAGE}")  # fmt: skip
        yield _unquoted(word)


def _references(texts: list[str]) -> list[Reference]:
    return [reference for text in texts for reference in parse_references(text)]


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        unknown = re.search(r"unrecognized arguments: (\S+)", message)
        hint = did_you_mean(unknown.group(1), _OPTIONS) if unknown else None
        usage = f"Usage: {USAGE}"
        raise UserError(f"%%track: {message}.", hint=f"{hint} {usage}" if hint else usage)


def _parser() -> argparse.ArgumentParser:
    parser: Any = _Parser(prog=MAGIC, add_help=False, allow_abbrev=False)
    parser.add_argument("name", nargs="*")
    parser.add_argument("-e", "--experiment")
    parser.add_argument("-p", "--params", action="append", default=[])
    parser.add_argument("-m", "--metrics", action="append", default=[])
    parser.add_argument("-t", "--tag", action="append", default=[])
    parser.add_argument("--no-capture", dest="capture", action="store_false")
    return parser  # type: ignore[no-any-return]  # _Parser is one
