"""Reading runs by id: what an expanded row, a chart or a timeline needs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from nbtrack.errors import NotFoundError, UserError
from nbtrack.model import (
    Artifact,
    Dataset,
    Kernel,
    MetricSummary,
    ParamValue,
    Point,
    RunEvent,
    RunInfo,
    Stage,
    Status,
    from_milliseconds,
)
from nbtrack.store import tables
from nbtrack.store.engine import Database
from nbtrack.store.runs import PART, in_parts
from nbtrack.store.values import decode_param

MIN_PREFIX = 4
"""Digits that a shortened run id must have."""


def resolve_run_id(database: Database, text: str) -> str:
    """Return the full id for an id or an unambiguous prefix of it.

    Raises
    ------
    NotFoundError
        No run begins so.
    UserError
        Several runs begin so, or the prefix is shorter than 4 digits.
    """
    prefix, runs = text.strip().lower(), tables.runs
    if len(prefix) < MIN_PREFIX:
        raise UserError(f"The run id {text!r} is too short.", hint="Give at least 4 digits of it.")
    query = select(runs.c.run_id).where(runs.c.run_id.startswith(prefix, autoescape=True)).limit(4)
    with database.reading() as connection:
        found = list(connection.execute(query).scalars())
    if not found:
        raise NotFoundError(f"No run's id begins with {text!r}.", hint="See `%track list`.")
    if len(found) > 1:
        shown = ", ".join(run_id[:12] for run_id in found)
        raise UserError(
            f"{text!r} begins the ids of several runs: {shown}.", hint="Give more of it."
        )
    return str(found[0])


def read_run(database: Database, run_id: str) -> RunInfo:
    """Return all that is known of a run.

    Raises
    ------
    NotFoundError
        There is no such run.
    """
    runs, experiments, kernels = tables.runs, tables.experiments, tables.kernels
    parent, outputs, sources = runs.alias("parent"), tables.run_outputs, tables.sources
    query = (
        select(
            runs,
            experiments.c.name.label("experiment"),
            parent.c.run_id.label("parent_run_id"),
            sources.c.code,
            outputs.c.stdout,
            outputs.c.stderr,
            outputs.c.traceback,
        )
        .join_from(runs, experiments)
        .outerjoin(parent, parent.c.id == runs.c.parent_id)
        .outerjoin(sources, sources.c.id == runs.c.source_id)
        .outerjoin(outputs, outputs.c.run_id == runs.c.id)
        .where(runs.c.run_id == run_id)
    )
    with database.reading() as connection:
        row = connection.execute(query).first()
        if row is None:
            raise NotFoundError(f"There is no run {run_id!r} in this store.")
        kernel = connection.execute(select(kernels).where(kernels.c.id == row.kernel_id)).first()
        return RunInfo(
            **_own_columns(row),
            kernel=_kernel(kernel),
            child_run_ids=_children(connection, row.id),
            params=_params(connection, row.id),
            metrics=_metrics(connection, row.id),
            tags=_tags(connection, row.id),
            artifacts=_artifacts(connection, row.id),
            datasets=_datasets(connection, row.id),
            events=_events(connection, row.id),
            **_environment(connection, row),
        )


def read_series(
    database: Database,
    run_ids: Sequence[str],
    keys: Sequence[str] | None = None,
    *,
    longest: int | None = None,
) -> Iterator[tuple[str, str, list[Point]]]:
    """Return (run id, key, points in order of step, then time) for each series there is.

    With `longest`, series of more points are left out.
    """
    runs, names, latest, points = tables.runs, tables.keys, tables.latest_metrics, tables.metrics
    query = (
        select(runs.c.run_id, names.c.name, latest.c.id)
        .join_from(latest, runs)
        .join(names, names.c.id == latest.c.key_id)
        .order_by(runs.c.id, names.c.name)
    )
    if longest is not None:
        query = query.where(latest.c.count <= longest)
    wanted = None if keys is None else set(keys)
    if wanted is not None and len(wanted) <= PART:
        query = query.where(names.c.name.in_(wanted))
    with database.reading() as connection:
        found = [
            row
            for part in in_parts(dict.fromkeys(run_ids))
            for row in connection.execute(query.where(runs.c.run_id.in_(part)))
            if wanted is None or row[1] in wanted
        ]
        for run_id, key, series_id in found:
            rows = connection.execute(
                select(points.c.step, points.c.timestamp, points.c.value)
                .where(points.c.series_id == series_id)
                .order_by(points.c.step, points.c.timestamp, points.c.position)
            )
            yield run_id, key, [Point(step, time, _nan(value)) for step, time, value in rows]


def read_artifacts(database: Database, run_id: str) -> tuple[str | None, tuple[Artifact, ...]]:
    """Return the URI of a run's artifacts and the list of them.

    Raises
    ------
    NotFoundError
        There is no such run.
    """
    runs = tables.runs
    query = select(runs.c.id, runs.c.artifact_uri).where(runs.c.run_id == run_id)
    with database.reading() as connection:
        row = connection.execute(query).first()
        if row is None:
            raise NotFoundError(f"There is no run {run_id!r} in this store.")
        return row.artifact_uri, _artifacts(connection, row.id)


def read_view(database: Database, view_id: str) -> dict[str, Any]:
    """Return a stored view, empty when there is none or it cannot be understood."""
    table = tables.views
    with database.reading() as connection:
        query = select(table.c.content).where(table.c.view_id == view_id)
        return view_of(connection.execute(query).scalar())


def view_of(content: str | None) -> dict[str, Any]:
    """Return a view from its text, empty when there is none or it cannot be understood."""
    try:
        view = json.loads(content) if content else {}
    except ValueError:
        return {}
    return view if isinstance(view, dict) else {}


def _nan(value: float | None) -> float:
    return math.nan if value is None else value


def _own_columns(row: Row[Any]) -> dict[str, Any]:
    same = (
        "run_id", "run_name", "experiment", "attempt", "reason", "user_id", "notebook",
        "cell_id", "execution_count", "parent_run_id", "artifact_uri", "description",
        "peak_memory", "code", "stdout", "stderr", "traceback",
    )  # fmt: skip
    times = ("start_time", "end_time", "created")
    return {
        **{name: row._mapping[name] for name in same},
        **{name: from_milliseconds(row._mapping[name]) for name in times},
        "status": Status(row.status),
        "stage": Stage(row.stage),
    }


def _kernel(row: Row[Any] | None) -> Kernel | None:
    if row is None:
        return None
    return Kernel(
        host=row.host,
        boot_id=row.boot_id,
        pid=row.pid,
        process_start=row.process_start,
        kernel_id=row.kernel_id,
        notebook=row.notebook,
    )


def _children(connection: Connection, row_id: int) -> tuple[str, ...]:
    runs = tables.runs
    query = select(runs.c.run_id).where(runs.c.parent_id == row_id).order_by(runs.c.id)
    return tuple(connection.execute(query).scalars())


def _named(table: Any, row_id: int, *columns: Any) -> Select[Any]:
    names = tables.keys
    return (
        select(names.c.name, *columns)
        .join_from(table, names, names.c.id == table.c.key_id)
        .where(table.c.run_id == row_id)
        .order_by(names.c.name)
    )


def _params(connection: Connection, row_id: int) -> dict[str, ParamValue]:
    table = tables.params
    rows = connection.execute(_named(table, row_id, table.c.type, table.c.value))
    return {name: decode_param(kind, text) for name, kind, text in rows}


def _metrics(connection: Connection, row_id: int) -> dict[str, MetricSummary]:
    c = tables.latest_metrics.c
    columns = (c.last, c.last_step, c.minimum, c.maximum, c.count)
    rows = connection.execute(_named(tables.latest_metrics, row_id, *columns))
    return {
        name: MetricSummary(_nan(last), step, minimum, maximum, count)
        for name, last, step, minimum, maximum, count in rows
    }


def _tags(connection: Connection, row_id: int) -> dict[str, str]:
    rows = connection.execute(_named(tables.tags, row_id, tables.tags.c.value))
    return dict(rows.all())


def _artifacts(connection: Connection, row_id: int) -> tuple[Artifact, ...]:
    table = tables.artifacts
    rows = connection.execute(
        select(table).where(table.c.run_id == row_id).order_by(table.c.path)
    ).all()
    return tuple(
        Artifact(
            row.path,
            row.size,
            row.digest,
            row.media_type,
            from_milliseconds(row.created),  # type: ignore[arg-type]  # the column is NOT NULL
        )
        for row in rows
    )


def _datasets(connection: Connection, row_id: int) -> tuple[Dataset, ...]:
    table, links = tables.datasets, tables.run_datasets
    rows = connection.execute(
        select(table, links.c.context, links.c.artifact_path)
        .join_from(links, table)
        .where(links.c.run_id == row_id)
        .order_by(table.c.name, links.c.context)
    )
    return tuple(
        Dataset(
            name=row.name,
            digest=row.digest,
            source_type=row.source_type,
            source=row.source,
            context=row.context or None,
            schema=_json(row.schema),
            profile=_json(row.profile),
            artifact_path=row.artifact_path,
        )
        for row in rows
    )


def _events(connection: Connection, row_id: int) -> tuple[RunEvent, ...]:
    table = tables.run_events
    rows = connection.execute(select(table).where(table.c.run_id == row_id).order_by(table.c.id))
    return tuple(
        RunEvent(
            from_milliseconds(row.time),  # type: ignore[arg-type]  # the column is NOT NULL
            Status(row.from_status) if row.from_status else None,
            Status(row.to_status) if row.to_status else None,
            row.cause,
            row.observer,
        )
        for row in rows
    )


def _environment(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    table = tables.environments
    wanted = [row.packages_id, row.host_id, row.git_id]
    rows = connection.execute(
        select(table.c.kind, table.c.content).where(table.c.id.in_([i for i in wanted if i]))
    )
    content = {kind: _json(text) for kind, text in rows}
    packages = content.get("packages") or {}
    return {
        "packages": packages.get("installed", {}),
        "imported": tuple(packages.get("imported", ())),
        "host": content.get("host") or {},
        "git": content.get("git") or {},
    }


def _json(text: str | None) -> Any:
    return json.loads(text) if text else None
