"""What an outbox holds becomes rows: each batch in one transaction, exactly once."""

from __future__ import annotations

import json
from collections import ChainMap, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy import exc as sqlalchemy_errors

from nbtrack.errors import NotFoundError, StoreError, StoreUnavailableError
from nbtrack.model import Status, now
from nbtrack.store import tables
from nbtrack.store.engine import Database, raise_revision
from nbtrack.store.outbox import Batch, Record
from nbtrack.store.points import LoggedPoints, add_points
from nbtrack.store.registry import NewVersion, insert_version
from nbtrack.store.retry import write
from nbtrack.store.runs import (
    KeyIds,
    add_event,
    content_id,
    experiment_id,
    find_run,
    in_parts,
    insert_or_ignore,
    insert_row,
    kernel_id,
    key_ids,
    next_attempt,
    transaction_keys,
    transition,
)
from nbtrack.store.values import param_number

OBSERVER = "kernel"

MALFORMED = (AttributeError, KeyError, OverflowError, TypeError, ValueError)
"""What a record raises whose parts are missing or of another kind."""


@dataclass(slots=True)
class _Target:
    """The run that records are applied to, inside one transaction."""

    connection: Connection
    row_id: int
    status: Status
    keys: ChainMap[tuple[str, str], int]
    lost: int = 0
    """Records that cannot be stored."""
    dropped: bool = False


def deliver(database: Database, batch: Batch) -> int:
    """Apply a batch to the store unless that was done before.

    A record that no table takes is left out and noted, so that it does not hold up the others.

    Returns
    -------
    int
        How many bytes of the run's outbox are in the store now.

    Raises
    ------
    StoreError
        The database failed; nothing of the batch was applied.
    """
    try:
        return _deliver(database, batch, _apply)
    except StoreUnavailableError:
        raise
    except (StoreError, *MALFORMED):
        return _deliver(database, batch, _apply_each)


def delivered_bytes(database: Database, run_id: str) -> int:
    """Return how many bytes of a run's outbox are in the store, 0 for a run that is not there."""
    with database.reading() as connection:
        found = find_run(connection, run_id)
        return 0 if found is None else int(found.delivered)


def amend(database: Database, run_id: str, record: Record) -> None:
    """Apply one more record to a run whose outbox is delivered and gone.

    Raises
    ------
    NotFoundError
        The run is not in the store.
    StoreError
        The database failed.
    """
    with database.writing() as connection:
        found = find_run(connection, run_id, lock=True)
        if found is None:
            raise NotFoundError(f"There is no run {run_id!r} in this store.")
        keys = transaction_keys(database.key_ids)
        _apply(_Target(connection, found.id, Status(found.status), keys), [record])
        raise_revision(connection)


def _deliver(
    database: Database, batch: Batch, apply: Callable[[_Target, Sequence[Record]], None]
) -> int:
    def work(connection: Connection) -> tuple[int, KeyIds]:
        keys = transaction_keys(database.key_ids)
        return _apply_batch(connection, batch, apply, keys), keys.maps[0]

    taken, new_keys = write(database, work)
    database.key_ids.update(new_keys)
    return taken


def _apply_batch(
    connection: Connection,
    batch: Batch,
    apply: Callable[[_Target, Sequence[Record]], None],
    keys: ChainMap[tuple[str, str], int],
) -> int:
    found = find_run(connection, batch.run_id, lock=True)
    records = batch.records
    if found is None:
        if not records or records[0]["op"] != "start":
            return batch.end  # a run that was cleared, or whose beginning is damaged
        row_id = _insert_run(connection, batch.run_id, records[0])
        target = _Target(connection, row_id, Status(records[0]["status"]), keys)
        records = records[1:]
    elif found.delivered != batch.start:
        return int(found.delivered)
    else:
        target = _Target(connection, found.id, Status(found.status), keys)
    apply(target, records)
    lost = batch.damaged + target.lost
    if lost and not target.dropped:
        cause = f"incomplete: {lost} records were unreadable"
        add_event(connection, target.row_id, now(), None, None, cause, OBSERVER)
    runs = tables.runs
    connection.execute(update(runs).where(runs.c.id == target.row_id).values(delivered=batch.end))
    raise_revision(connection)
    return batch.end


