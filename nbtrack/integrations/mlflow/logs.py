"""What runs log: metrics, params and tags, and the histories of metrics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from mlflow.entities import Metric, Param, RunTag
from mlflow.entities.metric import MetricWithRunId
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST
from mlflow.store.entities.paged_list import PagedList
from mlflow.utils.mlflow_tags import MLFLOW_LOGGED_MODELS, MLFLOW_RUN_NAME
from mlflow.utils.search_utils import SearchUtils
from mlflow.utils.validation import (
    _validate_batch_log_data,
    _validate_batch_log_limits,
    _validate_metric,
    _validate_param,
    _validate_param_keys_unique,
    _validate_run_id,
    _validate_tag,
)
from sqlalchemy import Connection

from nbtrack.integrations.mlflow.base import OBSERVER, StoreParts
from nbtrack.integrations.mlflow.entities import NOTE_TAG, finite
from nbtrack.integrations.mlflow.errors import invalid, missing
from nbtrack.model import now
from nbtrack.store import direct, logged_models, whole_runs
from nbtrack.store.points import LoggedPoints, add_points
from nbtrack.store.runs import KeyIds
from nbtrack.store.values import storable_text
from nbtrack.store.writer import write_tags


class Logs(StoreParts):
    """What MLflow's runs log."""

    def log_metric(self, run_id: str, metric: Metric) -> None:
        """Append one point of a metric."""
        self._log_metrics(run_id, [metric])

    def _log_metrics(self, run_id: str, metrics: Sequence[Metric]) -> None:
        _check_metrics(metrics)
        self._write(lambda connection, keys: self._put(connection, keys, run_id, metrics=metrics))

    def log_param(self, run_id: str, param: Param) -> None:
        """Write one param; another value for it is refused."""
        checked = _validate_param(param.key, param.value)
        if checked.value is None:
            raise MlflowException(
                f"The param {checked.key!r} has no value: NOT NULL constraint failed: params.value",
                error_code=BAD_REQUEST,
            )
        self._write(lambda connection, keys: self._put(connection, keys, run_id, params=[checked]))

    def set_tag(self, run_id: str, tag: RunTag) -> None:
        """Set one tag of a run."""
        checked = _validate_tag(tag.key, tag.value)
        self._write(lambda connection, keys: self._put(connection, keys, run_id, tags=[checked]))

    def delete_tag(self, run_id: str, key: str) -> None:
        """Remove one tag of a run."""

        def work(connection: Connection, keys: KeyIds) -> None:
            row = self._active_run(connection, run_id)
            if not direct.remove_tag(connection, keys, row.id, key):
                raise missing(f"No tag with name: {key} in run with id {run_id}")
            if key == NOTE_TAG:
                self._change(connection, row, description=None)

        self._write(work)

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Sequence[Param],
        tags: Sequence[RunTag],
    ) -> None:
        """Log metrics, params and tags: all of them, or none."""
        _validate_run_id(run_id)
        metrics, params, tags = _validate_batch_log_data(metrics, params, tags)
        _validate_batch_log_limits(metrics, params, tags)
        _validate_param_keys_unique(params)
        self._write(
            lambda connection, keys: self._put(
                connection, keys, run_id, metrics=metrics, params=params, tags=tags
            )
        )

    def record_logged_model(self, run_id: str, mlflow_model: Any) -> None:
        """Note a model in the run's tags, as MLflow 2 does."""
        import json

        from mlflow.models import Model

        if not isinstance(mlflow_model, Model):
            raise TypeError(
                f"Argument 'mlflow_model' should be mlflow.models.Model, got '{type(mlflow_model)}'"
            )

        def work(connection: Connection, keys: KeyIds) -> None:
            row = self._active_run(connection, run_id)
            known = direct.read_tag(connection, row.id, MLFLOW_LOGGED_MODELS)
            listed = [*json.loads(known or "[]"), mlflow_model.get_tags_dict()]
            tag = _validate_tag(MLFLOW_LOGGED_MODELS, json.dumps(listed))
            write_tags(connection, keys, row.id, {tag.key: tag.value})

        self._write(work)

    def _put(
        self,
        connection: Connection,
        keys: KeyIds,
        run_id: str,
        *,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
    ) -> None:
        row = self._active_run(connection, run_id)
        if params:
            given = {param.key: storable_text(str(param.value)) for param in params}
            _refuse(direct.put_params(connection, keys, row.id, given), run_id)
        if metrics:
            add_points(connection, keys, row.id, _points(metrics), once=True)
            _add_model_metrics(connection, run_id, metrics)
        if tags:
            self._put_tags(connection, keys, row, tags)

    def _put_tags(
        self, connection: Connection, keys: KeyIds, row: Any, tags: Sequence[RunTag]
    ) -> None:
        given: dict[str, str | None] = {tag.key: storable_text(str(tag.value)) for tag in tags}
        write_tags(connection, keys, row.id, given)
        columns = {MLFLOW_RUN_NAME: "run_name", NOTE_TAG: "description"}
        values = {columns[key]: text for key, text in given.items() if key in columns}
        if values:
            self._change(connection, row, **values)

    def _change(self, connection: Connection, row: Any, **values: str | None) -> None:
        direct.change_run(connection, row, values, time=now(), cause=None, observer=OBSERVER)

    # --- histories ---

    def get_metric_history(
        self,
        run_id: str,
        metric_key: str,
        max_results: int | None = None,
        page_token: str | None = None,
    ) -> PagedList:
        """Return the points of a metric, or a page of them."""
        offset = SearchUtils.parse_start_offset_from_page_token(page_token)
        limit = None if max_results is None else max_results + 1
        with self._reading() as connection:
            series = whole_runs.series_id(connection, run_id, metric_key)
            if series is None:
                return PagedList([], None)
            points = whole_runs.read_points(connection, series, offset=offset, limit=limit)
        more = max_results is not None and len(points) > max_results
        token = SearchUtils.create_page_token(offset + (max_results or 0)) if more else None
        return PagedList([_metric(metric_key, point) for point in points[:max_results]], token)

    def get_metric_history_bulk(
        self, run_ids: Sequence[str], metric_key: str, max_results: int
    ) -> list[MetricWithRunId]:
        """Return the points of a metric of several runs, by run id."""
        found: list[MetricWithRunId] = []
        with self._reading() as connection:
            for run_id in sorted(set(run_ids)):
                series = whole_runs.series_id(connection, run_id, metric_key)
                left = max_results - len(found)
                if series is not None and left > 0:
                    points = whole_runs.read_points(connection, series, limit=left)
                    found.extend(_of_run(run_id, metric_key, points))
        return found

    def get_metric_history_bulk_interval(
        self,
        run_ids: Sequence[str],
        metric_key: str,
        max_results: int,
        start_step: int | None,
        end_step: int | None,
    ) -> list[MetricWithRunId]:
        """Return points of a metric between two steps, evenly chosen from each run."""
        if (start_step is None) != (end_step is None):
            raise invalid(
                "Both start_step and end_step must be specified together, "
                "or neither may be specified."
            )
        steps = None if start_step is None or end_step is None else (start_step, end_step)
        found: list[MetricWithRunId] = []
        with self._reading() as connection:
            for run_id in run_ids:
                series = whole_runs.series_id(connection, run_id, metric_key)
                if series is None:
                    continue
                total = whole_runs.count_points(connection, series, steps)
                places = _evenly(total, max(1, max_results))
                points = whole_runs.read_places(connection, series, steps, places)
                found.extend(_of_run(run_id, metric_key, points))
        return found

    def get_metric_history_bulk_interval_from_steps(
        self, run_id: str, metric_key: str, steps: Sequence[int], max_results: int
    ) -> list[MetricWithRunId]:
        """Return the points of a metric at some steps."""
        with self._reading() as connection:
            series = whole_runs.series_id(connection, run_id, metric_key)
            points = [] if series is None else whole_runs.read_points(connection, series)
        wanted = set(steps)
        chosen = sorted(
            (point for point in points if point[2] in wanted), key=lambda p: (p[2], p[1])
        )
        return list(_of_run(run_id, metric_key, chosen[:max_results]))

    def get_max_step_for_metric(self, run_id: str, metric_key: str) -> int:
        """Return the highest step of a metric, 0 where there is none."""
        with self._reading() as connection:
            series = whole_runs.series_id(connection, run_id, metric_key)
            return 0 if series is None else whole_runs.highest_step(connection, series)


