"""The calls that record: runs, and what the active one logs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager

from nbtrack.api.opened import WHOLE_RUN_ID, OpenedStore
from nbtrack.errors import InvalidValueError
from nbtrack.model import RunInfo
from nbtrack.recording import context
from nbtrack.recording.run import Run
from nbtrack.store.values import check_key, shown_value

_require_run = context.require_run


class RecordingStore(OpenedStore):
    """A store to record into."""

    def set_experiment(self, name: str) -> None:
        """Choose the experiment of the runs that this kernel starts from now on.

        Raises
        ------
        InvalidKeyError
            The name is empty, longer than 250 characters, or has control characters.
        """
        self.experiment = check_key(name, "experiment")

    def set_kernel_tags(self, tags: Mapping[str, str]) -> None:
        """Choose tags that the runs of this kernel bear from now on, the active one too."""
        checked = {check_key(key, "tag"): value for key, value in tags.items()}
        self.tags.update(checked)
        run = context.active_run()
        if run is not None:
            run.set_tags(checked)

    def start_run(
        self,
        name: str | None = None,
        *,
        experiment: str | None = None,
        params: Mapping[str, object] | None = None,
        tags: Mapping[str, object] | None = None,
        parent: Run | RunInfo | str | None = None,
    ) -> AbstractContextManager[Run]:
        """Record a ``with`` block as a run.

        It ends as completed, or by the exception that leaves the block: interrupted by
        KeyboardInterrupt, else failed. Inside another run it becomes that run's child.

        Parameters
        ----------
        name : str, optional
            Friendly name; ``adjective-animal-number`` when not given.
        experiment : str, optional
            The notebook's file name without suffix when not given, else ``Default``.
        params, tags : mapping, optional
            Logged at once.
        parent : Run, RunInfo or str, optional
            A run, or the id of one.

        Raises
        ------
        UserError
            A name, param or tag that is not allowed; then no run is started.

        Examples
        --------
        >>> import nbtrack
        >>> store = nbtrack.connect("experiments.db")
        >>> with store.start_run(params={"lr": 0.1}) as run:
        ...     run.log_metric("loss", 0.5)
        >>> run.status.value
        'completed'
        """

        def start() -> Run:
            return self.recorder.start(
                name,
                experiment=experiment or self.experiment,
                params=params,
                tags={**self.tags, **(tags or {})},
                parent=_run_id(parent or context.active_run()),
            )

        return context.recording(start)

    def active_run(self) -> Run | None:
        """Return the run now recording in this thread or task, or None."""
        return context.active_run()

    def log_param(self, key: str, value: object) -> None:
        """Record one param of the active run; see `log_params`."""
        context.require_run().log_param(key, value)

    def log_params(self, params: Mapping[str, object]) -> None:
        """Record params of the active run; see `Run.log_params`."""
        context.require_run().log_params(params)

    def log_metric(self, key: str, value: object, step: int | None = None) -> None:
        """Record one point of a metric of the active run; see `Run.log_metrics`."""
        context.require_run().log_metric(key, value, step)

    def log_metrics(self, metrics: Mapping[str, object], step: int | None = None) -> None:
        """Record one point each of several metrics of the active run; see `Run.log_metrics`."""
        context.require_run().log_metrics(metrics, step)

    def log_artifact(self, path: str | os.PathLike[str], to: str | None = None) -> None:
        """Copy a file into the active run's artifacts; see `Run.log_artifact`."""
        context.require_run().log_artifact(path, to)

    def log_artifacts(self, folder: str | os.PathLike[str], to: str | None = None) -> None:
        """Copy a folder into the active run's artifacts; see `Run.log_artifacts`."""
        context.require_run().log_artifacts(folder, to)

    def log_figure(self, fig: object, name: str) -> None:
        """Keep a figure with the active run; see `Run.log_figure`."""
        context.require_run().log_figure(fig, name)

    def log_text(self, text: str, name: str) -> None:
        """Keep text with the active run; see `Run.log_text`."""
        context.require_run().log_text(text, name)

    def log_dict(self, obj: object, name: str) -> None:
        """Keep a dict or list as JSON with the active run; see `Run.log_dict`."""
        context.require_run().log_dict(obj, name)

    def log_table(self, df: object, name: str) -> None:
        """Keep a DataFrame with the active run; see `Run.log_table`."""
        context.require_run().log_table(df, name)

    def log_dataset(
        self, data: object, name: str, context: str | None = None, keep: bool = False
    ) -> None:
        """Record which data the active run uses; see `Run.log_dataset`."""
        _require_run().log_dataset(data, name, context, keep)

    def log_model(
        self,
        model: object,
        name: str,
        schema: object = None,
        register: str | None = None,
        description: str | None = None,
        *,
        format: str | None = None,
    ) -> None:
        """Keep a model with the active run, and register it; see `Run.log_model`."""
        context.require_run().log_model(model, name, schema, register, description, format=format)

    def set_tag(self, key: str, value: str | None) -> None:
        """Set one tag of the active run; None removes it."""
        context.require_run().set_tag(key, value)

    def set_tags(self, tags: Mapping[str, object]) -> None:
        """Set tags of the active run; see `Run.set_tags`."""
        context.require_run().set_tags(tags)

    def set_description(self, text: str) -> None:
        """Set the active run's description, in Markdown."""
        context.require_run().set_description(text)


def _run_id(run: Run | RunInfo | str | None) -> str | None:
    run_id = getattr(run, "run_id", run)
    if run_id is None or (isinstance(run_id, str) and WHOLE_RUN_ID.fullmatch(run_id)):
        return run_id
    raise InvalidValueError(
        f"The parent {shown_value(run)[:80]} is no run.",
        hint="Give a run, or a whole run id of 32 hex digits.",
    )
