"""A store of every past version opens, and nothing in it is lost."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest

from nbtrack.api import Store, connect
from nbtrack.model import Kernel, RunInfo, Stage, Status
from nbtrack.store.migrate import schema_version
from nbtrack.store.reader import read_view
from nbtrack.store.tables import SCHEMA_VERSION

CORPUS = Path(__file__).parents[1] / "corpus"
STORES = sorted(CORPUS.glob("store-*.db"))


def test_there_is_a_store_of_the_present_version() -> None:
    assert STORES[-1].name == f"store-{SCHEMA_VERSION}.db"
    assert all(file.stat().st_size < 300_000 for file in STORES)


@pytest.mark.parametrize("file", STORES, ids=lambda file: file.stem)
def test_a_past_store_opens_whole(file: Path, tmp_path: Path) -> None:
    store = connect(shutil.copy(file, tmp_path / "past.db"))
    with store.database.reading() as connection:
        assert schema_version(connection) == SCHEMA_VERSION
    full, child, deleted = (_run(store, name) for name in ("full", "child", "deleted"))
    _check_full(store, full)
    assert full.child_run_ids == (child.run_id,)
    assert (child.parent_run_id, child.status) == (full.run_id, Status.COMPLETED)
    assert (deleted.stage, deleted.experiment) == (Stage.DELETED, "other")
    assert read_view(store.database, "view-1") == {"search": "params.lr < 0.5"}
    with store.start_run("new") as run:
        run.log_metric("loss", 0.5)
    store.recorder.close()
    assert store.runs("params.lr < 0.5 or run_name = 'new'").run_name.tolist() == ["new", "full"]
    store.close()


def _run(store: Store, name: str) -> RunInfo:
    for deleted in (False, True):
        found = store.runs(f"run_name = '{name}'", deleted=deleted)
        if len(found):
            return store.get_run(found.run_id[0])
    raise AssertionError(f"there is no run {name}")


def _check_full(store: Store, run: RunInfo) -> None:
    assert run.params == {
        "lr": 0.1, "depth": 3, "on": True, "model": "forest", "layers": [1, 2],
    }  # fmt: skip
    assert run.tags == {"team": "vision"}
    values = store.history(run.run_id, "loss").value.tolist()
    assert [str(value) for value in values] == ["1.0", "nan", "inf", "-inf", "0.25"]
    summary = run.metrics["loss"]
    assert (summary.last, summary.count, summary.last_step) == (0.25, 5, 4)
    assert (summary.minimum, summary.maximum) == (-math.inf, math.inf)
    assert [(one.path, one.size, one.media_type) for one in run.artifacts] == [
        ("notes/hello.txt", 5, "text/plain")
    ]
    assert [(one.name, one.context, len(one.digest)) for one in run.datasets] == [
        ("numbers", "train", 64)
    ]
    assert [event.to_status for event in run.events] == ["running", "completed"]
    assert run.description == "The *first* one"
    assert (run.code, run.cell_id, run.attempt) == ("fit(lr=0.1)", "cell-1", 1)
    assert run.kernel == Kernel("workstation", "boot/pid:[1]", 4711, 42, None, run.notebook)
    assert run.host == {"cpu": "abacus", "cores": 2}
    assert (run.packages, run.imported) == ({"numpy": "2.0.0"}, ("numpy",))
