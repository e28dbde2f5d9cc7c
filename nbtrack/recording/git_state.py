"""The git repository around a notebook: commit, branch, remote, and what is not committed."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

from nbtrack.recording.bounded_process import ProcessOutput, run_bounded
from nbtrack.recording.secrets import without_credentials

SECONDS = 5.0
"""The longest that all questions to git may take together."""

DIFF_LIMIT = 256 * 1024
"""Bytes of the diff that are kept."""

_LISTING_LIMIT = 16 * 1024 * 1024

_OPTIONS = (
    "--no-optional-locks",
    "-c", "core.quotePath=false",
    "-c", "core.fsmonitor=false",
    "-c", "color.ui=false",
    "-c", "diff.noprefix=false",
    "-c", "diff.mnemonicPrefix=false",
)  # fmt: skip
_DIFF = ("diff", "--no-ext-diff", "--no-textconv", "--no-color")

_REDIRECTING = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_EXTERNAL_DIFF",
)  # fmt: skip
"""Variables that a git hook sets, and that would make git answer for another repository."""


def git_state(folder: Path) -> dict[str, Any] | None:
    """Return the state of the git repository that holds `folder`.

    Parameters
    ----------
    folder : Path
        The notebook's folder.

    Returns
    -------
    dict or None
        None outside a repository, or without git. Otherwise

        - ``commit``: 40 or 64 hex digits, None before the first commit;
        - ``branch``: None when the head is detached;
        - ``remote``: the URL of ``origin`` without credentials, None without one;
        - ``dirty``: whether a tracked file differs from the commit (untracked files are
          counted apart), None when git took too long to tell;
        - ``untracked``: how many files are neither tracked nor ignored, None as above;
        - ``diff``: the text of ``git diff HEAD``, without the content of binary files; past
          256 KiB it ends with a line that says so. None when nothing differs.

    Examples
    --------
    >>> from pathlib import Path
    >>> git_state(Path("/")) is None
    True
    """
    program = shutil.which("git")
    if program is None or not folder.is_dir():
        return None
    git = _Git(program, folder)
    if git.answer("rev-parse", "--is-inside-work-tree") != "true":
        return None
    commit = git.answer("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    state: dict[str, Any] = {
        "commit": commit,
        "branch": git.answer("symbolic-ref", "--short", "--quiet", "HEAD"),
        "remote": _remote(git),
        "dirty": None,
        "untracked": None,
        "diff": None,
    }
    status = git.run("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames")
    if status is None or status.code != 0:
        return state
    entries = [entry for entry in status.text.split("\0") if entry]
    state["untracked"] = sum(entry.startswith("?? ") for entry in entries)
    state["dirty"] = len(entries) > state["untracked"]
    if state["dirty"]:
        state["diff"] = _diff(git, against="HEAD" if commit else "--cached")
    return state


class _Git:
    """Asks git about one folder, within one deadline."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._deadline = time.monotonic() + SECONDS
        self._environment = {
            name: value for name, value in os.environ.items() if name not in _REDIRECTING
        } | {
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_LAZY_FETCH": "1",
        }

    def run(self, *arguments: str, limit: int = _LISTING_LIMIT) -> ProcessOutput | None:
        return run_bounded(
            (self._program, *_OPTIONS, *arguments),
            seconds=max(0.0, self._deadline - time.monotonic()),
            limit=limit,
            folder=self._folder,
            environment=self._environment,
        )

    def answer(self, *arguments: str) -> str | None:
        """Return one line of answer, or None when git has none."""
        output = self.run(*arguments)
        if output is None or output.code != 0:
            return None
        return output.text.strip() or None


def _remote(git: _Git) -> str | None:
    url = git.answer("config", "--get", "remote.origin.url")
    return without_credentials(url) if url else None


def _diff(git: _Git, against: str) -> str | None:
    output = git.run(*_DIFF, against, limit=DIFF_LIMIT)
    if output is None:
        return None
    if not output.truncated:
        return output.text or None
    whole_lines = output.text[: output.text.rfind("\n") + 1]
    return f"{whole_lines}[the rest of the diff is left out: it is longer than 256 KiB]\n"
