"""What a caller logs, checked and encoded as its records hold it."""

from __future__ import annotations

import operator
import os
from collections.abc import Container, Iterable, Mapping
from math import isfinite
from pathlib import Path

from nbtrack.errors import ArtifactError, InvalidValueError
from nbtrack.recording.secrets import mask_secret
from nbtrack.store.values import (
    WireNumber,
    check_key,
    check_text,
    encode_param,
    metric_value,
    shown_value,
    to_wire,
)

MAX_STEP = 2**63 - 1


def checked_params(
    params: Mapping[str, object], secret_keys: Iterable[str]
) -> dict[str, tuple[str, str]]:
    """Return params as key -> (type, text), secrets masked.

    Raises
    ------
    InvalidKeyError, InvalidValueError
        A key or a value that no param may have.
    """
    _check_mapping(params, "params")
    return {
        check_key(key, "param"): encode_param(mask_secret(key, value, secret_keys))
        for key, value in params.items()
    }


def checked_tags(tags: Mapping[str, object], secret_keys: Iterable[str]) -> dict[str, str | None]:
    """Return tags as key -> text, or None for one to remove; secrets masked.

    Raises
    ------
    InvalidKeyError, InvalidValueError
        A key or a value that no tag may have.
    """
    _check_mapping(tags, "tags")
    return {
        check_key(key, "tag"): None
        if value is None
        else check_text(str(mask_secret(key, value, secret_keys)), "tag value")
        for key, value in tags.items()
    }


def checked_metrics(
    metrics: Mapping[str, object], known: Container[str] = ()
) -> dict[str, WireNumber | None]:
    """Return metrics as key -> number, as JSON can hold it.

    Parameters
    ----------
    known : container of str, optional
        Keys that were found good before.

    Raises
    ------
    InvalidKeyError, InvalidValueError
        A key that no metric may have, or a value that is no number.
    """
    _check_mapping(metrics, "metrics")
    return {
        key if type(key) is str and key in known else check_key(key, "metric"): value
        if type(value) is float and isfinite(value)
        else to_wire(metric_value(value, key))
        for key, value in metrics.items()
    }


def checked_step(step: object) -> int:
    """Return a step as an integer of 64 bits.

    Raises
    ------
    InvalidValueError
        It is no integer, or too large.
    """
    try:
        whole = int(step) if isinstance(step, float) and step.is_integer() else step
        number = None if isinstance(step, bool) else operator.index(whole)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None:
        raise InvalidValueError(
            f"The step {shown_value(step)[:80]} is {type(step).__name__}.",
            hint="A step is an integer, or None.",
        )
    if abs(number) > MAX_STEP:
        raise InvalidValueError(
            f"The step {shown_value(number)[:80]} is too large.", hint="It must fit in 64 bits."
        )
    return number


def checked_path(path: object) -> Path:
    """Return the path of a file or folder to log.

    Raises
    ------
    ArtifactError
        It is no path, or empty.
    """
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise ArtifactError(
            f"{shown_value(path)[:80]} is no path.", hint="Give the path of a file or folder."
        )
    return Path(path)


def _check_mapping(mapping: object, what: str) -> None:
    if not isinstance(mapping, Mapping):
        raise InvalidValueError(
            f"The {what} are {type(mapping).__name__}.", hint="Give a dict of key and value."
        )
