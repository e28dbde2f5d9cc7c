"""What identifies the data that a run used: a digest of its content, its schema and its size.

The digest is SHA-256 over the content, so it stays the same in another process and on another
host. Rows and columns count in their order. Of a DataFrame's index only what is data counts:
dates, texts, or an index with a name; unnamed integers are row labels and are ignored.
pandas, NumPy and SciPy are used where the data comes from them, and are never imported here
otherwise.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbtrack.errors import ArtifactError, InvalidValueError
from nbtrack.recording.file_digests import file_digest, folder_digest

_CHUNK = 4 * 1024 * 1024
"""Bytes that are read or copied at a time."""


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What is recorded of a dataset."""

    name: str
    digest: str
    """SHA-256, 64 hex digits; of a file it is what ``sha256sum`` prints."""
    source_type: str
    """``pandas``, ``numpy``, ``scipy``, ``collection``, ``file`` or ``folder``."""
    source: str | None
    """The absolute path of a file or folder."""
    schema: dict[str, Any]
    """``columns``: name and dtype of each; or ``dtype``; or ``parts`` by name, each as here."""
    profile: dict[str, Any]
    """``bytes``, and where they apply ``shape``, ``rows``, ``columns``, ``files``, ``parts``."""


@dataclass(frozen=True, slots=True)
class _Content:
    source_type: str
    digest: str
    schema: dict[str, Any]
    profile: dict[str, Any]
    source: str | None = None


def dataset_facts(data: Any, name: str) -> DatasetFacts:
    """Return the facts about a dataset.

    Parameters
    ----------
    data : DataFrame, Series, ndarray, sparse matrix, dict or list of these, str or Path
        The data, or the path of a file or a folder. Anything else that NumPy can read as an
        array, such as a tensor, counts as an array.
    name : str
        The dataset's name.

    Raises
    ------
    ArtifactError
        When there is no file or folder of that path, or it cannot be read.
    InvalidValueError
        When the data is of another kind.

    Examples
    --------
    >>> import numpy as np
    >>> facts = dataset_facts(np.zeros((3, 2)), "zeros")
    >>> facts.schema, facts.profile
    ({'dtype': 'float64'}, {'shape': [3, 2], 'rows': 3, 'bytes': 48})
    """
    try:
        if isinstance(data, (str, os.PathLike)):
            if not os.fspath(data):
                raise ArtifactError("The path of the dataset is empty.")
            content = _path_content(Path(data))
        else:
            content = _memory_content(data)
    except RecursionError:
        raise InvalidValueError(f"The dataset {name!r} contains itself.") from None
    return DatasetFacts(
        name, content.digest, content.source_type, content.source, content.schema, content.profile
    )


def _memory_content(data: Any) -> _Content:
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    sparse = sys.modules.get("scipy.sparse")
    if pandas is not None and isinstance(data, pandas.Series):
        data = data.to_frame("values" if data.name is None else data.name)
    if pandas is not None and isinstance(data, pandas.DataFrame):
        return _frame_content(data, pandas)
    if sparse is not None and sparse.issparse(data):
        return _sparse_content(data)
    if numpy is not None and hasattr(data, "__array__"):
        return _array_content(data, numpy)
    if (text := _plain_text(data)) is not None:
        return _plain_content(data, text)
    if isinstance(data, Mapping):
        return _collection_content([(str(key), part) for key, part in data.items()])
    if isinstance(data, list | tuple):
        return _collection_content([(str(place), part) for place, part in enumerate(data)])
    raise InvalidValueError(
        f"Cannot take a {type(data).__name__} as a dataset.",
        hint="Allowed are a DataFrame, a Series, an array, a dict or list of them, or a path.",
    )


def _frame_content(frame: Any, pandas: Any) -> _Content:
    columns = [frame.iloc[:, place] for place in range(frame.shape[1])]
    schema = {"columns": [_column_schema(column) for column in columns]}
    if _index_is_data(frame.index, pandas):
        index = frame.index.to_frame(index=False)
        levels = [index.iloc[:, place] for place in range(index.shape[1])]
        schema["index"] = [_column_schema(level) for level in levels]
        columns += levels
    rows, width = frame.shape
    digest = _Digest("pandas", schema, rows)
    for column in columns:
        digest.add(_column_hashes(column, pandas))
    size = int(frame.memory_usage(index=False).sum())
    return _Content(
        "pandas",
        digest.text(),
        schema,
        {"shape": [rows, width], "rows": rows, "columns": width, "bytes": size},
    )


def _column_schema(column: Any) -> dict[str, str]:
    levels = column.name if isinstance(column.name, tuple) else (column.name,)
    return {"name": ", ".join(map(str, levels)), "dtype": str(column.dtype)}


def _index_is_data(index: Any, pandas: Any) -> bool:
    if isinstance(index, pandas.MultiIndex) or index.name is not None:
        return True
    return not pandas.api.types.is_integer_dtype(index.dtype)


