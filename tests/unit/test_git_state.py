import os
import subprocess
from pathlib import Path

import pytest

from nbtrack.recording.git_state import DIFF_LIMIT, git_state

AUTHOR = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    output = subprocess.run(
        ["git", "-C", str(folder), *AUTHOR, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return output.stdout.strip()


def commit(folder: Path, message: str = "work") -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "train.py").write_text("lr = 0.1\n")
    commit(folder)
    return folder


def test_a_clean_repository(repository: Path) -> None:
    assert git_state(repository) == {
        "commit": git(repository, "rev-parse", "HEAD"),
        "branch": "main",
        "remote": None,
        "dirty": False,
        "untracked": 0,
        "diff": None,
    }


def test_a_change_that_is_not_committed(repository: Path) -> None:
    (repository / "train.py").write_text("lr = 0.2\n")
    state = git_state(repository)
    assert state is not None
    assert state["dirty"] is True
    assert "-lr = 0.1\n+lr = 0.2\n" in state["diff"]


def test_a_staged_change_counts_too(repository: Path) -> None:
    (repository / "new.py").write_text("depth = 3\n")
    git(repository, "add", "new.py")
    state = git_state(repository)
    assert state is not None
    assert (state["dirty"], state["untracked"]) == (True, 0)
    assert "+depth = 3\n" in state["diff"]


def test_untracked_files_are_counted_and_do_not_make_it_dirty(repository: Path) -> None:
    (repository / ".gitignore").write_text("*.log\n")
    commit(repository)
    (repository / "data").mkdir()
    for name in ("data/a.csv", "data/b.csv", "note.txt", "x.log"):
        (repository / name).write_text("1")
    state = git_state(repository)
    assert state is not None
    assert (state["dirty"], state["untracked"], state["diff"]) == (False, 3, None)


def test_a_folder_inside_the_repository(repository: Path) -> None:
    inner = repository / "notebooks" / "deep"
    inner.mkdir(parents=True)
    (repository / "train.py").write_text("lr = 0.2\n")
    state = git_state(inner)
    assert state is not None
    assert "train.py" in state["diff"]


def test_a_detached_head_has_no_branch(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "--detach")
    state = git_state(repository)
    assert state is not None
    assert state["branch"] is None
    assert state["commit"] == git(repository, "rev-parse", "HEAD")


def test_a_repository_before_its_first_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=trunk")
    (tmp_path / "staged.py").write_text("x = 1\n")
    git(tmp_path, "add", "staged.py")
    (tmp_path / "loose.py").write_text("y = 1\n")
    state = git_state(tmp_path)
    assert state is not None
    assert (state["commit"], state["branch"]) == (None, "trunk")
    assert (state["dirty"], state["untracked"]) == (True, 1)
    assert "+x = 1\n" in state["diff"]


def test_outside_a_repository(tmp_path: Path) -> None:
    assert git_state(tmp_path) is None
    assert git_state(tmp_path / "missing") is None


def test_inside_the_git_folder_itself(repository: Path) -> None:
    assert git_state(repository / ".git") is None


def test_without_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert git_state(repository) is None


def test_a_damaged_repository(repository: Path) -> None:
    (repository / ".git" / "HEAD").write_text("nonsense")
    assert git_state(repository) is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ada:s3cret@example.org/r.git?t=s3cret", "https://example.org/r.git"),
        ("git@example.org:team/r.git", "git@example.org:team/r.git"),
        ("ada:s3cret@example.org:team/r.git", "example.org:team/r.git"),
    ],
)
def test_the_remote_loses_its_credentials(repository: Path, url: str, shown: str) -> None:
    git(repository, "remote", "add", "origin", url)
    state = git_state(repository)
    assert state is not None
    assert state["remote"] == shown
    assert "s3cret" not in str(state)


