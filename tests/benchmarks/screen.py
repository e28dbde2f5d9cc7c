"""The grid on screen beside the peers' pages, on the same runs and in one go."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.benchmarks.figures import table
from tests.benchmarks.grid_live import measure_live
from tests.benchmarks.grid_page import Expected, Findings, expected_of, filled_lab, measure_grid
from tests.benchmarks.mlflow_page import MlflowPage
from tests.benchmarks.peer_page import PeerPage, ratio_lines
from tests.benchmarks.trackio_page import TrackioPage
from tests.browser.conftest import CHROMIUM_OPTIONS, _chromium

MOST_RUNS = {MlflowPage: 100_000, TrackioPage: 10_000}
"""What each peer's page is asked to show; beyond it, it takes more than minutes."""
MANY = 10_000
"""Up to so many runs a peer is measured several times."""
PEER_REPETITIONS = 3
SAME_AS = {
    "first row": "the first rows after the cell's end",
    "sort by a metric": "sort it the other way",
    "filter on metric and param": "filter on metric and param",
}
"""What a peer's page does -> the figure of ours that it is compared with."""


def measure_screen(folder: Path, runs: int) -> str:
    """Return what each action takes on screen, in ratio to the peers that can be had."""
    with filled_lab(folder, runs) as lab:
        findings = measure_grid(lab, runs)
        expected = expected_of(lab.store)
        parts = [table(findings.figures), _counts(findings)]
        for peer, most in MOST_RUNS.items():
            if runs <= most:
                place = folder / peer.name.lower()
                repetitions = PEER_REPETITIONS if runs <= MANY else 1
                parts.append(_beside(peer(place), lab.store, expected, findings, repetitions))
    return "\n\n".join(parts)


def measure_while_written(folder: Path, runs: int) -> str:
    """Return how the grid fares while another process writes 1,000 points a second."""
    found = measure_live(folder, runs)
    return (
        f"{found.points:,} points in {found.seconds:.1f} s by another process: the page asked for "
        f"its rows {found.refreshes} times ({found.refreshes / found.seconds:.2f} a second); "
        f"scroll position, focus and open row {'stayed' if found.steady else 'MOVED'}; the kernel "
        f"grew by {found.kernel_growth / 2**20:.0f} MiB, the server by "
        f"{found.server_growth / 2**20:.0f} MiB."
    )


def _counts(findings: Findings) -> str:
    return (
        f"The first screen took {findings.screen_bytes:,} bytes of answers and has "
        f"{findings.dom_rows} rows in the DOM at most. While scrolling, "
        f"{findings.slow_frames:.1%} of the frames took longer than 25 ms, and no stretch without "
        f"rows was longer than {findings.longest_blank:.0f} ms."
    )


def _beside(
    peer: PeerPage, store: Path, expected: Expected, findings: Findings, repetitions: int
) -> str:
    """Return the ratios to a peer's page, or why there are none."""
    problem = peer.install()
    if problem is not None:
        return f"{peer.name} is left out: {problem}."
    peer.copy(store)
    with peer.served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_chromium(), args=list(CHROMIUM_OPTIONS)
        )
        times = peer.measure(browser, url, expected, repetitions)
        browser.close()
    medians = {figure.name: figure.median for figure in findings.figures}
    ours = {name: medians[same] for name, same in SAME_AS.items()}
    return "\n".join(
        [
            f"Beside {peer.name} {peer.version()} on SQLite with ANALYZE, {_medians(repetitions)}:",
            "",
            f"| what | nbtrack | {peer.name} | ratio |",
            "| --- | ---: | ---: | ---: |",
            *ratio_lines(ours, times),
        ]
    )


def _medians(repetitions: int) -> str:
    return f"medians of {repetitions}" if repetitions > 1 else "measured once"
