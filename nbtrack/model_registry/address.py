"""One version in a line: ``churn``, ``churn/3``, ``churn/Production``, ``churn@champion``."""

from __future__ import annotations

from typing import Any

from nbtrack.store.registry_rows import check_stage

_SCHEME = "models:/"


def parse_address(text: str) -> tuple[str, dict[str, Any]]:
    """Return the model's name and what says which version, as `Registry.version` takes it.

    Raises
    ------
    InvalidValueError
        What stands behind the slash is neither a version nor a stage.

    Examples
    --------
    >>> parse_address("churn@champion"), parse_address("models:/churn/3")
    (('churn', {'alias': 'champion'}), ('churn', {'version': 3}))
    """
    text = text.removeprefix(_SCHEME)
    name, slash, wanted = text.partition("/")
    if slash:
        if wanted == "latest":
            return name, {}
        return name, {"version": int(wanted)} if wanted.isdecimal() else {
            "stage": check_stage(wanted).value
        }
    name, sign, alias = text.rpartition("@")
    return (name, {"alias": alias}) if sign else (text, {})
