"""The attempts of one cell, and how an attempt's main metric compares with those before it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from nbtrack.analysis.directions import direction_of
from nbtrack.store import tables
from nbtrack.store.engine import Database

_PREFERRED = (
    "score", "accuracy", "acc", "f1", "auc", "roc_auc", "r2", "map", "bleu",
    "val_loss", "rmse", "mae", "mse", "loss", "error",
)  # fmt: skip
_EVALUATION = ("test", "val", "valid", "validation", "eval", "")


@dataclass(frozen=True, slots=True)
class Comparison:
    """An attempt's main metric beside the attempts before it."""

    attempt: int | None
    key: str | None
    value: float | None = None
    previous: float | None = None
    """Value of the attempt before, where it has one."""
    best: float | None = None
    """Best value of all attempts before."""

    @property
    def is_best(self) -> bool:
        """Whether no attempt before was as good."""
        if self.key is None or self.value is None or self.best is None:
            return False
        return self.value < self.best if smaller_is_better(self.key) else self.value > self.best


def smaller_is_better(key: str) -> bool:
    """Tell from a metric's name whether small values are good.

    Examples
    --------
    >>> smaller_is_better("val_loss"), smaller_is_better("accuracy")
    (True, False)
    """
    return direction_of(key) == "min"


def main_metric(keys: Iterable[str]) -> str | None:
    """Return the metric that most likely tells how good a run is, or None without metrics.

    Well-known names come first, those measured on held-out data before others; then the first
    by name.

    Examples
    --------
    >>> main_metric(["train_loss", "val_acc", "epoch_seconds"])
    'val_acc'
    """
    return min(keys, key=_rank, default=None)


def _rank(key: str) -> tuple[int, int, str]:
    words = [word for word in re.split(r"[^a-z0-9]+", key.lower()) if word]
    name = "_".join(word for word in words if word not in _EVALUATION and word != "train")
    known = _PREFERRED.index(name) if name in _PREFERRED else len(_PREFERRED)
    held_out = next((i for i, word in enumerate(_EVALUATION) if word in words), 4)
    return known, held_out + (5 if "train" in words else 0), key


def compare_with_attempts(database: Database, run_id: str) -> Comparison:
    """Compare a run's main metric with the earlier attempts of its cell.

    Raises
    ------
    StoreError
        The database failed.
    """
    runs, latest, names = tables.runs, tables.latest_metrics, tables.keys
    with database.reading() as connection:
        row = connection.execute(
            select(runs.c.id, runs.c.notebook, runs.c.cell_id, runs.c.attempt).where(
                runs.c.run_id == run_id
            )
        ).first()
        if row is None:
            return Comparison(None, None)
        found: dict[str, Any] = {
            name: (key_id, value)
            for name, key_id, value in connection.execute(
                select(names.c.name, names.c.id, latest.c.last)
                .join_from(latest, names, names.c.id == latest.c.key_id)
                .where(latest.c.run_id == row.id)
            )
        }
        key = main_metric(found)
        if key is None or not row.attempt:
            value = found[key][1] if key else None
            return Comparison(row.attempt, key, _number(value) if key else None)
        key_id, value = found[key]
        earlier = (
            select(runs.c.attempt, latest.c.last)
            .join_from(runs, latest, latest.c.run_id == runs.c.id)
            .where(
                runs.c.notebook == row.notebook,
                runs.c.cell_id == row.cell_id,
                runs.c.attempt < row.attempt,
                runs.c.stage == "active",
                latest.c.key_id == key_id,
            )
            .subquery()
        )
        extreme = func.min if smaller_is_better(key) else func.max
        best = connection.execute(select(extreme(earlier.c.last))).scalar()
        last = select(earlier.c.last).order_by(earlier.c.attempt.desc()).limit(1)
        previous = connection.execute(last).scalar()
    return Comparison(row.attempt, key, _number(value), previous, best)


def _number(value: float | None) -> float:
    return math.nan if value is None else value
