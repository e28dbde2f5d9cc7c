"""The data itself as files, where a dataset is to be kept with its run."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nbtrack.errors import InvalidValueError
from nbtrack.recording.content import NamedContent, table_contents
from nbtrack.store.artifact_names import artifact_name, files_below


class KeptDataset(NamedTuple):
    """The files by which a dataset is kept; `path` names the one, or the folder of all."""

    path: str
    pieces: list[NamedContent]


def kept_dataset(data: Any, path: str) -> KeptDataset:
    """Return a dataset as files, all of them at or below `path`.

    A path is kept as it is; a DataFrame or Series as Parquet, an array or a tensor as ``.npy``,
    a SciPy matrix as ``.npz``, numbers and texts as JSON, and a dict or list of data as a folder.

    Raises
    ------
    InvalidValueError
        The data cannot be written without pickle, such as an array of objects.
    """
    if isinstance(data, str | os.PathLike):
        return _kept_path(Path(data), path)
    pieces = list(_kept_memory(data, path))
    named: list[NamedContent] = [(artifact_name(name), content) for name, content in pieces]
    return KeptDataset(path if len(named) > 1 and _is_folder(data) else named[0][0], named)


def _kept_path(source: Path, path: str) -> KeptDataset:
    if source.is_dir():
        named = [(artifact_name(f"{path}/{name}"), file) for file, name in files_below(source)]
        return KeptDataset(path, [*named])
    name = artifact_name(f"{path}/{source.name}")
    return KeptDataset(name, [(name, source)])


def _kept_memory(data: Any, path: str) -> Iterator[tuple[str, bytes]]:
    pandas, sparse = sys.modules.get("pandas"), sys.modules.get("scipy.sparse")
    if pandas is not None and isinstance(data, pandas.Series):
        data = data.to_frame("values" if data.name is None else data.name)
    if pandas is not None and isinstance(data, pandas.DataFrame):
        yield from table_contents(data, path)
    elif sparse is not None and sparse.issparse(data):
        yield f"{path}.npz", _sparse_bytes(data, sparse)
    elif hasattr(data, "__array__"):
        yield f"{path}.npy", _array_bytes(data, path)
    elif (text := _plain_json(data)) is not None:
        yield f"{path}.json", text.encode("utf-8", "replace")
    else:
        parts = data.items() if isinstance(data, Mapping) else enumerate(data)
        for key, part in parts:
            yield from _kept_memory(part, f"{path}/{key}")


def _is_folder(data: Any) -> bool:
    return isinstance(data, Mapping | list | tuple)


def _array_bytes(data: Any, path: str) -> bytes:
    import numpy as np

    for step in ("detach", "cpu"):  # a tensor may sit on a GPU or in a graph
        data = getattr(data, step, lambda same=data: same)()
    buffer = io.BytesIO()
    try:
        np.save(buffer, np.asarray(data), allow_pickle=False)
    except (TypeError, ValueError) as error:
        raise InvalidValueError(
            f"The array {path.rpartition('/')[2]!r} cannot be kept: {error}.",
            hint="Give it a numeric or text dtype, or log a file of your own with log_artifact.",
        ) from error
    return buffer.getvalue()


def _sparse_bytes(data: Any, sparse: Any) -> bytes:
    buffer = io.BytesIO()
    sparse.save_npz(buffer, data.tocoo())
    return buffer.getvalue()


def _plain_json(data: Any) -> str | None:
    try:
        return json.dumps(data, ensure_ascii=False)
    except (TypeError, ValueError):
        return None
