"""The grid on screen beside the peers' pages, on the same runs and in one go."""

from __future__ import annotations

import statistics
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.benchmarks import mlflow_page
from tests.benchmarks.figures import table
from tests.benchmarks.grid_live import measure_live
from tests.benchmarks.grid_page import Expected, Findings, expected_of, filled_lab, measure_grid
from tests.browser.conftest import CHROMIUM_OPTIONS, _chromium

LARGEST_PEER = 10_000
"""MLflow's page is not asked to show more: it sorts 100,000 runs in no less than two minutes."""
PEER_REPETITIONS = 3
SAME_AS = {
    "first row": "the first rows after the cell's end",
    "sort by a metric": "sort it the other way",
    "filter on metric and param": "filter on metric and param",
}
"""What MLflow's page does -> the figure of ours that it is compared with."""

Times = dict[str, list[float | None]]


def measure_screen(folder: Path, runs: int) -> str:
    """Return what each action takes on screen, in ratio to MLflow's page where that can be had."""
    with filled_lab(folder, runs) as lab:
        findings = measure_grid(lab, runs)
        expected = expected_of(lab.store)
        peer = _peer(folder, lab.store, expected) if runs <= LARGEST_PEER else None
    parts = [table(findings.figures), _counts(findings)]
    if isinstance(peer, str):
        parts.append(f"MLflow is left out: {peer}.")
    elif peer is not None:
        version, times = peer
        parts.append(_ratios(version, times, findings))
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


def _peer(folder: Path, store: Path, expected: Expected) -> tuple[str, Times] | str:
    peer = mlflow_page.MlflowPage(folder / "mlflow")
    problem = peer.install()
    if problem is not None:
        return problem
    peer.copy(store)
    times: Times = {name: [] for name in SAME_AS}
    with peer.served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_chromium(), args=list(CHROMIUM_OPTIONS)
        )
        for _ in range(PEER_REPETITIONS):
            page, first = mlflow_page.first_row(browser, address, expected.newest)
            times["first row"].append(first)
            times["filter on metric and param"].append(
                mlflow_page.filter_runs(page, expected.peer_search, expected.top_matching)
            )
            page.context.close()
            page, _ = mlflow_page.first_row(browser, address, expected.newest)
            times["sort by a metric"].append(mlflow_page.sort_by_metric(page, expected.highest))
            page.context.close()
        browser.close()
    return peer.version(), times


def _ratios(version: str, times: Times, findings: Findings) -> str:
    ours = {figure.name: figure.median for figure in findings.figures}
    heading = f"Beside `mlflow ui` {version} on SQLite with ANALYZE, medians of {PEER_REPETITIONS}:"
    lines = [
        heading,
        "",
        "| what | nbtrack | MLflow | ratio |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, samples in times.items():
        own = ours[SAME_AS[name]]
        known = [sample for sample in samples if sample is not None]
        if len(known) < len(samples):
            lines.append(f"| {name} | {own:.0f} ms | not within 120 s | more than "
                         f"{mlflow_page.LIMIT_MS / own:.0f} |")  # fmt: skip
            continue
        peer = statistics.median(known)
        lines.append(f"| {name} | {own:.0f} ms | {peer:,.0f} ms | {peer / own:.1f} |")
    return "\n".join(lines)
