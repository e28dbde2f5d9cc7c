"""The calls that read: runs as tables, one by one, and side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nbtrack.api.opened import OpenedStore, listed
from nbtrack.model import RunInfo

if TYPE_CHECKING:
    from pandas import DataFrame

    from nbtrack.analysis.compare import Comparison


class ReadableStore(OpenedStore):
    """A store to read from."""

    def runs(
        self,
        where: str | None = None,
        *,
        experiments: Sequence[str] | None = None,
        order_by: str | None = None,
        deleted: bool = False,
        limit: int | None = None,
        format: Literal["wide", "long", "json"] = "wide",
    ) -> DataFrame:
        """Return the recorded runs as a table; see `nbtrack.analysis.frames.runs_frame`."""
        from nbtrack.analysis.frames import runs_frame

        return runs_frame(
            self._read(),
            where,
            experiments=experiments,
            order_by=order_by,
            deleted=deleted,
            limit=limit,
            format=format,
        )

    def export(
        self,
        path: str | os.PathLike[str],
        where: str | None = None,
        *,
        experiments: Sequence[str] | None = None,
        order_by: str | None = None,
        deleted: bool = False,
        limit: int | None = None,
        format: Literal["wide", "long", "json", "history"] = "wide",
        overwrite: bool = False,
        report: Callable[[int, int], None] | None = None,
    ) -> int:
        """Write runs, or every point of their metrics, into a file; return the number of rows.

        See `nbtrack.analysis.export.export_file`; the file's name ends with ``.csv``,
        ``.parquet`` or ``.jsonl``.

        Examples
        --------
        >>> import nbtrack
        >>> store = nbtrack.connect("experiments.db")
        >>> with store.start_run("exported") as run:
        ...     for loss in (0.5, 0.25):
        ...         run.log_metric("loss", loss)
        >>> store.export("run.csv", "run_name = 'exported'")
        1
        >>> store.export("points.jsonl", "run_name = 'exported'", format="history")
        2
        """
        from nbtrack.analysis.export import export_file

        return export_file(
            self._read(),
            Path(path),
            where,
            experiments=experiments,
            order_by=order_by,
            deleted=deleted,
            limit=limit,
            format=format,
            overwrite=overwrite,
            report=report,
        )

    def history(
        self, run_ids: str | Sequence[str], keys: str | Sequence[str] | None = None
    ) -> DataFrame:
        """Return every point of the metrics of runs; see `nbtrack.analysis.frames`."""
        from nbtrack.analysis.frames import history_frame

        return history_frame(self._read(), self._resolved(run_ids), listed(keys))

    def get_run(self, run_id: str) -> RunInfo:
        """Return all that is known of a run.

        Parameters
        ----------
        run_id : str
            Its id, or an unambiguous prefix of at least 4 digits.

        Raises
        ------
        NotFoundError
            There is no such run.
        """
        from nbtrack.store.reader import read_run, resolve_run_id

        database = self._read()
        return read_run(database, resolve_run_id(database, run_id))

    def compare(self, run_ids: Sequence[str]) -> Comparison:
        """Put runs side by side: params, metrics, tags, packages, host, git, and code.

        Parameters
        ----------
        run_ids : sequence of str
            2 to 50 ids, which may be shortened to at least 4 digits; the code of the first two is
            compared, too.

        Returns
        -------
        Comparison
            A table in a notebook, the differences first; ``to_frame()`` gives a DataFrame.

        Raises
        ------
        NotFoundError
            There is no such run.
        InvalidValueError
            They are too few or too many.

        Examples
        --------
        >>> import nbtrack
        >>> store = nbtrack.connect("experiments.db")
        >>> for lr in (0.1, 0.2):
        ...     with store.start_run(f"lr {lr}", params={"lr": lr, "depth": 3}):
        ...         pass
        >>> found = store.compare(store.runs("run_name LIKE 'lr %'")["run_id"])
        >>> [(row.key, row.cells) for row in found.differences if row.section == "params"]
        [('lr', (0.2, 0.1))]
        """
        from nbtrack.analysis.compare import compare_runs

        return compare_runs(self._read(), self._resolved(run_ids))

    def stale_runs(self) -> list[str]:
        """Return the ids of the runs that are dead or interrupted and have no metrics."""
        from nbtrack.query.stale import stale_runs
        from nbtrack.query.tree import Selection

        with self._read().reading() as connection:
            return stale_runs(connection, Selection())

    def experiments(self, where: str | None = None, *, deleted: bool = False) -> DataFrame:
        """Return the experiments as a table; see `nbtrack.analysis.frames.experiments_frame`."""
        from nbtrack.analysis.frames import experiments_frame

        return experiments_frame(self._read(), where, deleted=deleted)