def test_a_worktree_has_its_own_branch_and_changes(repository: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    git(repository, "worktree", "add", "--quiet", "-b", "trial", str(tree))
    (tree / "train.py").write_text("lr = 0.3\n")
    state, other = git_state(tree), git_state(repository)
    assert state is not None
    assert other is not None
    assert (state["branch"], state["dirty"]) == ("trial", True)
    assert (other["branch"], other["dirty"]) == ("main", False)


def test_a_submodule_is_a_repository_of_its_own(repository: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "--quiet", "--initial-branch=main")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", str(repository), "sub")
    head = commit(outer)
    (outer / "sub" / "train.py").write_text("lr = 0.4\n")
    inner_state, outer_state = git_state(outer / "sub"), git_state(outer)
    assert inner_state is not None
    assert outer_state is not None
    assert inner_state["commit"] == git(repository, "rev-parse", "HEAD")
    assert "+lr = 0.4\n" in inner_state["diff"]
    assert (outer_state["commit"], outer_state["dirty"]) == (head, True)


def test_weird_file_names(repository: Path) -> None:
    names = ["with blank.py", "new\nline.py", "ünïcode.py", '"quoted".py', "-option.py", "?? x.py"]
    for name in names:
        (repository / name).write_text("a = 1\n")
    (repository / os.fsdecode(b"latin\xe9.py")).write_text("a = 1\n")
    state = git_state(repository)
    assert state is not None
    assert (state["dirty"], state["untracked"]) == (False, 7)
    commit(repository)
    for name in names:
        (repository / name).write_text("a = 2\n")
    state = git_state(repository)
    assert state is not None
    assert state["untracked"] == 0
    assert state["diff"].count("+a = 2\n") == len(names)
    assert "ünïcode.py" in state["diff"]


def test_a_long_diff_is_cut_at_a_line_and_says_so(repository: Path) -> None:
    (repository / "train.py").write_text("".join(f"value = {i}\n" for i in range(100_000)))
    state = git_state(repository)
    assert state is not None
    lines = state["diff"].splitlines()
    assert len(state["diff"]) <= DIFF_LIMIT + 100
    assert lines[-1] == "[the rest of the diff is left out: it is longer than 256 KiB]"
    assert lines[-2].startswith("+value = ")
    assert state["dirty"] is True


def test_binary_files_are_named_without_content(repository: Path) -> None:
    binary = repository / "model.bin"
    binary.write_bytes(bytes(range(256)) * 4)
    commit(repository)
    binary.write_bytes(bytes(range(255, -1, -1)) * 4)
    state = git_state(repository)
    assert state is not None
    assert "Binary files a/model.bin and b/model.bin differ" in state["diff"]
    assert len(state["diff"]) < 300


def test_the_users_own_git_settings_do_not_change_the_diff(repository: Path) -> None:
    for key, value in {
        "color.ui": "always",
        "diff.noprefix": "true",
        "diff.external": "false",
        "core.quotePath": "true",
        "status.short": "true",
        "status.branch": "true",
        "status.showUntrackedFiles": "no",
    }.items():
        git(repository, "config", key, value)
    (repository / "train.py").write_text("lr = 0.2\n")
    (repository / "loose.py").write_text("1\n")
    state = git_state(repository)
    assert state is not None
    assert state["diff"].startswith("diff --git a/train.py b/train.py\n")
    assert "\x1b" not in state["diff"]
    assert (state["dirty"], state["untracked"]) == (True, 1)


def test_variables_of_a_git_hook_do_not_point_elsewhere(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet", "--initial-branch=elsewhere")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    state = git_state(repository)
    assert state is not None
    assert state["branch"] == "main"


def test_asking_leaves_the_repository_untouched(repository: Path) -> None:
    index = repository / ".git" / "index"
    (repository / "train.py").touch()
    before = (index.read_bytes(), index.stat().st_mtime_ns)
    git_state(repository)
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before


def test_a_git_that_hangs_is_given_up(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "bin"
    slow.mkdir()
    (slow / "git").write_text("#!/bin/sh\nsleep 60\n")
    (slow / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(slow), prepend=":")
    monkeypatch.setattr("nbtrack.recording.git_state.SECONDS", 0.3)
    assert git_state(repository) is None
