"""Pseudo-patients from digitised curves: by hand, by brute force, by data whose events are known, by properties."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.published.drawn import both, digitised, errors, known

from y90outcomes.errors import InputError
from y90outcomes.published.reconstruction.curve_clean import falling
from y90outcomes.published.reconstruction.curves import (
    DigitisedCurve,
    clean,
    pool,
    read_curves,
    read_traced,
    reconstruct,
    summaries,
)


def curve(
    times: object, heights: object, table: dict[float, int], total: int | None = None, **rest: str
) -> DigitisedCurve:
    return DigitisedCurve(
        rest.pop("group", "a"), np.array(times, float), np.array(heights, float), np.array(list(table), float),
        np.array(list(table.values())), total, **rest,
    )  # fmt: skip


FIVE = ([0, 1, 3, 4, 6], [1, 4 / 5, 8 / 15, 4 / 15, 4 / 15], {0: 5, 2.5: 3})
"""By hand: events at 1, 3 and 4, censored at 2 and 6. 4/5, then 2/3 and 1/2 of it: the table says one was censored."""


def test_five_patients_by_hand() -> None:
    made = reconstruct(curve(*FIVE))
    assert made.time.tolist() == [1.0, 1.25, 3.0, 4.0, 6.0]
    assert made.event.tolist() == [True, False, True, True, False]
    assert set(made.group) == {"a"}
    assert made.reconstructed
    fit = made.fits[0]
    assert fit.valid
    assert fit.largest < 1e-12
    assert (fit.rebuilt, fit.mismatches, fit.events, fit.censored) == ((5, 3), (0, 0), 3, (1, 1))


def test_five_patients_without_the_later_number_at_risk() -> None:
    """The last step halves the curve, so two were at risk, and the one before left two thirds of it: three."""
    with_total = reconstruct(curve(FIVE[0], FIVE[1], {0: 5}, 3))
    assert (with_total.fits[0].events, with_total.fits[0].n) == (3, 5)
    assert with_total.time[with_total.event].tolist() == [1.0, 3.0, 4.0]


def everything(times: list[float], table: dict[float, int], end: float) -> dict[tuple[object, ...], tuple[float, ...]]:
    """Brute force, no code of ours: every number of deaths at every time and of censorings, spread evenly, that meets
    the table; (deaths, censored) -> heights after each time."""
    starts, numbers = list(table), [*table.values()]
    found = {}
    n = numbers[0]
    for deaths in product(range(n + 1), repeat=len(times)):
        if sum(deaths) > n:
            continue
        for censored in product(range(n - sum(deaths) + 1), repeat=len(starts)):
            gone = []
            for begin, until, count in zip(starts, [*starts[1:], end], censored, strict=True):
                gone += [begin + j * (until - begin) / (count + 1) for j in range(1, count + 1)]
            leaving = [*gone, *(t for t, d in zip(times, deaths, strict=True) for _ in range(d))]
            if any(n - sum(x < t for x in leaving) != number for t, number in table.items()) or len(leaving) >= n:
                continue
            height, heights = 1.0, []
            for t, d in zip(times, deaths, strict=True):
                risk = n - sum(x < t for x in leaving)
                if d > risk:
                    break
                height *= 1.0 - d / risk if risk else 1.0
                heights.append(height)
            else:
                found[(deaths, censored)] = tuple(heights)
    return found


def test_brute_force_of_tiny_groups() -> None:
    """Every history of six patients with three event times: the one that only one history explains is found again, and
    nothing found lies farther from the points than a person with all histories before them would accept."""
    times, table, end = [1.0, 4.0, 5.5], {0.0: 6, 3.0: 4}, 7.0
    histories = everything(times, table, end)
    shared: dict[tuple[float, ...], list[tuple[object, ...]]] = {}
    for history, heights in histories.items():
        shared.setdefault(tuple(round(h, 9) for h in heights), []).append(history)
    alone = 0
    for heights, explained in shared.items():
        made = reconstruct(curve([0.0, *times, end], [1.0, *heights, heights[-1]], table))
        assert made.fits[0].largest < 0.005, (heights, explained)
        assert made.fits[0].mismatches == (0, 0)
        deaths = tuple(int(((made.time == t) & made.event).sum()) for t in times)
        if len({of[0] for of in explained}) == 1:
            alone += 1
            assert deaths == explained[0][0], (heights, explained)
    assert alone >= 10


@pytest.mark.parametrize("how", [{"points": None, "total": True}, {"points": 300, "total": True}, {"points": 40}])
@pytest.mark.parametrize("name", ["larynx", "waltons", "lung"])
def test_data_whose_events_are_known(name: str, how: dict[str, object]) -> None:
    made = both(name, 1, **how)
    assert made.valid, made.reason
    assert len(made.time) == len(known(name).time)
    assert all(not any(fit.mismatches) for fit in made.fits)
    found = errors(name, made)
    assert found.hazard_ratio < 0.06
    assert found.log_p < 1.5
    assert found.median < 0.05
    assert found.rmst < 0.01
    assert found.events < (0.01 if how.get("total") else 0.05)


def test_points_without_error_give_the_events_back() -> None:
    of = known("larynx")
    inside = of.group == "a"
    made = reconstruct(digitised(of.time[inside], of.event[inside], "a", None, points=None, intervals=8, total=True))
    assert made.valid
    times = np.sort(of.time[inside][of.event[inside]])
    assert np.abs(np.sort(made.time[made.event]) - times).max() < 0.011 * of.time.max()
    assert made.fits[0].largest < 0.02


def test_an_uncounted_group_has_no_hazard_ratio_but_an_area() -> None:
    made = summaries(both("waltons", 1, intervals=1))
    assert np.isnan(made.hazard_ratio.hazard_ratio)
    assert np.isnan(made.log_rank.p)
    assert "guessed" in made.hazard_ratio.reason
    assert np.isfinite(made.medians[0].estimate)
    assert np.isnan(made.medians[0].lower)
    assert np.isfinite(made.restricted_means.difference.estimate)
    assert np.isnan(made.restricted_means.difference.p)
    assert made.label == "reconstructed"


def test_what_does_not_fit_is_said_and_gives_no_number() -> None:
    """Ten of ten still at risk at time 5, yet the curve has come down to one half."""
    bad = reconstruct(curve([0, 1, 2, 3, 8], [1, 0.8, 0.6, 0.5, 0.5], {0: 10, 5: 10}))
    assert not bad.valid
    assert "from the points" in bad.reason
    assert bad.fits[0].mismatches == (0, 0)
    good = reconstruct(curve(*FIVE, group="b"))
    made = summaries(pool([bad, good]))
    assert not made.valid
    assert "does not fit" in made.reason
    assert np.isnan(made.hazard_ratio.hazard_ratio)
    assert np.isnan(made.restricted_means.difference.estimate)
    assert all(np.isnan(median.estimate) for median in made.medians)


def test_a_total_that_cannot_be_is_said() -> None:
    made = reconstruct(curve([0, 1, 2, 8], [1, 0.9, 0.8, 0.8], {0: 10, 5: 8}, 6))
    assert not made.valid
    assert made.fits[0].events_mismatch == -4
    assert "instead of 6" in made.reason


def test_nobody_had_an_event() -> None:
    made = reconstruct(curve([0, 5, 10], [1, 1, 1], {0: 7, 5: 3}))
    assert made.valid
    assert (made.fits[0].events, len(made.time), made.time.max()) == (0, 7, 10.0)


def test_everybody_had_an_event() -> None:
    made = reconstruct(curve([0, 1, 2, 3, 4], [1, 0.75, 0.5, 0.25, 0], {0: 4, 2: 3, 4: 1}, 4))
    assert made.time.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert made.event.all()


def test_points_on_a_grid_place_events_between_them() -> None:
    points = [0, 2, 4, 6, 8], [1, 0.9, 0.9, 0.8, 0.8], {0: 10}, 2
    assert reconstruct(curve(*points)).time[:1].tolist() == [2.0]
    made = reconstruct(curve(*points, sampling="grid"))
    assert made.time[made.event].tolist() == [1.0, 5.0]


def test_cleaning_says_what_it_did() -> None:
    of = curve([3, 1, 1, -0.01, 5, 5], [0.71, 0.9, 0.9, 1.003, 0.72, 0.5], {0: 10, 6: 5})
    times, heights, done = clean(of)
    assert (times[0], heights[0], times[-1]) == (0.0, 1.0, 6.0)
    assert (np.diff(heights) <= 0).all()
    assert (done.points, done.duplicates, done.clipped, done.moved, done.extended) == (6, 1, 1, 2, True)
    assert done.largest == pytest.approx(0.005)
    assert not done.started
    said = " ".join(done.words)
    assert "never rises" in said
    assert "used once" in said
    assert "carried flat" in said


def test_falling_heights_are_the_isotonic_least_squares_of_scipy() -> None:
    from scipy.optimize import isotonic_regression

    heights = 1.0 - np.linspace(0, 0.8, 200) + np.random.default_rng(1).normal(0.0, 0.05, 200)
    np.testing.assert_allclose(falling(heights), isotonic_regression(heights, increasing=False).x, atol=1e-12)
    assert falling(np.array([3.0, 1.0, 2.0])).tolist() == [3.0, 1.5, 1.5]


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (curve([0, 1, 2], [1, 0.5, 0.7], {0: 9}), "rises by 0.200"),
        (curve([0, -1, 2], [1, 0.9, 0.7], {0: 9}), "negative time"),
        (curve([0, 1, 2], [100, 90, 70], {0: 9}), "survival_percent"),
        (curve([0, 1, 2], [1, 0.5, -0.3], {0: 9}), "down to -0.3"),
        (curve([0, 1, 2], [1, 0.9, 0.7], {0: 9, 1: 11}), "rises from 9 to 11"),
        (curve([0, 1, 2], [1, 0.9, 0.7], {1: 9}), "starts at time 1"),
        (curve([0, 1, 2], [1, 0.9, 0.7], {0: 9, 2: 5, 1: 4}), "times do not rise"),
        (curve([0, 1, 2], [1, 0.9, 0.7], {0: 0}), "nobody at risk"),
        (curve([0, 1, 2], [1, 0.9, 0.7], {}), "no number at risk"),
        (curve([0], [1], {0: 9}), "1 points"),
        (curve([0, 1, np.nan], [1, 0.9, 0.7], {0: 9}), "without a number"),
        (curve([0, 1, 2], [1, 0.9], {0: 9}), "3 times but 2 heights"),
        (curve([0, 1, 2], [1, 0.9, 0.7], {0: 9}, 10), "10 of 9 patients"),
        (curve([0, 1, 2, 3], [1, 0.9, 0.7, 0.3], {0: 9, 2: 0}), "when nobody is at risk"),
        (curve([0, 1, 2], [1, 0.9, 0.7], {0: 9, 12: 4}), "one unit of time"),
        (curve([0, 10, 40], [1, 0.9, 0.7], {0: 9, 1: 7, 2: 4}), "one unit of time"),
        (curve([0, 1, 2], [1, 0.9, 0.7], {0: 9}, sampling="often"), "unknown sampling"),
    ],
)
def test_faults(of: DigitisedCurve, said: str) -> None:
    with pytest.raises(InputError, match=said.replace(".", r"\.")):
        reconstruct(of)


CSV = """group,time,survival_percent,at_risk,total_events,source
A,0,100,5,3,Figure 2
A,1,80,,,
A,3,53.333333333333336,,,
A,2.5,,3,,
A,4,26.666666666666668,,,
A,6,26.666666666666668,,,
B,0,100,4,,
B,3,75,,,
"""

YAML = """curves:
  - group: A
    source: Figure 2
    scale: percent
    total_events: 3
    at_risk: {0: 5, 2.5: 3}
    points_from: {file: traced.csv, curve: left}
  - group: B
    scale: share
    at_risk: {0: 4}
    points: [[0, 1], [3, 0.75]]
