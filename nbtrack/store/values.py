"""How keys, params and metric values are checked, and how they are written as text and number."""

from __future__ import annotations

import json
import math
import unicodedata
from typing import Any, Literal, SupportsFloat

from nbtrack.errors import InvalidKeyError, InvalidValueError
from nbtrack.model import ParamValue

MAX_KEY_LENGTH = 250
MAX_TEXT_LENGTH = 1_000_000
"""Characters that a param, a tag or a description may have."""

MAX_ARRAY_SIZE = 1000
"""Elements that an array inside a param may have; a larger one is kept as its ``repr``."""

WireNumber = float | Literal["NaN", "Infinity", "-Infinity"]


def check_key(key: object, kind: str) -> str:
    """Return `key` if it may name a param, metric, tag or dataset.

    Raises
    ------
    InvalidKeyError
        It is no text, empty, longer than 250 characters, or has control characters.
    """
    allowed = (
        f"A {kind} key is text of 1 to {MAX_KEY_LENGTH} characters without control characters."
    )
    if not isinstance(key, str):
        raise InvalidKeyError(
            f"{shown_value(key)[:80]} is no {kind} key, it is {type(key).__name__}.", hint=allowed
        )
    if not key.strip():
        raise InvalidKeyError(f"The {kind} key {key!r} is empty.", hint=allowed)
    if len(key) > MAX_KEY_LENGTH:
        raise InvalidKeyError(
            f"The {kind} key {key[:40]!r}... has {len(key)} characters.", hint=allowed
        )
    if not key.isprintable():
        for character in key:
            if unicodedata.category(character) in {"Cc", "Cs"}:
                raise InvalidKeyError(
                    f"The {kind} key {key!r} has the control character {character!r}.",
                    hint=allowed,
                )
    return key


def check_text(text: object, what: str) -> str:
    """Return `text` if it is storable text.

    Raises
    ------
    InvalidValueError
        It is no text, or longer than a million characters.
    """
    if not isinstance(text, str):
        raise InvalidValueError(
            f"The {what} {shown_value(text)[:80]} is {type(text).__name__}.",
            hint="It must be text (str).",
        )
    if len(text) > MAX_TEXT_LENGTH:
        raise InvalidValueError(
            f"The {what} has {len(text):,} characters, {MAX_TEXT_LENGTH:,} are allowed.",
            hint="Keep long text as an artifact: log_text(text, name).",
        )
    return storable_text(text)


def storable_text(text: str) -> str:
    """Return `text` without what neither database can hold: NUL and lone surrogates."""
    if text.isascii():
        return text.replace("\0", "\ufffd")
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def encode_param(value: object) -> tuple[str, str]:
    """Return a param's value as (type, text).

    bool, int, float and str keep their type, as do NumPy scalars; everything else is written
    as JSON, or as its ``repr`` where JSON cannot hold it.

    Examples
    --------
    >>> encode_param(0.1), encode_param(True), encode_param([1, 2])
    (('float', '0.1'), ('bool', 'true'), ('json', '[1, 2]'))
    """
    value = _without_numpy(value)
    if isinstance(value, bool):
        return "bool", "true" if value else "false"
    if isinstance(value, int):
        return "int", _digits(value)
    if isinstance(value, float):
        return "float", repr(float(value))
    if isinstance(value, str):
        return "str", check_text(str.__str__(value), "param value")
    try:
        encoded = json.dumps(value, ensure_ascii=False, default=_json_value)
    except (TypeError, ValueError, RecursionError):
        encoded = json.dumps(shown_value(value), ensure_ascii=False)
    return "json", check_text(encoded, "param value")


def _json_value(value: Any) -> Any:
    """Return a short array as a list, any other object as its ``repr``."""
    size, tolist = getattr(value, "size", None), getattr(value, "tolist", None)
    if callable(tolist) and isinstance(size, int) and size <= MAX_ARRAY_SIZE:
        return tolist()
    return shown_value(value)


def shown_value(value: object) -> str:
    """Return the ``repr`` of any object, also of one whose ``repr`` fails."""
    try:
        return repr(value)
    except Exception as error:  # whatever the user's own class raises
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"


def _without_numpy(value: Any) -> Any:
    """Return a NumPy scalar or a 0-d tensor as Python's own number, anything else as it is."""
    if isinstance(value, str | bytes | int | float) or getattr(value, "ndim", None) != 0:
        return value
    try:
        return value.item()
    except Exception:  # no scalar after all; then its repr is kept
        return value


def _digits(number: int) -> str:
    try:
        return str(int(number))
    except ValueError as error:
        raise InvalidValueError(
            f"An integer of {number.bit_length():,} bits is too long for a param.",
            hint="Up to 4,300 digits are kept: log it as text in hexadecimal, hex(number).",
        ) from error


def decode_param(kind: str, text: str) -> ParamValue:
    """Return the value that `encode_param` wrote; text that does not fit its type stays text."""
    try:
        match kind:
            case "bool":
                return text == "true"
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "json":
                value: ParamValue = json.loads(text)
                return value
    except ValueError:
        return text
    return text


def param_number(kind: str, text: str) -> float | None:
    """Return the number by which a param compares, or None where it is no number."""
    if kind in {"bool", "json"}:
        return None
    try:
        number = float(text)
    except (ValueError, OverflowError):
        return None
    return None if math.isnan(number) else number


def metric_value(value: object, key: str) -> float:
    """Return a metric's value as a float; NumPy scalars and 0-d tensors are taken too.

    Raises
    ------
    InvalidValueError
        It is no number.
    """
    if isinstance(value, float | int):
        return _to_float(value)
    number = None if isinstance(value, str | bytes | complex) else _single_number(value)
    if number is None:
        raise InvalidValueError(
            f"The metric {key!r} got {shown_value(value)[:80]}, which is {type(value).__name__}.",
            hint="A metric is one number: int, float, a NumPy scalar or a 0-d tensor.",
        )
    return number


def _single_number(value: object) -> float | None:
    item = getattr(value, "item", None)
    try:
        if callable(item):
            return float(item())
        return float(value) if isinstance(value, SupportsFloat) else None
    except Exception:  # whatever a library raises for what is no single number
        return None


def _to_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # an int beyond the largest double
        return math.inf if value > 0 else -math.inf


def to_wire(value: float | None) -> WireNumber | None:
    """Return a float as JSON can hold it: NaN and infinities as text."""
    if value is None or math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