def _insert_run(connection: Connection, run_id: str, record: Record) -> int:
    values, time, status = _first_values(connection, record), record["time"], record["status"]
    values |= {
        "run_id": run_id,
        "status": status,
        "created": time,
        "start_time": time if status == Status.RUNNING else None,
        "attempt": next_attempt(connection, values.get("notebook"), values.get("cell_id")),
    }
    row_id = insert_row(connection, tables.runs, values)
    add_event(connection, row_id, time, None, Status(status), None, OBSERVER)
    return row_id


def _first_values(connection: Connection, record: Record) -> dict[str, Any]:
    time, code, kernel = record["time"], record.get("code"), record.get("kernel")
    parent = find_run(connection, record["parent"]) if record.get("parent") else None
    return {
        **record["run"],
        "experiment_id": experiment_id(connection, record["experiment"], time),
        "kernel_id": kernel_id(connection, kernel, time) if kernel else None,
        "parent_id": parent.id if parent else None,
        "source_id": content_id(connection, tables.sources, code, code=code) if code else None,
    }


def _apply(target: _Target, records: Sequence[Record]) -> None:
    points: defaultdict[str, LoggedPoints] = defaultdict(LoggedPoints)
    for record in records:
        if target.dropped:
            return
        if record["op"] == "metrics":
            time = record["time"]
            for key, step, value in record["points"]:
                points[key].append(step, time, value)
        else:
            _HANDLERS[record["op"]](target, record)
    if points and not target.dropped:
        add_points(target.connection, target.keys, target.row_id, points)


def _apply_each(target: _Target, records: Sequence[Record]) -> None:
    for record in records:
        try:
            with target.connection.begin_nested():
                _apply(target, [record])
        except sqlalchemy_errors.OperationalError:  # the database, not the record
            raise
        except (sqlalchemy_errors.SQLAlchemyError, *MALFORMED):
            target.keys.maps[0].clear()
            target.lost += 1


def _damaged(target: _Target, _record: Record) -> None:
    target.lost += 1


def _start(target: _Target, record: Record) -> None:
    """Take over a run that another had seen to be queued."""
    values = _first_values(target.connection, record)
    _update(target, {"values": values})
    if record["status"] == Status.RUNNING:
        _transition(target, Status.RUNNING, record, {"start_time": record["time"]})


def _begin(target: _Target, record: Record) -> None:
    """Let a queued run begin."""
    experiment = experiment_id(target.connection, record["experiment"], record["time"])
    values = {**record["run"], "experiment_id": experiment, "start_time": record["time"]}
    if target.status is Status.RUNNING:  # it was taken for dead while it waited, and revived
        _update(target, {"values": values})
    else:
        _transition(target, Status.RUNNING, record, {**values, "end_time": None, "reason": None})


def _ending(target: _Target, record: Record) -> None:
    """Note why the run's process was told to end."""
    runs, kernels = tables.runs, tables.kernels
    own = select(runs.c.kernel_id).where(runs.c.id == target.row_id).scalar_subquery()
    target.connection.execute(
        update(kernels).where(kernels.c.id == own).values(ending=record["cause"])
    )


def _params(target: _Target, record: Record) -> None:
    values: dict[str, tuple[str, str]] = record["values"]
    ids = key_ids(target.connection, target.keys, "param", values)
    rows = [
        {
            "run_id": target.row_id,
            "key_id": ids[key],
            "type": kind,
            "value": text,
            "number": param_number(kind, text),
        }
        for key, (kind, text) in values.items()
    ]
    insert_or_ignore(target.connection, tables.params, rows, on=["run_id", "key_id"])


