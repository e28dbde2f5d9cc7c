"""What a benchmark finds: samples in milliseconds, shown with their median and spread."""

from __future__ import annotations

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One thing measured many times."""

    name: str
    samples: list[float]
    """Milliseconds."""
    goal: float | None = None
    """Milliseconds that the median may be at most."""

    @property
    def median(self) -> float:
        """The median, in milliseconds."""
        return statistics.median(self.samples)

    @property
    def quartiles(self) -> tuple[float, float]:
        """The quarter of the samples lies below the first, a quarter above the second."""
        if len(self.samples) == 1:
            return self.samples[0], self.samples[0]
        low, _, high = statistics.quantiles(self.samples, n=4, method="inclusive")
        return low, high

    @property
    def verdict(self) -> str:
        """The goal, and whether the median reaches it."""
        if self.goal is None:
            return ""
        return f"≤ {self.goal:g} ms: {'reached' if self.median <= self.goal else 'MISSED'}"


def table(figures: list[Figure]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| what | median | middle half | worst | samples | goal |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for figure in figures:
        low, high = figure.quartiles
        lines.append(
            f"| {figure.name} | {figure.median:.1f} ms | {low:.1f} to {high:.1f} ms "
            f"| {max(figure.samples):.1f} ms | {len(figure.samples)} | {figure.verdict} |"
        )
    return "\n".join(lines)


def differences(larger: list[float], smaller: list[float]) -> list[float]:
    """Return what each sample has over the one taken next to it."""
    return [more - less for more, less in zip(larger, smaller, strict=True)]