def _evenly(total: int, most: int) -> list[int]:
    """Return at most so many places of `total`, the last of them among them."""
    if total <= most:
        return list(range(total))
    if most == 1:
        return [total - 1]
    return sorted({round(place * (total - 1) / (most - 1)) for place in range(most)})


def _check_metrics(metrics: Sequence[Metric]) -> None:
    for place, metric in enumerate(metrics):
        path = "" if len(metrics) == 1 else f"metrics[{place}]"
        _validate_metric(metric.key, metric.value, metric.timestamp, metric.step, path=path)


def _points(metrics: Iterable[Metric]) -> dict[str, LoggedPoints]:
    points: defaultdict[str, LoggedPoints] = defaultdict(LoggedPoints)
    for metric in metrics:
        points[metric.key].append(int(metric.step), int(metric.timestamp), float(metric.value))
    return points


def _add_model_metrics(connection: Connection, run_id: str, metrics: Iterable[Metric]) -> None:
    by_model: defaultdict[str, list[logged_models.ModelMetric]] = defaultdict(list)
    for metric in metrics:
        if metric.model_id is not None:
            by_model[metric.model_id].append(
                logged_models.ModelMetric(
                    metric.key,
                    float(metric.value),
                    int(metric.timestamp),
                    int(metric.step),
                    run_id,
                    metric.dataset_name,
                    metric.dataset_digest,
                )
            )
    for model_id, measured in by_model.items():
        logged_models.add_model_metrics(connection, model_id, measured)


def _refuse(conflicts: list[tuple[str, str, str]], run_id: str) -> None:
    if len(conflicts) == 1:
        key, old, new = conflicts[0]
        raise invalid(
            f"Changing param values is not allowed. Param with key='{key}' was already "
            f"logged with value='{old}' for run ID='{run_id}'. Attempted logging new value "
            f"'{new}'."
        )
    if conflicts:
        told = [{"key": key, "old_value": old, "new_value": new} for key, old, new in conflicts]
        raise invalid(
            f"Changing param values is not allowed. Params were already logged='{told}' "
            f"for run ID='{run_id}'."
        )


def _metric(key: str, point: whole_runs.SeriesPoint) -> Metric:
    value, timestamp, step = point
    return Metric(key, finite(value), timestamp, step)


def _of_run(
    run_id: str, key: str, points: Iterable[whole_runs.SeriesPoint]
) -> Iterable[MetricWithRunId]:
    return (MetricWithRunId(_metric(key, point), run_id) for point in points)
