"""Whether what came over the wire has the shape that the protocol says."""

from __future__ import annotations

import re
import reprlib
import types
from functools import cache
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

from nbtrack.errors import RequestError, did_you_mean

MAX_LIST = 10_000
"""Items that a list in a request may have."""

MAX_INTEGER = 2**53 - 1
"""Beyond it a page's numbers are not exact."""

_MAX_SHOWN = 60
_UNUSABLE = re.compile("[\0\ud800-\udfff]")


def check_shape(value: object, shape: Any, name: str) -> None:
    """Check a value against a TypedDict or another type of the protocol.

    Raises
    ------
    RequestError
        It does not fit; the message says where.
    """
    if shape is Any:
        return
    origin = get_origin(shape)
    if hasattr(shape, "__required_keys__"):
        _check_typed_dict(value, shape, name)
    elif origin in {Union, types.UnionType}:
        _check_union(value, get_args(shape), name)
    elif origin is Literal:
        if value not in get_args(shape):
            raise RequestError(
                f"{name} is {_shown(value)}, it must be one of {list(get_args(shape))}."
            )
    elif origin is dict:
        _check_dict(value, get_args(shape), name)
    elif origin in {list, tuple}:
        _check_list(value, get_args(shape), name)
    else:
        _check_plain(value, shape, name)


def _check_typed_dict(value: object, shape: Any, name: str) -> None:
    if not isinstance(value, dict):
        raise RequestError(f"{name} is {_shown(value)}, it must be an object.")
    hints = _hints(shape)
    for key in value:
        if key not in hints:
            raise RequestError(
                f"{name} has the unknown key {_shown(key)}.",
                hint=did_you_mean(str(key)[:_MAX_SHOWN], hints)
                or f"Known: {', '.join(hints) or 'none'}.",
            )
    for key, (_, required) in hints.items():
        if required and key not in value:
            raise RequestError(f"{name} lacks {key!r}.")
    for key, item in value.items():
        check_shape(item, hints[key][0], f"{name}.{key}")


@cache
def _hints(shape: Any) -> dict[str, tuple[Any, bool]]:
    """Return type and necessity of each key.

    ``__required_keys__`` does not see NotRequired in annotations that are kept as text.
    """
    hints = get_type_hints(shape, include_extras=True)
    return {
        key: (get_args(hint)[0], False)
        if get_origin(hint) is NotRequired
        else (hint, shape.__total__)
        for key, hint in hints.items()
    }


def _check_union(value: object, choices: tuple[Any, ...], name: str) -> None:
    for choice in choices:
        try:
            return check_shape(value, choice, name)
        except RequestError:
            continue
    expected = " or ".join(_type_name(choice) for choice in choices)
    raise RequestError(f"{name} is {_shown(value)}, it must be {expected}.")


def _check_dict(value: object, items: tuple[Any, ...], name: str) -> None:
    if not isinstance(value, dict):
        raise RequestError(f"{name} is {_shown(value)}, it must be an object.")
    _check_length(value, name)
    for key, item in value.items():
        check_shape(key, items[0], f"a key of {name}")
        check_shape(item, items[1], f"{name}.{str(key)[:_MAX_SHOWN]}")


def _check_list(value: object, items: tuple[Any, ...], name: str) -> None:
    if not isinstance(value, list | tuple):
        raise RequestError(f"{name} is {_shown(value)}, it must be a list.")
    _check_length(value, name)
    for place, item in enumerate(value):
        check_shape(item, items[0], f"{name}[{place}]")


def _check_length(value: dict[Any, Any] | list[Any] | tuple[Any, ...], name: str) -> None:
    if len(value) > MAX_LIST:
        raise RequestError(f"{name} has {len(value):,} items, {MAX_LIST:,} are allowed.")


def _check_plain(value: object, shape: Any, name: str) -> None:
    fits = isinstance(value, int | float if shape is float else shape)
    if isinstance(value, bool) and shape is not bool:
        fits = False
    if not fits:
        raise RequestError(f"{name} is {_shown(value)}, it must be {_type_name(shape)}.")
    if isinstance(value, str):
        unusable = _UNUSABLE.search(value)
        if unusable:
            raise RequestError(f"{name} holds {unusable[0]!r}, which is no character.")
    elif shape is int and isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise RequestError(
            f"{name} is {_shown(value)}, it must be within {-MAX_INTEGER} to {MAX_INTEGER}."
        )


def _type_name(shape: Any) -> str:
    names = {
        str: "text", int: "an integer", float: "a number", bool: "true or false",
        type(None): "null", list: "a list", dict: "an object",
    }  # fmt: skip
    return names.get(shape, str(shape))


def _shown(value: object) -> str:
    """Return a value in short, however long or deep it is."""
    return _BRIEF.repr(value)


_BRIEF = reprlib.Repr()
_BRIEF.maxlevel = 2
_BRIEF.maxstring = _BRIEF.maxother = _BRIEF.maxlong = _MAX_SHOWN
