"""Recorded runs as pandas tables: wide, long or with JSON columns; and whole histories."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection

from nbtrack.errors import InvalidValueError, NotFoundError, did_you_mean
from nbtrack.query.experiments import experiment_condition
from nbtrack.query.parser import parse_order_by, parse_search
from nbtrack.query.records import ATTRIBUTE_NAMES, RunRecord, read_records, read_row_ids
from nbtrack.query.run_columns import read_run_columns
from nbtrack.query.tree import Selection, Value
from nbtrack.store.engine import Database
from nbtrack.store.experiment_rows import experiment_tags
from nbtrack.store.experiments import active_experiments, list_experiments
from nbtrack.store.reader import read_series
from nbtrack.store.values import to_wire

if TYPE_CHECKING:
    from pandas import DataFrame

    from nbtrack.query.arrays import Integers

FrameFormat = Literal["wide", "long", "json"]

FORMATS = ("wide", "long", "json")


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
    check_format(format, FORMATS)
    wanted = wanted_runs(
        database, where, experiments=experiments, order_by=order_by, deleted=deleted, limit=limit
    )
    with database.reading() as connection:
        row_ids = wanted(connection)
        match format:
            case "long":
                return _long(read_records(connection, row_ids))
            case "json":
                return _with_json(read_records(connection, row_ids))
            case _:
                return wide_frame(connection, row_ids)


def wanted_runs(
    database: Database,
    where: str | None,
    *,
    experiments: Sequence[str] | None,
    order_by: str | None,
    deleted: bool,
    limit: int | None,
) -> Callable[[Connection], Integers]:
    """Return what reads the row ids of the runs that are meant; see `runs_frame`."""
    _check_limit(limit)
    expression = parse_search(where) if where else None
    order = parse_order_by(order_by) if order_by else ()
    selection = Selection(
        experiments=_experiment_ids(database, experiments),
        expressions=(expression,) if expression else (),
        deleted=deleted,
    )
    return lambda connection: read_row_ids(connection, selection, order, limit)


def check_format(given: str, known: Sequence[str]) -> None:
    """Make sure that a table's format is one that is known.

    Raises
    ------
    InvalidValueError
        It is none.
    """
    if given not in known:
        named = ", ".join(repr(each) for each in known)
        raise InvalidValueError(
            f"The format {given!r} is unknown.",
            hint=did_you_mean(given, known) or f"It is one of {named}.",
        )


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


def experiments_frame(
    database: Database, where: str | None = None, *, deleted: bool = False
) -> DataFrame:
    """Return the experiments as a table, the most recently active first.

    Parameters
    ----------
    where : str, optional
        A search such as ``name LIKE 'digits%' AND tags.team = 'vision'``, or words of the name.
    deleted : bool
        Those marked as deleted instead of the active ones.

    Returns
    -------
    pandas.DataFrame
        experiment_id, name, run_count, last_activity (timezone-aware, in UTC), description, and
        a column for each tag: ``tags.team``.

    Raises
    ------
    QueryError
        `where` cannot be understood.
    """
    import pandas as pd

    condition = experiment_condition(where, database.dialect)
    found = list_experiments(database, deleted=deleted, condition=condition)
    with database.reading() as connection:
        tags = experiment_tags(connection, [row.id for row in found])
    names = ["experiment_id", "name", "run_count", "last_activity", "description"]
    rows = [(row.id, row.name, row.run_count, row.last_activity, row.description) for row in found]
    frame = pd.DataFrame(rows, columns=names)
    frame["last_activity"] = _moments(frame["last_activity"])
    for key in sorted({key for entries in tags.values() for key in entries}):
        frame[f"tags.{key}"] = [tags[row.id].get(key) for row in found]
    return frame


def wide_frame(connection: Connection, row_ids: Integers) -> DataFrame:
    """Return the runs of some row ids as a table with a column for each key.

    Raises
    ------
    sqlalchemy.exc.DBAPIError
        The database failed.
    """
    import pandas as pd

    found = read_run_columns(connection, row_ids)
    frame = _attributes_frame(found.attributes)
    keyed = {f"{column.entity}.{column.key}": values for column, values in found.keyed.items()}
    return pd.concat([frame, pd.DataFrame(keyed, index=frame.index)], axis=1)


def _long(records: Iterable[RunRecord]) -> DataFrame:
    import pandas as pd

    rows = [
        (record.run_id, column.entity.removesuffix("s"), column.key, value)
        for record in records
        for column, value in record.keyed.items()
    ]
    return pd.DataFrame(rows, columns=["run_id", "kind", "key", "value"])


def _with_json(records: Iterable[RunRecord]) -> DataFrame:
    attributes: list[list[Value]] = []
    texts: dict[str, list[str]] = {entity: [] for entity in ("params", "metrics", "tags")}
    for record in records:
        attributes.append(record.attributes)
        for entity, listed in texts.items():
            listed.append(record_json(record, entity))
    listed_by_name = zip(*attributes, strict=True) if attributes else repeat(())
    frame = _attributes_frame(dict(zip(ATTRIBUTE_NAMES, listed_by_name, strict=False)))
    for entity, listed in texts.items():
        frame[entity] = listed
    return frame


def record_json(record: RunRecord, entity: str) -> str:
    """Return the params, the metrics or the tags of a run as JSON."""
    values = {
        column.key: to_wire(value) if isinstance(value, float) else value
        for column, value in record.keyed.items()
        if column.entity == entity
    }
    return json.dumps(values, ensure_ascii=False)


def _attributes_frame(columns: Mapping[str, Sequence[Value]]) -> DataFrame:
    import pandas as pd

    frame = pd.DataFrame(columns)
    for name in ("start_time", "end_time"):
        frame[name] = _moments(frame[name])
    return frame


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