def write_tags(
    connection: Connection, keys: KeyIds, row_id: int, values: dict[str, str | None]
) -> None:
    """Set tags of a run; None removes one."""
    ids = key_ids(connection, keys, "tag", values)
    table = tables.tags
    for part in in_parts(ids.values()):
        connection.execute(delete(table).where(table.c.run_id == row_id, table.c.key_id.in_(part)))
    rows = [
        {"run_id": row_id, "key_id": ids[key], "value": text}
        for key, text in values.items()
        if text is not None
    ]
    if rows:
        connection.execute(insert(table), rows)


def _tags(target: _Target, record: Record) -> None:
    write_tags(target.connection, target.keys, target.row_id, record["values"])


def _update(target: _Target, record: Record) -> None:
    runs = tables.runs
    target.connection.execute(
        update(runs).where(runs.c.id == target.row_id).values(record["values"])
    )


def _environment(target: _Target, record: Record) -> None:
    kind = record["kind"]
    content = json.dumps(record["content"], ensure_ascii=False, sort_keys=True)
    found = content_id(
        target.connection, tables.environments, f"{kind}\n{content}", kind=kind, content=content
    )
    values = {f"{kind}_id": found}
    if kind == "git":
        values["git_commit"] = record["content"].get("commit")
        values["git_branch"] = record["content"].get("branch")
    _update(target, {"values": values})


def _artifact(target: _Target, record: Record) -> None:
    table = tables.artifacts
    where = (table.c.run_id == target.row_id, table.c.path == record["values"]["path"])
    target.connection.execute(delete(table).where(*where))
    target.connection.execute(insert(table).values(run_id=target.row_id, **record["values"]))


def _dataset(target: _Target, record: Record) -> None:
    table = tables.datasets
    facts = record["values"]
    insert_or_ignore(target.connection, table, facts, on=["name", "digest"])
    where = (table.c.name == facts["name"], table.c.digest == facts["digest"])
    dataset = target.connection.execute(select(table.c.id).where(*where)).scalar_one()
    link = {
        "run_id": target.row_id,
        "dataset_id": dataset,
        "context": record.get("context") or "",
        "artifact_path": record.get("artifact_path"),
    }
    on = ["run_id", "dataset_id", "context"]
    insert_or_ignore(target.connection, tables.run_datasets, link, on=on)


def _register(target: _Target, record: Record) -> None:
    """Register a model that the run has logged; its files came before."""
    runs = tables.runs
    query = select(runs.c.run_id, runs.c.user_id).where(runs.c.id == target.row_id)
    run = target.connection.execute(query).one()
    new = NewVersion(run_id=run.run_id, user_id=run.user_id, **record["values"])
    insert_version(target.connection, record["name"], new)


def _output(target: _Target, record: Record) -> None:
    insert_or_ignore(
        target.connection,
        tables.run_outputs,
        {"run_id": target.row_id, **record["values"]},
        on=["run_id"],
    )


def _note(target: _Target, record: Record) -> None:
    add_event(
        target.connection, target.row_id, record["time"], None, None, record["cause"], OBSERVER
    )


def _end(target: _Target, record: Record) -> None:
    new = Status(record["status"])
    values = {
        "end_time": record["time"],
        "reason": record.get("reason"),
        "peak_memory": record.get("peak_memory"),
    }
    _transition(target, new, record, values)


def _transition(target: _Target, new: Status, record: Record, values: dict[str, Any]) -> None:
    if transition(
        target.connection,
        target.row_id,
        target.status,
        new,
        time=record["time"],
        cause=record.get("reason"),
        observer=OBSERVER,
        values=values,
    ):
        target.status = new


def _drop(target: _Target, _record: Record) -> None:
    runs = tables.runs
    target.connection.execute(delete(runs).where(runs.c.id == target.row_id))
    target.dropped = True


_HANDLERS: dict[str, Callable[[_Target, Record], None]] = {
    "start": _start,
    "begin": _begin,
    "ending": _ending,
    "params": _params,
    "tags": _tags,
    "update": _update,
    "environment": _environment,
    "artifact": _artifact,
    "dataset": _dataset,
    "register": _register,
    "output": _output,
    "note": _note,
    "end": _end,
    "drop": _drop,
    "damaged": _damaged,
}
