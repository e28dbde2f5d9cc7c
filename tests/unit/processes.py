"""Real processes that record: started, listened to line by line, and killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]


def start_python(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a Python process that runs `code`; its stdin, stdout and stderr are pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", dedent(code), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def run_python(code: str, *arguments: str) -> str:
    """Run `code` to its end and return what it printed; it must succeed and warn of nothing."""
    process = start_python(code, *arguments)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, stderr
    assert not stderr
    return stdout


def read_lines(process: subprocess.Popen[str], number: int) -> list[str]:
    """Return the next lines that a process prints."""
    assert process.stdout is not None
    return [process.stdout.readline().rstrip("\n") for _ in range(number)]


def kill(process: subprocess.Popen[str]) -> str:
    """End a process as the out-of-memory killer does; return what else it had printed."""
    process.kill()
    with process:  # closes its pipes, and reaps it
        assert process.stdout is not None
        return process.stdout.read()
