"""``%load_ext nbtrack``: the magics, and the line that is shown under a tracked cell."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Sequence
from typing import Any

from IPython.core.error import UsageError

from nbtrack.api import Store, current_store
from nbtrack.errors import NbtrackError, UserError, did_you_mean
from nbtrack.recording.cells import CellTracker, FinishedCell
from nbtrack.recording.request_queue import PlannedCell
from nbtrack.recording.track_line import parse_tag
from nbtrack.store.outbox import is_untouched

USAGE = "%track [on|off|status|show|list|delete|restore|diff|clear|experiment|store|tag] ..."
MAX_LISTED = 50
MAX_SECONDS = 86_400.0

_loaded: dict[int, TrackMagics] = {}


def load(shell: Any) -> None:
    """Register magics and hooks, and tell what became of runs that a dead kernel left open."""
    if id(shell) in _loaded:
        return
    magics = TrackMagics(shell)
    _loaded[id(shell)] = magics
    magics.install()
    _report_unfinished(current_store)


def unload(shell: Any) -> None:
    """Leave a shell as it was before `load`."""
    magics = _loaded.pop(id(shell), None)
    if magics is not None:
        magics.uninstall()


def plan(shell: Any, cells: str) -> None:
    """Take cells (JSON) as queued that will be executed one after another."""
    magics = _loaded.get(id(shell))
    if magics is not None:
        magics.tracker.queue.plan(PlannedCell(**cell) for cell in json.loads(cells))


class TrackMagics:
    """The ``%track`` and ``%%track`` of one shell.

    Parameters
    ----------
    shell : InteractiveShell
        IPython's shell.
    """

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.tracker = CellTracker(
            shell,
            recorder=lambda: current_store.recorder,
            choices=lambda: (current_store.experiment, current_store.tags),
            finished=self._show_report,
        )
        self._last: FinishedCell | None = None
        self._hidden: dict[str, Callable[..., Any] | None] = {}
        self.commands: dict[str, Callable[[list[str]], Any]] = {
            "on": self._on,
            "off": self._off,
            "status": self._status,
            "show": self._show,
            "list": self._list,
            "delete": self._delete,
            "restore": self._restore,
            "diff": self._diff,
            "clear": self._clear,
            "experiment": self._experiment,
            "store": self._store,
            "tag": self._tag,
        }

    def install(self) -> None:
        """Register the hooks and the magics."""
        self.tracker.install()
        for kind, magic in (("line", self.track), ("cell", self.track_cell)):
            self._hidden[kind] = self.shell.magics_manager.magics[kind].get("track")
            self.shell.register_magic_function(magic, kind, "track")

    def uninstall(self) -> None:
        """Leave the shell as it was before `install`."""
        self.tracker.uninstall()
        for kind, hidden in self._hidden.items():
            if hidden is None:
                self.shell.magics_manager.magics[kind].pop("track", None)
            else:
                self.shell.register_magic_function(hidden, kind, "track")

    def track(self, line: str) -> Any:
        """Control tracking: %track [on|off|status|show|list|delete|restore|...].

        %track                        what is on, where it goes, the last run
        %track on [--min-seconds S]   every cell is a run; shorter ones that log nothing are not
        %track off                    only cells with %%track are runs
        %track show [WHERE] [--here]  the dashboard; --here: the runs of this notebook
        %track list [WHERE]           the newest runs as a table
        %track delete ID...           mark runs as deleted; ids may be shortened
        %track delete --stale         those that are dead or interrupted, and have no metrics
        %track restore ID...          take the mark off
        %track diff ID ID...          what differs between runs, their code included
        %track clear                  remove the runs marked as deleted for good
        %track experiment NAME        the experiment of this kernel's runs
        %track store URL              the store of this kernel
        %track tag KEY=VALUE          a tag for this kernel's runs
        """
        command, _, rest = line.strip().partition(" ")
        handler = self.commands.get(command or "status")
        if handler is None:
            hint = did_you_mean(command, self.commands) or f"Usage: {USAGE}"
            raise UsageError(f"%track has no {command!r}. {hint}")
        try:
            arguments = [rest.strip()] if command in {"show", "list"} else shlex.split(rest)
            return handler([argument for argument in arguments if argument])
        except (NbtrackError, ValueError) as error:
            raise UsageError(f"%track {command}: {error}") from None

    def track_cell(self, line: str, cell: str) -> None:
        """Make the cell a run: %%track [NAME] [-e EXPERIMENT] [-p NAMES] [-m NAMES] [-t KEY=VALUE].

        NAME            friendly name of the run
        -e EXPERIMENT   experiment; the notebook's name when not given
        -p lr,cfg.depth variables that become params after the cell
        -m acc,report   variables that become metrics after the cell; a dict logs each number
        -t KEY=VALUE    a tag; may be repeated
        --no-capture    do not take literals as params, nor the last value as metric
        """
        self.shell.run_cell(f"%%track{line and ' '}{line}\n{cell}")

    def _on(self, arguments: list[str]) -> None:
        seconds = 0.0
        if arguments:
            seconds = _min_seconds(arguments)
        self.tracker.every_cell, self.tracker.min_seconds = True, seconds
        unless = f"; those under {seconds:g} s that log nothing are dropped" if seconds else ""
        print(f"Every cell is a run from now on{unless}. Stop with %track off.")

    def _off(self, arguments: list[str]) -> None:
        _refuse(arguments)
        self.tracker.every_cell = False
        print("Only cells with %%track are runs from now on.")

    def _status(self, arguments: list[str]) -> None:
        _refuse(arguments)
        store = current_store.chosen
        what = "every cell" if self.tracker.every_cell else "cells with %%track"
        last = self._last
        print(f"store       {store.shown_name}")
        print(f"experiment  {store.experiment or self._default_experiment()}")
        print(f"tracking    {what}")
        if store.tags:
            print(f"tags        {', '.join(f'{k}={v}' for k, v in store.tags.items())}")
        print(f"last run    {last.run.name} {last.run.run_id[:8]} {last.status}" if last else
              "last run    none yet in this kernel")  # fmt: skip

    def _show(self, arguments: list[str]) -> Any:
        from nbtrack.display import Dashboard

        words = arguments[0] if arguments else ""
        here = "--here" in words.split()
        where = words.replace("--here", "").strip() or None
        return Dashboard(where, scope="notebook" if here else "experiment")

    def _list(self, arguments: list[str]) -> Any:
        from nbtrack.listed_runs import ListedRuns

        where = arguments[0] if arguments else None
        frame = current_store.runs(where, limit=MAX_LISTED)
        keyed = [name for name in frame.columns if "." in name]
        listed = frame[["run_id", "run_name", "status", "attempt", "start_time", *keyed]]
        return ListedRuns(listed)

    def _delete(self, arguments: list[str]) -> None:
        named = _some(arguments, "delete")
        if "--stale" in named:
            _refuse([argument for argument in named if argument != "--stale"])
            named = current_store.stale_runs()
        changed = current_store.delete_runs(named)
        undo = f" Undo with %track restore {_short(changed)}." if changed else ""
        print(f"{_runs(changed)} marked as deleted.{undo}")

    def _restore(self, arguments: list[str]) -> None:
        changed = current_store.restore_runs(_some(arguments, "restore"))
        print(f"{_runs(changed)} restored.")

    def _diff(self, arguments: list[str]) -> Any:
        return current_store.compare(_some(arguments, "diff"))

    def _clear(self, arguments: list[str]) -> None:
        _refuse(arguments)
        cleared = current_store.clear()
        kept = f" {len(cleared.kept)} stay: registered models need them." if cleared.kept else ""
        print(f"{_runs(cleared.run_ids)} removed for good.{kept}")

    def _experiment(self, arguments: list[str]) -> None:
        name = " ".join(_some(arguments, "experiment"))
        current_store.set_experiment(name)
        print(f"Runs of this kernel go to the experiment {name!r}.")

    def _store(self, arguments: list[str]) -> None:
        if len(arguments) != 1:
            raise UserError("A store is one URL or path.", hint="Usage: %track store URL")
        store = current_store.use(arguments[0])
        print(f"Runs of this kernel go to {store.shown_name}.")
        _report_unfinished(store)

    def _tag(self, arguments: list[str]) -> None:
        tags = dict(parse_tag(argument) for argument in _some(arguments, "tag"))
        current_store.set_kernel_tags(tags)
        print(f"Runs of this kernel bear {', '.join(f'{k}={v}' for k, v in tags.items())}.")

    def _default_experiment(self) -> str:
        from nbtrack.recording import capture

        return capture.default_experiment(capture.notebook_path(self.shell))

    def _show_report(self, finished: FinishedCell) -> None:
        self._last = finished
        if finished.explicit:
            from nbtrack.report import report_bundle

            self.shell.display_pub.publish(data=report_bundle(finished))


def _report_unfinished(store: Store) -> None:
    """Reconcile a store that exists already, and say so in one line if runs were left open."""
    try:
        if is_untouched(store.config):
            return
        from nbtrack.kernels.reconcile import reconcile

        dead = reconcile(store.database)
    except NbtrackError as error:
        print(f"nbtrack: {error}", file=sys.stderr)
        return
    if dead:
        which = "a dead kernel was" if len(dead) == 1 else "dead kernels were"
        print(f"{_runs(dead)} of {which} marked dead.")


def _min_seconds(arguments: list[str]) -> float:
    option, _, text = " ".join(arguments).replace("=", " ", 1).partition(" ")
    if option != "--min-seconds":
        hint = did_you_mean(option, ["--min-seconds"]) or "Usage: %track on --min-seconds 2"
        raise UserError(f"Unknown option {option!r}.", hint=hint)
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < MAX_SECONDS:
        raise UserError(f"{text!r} is no number of seconds.", hint="Such as --min-seconds 2")
    return seconds


def _some(arguments: list[str], command: str) -> list[str]:
    if not arguments:
        raise UserError("Something is missing.", hint=f"Usage: %track {command} ...")
    return arguments


def _refuse(arguments: list[str]) -> None:
    if arguments:
        raise UserError(f"Unexpected {arguments[0]!r}.", hint=f"Usage: {USAGE}")


def _runs(run_ids: Sequence[str]) -> str:
    return "1 run" if len(run_ids) == 1 else f"{len(run_ids)} runs"


def _short(run_ids: list[str]) -> str:
    return " ".join(run_id[:8] for run_id in run_ids)