"""

TRACED = """left,,right,
X,Y,X,Y
0,100,0,1
1,80,2,0.5
3,53.333333333333336,,
4,26.666666666666668,,
6,26.666666666666668,,
"""


def test_three_ways_to_write_the_same_curves(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(CSV)
    (tmp_path / "d.csv").write_text("\ufeff" + CSV.replace(",", ";").replace(".", ","), encoding="utf-8")
    (tmp_path / "c.yaml").write_text(YAML)
    (tmp_path / "traced.csv").write_text(TRACED)
    read = [read_curves(tmp_path / name) for name in ("c.csv", "d.csv", "c.yaml")]
    for first, second in read:
        assert (first.group, first.source, first.total_events, first.sampling) == ("A", "Figure 2", 3, "steps")
        np.testing.assert_allclose(first.survival, FIVE[1])
        assert first.times.tolist() == FIVE[0]
        assert (first.risk_times.tolist(), first.at_risk.tolist()) == ([0.0, 2.5], [5, 3])
        assert (second.group, second.total_events, second.survival.tolist()) == ("B", None, [1.0, 0.75])
    assert reconstruct(read[0][0]).time.tolist() == [1.0, 1.25, 3.0, 4.0, 6.0]


def test_exports_of_a_digitiser(tmp_path: Path) -> None:
    (tmp_path / "two.csv").write_text(TRACED)
    found = read_traced(tmp_path / "two.csv")
    assert {name: len(x) for name, (x, _) in found.items()} == {"left": 5, "right": 2}
    for text in ("0,1\n2,0.5\n", "x,y\n0,1\n2,0.5\n", "0;1\n2;0,5\n"):
        (tmp_path / "one.csv").write_text(text)
        x, y = read_traced(tmp_path / "one.csv")[""]
        assert (x.tolist(), y.tolist()) == ([0.0, 2.0], [1.0, 0.5])
    (tmp_path / "half.csv").write_text("0,1\n2,\n")
    with pytest.raises(InputError, match="line 2: not a point"):
        read_traced(tmp_path / "half.csv")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.txt", "", "ending in .csv"),
        ("a.csv", "", "no column 'group'"),
        ("a.csv", "group,time,survival,at_risk,survivall\nA,0,1,5,\n", "did you mean 'survival'"),
        ("a.csv", "group,time,at_risk\nA,0,5\n", "survival or survival_percent"),
        ("a.csv", CSV.replace("A,1,80", "A,one,80"), "line 3: time is not a number"),
        ("a.csv", CSV.replace("A,1,80", "A,nan,80"), "line 3: time is not a number"),
        ("a.csv", CSV.replace("survival_percent", "survival"), "shares from 0 to 1"),
        ("a.csv", "group,time,survival_percent,at_risk\nA,0,1,5\nA,2,0.5,\n", "if they are shares"),
        ("a.csv", CSV.replace("A,1,80,,,", "A,1,80,,4,"), "another total_events"),
        ("a.csv", CSV.replace("B,0,100,4", "B,0,100,4.5"), "not counts"),
        ("a.csv", CSV.replace("B,0,100,4", "B,0,100,"), "no number at risk"),
        ("a.yaml", "curve: 1\n", "no list of curves"),
        ("a.yaml", YAML.replace("scale: share", "scales: share"), "'scale' is missing"),
        ("a.yaml", YAML.replace("group: B", "group: A"), "stands twice"),
        ("a.yaml", YAML.replace("curve: left", "curve: lef"), "did you mean 'left'"),
        ("a.yaml", YAML.replace("[3, 0.75]", "[3, x]"), "not pairs of numbers"),
        ("a.yaml", YAML.replace("{0: 4}", "4"), "not a risk table"),
        ("a.yaml", YAML.replace("traced.csv", "absent.csv"), "no such file"),
    ],
)
def test_faults_of_files(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / "traced.csv").write_text(TRACED)
    with pytest.raises(InputError) as caught:
        read_curves(tmp_path / name)
    assert said in str(caught.value)


@st.composite
def drawn(draw: st.DrawFn) -> DigitisedCurve:
    """A risk table and points that may or may not go with it."""
    counts = sorted(draw(st.lists(st.integers(0, 40), min_size=1, max_size=4)), reverse=True)
    counts[0] = max(counts[0], 1)
    if len(counts) > 1:
        counts = [max(count, 1) for count in counts]
    heights = sorted(draw(st.lists(st.integers(0, 100), min_size=2, max_size=8)), reverse=True)
    gaps = draw(st.lists(st.integers(1, 9), min_size=len(heights), max_size=len(heights)))
    times = np.cumsum(gaps) / 4.0
    table = dict(zip((np.arange(len(counts)) * times[-1] / 3.0).tolist(), counts, strict=True))
    total = draw(st.one_of(st.none(), st.integers(0, counts[0])))
    return curve(times, np.array(heights) / 100.0, table, total)


@settings(max_examples=15)
@given(drawn(), st.randoms(use_true_random=False))
def test_properties(of: DigitisedCurve, random: object) -> None:
    made = reconstruct(of)
    fit = made.fits[0]
    assert len(made.time) == fit.n == of.at_risk[0]
    assert (np.diff(made.time) >= 0.0).all()
    assert made.time.min() >= 0.0
    assert made.time.max() <= max(of.times.max(), of.risk_times.max())
    assert fit.rebuilt == fit.at_risk
    assert fit.events + sum(fit.censored) == fit.n
    assert fit.valid == (fit.reason == "")
    if of.total_events is not None and fit.valid:
        assert abs(fit.events - of.total_events) <= 1
    order = list(range(len(of.times)))
    random.shuffle(order)  # type: ignore[attr-defined]
    turned = reconstruct(replace(of, times=of.times[order], survival=of.survival[order]))
    np.testing.assert_array_equal(turned.time, made.time)
    np.testing.assert_array_equal(turned.event, made.event)
    days = reconstruct(replace(of, times=of.times * 30.4375, risk_times=of.risk_times * 30.4375))
    np.testing.assert_allclose(days.time, made.time * 30.4375, rtol=1e-9)
    np.testing.assert_array_equal(days.event, made.event)


def test_pool_wants_different_groups() -> None:
    one = reconstruct(curve(*FIVE))
    with pytest.raises(ValueError, match="differ"):
        pool([one, one])
    with pytest.raises(ValueError, match="two groups"):
        summaries(one)
