"""What an expanded row shows: the run, its series, its artifacts."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime

from nbtrack.analysis.downsample import downsample
from nbtrack.dashboard.operations.context import Context
from nbtrack.dashboard.operations.waiting import places
from nbtrack.dashboard.protocol import (
    MAX_CHUNK,
    MAX_POINTS,
    ArtifactArgs,
    ArtifactResult,
    ArtifactsResult,
    DatasetEntry,
    EventEntry,
    MetricEntry,
    Number,
    RunArgs,
    RunDetail,
    Series,
    SeriesArgs,
    SeriesResult,
)
from nbtrack.errors import NotFoundError, RequestError
from nbtrack.model import MetricSummary, ModelVersion, RunInfo, Status
from nbtrack.store.artifact_names import artifact_name
from nbtrack.store.reader import read_artifacts, read_run, read_series
from nbtrack.store.registry_reading import read_versions_of_runs
from nbtrack.store.values import encode_param, to_wire

MIN_POINTS = 4
MAX_SERIES = 200
"""Series that one request may ask for."""


def run(context: Context, args: RunArgs) -> RunDetail:
    """Return all that the expanded row shows of a run."""
    info = read_run(context.database, args["run_id"])
    detail = _detail(info, read_versions_of_runs(context.database, [info.run_id]))
    if info.status is Status.QUEUED:
        waiting = places(context.database, [info.run_id]).get(info.run_id)
        if waiting is not None:  # it has not begun meanwhile
            detail["waiting"] = waiting
    return detail


def _detail(info: RunInfo, models: Sequence[ModelVersion]) -> RunDetail:
    kernel = info.kernel
    return {
        "run_id": info.run_id,
        "run_name": info.run_name,
        "experiment": info.experiment,
        "status": info.status.value,
        "stage": info.stage.value,
        "attempt": info.attempt,
        "start_time": _milliseconds(info.start_time),
        "end_time": _milliseconds(info.end_time),
        "reason": info.reason,
        "user_id": info.user_id,
        "notebook": info.notebook,
        "cell_id": info.cell_id,
        "execution_count": info.execution_count,
        "parent_run_id": info.parent_run_id,
        "child_run_ids": list(info.child_run_ids),
        "artifact_uri": info.artifact_uri,
        "description": info.description,
        "peak_memory": info.peak_memory,
        "kernel_id": kernel.kernel_id if kernel else None,
        "pid": kernel.pid if kernel else None,
        "params": [
            {"key": key, "type": kind, "value": text}
            for key, (kind, text) in (
                (key, encode_param(value)) for key, value in info.params.items()
            )
        ],
        "metrics": [_metric(key, metric) for key, metric in info.metrics.items()],
        "tags": [{"key": key, "value": value} for key, value in info.tags.items()],
        "datasets": _datasets(info),
        "models": [
            {"name": model.name, "version": model.version, "stage": model.stage} for model in models
        ],
        "events": _events(info),
        "code": info.code,
        "packages": [
            {"name": name, "version": version, "imported": name in info.imported}
            for name, version in info.packages.items()
        ],
        "host": info.host,
        "git": info.git,
        "stdout": info.stdout,
        "stderr": info.stderr,
        "traceback": info.traceback,
    }


def series(context: Context, args: SeriesArgs) -> SeriesResult:
    """Return series of metrics, downsampled with their extremes kept."""
    most = args.get("max_points", MAX_POINTS)
    if not MIN_POINTS <= most <= MAX_POINTS:
        raise RequestError(f"max_points is {most}, it must be {MIN_POINTS} to {MAX_POINTS}.")
    if len(args["run_ids"]) * max(1, len(args["keys"])) > MAX_SERIES:
        raise RequestError(f"At most {MAX_SERIES} series can be asked for at once.")
    found: list[Series] = []
    for run_id, key, points in read_series(context.database, args["run_ids"], args["keys"]):
        kept = downsample(points, most)
        found.append(
            {
                "run_id": run_id,
                "key": key,
                "steps": [point.step for point in kept],
                "timestamps": [point.timestamp for point in kept],
                "values": [_number(point.value) for point in kept],
            }
        )
    return {"series": found}


def artifacts(context: Context, args: RunArgs) -> ArtifactsResult:
    """List the files kept with a run."""
    _, found = read_artifacts(context.database, args["run_id"])
    return {
        "artifacts": [
            {
                "path": artifact.path,
                "size": artifact.size,
                "digest": artifact.digest,
                "media_type": artifact.media_type,
            }
            for artifact in found
        ]
    }


def artifact(context: Context, args: ArtifactArgs) -> ArtifactResult:
    """Return a part of a file kept with a run."""
    offset, limit = args.get("offset", 0), args.get("limit", MAX_CHUNK)
    if offset < 0 or not 0 < limit <= MAX_CHUNK:
        raise RequestError(f"{limit} bytes from {offset} on are not allowed; limit is {MAX_CHUNK}.")
    path = artifact_name(args["path"])
    _, found = read_artifacts(context.database, args["run_id"])
    known = {artifact.path: artifact for artifact in found}.get(path)
    if known is None:
        raise NotFoundError(f"The run has no artifact {path!r}.")
    data = context.artifacts.read(args["run_id"], path, offset, limit)
    end = offset + len(data)
    return {
        "path": path,
        "media_type": known.media_type,
        "size": known.size,
        "data": base64.b64encode(data).decode("ascii"),
        "next_offset": end if data and end < known.size else None,
    }


def _datasets(info: RunInfo) -> list[DatasetEntry]:
    return [
        {
            "name": dataset.name,
            "digest": dataset.digest,
            "source_type": dataset.source_type,
            "source": dataset.source,
            "context": dataset.context,
            "schema": dataset.schema if isinstance(dataset.schema, dict) else None,
            "profile": dataset.profile if isinstance(dataset.profile, dict) else None,
            "artifact_path": dataset.artifact_path,
        }
        for dataset in info.datasets
    ]


def _events(info: RunInfo) -> list[EventEntry]:
    return [
        {
            "time": round(event.time.timestamp() * 1000),
            "from_status": event.from_status.value if event.from_status else None,
            "to_status": event.to_status.value if event.to_status else None,
            "cause": event.cause,
            "observer": event.observer,
        }
        for event in info.events
    ]


def _metric(key: str, metric: MetricSummary) -> MetricEntry:
    return {
        "key": key,
        "last": _number(metric.last),
        "step": metric.last_step,
        "minimum": to_wire(metric.minimum),
        "maximum": to_wire(metric.maximum),
        "count": metric.count,
    }


def _number(value: float) -> Number:
    shown = to_wire(value)
    assert shown is not None  # a float has a number on the wire
    return shown


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
