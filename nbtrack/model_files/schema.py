"""A model's schema: what goes in and comes out, in the words of MLflow's signatures.

It is ``{"inputs": [...], "outputs": [...]}``, each a list of columns ``{"type", "name",
"required"}`` or of one tensor ``{"type": "tensor", "tensor-spec": {"dtype", "shape"}}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from nbtrack.errors import InvalidValueError, did_you_mean

TYPES = ("boolean", "integer", "long", "float", "double", "string", "binary", "datetime")
_ALIASES = {"bool": "boolean", "int": "long", "str": "string", "object": "string"}
_KINDS = {"b": "boolean", "U": "string", "T": "string", "O": "string", "S": "binary",
          "M": "datetime"}  # fmt: skip
_INT_BYTES = 4
_DOUBLE_BYTES = 8
_HINT = (
    "Give an example of the data (DataFrame or array), a dict of column and type, or "
    "{'inputs': ..., 'outputs': ...} of these."
)

Schema = dict[str, list[dict[str, Any]]]


def model_schema(given: Any) -> Schema | None:
    """Return a schema as it is kept.

    Parameters
    ----------
    given : DataFrame, array, dict, tuple, ModelSignature or None
        An example of the input, or of (input, output); a dict of column and type; a dict of
        ``inputs`` and ``outputs``, each one of these; or MLflow's own signature.

    Raises
    ------
    InvalidValueError
        It is none of these, or a type is not known.

    Examples
    --------
    >>> model_schema({"age": "long"})
    {'inputs': [{'type': 'long', 'name': 'age', 'required': True}]}
    """
    if given is None:
        return None
    if hasattr(given, "to_dict") and hasattr(given, "inputs"):  # MLflow's ModelSignature
        given = {key: value for key, value in given.to_dict().items() if key != "params"}
    if isinstance(given, tuple):
        if len(given) != 2:  # noqa: PLR2004  # inputs and outputs
            raise InvalidValueError(f"The schema has {len(given)} parts.", hint=_HINT)
        given = {"inputs": given[0], "outputs": given[1]}
    if not (isinstance(given, Mapping) and given and set(given) <= {"inputs", "outputs"}):
        given = {"inputs": given}
    return {part: _columns(value) for part, value in given.items() if value is not None}


def _columns(given: Any) -> list[dict[str, Any]]:
    if isinstance(given, str):
        given = _parsed(given)
    if isinstance(given, Mapping):
        return [_column(name, type_) for name, type_ in given.items()]
    if hasattr(given, "columns") and hasattr(given, "dtypes"):
        return [
            _column(name, _type_of(given.iloc[:, place].dtype), nullable=_has_gaps(given, place))
            for place, name in enumerate(given.columns)
        ]
    if hasattr(given, "dtype") and hasattr(given, "shape"):
        return [_tensor(given)]
    if isinstance(given, Sequence) and all(isinstance(each, Mapping) for each in given):
        return [_checked(each) for each in given]
    raise InvalidValueError(f"A {type(given).__name__} is no schema.", hint=_HINT)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidValueError(f"{text[:80]!r} is no schema.", hint=_HINT) from error


def _column(name: object, type_: object, *, nullable: bool = False) -> dict[str, Any]:
    return {"type": _type_name(type_), "name": str(name), "required": not nullable}


def _type_name(type_: object) -> str:
    text = type_.__name__ if isinstance(type_, type) else str(type_)
    text = _ALIASES.get(text, text)
    if text in TYPES:
        return text
    try:
        import numpy as np

        return _type_of(np.dtype(text))
    except TypeError:
        raise InvalidValueError(
            f"There is no type {text[:80]!r}.",
            hint=did_you_mean(text, TYPES) or f"The types are {', '.join(TYPES)}.",
        ) from None


def _type_of(dtype: Any) -> str:
    kind, size = getattr(dtype, "kind", "O"), getattr(dtype, "itemsize", 0)
    if kind in "iu":
        return "integer" if size < _INT_BYTES or (kind == "i" and size == _INT_BYTES) else "long"
    if kind == "f":
        return "double" if size >= _DOUBLE_BYTES else "float"
    return _KINDS.get(kind, "string")


def _has_gaps(frame: Any, place: int) -> bool:
    return bool(frame.iloc[:, place].isna().any())


def _tensor(array: Any) -> dict[str, Any]:
    shape = [-1, *(int(length) for length in tuple(array.shape)[1:])]
    dtype = str(array.dtype).removeprefix("torch.")
    return {"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": shape}}


def _checked(column: Mapping[str, Any]) -> dict[str, Any]:
    kept = dict(column)
    if kept.get("type") == "tensor" and isinstance(kept.get("tensor-spec"), Mapping):
        return kept
    if kept.get("type") in {"array", "object", "map", "any"}:  # MLflow's nested ones
        return kept
    if "type" not in kept:
        raise InvalidValueError(f"The column {str(kept)[:80]} has no type.", hint=_HINT)
    kept["type"] = _type_name(kept["type"])
    return {**kept, "required": kept.get("required", True)}
