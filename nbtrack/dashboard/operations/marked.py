"""The runs of a view that bear marks: selected, hidden, or left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from nbtrack.dashboard.operations.context import order_of, selection_of
from nbtrack.dashboard.protocol import Marks, View
from nbtrack.store import tables
from nbtrack.store.engine import Database
from nbtrack.store.runs import in_parts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nbtrack.query.arrays import Integers


NO_RUNS: Marks = {"all": False, "run_ids": []}


def row_ids_of(database: Database, connection: Connection, view: View) -> Integers:
    """Return the row ids of the runs that a view shows, sorted as it sorts them."""
    from nbtrack.query.arrangement import Arranger

    arranger = Arranger(database, connection)
    return arranger.arrange(selection_of(view), order_of(view), ()).outline.ids


def selected_row_ids(database: Database, connection: Connection, view: View) -> Integers:
    """Return those of a view's runs that are selected."""
    marks = view.get("selected", NO_RUNS)
    return marked(connection, row_ids_of(database, connection, view), marks)


def visible_row_ids(database: Database, connection: Connection, view: View) -> Integers:
    """Return those of a view's runs that are not hidden."""
    hidden = view.get("hidden", NO_RUNS)
    shown: Marks = {"all": not hidden["all"], "run_ids": hidden["run_ids"]}
    return marked(connection, row_ids_of(database, connection, view), shown)


def marked(connection: Connection, row_ids: Integers, marks: Marks) -> Integers:
    """Return those runs that bear a mark: the named ones or, with ``all``, all others."""
    return row_ids[is_marked(connection, row_ids, marks)]


def is_marked(connection: Connection, row_ids: Integers, marks: Marks) -> NDArray[np.bool_]:
    """Return of each run whether it bears a mark."""
    import numpy as np

    runs = tables.runs
    named = [
        row_id
        for part in in_parts(marks["run_ids"])
        for row_id in connection.scalars(select(runs.c.id).where(runs.c.run_id.in_(part)))
    ]
    return np.isin(row_ids, np.array(named, dtype=np.int64), invert=marks["all"])
