"""Objects as files: figures, tables, JSON and datasets become bytes with a name."""

from __future__ import annotations

import io
import json
from pathlib import Path, PurePosixPath
from typing import Any

from nbtrack.errors import InvalidValueError

PREVIEW_ROWS = 100
"""Rows of a table that its CSV preview holds."""

NamedContent = tuple[str, Path | bytes]


def json_content(obj: object, name: str) -> tuple[str, bytes]:
    """Return `obj` as indented JSON, under a name with a suffix.

    Raises
    ------
    InvalidValueError
        JSON cannot hold it, not even with ``str`` for what it does not know.
    """
    try:
        text = json.dumps(obj, indent=2, ensure_ascii=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidValueError(
            f"{type(obj).__name__} cannot be written as JSON: {error}.",
            hint="log_dict takes dicts, lists, text, numbers, bools and None.",
        ) from error
    return _with_suffix(name, ".json"), text.encode("utf-8", "replace")


def figure_content(figure: Any, name: str) -> tuple[str, bytes]:
    """Return a Matplotlib or Plotly figure as a file; the suffix of `name` decides the format.

    Raises
    ------
    InvalidValueError
        It is neither, or the format is unknown to its library.
    """
    figure = getattr(figure, "figure", figure)  # Matplotlib's axes know their figure
    try:
        if hasattr(figure, "savefig"):
            path = _with_suffix(name, ".png")
            buffer = io.BytesIO()
            figure.savefig(buffer, format=PurePosixPath(path).suffix[1:], bbox_inches="tight")
            return path, buffer.getvalue()
        if hasattr(figure, "to_plotly_json"):
            path = _with_suffix(name, ".json")
            html = PurePosixPath(path).suffix == ".html"
            return path, (figure.to_html() if html else figure.to_json()).encode()
    except ValueError as error:
        raise InvalidValueError(f"The figure {name!r} cannot be drawn: {error}.") from error
    raise InvalidValueError(
        f"{type(figure).__name__} is no figure.", hint="Give a Matplotlib or a Plotly figure."
    )


def table_contents(table: object, name: str) -> list[tuple[str, bytes]]:
    """Return a table as Parquet and the first 100 rows as CSV.

    Raises
    ------
    InvalidValueError
        pandas can make no table of it, or a column's type does not fit Parquet.
    """
    import pandas as pd

    path = name if name.lower().endswith(".parquet") else f"{name}.parquet"
    try:
        frame = table if isinstance(table, pd.DataFrame) else pd.DataFrame(table)  # type: ignore[call-overload]  # pandas decides
        parquet = frame.to_parquet(index=not isinstance(frame.index, pd.RangeIndex))
    except ImportError as error:
        raise InvalidValueError(
            "log_table needs a library that writes Parquet.",
            hint="Install it with: pip install 'nbtrack[parquet]'.",
        ) from error
    except (TypeError, ValueError, NotImplementedError) as error:
        raise InvalidValueError(f"{name!r} cannot be written as a table: {error}.") from error
    preview = frame.head(PREVIEW_ROWS).to_csv(index=False)
    return [
        (path, bytes(parquet)),
        (str(PurePosixPath(path).with_suffix(".preview.csv")), preview.encode()),
    ]


def dataset_record(data: object, name: str) -> dict[str, Any]:
    """Return what is recorded of a dataset; see `nbtrack.recording.dataset_facts`.

    Raises
    ------
    ArtifactError
        There is no file or folder of that path, or it cannot be read.
    InvalidValueError
        The data is of a kind that cannot be digested.
    """
    from nbtrack.recording.dataset_facts import dataset_facts

    facts = dataset_facts(data, name)
    return {
        "name": facts.name,
        "digest": facts.digest,
        "source_type": facts.source_type,
        "source": facts.source,
        "schema": _json_or_none(facts.schema),
        "profile": _json_or_none(facts.profile),
    }


def _with_suffix(name: str, suffix: str) -> str:
    return name if PurePosixPath(name).suffix else f"{name}{suffix}"


def _json_or_none(value: object) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    """Return NumPy scalars and arrays as Python's own, anything else as text."""
    convert = getattr(value, "tolist", None)
    return convert() if callable(convert) else str(value)