def _column_hashes(column: Any, pandas: Any) -> bytes:
    """Return 8 bytes for each value, or the values themselves where pandas cannot hash them."""
    try:
        hashes = pandas.util.hash_pandas_object(column, index=False)
    except TypeError:
        return b"".join(_object_bytes(value) for value in column)
    return bytes(hashes.to_numpy().tobytes())


def _array_content(data: Any, numpy: Any) -> _Content:
    if isinstance(data, numpy.ma.MaskedArray):
        parts = [("data", data.filled()), ("mask", numpy.ma.getmaskarray(data))]
        return _collection_content(parts)
    array = _as_array(data, numpy)
    schema = {"dtype": str(array.dtype)}
    digest = _Digest("numpy", schema, array.shape)
    if array.dtype.hasobject or array.dtype.kind == "T":
        for value in array.astype(object).ravel():
            digest.add(_object_bytes(value))
    else:
        for chunk in _chunks(array):
            digest.add(chunk)
    shape = [int(length) for length in array.shape]
    rows = shape[0] if shape else 1
    return _Content(
        "numpy",
        digest.text(),
        schema,
        {"shape": shape, "rows": rows, "bytes": int(array.nbytes)},
    )


def _as_array(data: Any, numpy: Any) -> Any:
    """Return an array of what offers itself as one; a tensor may sit on a GPU or in a graph."""
    try:
        for step in ("detach", "cpu"):
            data = getattr(data, step, lambda same=data: same)()
        return numpy.asarray(data)
    except Exception as problem:
        raise InvalidValueError(
            f"Cannot read a {type(data).__name__} as an array: {problem}."
        ) from problem


def _chunks(array: Any) -> Iterator[bytes]:
    """Yield the values in C order, a few megabytes at a time."""
    if array.ndim == 0 or array.nbytes <= _CHUNK:
        yield array.tobytes()
        return
    rows = max(1, _CHUNK * len(array) // array.nbytes)
    for start in range(0, len(array), rows):
        yield array[start : start + rows].tobytes()


def _object_bytes(value: Any) -> bytes:
    tobytes = getattr(value, "tobytes", None)
    content = tobytes() if callable(tobytes) else repr(value).encode(errors="surrogatepass")
    return len(content).to_bytes(8, "little") + bytes(content)


def _sparse_content(data: Any) -> _Content:
    """Describe a SciPy matrix; in what format it is stored makes no difference."""
    entries = data.tocoo(copy=True)
    entries.sum_duplicates()
    entries.eliminate_zeros()
    schema = {"dtype": str(entries.dtype)}
    digest = _Digest("scipy", schema, entries.shape)
    for places in (entries.row, entries.col):
        digest.add(places.astype("<i8").tobytes())
    digest.add(entries.data.tobytes())
    shape = [int(length) for length in entries.shape]
    size = int(entries.data.nbytes + entries.row.nbytes + entries.col.nbytes)
    return _Content(
        "scipy",
        digest.text(),
        schema,
        {"shape": shape, "rows": shape[0], "nonzero": int(entries.nnz), "bytes": size},
    )


def _collection_content(named: list[tuple[str, Any]]) -> _Content:
    parts = [(key, _memory_content(part)) for key, part in named]
    digest = _Digest("collection", [[key, part.digest] for key, part in parts], len(parts))
    return _Content(
        "collection",
        digest.text(),
        {"parts": {key: part.schema for key, part in parts}},
        {
            "parts": {key: part.profile for key, part in parts},
            "bytes": sum(part.profile["bytes"] for _, part in parts),
        },
    )


def _plain_text(data: Any) -> str | None:
    """Return data of numbers and texts alone as JSON, None for other data."""
    try:
        return json.dumps(data)
    except (TypeError, ValueError):
        return None


def _plain_content(data: Any, text: str) -> _Content:
    kind = type(data).__name__
    rows = len(data) if isinstance(data, list | tuple | Mapping) else 1
    content = text.encode()
    digest = _Digest("plain", kind, rows)
    digest.add(content)
    return _Content(
        "collection", digest.text(), {"type": kind}, {"rows": rows, "bytes": len(content)}
    )


def _path_content(path: Path) -> _Content:
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            digest, size = file_digest(path)
            return _Content("file", digest, {}, {"bytes": size}, str(path.absolute()))
        if stat.S_ISDIR(mode):
            digest, size, count = folder_digest(path)
            profile = {"files": count, "bytes": size}
            return _Content("folder", digest, {}, profile, str(path.absolute()))
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        hint = "Download it first, or give the data itself." if ":/" in str(path) else None
        raise ArtifactError(
            f"Cannot read the dataset {str(path)[:200]!r}: {reason}.", hint=hint
        ) from problem
    raise ArtifactError(f"The dataset {str(path)!r} is neither a file nor a folder.")


class _Digest:
    """SHA-256 that starts with what the bytes mean, so that equal bytes of unlike kinds differ."""

    def __init__(self, kind: str, schema: Any, size: Any) -> None:
        self._hash = hashlib.sha256(json.dumps([kind, schema, size]).encode())

    def add(self, content: bytes) -> None:
        self._hash.update(content)

    def text(self) -> str:
        return self._hash.hexdigest()
