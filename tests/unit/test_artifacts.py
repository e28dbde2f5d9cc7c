"""Artifacts: files kept with runs, names that stay inside, and stores that fail."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
import scipy.sparse  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from nbtrack.api import Store
from nbtrack.config import load_config
from nbtrack.errors import ArtifactError, InvalidKeyError, InvalidValueError, NbtrackError
from nbtrack.recording.run import Run
from nbtrack.store.artifact_names import artifact_name
from nbtrack.store.artifacts import ArtifactStore

UNREADABLE = Path("/proc/self/mem")
"""A file that exists, and that nobody can read from its beginning."""


def stored(store: Store, run: Run) -> dict[str, bytes]:
    """Return the artifacts that a run lists, each read back and held against its record."""
    assert store.recorder.delivery.wait(run.run_id, 60)
    found = {}
    for artifact in store.get_run(run.run_id).artifacts:
        data = store.recorder.artifacts.read(run.run_id, artifact.path)
        assert (len(data), hashlib.sha256(data).hexdigest()) == (artifact.size, artifact.digest)
        found[artifact.path] = data
    return found


def test_a_file_comes_back_byte_by_byte(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    file.write_bytes(os.urandom(3_000_000))
    with store.start_run() as run:
        run.log_artifact(file)
        run.log_artifact(str(file), to="copies/first")
    assert stored(store, run) == {
        "model.bin": file.read_bytes(),
        "copies/first/model.bin": file.read_bytes(),
    }


def test_an_artifact_that_is_logged_again_is_replaced(store: Store) -> None:
    with store.start_run() as run:
        run.log_text("first", "note.txt")
        run.log_text("second", "note.txt")
    assert stored(store, run) == {"note.txt": b"second"}


def test_a_folder_keeps_its_names(sqlite_store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "ä b.txt").write_text("one")
    (folder / "top.csv").write_text("a,b\n")
    (folder / "link.csv").symlink_to("top.csv")
    os.mkfifo(folder / "pipe")
    with sqlite_store.start_run() as run:
        run.log_artifacts(folder, to="all")
        run.log_artifact(folder)
    names = {"deep/er/ä b.txt", "top.csv", "link.csv"}
    assert stored(sqlite_store, run).keys() == {
        f"{start}/{name}" for start in ("all", "out") for name in names
    }


def test_text_json_tables_and_figures(sqlite_store: Store) -> None:
    frame = pd.DataFrame({"x": range(250), "y": 0.5})
    figure = go.Figure(go.Scatter(y=[1, 2]))
    with sqlite_store.start_run() as run:
        run.log_text("grüße", "notes/hello.txt")
        run.log_dict({"a": np.float32(0.5), "b": [1, None]}, "config")
        run.log_table(frame, "scores")
        run.log_table({"x": [1]}, "by.name")
        run.log_figure(figure, "curve")
        run.log_figure(figure, "curve.html")
    files = stored(sqlite_store, run)
    assert files["notes/hello.txt"].decode() == "grüße"
    assert json.loads(files["config.json"]) == {"a": 0.5, "b": [1, None]}
    assert files["scores.parquet"][:4] == b"PAR1"
    assert files["scores.preview.csv"].count(b"\n") == 101
    assert files["by.name.parquet"][:4] == b"PAR1"
    assert json.loads(files["curve.json"])["data"][0]["type"] == "scatter"
    assert b"<html>" in files["curve.html"]


def test_a_matplotlib_figure_in_each_format(sqlite_store: Store) -> None:
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 2])
    with sqlite_store.start_run() as run:
        run.log_figure(figure, "curve")
        run.log_figure(axes, "curve.svg")
        with pytest.raises(InvalidValueError, match="cannot be drawn"):
            run.log_figure(figure, "curve.odd")
        with pytest.raises(InvalidValueError, match="dict is no figure"):
            run.log_figure({}, "nothing")
    files = stored(sqlite_store, run)
    assert files.keys() == {"curve.png", "curve.svg"}
    assert files["curve.png"][:4] == b"\x89PNG"


DATA: dict[str, Any] = {
    "frame": pd.DataFrame({"a": [1, 2]}),
    "series": pd.Series([1, 2], name="a"),
    "array": np.arange(4),
    "sparse": scipy.sparse.csr_matrix(np.eye(3)),
    "lil": scipy.sparse.lil_matrix(np.eye(3)),
    "list": [[1, 2], [3]],
    "parts": {"X": np.arange(4), "y": pd.Series([1])},
}


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("frame", {"datasets/d.parquet", "datasets/d.preview.csv"}),
        ("series", {"datasets/d.parquet", "datasets/d.preview.csv"}),
        ("array", {"datasets/d.npy"}),
        ("sparse", {"datasets/d.npz"}),
        ("lil", {"datasets/d.npz"}),
        ("list", {"datasets/d.json"}),
        ("parts", {"datasets/d/X.npy", "datasets/d/y.parquet", "datasets/d/y.preview.csv"}),
    ],
)
def test_data_of_each_kind_can_be_kept(kind: str, files: set[str], sqlite_store: Store) -> None:
    with sqlite_store.start_run() as run:
        run.log_dataset(DATA[kind], "d", "train", keep=True)
    assert stored(sqlite_store, run).keys() == files
    (dataset,) = sqlite_store.get_run(run.run_id).datasets
    assert (dataset.name, dataset.context, len(dataset.digest)) == ("d", "train", 64)
    assert dataset.artifact_path == ("datasets/d" if kind == "parts" else min(files))


def test_a_file_and_a_folder_can_be_kept_as_datasets(sqlite_store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "part").mkdir(parents=True)
    (folder / "part" / "a.csv").write_text("1\n")

    class Location:
        def __fspath__(self) -> str:
            return str(folder / "part" / "a.csv")

    with sqlite_store.start_run() as run:
        run.log_dataset(Location(), "file", keep=True)
        run.log_dataset(folder, "folder", keep=True)
        run.log_dataset(folder, "by name")
    assert stored(sqlite_store, run) == {
        "datasets/file/a.csv": b"1\n",
        "datasets/folder/part/a.csv": b"1\n",
    }
    kept = {data.name: data.artifact_path for data in sqlite_store.get_run(run.run_id).datasets}
    assert kept == {"file": "datasets/file/a.csv", "folder": "datasets/folder", "by name": None}


@pytest.mark.parametrize(
    ("data", "name", "context", "error"),
    [
        (object(), "d", None, InvalidValueError),
        (np.array([object()]), "d", None, InvalidValueError),
        ("/no/such/file", "d", None, ArtifactError),
        ("", "d", None, ArtifactError),
        ([1], "", None, InvalidKeyError),
        ([1], "../out", None, ArtifactError),
        ([1], "d", "", InvalidKeyError),
        ([1], "d", "x" * 251, InvalidKeyError),
        ([1], "d", 7, InvalidKeyError),
    ],
)
def test_a_dataset_that_cannot_be_kept_leaves_nothing(
    data: object, name: str, context: Any, error: type[NbtrackError], sqlite_store: Store
) -> None:
    with sqlite_store.start_run() as run, pytest.raises(error):
        run.log_dataset(data, name, context, keep=True)
    found = sqlite_store.get_run(run.run_id)
    assert found.datasets == ()
    assert found.artifacts == ()


BAD_NAMES = [
    "", ".", "/etc/passwd", "../up", "a/../../up", "..", "C:/boot.ini", "C:boot.ini", r"..\up",
    r"\\host\share\x", "a\nb", "a\0b", "a\u2028b", "\ud800", "x" * 1001, "ä" * 130, 7, None, b"x",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_leaves_the_runs_folder_is_refused(name: Any, sqlite_store: Store) -> None:
    with sqlite_store.start_run() as run:
        for log in (run.log_text, sqlite_store.recorder.artifacts.read):
            with pytest.raises(ArtifactError, match="no name for an artifact"):
                log("text" if log == run.log_text else run.run_id, name)
    assert stored(sqlite_store, run) == {}


@given(st.text(st.characters(exclude_categories=()), max_size=30))
def test_a_name_stays_inside_or_is_refused(name: str) -> None:
    try:
        path = artifact_name(name)
    except ArtifactError:
        return
    inside = os.path.normpath(f"/run/{path}")
    assert inside.startswith("/run/")
    assert artifact_name(path) == path


def test_names_are_normalised() -> None:
    assert artifact_name("plots//./roc.png") == "plots/roc.png"
    assert artifact_name(r"plots\roc.png") == "plots/roc.png"
    assert artifact_name(Path("plots") / "roc.png") == "plots/roc.png"
    assert artifact_name("e\u0301.txt") == "\u00e9.txt"
    assert artifact_name("at 9.41\u202fAM.png") == "at 9.41\u202fAM.png"


@pytest.mark.parametrize("path", ["missing.txt", "", None, 7, "missing/folder/x", "a\0b"])
def test_a_path_that_is_missing_is_refused(path: Any, sqlite_store: Store) -> None:
    with sqlite_store.start_run() as run:
        with pytest.raises(ArtifactError):
            run.log_artifact(path)
        with pytest.raises(ArtifactError):
            run.log_artifacts(path)
    assert stored(sqlite_store, run) == {}


@pytest.mark.parametrize("target", ["/etc/passwd", "../secret.txt", "..", "nothing-there"])
def test_a_link_out_of_the_folder_is_refused_before_anything_is_stored(
    target: str, sqlite_store: Store, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a.txt").write_text("fine")
    (folder / "z.txt").symlink_to(target)
    with sqlite_store.start_run() as run, pytest.raises(ArtifactError, match="leads out of"):
        run.log_artifacts(folder)
    assert stored(sqlite_store, run) == {}


@pytest.mark.parametrize("to", ["..", "/abs", "a/../.."])
def test_a_folder_inside_the_artifacts_that_leaves_them_is_refused(
    to: str, sqlite_store: Store, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("fine")
    with sqlite_store.start_run() as run:
        with pytest.raises(ArtifactError):
            run.log_artifact(tmp_path / "a.txt", to=to)
        with pytest.raises(ArtifactError):
            run.log_artifacts(tmp_path, to=to)
    assert stored(sqlite_store, run) == {}


def test_a_file_that_cannot_be_read_is_the_callers_affair(sqlite_store: Store) -> None:
    with sqlite_store.start_run() as run, pytest.raises(ArtifactError, match="cannot be read"):
        run.log_artifact(UNREADABLE)
    assert stored(sqlite_store, run) == {}
    left = [path for path in Path(sqlite_store.config.artifacts).rglob("*") if path.is_file()]
    assert left == []


def test_a_name_is_either_a_file_or_a_folder(sqlite_store: Store) -> None:
    with sqlite_store.start_run() as run:
        run.log_text("1", "a/b.txt")
        with pytest.raises(ArtifactError, match="both a file and a folder"):
            run.log_text("2", "a")
        with pytest.raises(ArtifactError, match="both a file and a folder"):
            run.log_text("3", "a/b.txt/c")
    assert stored(sqlite_store, run) == {"a/b.txt": b"1"}


@pytest.mark.parametrize(
    "root", ["/proc/nbtrack", "nosuchscheme://bucket/path", "memory-of-a-file"]
)
def test_an_artifact_store_that_fails_warns_once_and_lets_the_cell_run(
    root: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if root == "memory-of-a-file":
        (tmp_path / "file").write_text("no folder")
        root = str(tmp_path / "file" / "artifacts")
    monkeypatch.setenv("NBTRACK_ARTIFACTS", root)
    store = Store(load_config(tmp_path / "runs.db"))
    with store.start_run() as run:
        run.log_text("1", "a.txt")
        run.log_text("2", "b.txt")
        run.log_metric("acc", 1)
    found = store.get_run(run.run_id)
    assert found.artifacts == ()
    assert found.metrics["acc"].last == 1
    assert [event.cause for event in found.events if event.cause] == [
        "incomplete: artifact a.txt could not be stored",
        "incomplete: artifact b.txt could not be stored",
    ]
    (warning,) = capsys.readouterr().err.splitlines()
    assert warning.startswith("nbtrack: The artifact 'a.txt' could not be stored in")
    store.close()


def test_an_artifact_whose_file_is_gone_is_told(tmp_path: Path) -> None:
    artifacts = ArtifactStore(str(tmp_path))
    artifacts.put("ab" * 16, "a.txt", b"text")
    assert artifacts.read("ab" * 16, "a.txt", offset=1, limit=2) == b"ex"
    artifacts.remove("ab" * 16)
    with pytest.raises(ArtifactError, match="gone from the artifact store"):
        artifacts.read("ab" * 16, "a.txt")
    artifacts.remove("ab" * 16)


def test_clearing_removes_the_files_too(store: Store) -> None:
    runs = []
    for name in ("kept", "cleared"):
        with store.start_run(name) as run:
            run.log_text(name, "note.txt")
        runs.append(run)
    kept, cleared = runs
    folder = Path(store.recorder.artifacts.uri(cleared.run_id))
    assert store.recorder.delivery.wait(cleared.run_id, 60)
    store.delete_runs(cleared.run_id)
    assert store.clear_deleted(dry_run=True) == [cleared.run_id]
    assert folder.exists()
    assert store.clear_deleted() == [cleared.run_id]
    assert not folder.exists()
    assert stored(store, kept) == {"note.txt": b"kept"}
    assert store.clear_deleted() == []
