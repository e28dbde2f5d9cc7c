"""Recorded runs as pandas tables: wide, long or with JSON columns; and whole histories."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from nbtrack.errors import InvalidValueError, NotFoundError, did_you_mean
from nbtrack.query.columns import ATTRIBUTES, Column
from nbtrack.query.keys import known_columns
from nbtrack.query.parser import parse_order_by, parse_search
from nbtrack.query.tree import RunCells, Selection, read_window
from nbtrack.store.engine import Database
from nbtrack.store.experiments import active_experiments, list_experiments
from nbtrack.store.reader import read_series
from nbtrack.store.values import to_wire

if TYPE_CHECKING:
    from pandas import DataFrame

FrameFormat = Literal["wide", "long", "json"]

LEADING = ("run_id", "run_name", "status")
_FORMATS = ("wide", "long", "json")


def runs_frame(
    database: Database,
    where: str | None = None,
    *,
    experiments: Sequence[str] | None = None,
    order_by: str | None = None,
    deleted: bool = False,
    limit: int | None = None,
    format: FrameFormat = "wide",
) -> DataFrame:
    """Return the recorded runs as a table.

    Parameters
    ----------
    where : str, optional
        A search: an expression such as ``metrics.acc > 0.9 and params.model = 'rf'``, or plain
        words.
    experiments : sequence of str, optional
        Names of experiments; all active ones when not given.
    order_by : str, optional
        Such as ``metrics.acc DESC``; the newest first when not given.
    deleted : bool
        The runs marked as deleted instead of the others.
    limit : int, optional
        At most so many.
    format : {"wide", "long", "json"}
        wide: one column per key (``params.lr``, ``metrics.acc``, ``tags.team``). long: one row
        per param, metric and tag. json: three columns of JSON, in which NaN and infinities are
        the texts ``"NaN"``, ``"Infinity"`` and ``"-Infinity"``.

    Raises
    ------
    QueryError
        `where` or `order_by` cannot be understood.
    NotFoundError
        There is no such experiment.
    InvalidValueError
        The format is unknown, or the limit is no number from 0 on.
    """
    _check_limit(limit)
    if format not in _FORMATS:
        raise InvalidValueError(
            f"The format {format!r} is unknown.",
            hint=did_you_mean(format, _FORMATS) or "It is 'wide', 'long' or 'json'.",
        )
    expression = parse_search(where) if where else None
    order = parse_order_by(order_by) if order_by else ()
    names = list(ATTRIBUTES)
    attributes = [
        *LEADING, *(name for name in names if name not in LEADING),
    ]  # fmt: skip
    with database.reading() as connection:
        selection = Selection(
            experiments=_experiment_ids(database, experiments),
            expressions=(expression,) if expression else (),
            deleted=deleted,
        )
        keyed = [column for column, _ in known_columns(connection)]
        columns = [*(Column("attributes", name) for name in attributes), *keyed]
        rows = read_window(connection, selection, order, columns, limit=limit)
    return _assemble(rows, attributes, keyed, format)


def _check_limit(limit: object) -> None:
    if limit is None or (isinstance(limit, int) and limit >= 0):
        return
    raise InvalidValueError(f"The limit {limit!r} is none.", hint="It is an integer from 0 on.")


def history_frame(
    database: Database, run_ids: Sequence[str] | None, keys: Sequence[str] | None
) -> DataFrame:
    """Return every point of the metrics of runs: run_id, key, step, timestamp, value.

    ``timestamp`` is timezone-aware, in UTC; NaN and infinities are values.
    """
    import pandas as pd

    rows = [
        (run_id, key, point.step, point.timestamp, point.value)
        for run_id, key, points in read_series(database, run_ids or [], keys)
        for point in points
    ]
    frame = pd.DataFrame(rows, columns=["run_id", "key", "step", "timestamp", "value"])
    frame["timestamp"] = _moments(frame["timestamp"])
    return frame


def experiments_frame(database: Database, *, deleted: bool = False) -> DataFrame:
    """Return the experiments as a table, the most recently active first.

    Parameters
    ----------
    deleted : bool
        Those marked as deleted instead of the active ones.

    Returns
    -------
    pandas.DataFrame
        experiment_id, name, run_count, last_activity (timezone-aware, in UTC), description.
    """
    import pandas as pd

    names = ["experiment_id", "name", "run_count", "last_activity", "description"]
    rows = [
        (row.id, row.name, row.run_count, row.last_activity, row.description)
        for row in list_experiments(database, deleted=deleted)
    ]
    frame = pd.DataFrame(rows, columns=names)
    frame["last_activity"] = _moments(frame["last_activity"])
    return frame


def _assemble(
    rows: list[RunCells], attributes: list[str], keyed: list[Column], format: FrameFormat
) -> DataFrame:
    import pandas as pd

    used = [
        (place, column)
        for place, column in enumerate(keyed, start=len(attributes))
        if any(row.cells[place] is not None for row in rows)
    ]
    if format == "long":
        records = [
            (row.run_id, column.entity.removesuffix("s"), column.key, row.cells[place])
            for row in rows
            for place, column in used
            if row.cells[place] is not None
        ]
        return pd.DataFrame(records, columns=["run_id", "kind", "key", "value"])
    frame = pd.DataFrame(
        [row.cells[: len(attributes)] for row in rows], columns=attributes
    )  # fmt: skip
    for name in ("start_time", "end_time"):
        frame[name] = _moments(frame[name])
    if format == "json":
        for entity in ("params", "metrics", "tags"):
            frame[entity] = [_json(row, used, entity) for row in rows]
        return frame
    wide = {
        f"{column.entity}.{column.key}": [row.cells[place] for row in rows]
        for place, column in used
    }
    return pd.concat([frame, pd.DataFrame(wide, index=frame.index)], axis=1)


def _json(row: RunCells, used: list[tuple[int, Column]], entity: str) -> str:
    values = {
        column.key: to_wire(value) if isinstance(value := row.cells[place], float) else value
        for place, column in used
        if column.entity == entity and row.cells[place] is not None
    }
    return json.dumps(values, ensure_ascii=False)


def _moments(milliseconds: Any) -> Any:
    import pandas as pd

    return pd.to_datetime(milliseconds, unit="ms", utc=True)


def _experiment_ids(database: Database, names: Sequence[str] | None) -> tuple[int, ...]:
    if not names:
        return ()
    known = active_experiments(database)
    for name in names:
        if name not in known:
            raise NotFoundError(
                f"There is no active experiment {name!r}.", hint=did_you_mean(name, known)
            )
    return tuple(known[name] for name in names)
