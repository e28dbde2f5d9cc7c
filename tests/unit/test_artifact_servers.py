"""Artifacts on real servers: the same promises as in a folder."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from nbtrack.api import Store
from nbtrack.config import load_config
from nbtrack.errors import ArtifactError, ConfigError, StoreUnavailableError
from nbtrack.store import artifacts as artifacts_module
from nbtrack.store import transfer
from nbtrack.store.artifact_copy import copy_artifacts, relocate
from nbtrack.store.artifacts import ArtifactStore
from nbtrack.store.checking import check_artifacts
from tests.unit import artifact_servers

RUN_ID = "ab" * 16
pytestmark = pytest.mark.filterwarnings(
    # of the clients and servers, not ours
    "ignore::DeprecationWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore::ResourceWarning",
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture(params=["folder", "s3", "ftp", "sftp", "azure"])
def root(
    request: pytest.FixtureRequest, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """URL of an empty artifact store, once of each kind."""
    served, environment = tmp_path / "served", dict[str, str]()
    served.mkdir()
    with ExitStack() as stack:
        if request.param == "folder":
            url = str(served / "team")
        elif request.param == "s3":
            url = stack.enter_context(artifact_servers.s3_server(environment))
        elif request.param == "ftp":
            url = stack.enter_context(artifact_servers.ftp_server(served, home))
        elif request.param == "sftp":
            url = stack.enter_context(artifact_servers.sftp_server(served, home))
        else:
            command = artifact_servers.azurite()
            if command is None:
                pytest.skip("Azurite is not installed: npm install azurite, NBTRACK_TEST_AZURITE")
            url = stack.enter_context(artifact_servers.azure_server(command, served, environment))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield url


@pytest.fixture
def artifacts(root: str) -> ArtifactStore:
    return ArtifactStore(root)


def test_files_come_back_whole_and_go_for_good(artifacts: ArtifactStore, tmp_path: Path) -> None:
    content = os.urandom(7 * 1024 * 1024 + 3)  # more than one part of a multipart upload
    file = tmp_path / "model.bin"
    file.write_bytes(content)
    stored = artifacts.put(RUN_ID, "models/ä b#1.bin", file)
    assert (stored["size"], stored["digest"]) == (len(content), hashlib.sha256(content).hexdigest())
    artifacts.put(RUN_ID, "empty.txt", b"")
    artifacts.put("cd" * 16, "note.txt", b"first")
    artifacts.put("cd" * 16, "note.txt", b"second")
    assert artifacts.read(RUN_ID, "models/ä b#1.bin", 1_000_000, 10) == content[1_000_000:1_000_010]
    assert artifacts.read("cd" * 16, "note.txt") == b"second"
    copy, blocks = tmp_path / "copies" / "copy.bin", list[int]()
    artifacts.download(RUN_ID, stored["path"], copy, digest=stored["digest"], report=blocks.append)
    assert copy.read_bytes() == content
    assert sum(blocks) == len(content)
    assert sorted(artifacts.files()) == [
        (RUN_ID, "empty.txt", 0),
        (RUN_ID, "models/ä b#1.bin", len(content)),
        ("cd" * 16, "note.txt", 6),
    ]
    artifacts.remove(RUN_ID)
    artifacts.remove(RUN_ID)
    assert artifacts.files() == [("cd" * 16, "note.txt", 6)]
    assert not artifacts.exists(RUN_ID, "empty.txt")
    with pytest.raises(ArtifactError, match="is gone from the artifact store"):
        artifacts.read(RUN_ID, "empty.txt")
    with pytest.raises(ArtifactError, match="is gone from the artifact store"):
        artifacts.download(RUN_ID, "empty.txt", tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_what_was_changed_is_not_taken_for_what_was_logged(
    artifacts: ArtifactStore, tmp_path: Path
) -> None:
    stored = artifacts.put(RUN_ID, "a.txt", b"as logged")
    artifacts.put(RUN_ID, "a.txt", b"as forged")
    with pytest.raises(ArtifactError, match="is not what was logged"):
        artifacts.download(RUN_ID, "a.txt", tmp_path / "a.txt", digest=stored["digest"])
    assert not (tmp_path / "a.txt").exists()
    assert not list(tmp_path.glob(".*.part"))


def test_threads_use_one_store_at_once(artifacts: ArtifactStore) -> None:
    def work(number: int) -> None:
        for place in range(4):
            artifacts.put(f"{number:032x}", f"{place}.txt", str(place).encode() * 1000)
            assert artifacts.read(f"{number:032x}", f"{place}.txt") == str(place).encode() * 1000

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(artifacts.files()) == 12


def test_a_connection_that_breaks_is_made_anew_and_the_download_goes_on(
    artifacts: ArtifactStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not artifacts.root.startswith(("ftp", "sftp", "s3", "abfs")):
        pytest.skip("a folder has no connection")
    monkeypatch.setattr(artifacts_module, "FIRST_PAUSE_SECONDS", 0.01)
    content = os.urandom(3 * transfer.BLOCK_SIZE)
    stored = artifacts.put(RUN_ID, "a.bin", content)
    moved: list[int] = []

    def cut_once(size: int) -> None:
        moved.append(size)
        if len(moved) == 1:
            raise ConnectionResetError("cut")

    artifacts.download(
        RUN_ID, "a.bin", tmp_path / "a.bin", digest=stored["digest"], report=cut_once
    )
    assert sum(moved) == len(content)  # nothing was fetched twice
    reached = artifacts._connect()
    if reached.has_session:
        reached.filesystem.ftp.close()
        assert artifacts.put(RUN_ID, "b.txt", b"after it")["size"] == 8
        assert artifacts.read(RUN_ID, "b.txt") == b"after it"


def test_runs_keep_artifacts_there_and_are_checked_copied_and_cleared(
    root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBTRACK_ARTIFACTS", root)
    store = Store(load_config(tmp_path / "runs.db"))
    with store.start_run() as run:
        store.log_text("hello", "notes/a.txt")
        store.log_text("x" * 1000, "b.txt")
    found = store.get_run(run.run_id)
    assert {each.path: each.size for each in found.artifacts} == {"b.txt": 1000, "notes/a.txt": 5}
    artifacts, local = store.recorder.artifacts, ArtifactStore(str(tmp_path / "local"))
    assert not list(check_artifacts(store.database, artifacts))
    artifacts.put("cd" * 16, "stray.txt", b"whose?")
    assert copy_artifacts(store.database, artifacts, local) == []
    assert copy_artifacts(store.database, artifacts, local) == []
    assert sorted(size for *_, size in local.files()) == [5, 1000]
    local.put(run.run_id, "b.txt", b"short")
    local.remove("cd" * 16)
    (Path(local.uri(run.run_id)) / "notes" / "a.txt").unlink()
    problems = [finding.text for finding in check_artifacts(store.database, local)]
    assert [problem.split(":")[0] for problem in problems] == [
        "1 artifacts that runs list are gone",
        "1 artifacts have another size than when they were logged",
    ]
    (note,) = check_artifacts(store.database, artifacts)
    assert not note.is_problem
    assert note.text == "1 files with 6 bytes that no run lists: cdcdcdcd/stray.txt"
    relocate(store.database, local)
    assert store.get_run(run.run_id).artifact_uri == local.uri(run.run_id)
    store.delete_runs(run.run_id)
    store.clear_deleted()
    assert [run_id for run_id, *_ in artifacts.files()] == ["cd" * 16]
    store.close()


def test_a_server_that_no_ssh_knows_is_refused(tmp_path: Path, home: Path) -> None:
    with artifact_servers.sftp_server(tmp_path, home) as url:
        (home / ".ssh" / "known_hosts").write_text("")
        with pytest.raises(StoreUnavailableError, match="not among the known hosts"):
            ArtifactStore(url).put(RUN_ID, "a.txt", b"secret")


def test_a_bucket_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts_module, "FIRST_PAUSE_SECONDS", 0.01)
    environment: dict[str, str] = {}
    with artifact_servers.s3_server(environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        store = ArtifactStore("s3://no-such-bucket/team")
        with pytest.raises(StoreUnavailableError, match="could not be stored in s3://no-such"):
            store.put(RUN_ID, "a.txt", b"text")
        with pytest.raises(StoreUnavailableError, match="cannot be reached"):
            store.exists(RUN_ID, "a.txt") or store.files() or store.put(RUN_ID, "a", b"b")


def test_a_kind_without_its_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "paramiko", None)
    with pytest.raises(ConfigError, match=r"pip install 'nbtrack\[sftp\]'"):
        ArtifactStore("sftp://ana:s3cret@host/team").files()
    assert "s3cret" not in ArtifactStore("sftp://ana:s3cret@host/team").uri(RUN_ID)
