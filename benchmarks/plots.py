"""The report's pictures: few colours, a label on every bar, readable in black and white."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams.update({"svg.hashsalt": "sahan", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
                     "svg.fonttype": "path"})

from matplotlib import pyplot as plt  # noqa: E402 (the settings above come first)

OURS, PEER, AIM = "#0b6e6e", "#c8a165", "#444444"


def shares(
    path: Path, title: str, labels: Sequence[str], series: Mapping[str, Sequence[tuple[float, float, float]]],
    aims: Sequence[float] | None = None,
) -> None:
    """Bars of shares in percent with their intervals.

    Args:
        series: name to (share, low, high) for each label, 0..1.
        aims: what each label is to reach, 0..1; drawn as a line.
    """
    figure, axes = plt.subplots(figsize=(8, 3.2))
    width = 0.8 / len(series)
    for place, (name, values) in enumerate(series.items()):
        at = [index - 0.4 + width * (place + 0.5) for index in range(len(labels))]
        heights = [100 * share for share, _, _ in values]
        errors = [[max(0.0, 100 * (share - low)) for share, low, _ in values],
                  [max(0.0, 100 * (high - share)) for share, _, high in values]]
        axes.bar(at, heights, width * 0.92, yerr=errors, capsize=2, label=name, error_kw={"lw": 0.8},
                 color=(OURS, PEER, "#7aa9a9", "#999999", "#d9c9a9", "#bbbbbb")[place])
        if len(series) <= 2:
            for x, height in zip(at, heights, strict=True):
                axes.text(x, 2, f"{height:.0f}", ha="center", va="bottom", color="white", fontsize=7)
    for index, aim in enumerate(aims or ()):
        axes.plot([index - 0.45, index + 0.45], [100 * aim, 100 * aim], color=AIM, lw=1.2, ls=":")
    axes.set_xticks(range(len(labels)), labels)
    axes.set_ylim(0, 100)
    axes.set_ylabel("%")
    axes.set_title(title, loc="left", fontsize=10)
    if len(series) > 1:
        axes.legend(frameon=False, ncols=len(series), loc="upper center", bbox_to_anchor=(0.5, -0.12))
    _save(figure, path)


def costs(path: Path, title: str, labels: Sequence[str], series: Mapping[str, Sequence[float]], unit: str) -> None:
    """Horizontal bars on a logarithmic scale, for what differs by orders of magnitude."""
    figure, axes = plt.subplots(figsize=(8, 0.5 + 0.42 * len(labels) * len(series)))
    height = 0.8 / len(series)
    for place, (name, values) in enumerate(series.items()):
        at = [index + height * place for index in range(len(labels))]
        axes.barh(at, values, height * 0.92, label=name, color=(OURS, PEER)[place % 2])
        for y, value in zip(at, values, strict=True):
            axes.text(value * 1.05, y, f"{value:,.0f}" if value >= 10 else f"{value:.2g}", va="center", fontsize=8)
    axes.set_yticks([index + height * (len(series) - 1) / 2 for index in range(len(labels))], labels)
    axes.set_xscale("log")
    axes.margins(x=0.15)
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    axes.set_title(title, loc="left", fontsize=10)
    axes.legend(frameon=False, loc="lower right")
    _save(figure, path)


def bars(path: Path, title: str, labels: Sequence[str], series: Mapping[str, Sequence[float]]) -> None:
    """Horizontal bars from nought, the figure at each."""
    figure, axes = plt.subplots(figsize=(8, 0.6 + 0.22 * len(labels) * len(series)))
    height = 0.8 / len(series)
    for place, (name, values) in enumerate(series.items()):
        at = [index + height * place for index in range(len(values))]
        axes.barh(at, values, height * 0.92, label=name, color=(OURS, PEER, "#7aa9a9", "#999999")[place % 4])
        for y, value in zip(at, values, strict=True):
            axes.text(value, y, f" {value:.0f}", va="center", fontsize=7)
    axes.set_yticks([index + height * (len(series) - 1) / 2 for index in range(len(labels))], labels)
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.set_title(title, loc="left", fontsize=10)
    axes.legend(frameon=False, loc="lower right")
    _save(figure, path)


def lines(path: Path, title: str, series: Mapping[str, Sequence[tuple[float, float]]], across: str, up: str) -> None:
    """One line of (x, y) for each name; up is logarithmic."""
    figure, axes = plt.subplots(figsize=(8, 3.2))
    for place, (name, points) in enumerate(series.items()):
        axes.plot([x for x, _ in points], [y for _, y in points], label=name, lw=1.4,
                  color=(PEER, "#999999", OURS, "#7aa9a9")[place % 4], ls=("-", "--", "-", ":")[place % 4])
    axes.set_yscale("log")
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_title(title, loc="left", fontsize=10)
    axes.legend(frameon=False)
    _save(figure, path)


def _save(figure: plt.Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
