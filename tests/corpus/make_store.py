"""Make ``store-VERSION.db``: a small store of this version, which later versions must still open.

Run it once when the schema gets a new version: ``python tests/corpus/make_store.py``. What
belongs to the machine it ran on is replaced by made-up facts.
"""

from __future__ import annotations

import math
import os
import sqlite3
import tempfile
from pathlib import Path

from nbtrack import Store, connect
from nbtrack.recording.capture import CodeContext
from nbtrack.store.edits import save_view
from nbtrack.store.tables import SCHEMA_VERSION

CORPUS = Path(__file__).parent

MADE_UP = """
UPDATE kernels SET host = 'workstation', boot_id = 'boot/pid:[1]', pid = 4711, process_start = 42,
    notebook = '/home/ada/sweep.ipynb';
UPDATE runs SET user_id = 'ada', notebook = '/home/ada/sweep.ipynb', peak_memory = 1000000,
    artifact_uri = '/data/artifacts/' || run_id, git_id = NULL, git_commit = NULL,
    git_branch = NULL;
DELETE FROM environments WHERE id NOT IN (
    SELECT host_id FROM runs UNION SELECT packages_id FROM runs);
UPDATE environments SET content = '{"cpu": "abacus", "cores": 2}' WHERE kind = 'host';
UPDATE environments SET
    content = '{"installed": {"numpy": "2.0.0"}, "imported": ["numpy"]}' WHERE kind = 'packages';
"""


def record(store: Store) -> None:
    """Record one run of each kind."""
    code = CodeContext(code="fit(lr=0.1)", notebook="/home/ada/sweep.ipynb", cell_id="cell-1")
    run = store.recorder.start(
        "full",
        experiment="sweep",
        params={"lr": 0.1, "depth": 3, "on": True, "model": "forest", "layers": [1, 2]},
        tags={"team": "vision"},
        code=code,
    )
    for step, value in enumerate((1.0, math.nan, math.inf, -math.inf, 0.25)):
        run.log_metric("loss", value, step)
    run.log_text("hello", "notes/hello.txt")
    run.log_dataset([1, 2, 3], "numbers", "train")
    run.set_description("The *first* one")
    with store.start_run("child", experiment="sweep", parent=run):
        pass
    store.recorder.end(run)
    with store.start_run("deleted", experiment="other") as deleted:
        pass
    store.recorder.close()
    store.delete_runs(deleted.run_id)
    save_view(store.database, "view-1", {"search": "params.lr < 0.5"})


def main() -> None:
    """Write the store beside this script."""
    target = CORPUS / f"store-{SCHEMA_VERSION}.db"
    target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["NBTRACK_OUTBOX"] = folder
        os.environ["NBTRACK_ARTIFACTS"] = f"{folder}/artifacts"
        store = connect(target)
        record(store)
        store.close()
    connection = sqlite3.connect(target)
    connection.executescript(MADE_UP)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("VACUUM")
    connection.close()


if __name__ == "__main__":
    main()
