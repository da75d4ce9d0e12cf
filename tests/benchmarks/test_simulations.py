"""Coverage and size against what theory promises; writes `reports/oracles/simulation.csv` and its two figures."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from tests.benchmarks.simulations import SCENARIOS, Found, run

from y90outcomes.report.figures.style import journal, svg_and_png
from y90outcomes.results.whole import write_whole

OUT = Path(__file__).parents[2] / "reports" / "oracles"
SEED = 20260
COLOURS = {"exact": "#1b6ca8", "near": "#1b6ca8", "bound": "#4d7c3a", "fails": "#b03a2e"}


def one(index: int) -> Found:
    return run(SCENARIOS[index], SEED + index)


@pytest.fixture(scope="module")
def found() -> list[Found]:
    with ProcessPoolExecutor(2) as workers:
        return list(workers.map(one, range(len(SCENARIOS))))


def test_every_promise_is_kept_and_every_known_failure_shows(found: list[Found]) -> None:
    write(found)
    apart = [(made.scenario.name, made.share, made.error) for made in found if not made.holds]
    assert apart == []


def test_nearly_every_replicate_gives_an_answer(found: list[Found]) -> None:
    assert {made.scenario.name: made.no_answer for made in found if made.no_answer > 0.02 * made.scenario.repeats} == {}


def write(found: list[Found]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ("scenario", "kind", "promise", "data", "nominal", "share", "monte_carlo_error", "replicates", "no_answer")
    )
    for made in found:
        of = made.scenario
        writer.writerow((of.name, of.kind, of.promise, of.data, of.nominal, f"{made.share:.4f}", f"{made.error:.4f}",
                         made.n, made.no_answer))  # fmt: skip
    write_whole(OUT / "simulation.csv", text.getvalue().encode())
    for kind in ("coverage", "size"):
        with journal():
            svg, _ = svg_and_png(picture([made for made in found if made.scenario.kind == kind], kind), kind, kind)
        write_whole(OUT / f"simulation_{kind}.svg", svg)


def picture(found: list[Found], kind: str) -> Figure:
    """A dot per scenario with three Monte Carlo errors, the nominal value as a line."""
    figure = Figure(figsize=(6.4, 0.5 + 0.24 * len(found)), layout="constrained")
    axes = figure.add_subplot()
    nominal = 100.0 * found[0].scenario.nominal
    axes.axvline(nominal, color="#555555", linewidth=0.8)
    for place, made in enumerate(reversed(found)):
        axes.errorbar(100.0 * made.share, place, xerr=300.0 * made.error, fmt="o", markersize=4, linewidth=1.2,
                      color=COLOURS[made.scenario.promise])  # fmt: skip
    axes.set_yticks(range(len(found)), [made.scenario.name for made in reversed(found)])
    axes.set_xlabel("Intervals that cover the truth, %" if kind == "coverage" else "Rejections without an effect, %")
    axes.grid(axis="x", color="#dddddd", linewidth=0.5)
    axes.set_ylim(-0.7, len(found) - 0.3)
    return figure
