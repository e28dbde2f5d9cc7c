"""The README holds: its blocks run in a real kernel, and what it names is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import nbtrack
from nbtrack.cli import app
from nbtrack.errors import QueryError
from nbtrack.magics import TrackMagics
from nbtrack.query.parser import parse_search
from tests.kernels.kernel_client import Home, Kernel, running_kernel

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """Somebody who follows the README from its top."""
    with running_kernel(Home(tmp_path_factory.mktemp("reader")), load=False) as kernel:
        yield kernel


@pytest.mark.parametrize("block", BLOCKS)
def test_blocks_run(reader: Kernel, block: str) -> None:
    cell = reader.run(block)
    assert cell.error is None, cell.error
    assert cell.stderr == ""


def test_the_tracked_blocks_were_recorded(reader: Kernel) -> None:
    baseline = reader.home.run(run_name="baseline")
    assert baseline.params == {"lr": 0.1, "depth": 3}
    assert baseline.metrics.keys() == {"acc", "loss"}
    forest = reader.home.run(run_name="forest")
    assert (forest.experiment, forest.tags) == ("digits", {"team": "red"})
    assert forest.params == {"cfg.trees": 120, "depth": 12}


def test_the_mistake_shown_is_the_one_reported() -> None:
    shown = re.search(r"^```text\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert shown is not None
    search = shown.group(1).splitlines()[0]
    with pytest.raises(QueryError) as caught:
        parse_search(search)
    assert caught.value.caret() + "\n" == shown.group(1)


def test_every_magic_is_named() -> None:
    commands = TrackMagics(shell=None).commands
    missing = [name for name in commands if f"`%track {name}" not in README.replace("[", "")]
    assert missing == []


def test_every_command_named_exists() -> None:
    line = README.partition("## Command line")[2].partition("##")[0]
    known = get_command(app).commands  # type: ignore[attr-defined]  # the root is a group
    for named in re.findall(r"`nbtrack ([^`]+)`", line):
        command, _, actions = named.partition(" ")
        assert command in known
        for action in filter(None, actions.split("|")):
            assert CliRunner().invoke(app, [command, action, "--help"]).exit_code == 0


def test_links_and_pictures_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).is_file(), target


def test_every_function_named_is_public() -> None:
    for name in re.findall(r"nbtrack\.(\w+)\(", README):
        assert name in nbtrack.__all__
