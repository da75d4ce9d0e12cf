"""ROC estimators: closed forms, nasty inputs, properties, conventions."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve
from tests.oracle.datasets import data

from y90outcomes.estimators.accuracy import MEASURES, accuracy, accuracy_clustered
from y90outcomes.estimators.auc import auc, compare_auc
from y90outcomes.estimators.auc_clustered import auc_clustered, compare_auc_clustered
from y90outcomes.estimators.cutpoints import cutpoints, fixed_cutpoint
from y90outcomes.estimators.numbers import Estimate
from y90outcomes.estimators.roc import roc

CASES = st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 3)), min_size=2, max_size=25).filter(
    lambda rows: len({hit for _, hit, _ in rows}) == 2
)


def columns(rows: list[tuple[int, bool, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    score, event, cluster = zip(*rows, strict=True)
    return np.array(score, float), np.array(event, float), np.array(cluster)


def numbers(made: Estimate) -> list[float]:
    return [made.estimate, made.lower, made.upper, made.se]


def same(first: Estimate, second: Estimate) -> bool:
    return np.allclose(numbers(first), numbers(second), rtol=1e-9, atol=1e-12, equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_the_area_counts_pairs_and_the_points_are_those_of_scikit_learn(rows: list[tuple[int, bool, int]]) -> None:
    score, event, _ = columns(rows)
    pairs = list(itertools.product(score[event == 1], score[event == 0]))
    by_hand = sum(Fraction(int(2 * (x > y) + (x == y)), 2) for x, y in pairs) / len(pairs)
    made = auc(score, event, direction="higher")
    assert made.estimate == pytest.approx(float(by_hand), abs=1e-15)
    assert made.estimate == pytest.approx(roc_auc_score(event, score))
    assert auc(score, event, direction="lower").estimate == pytest.approx(1.0 - made.estimate)
    curve = roc(score, event, direction="higher")
    false, true, cut = roc_curve(event, score, drop_intermediate=False)
    assert np.array_equal(curve.cutoff, cut)
    assert np.allclose(curve.sensitivity, true)
    assert np.allclose(1 - curve.specificity, false)


@settings(max_examples=40, deadline=None)
@given(CASES, st.randoms(use_true_random=False))
def test_order_units_and_direction_do_not_matter(rows: list[tuple[int, bool, int]], random: object) -> None:
    score, event, cluster = columns(rows)
    order = np.array(sorted(range(len(rows)), key=lambda _: random.random()))  # type: ignore[attr-defined]
    made = auc_clustered(score, event, cluster, direction="higher")
    moved = auc_clustered(score[order] * 1000, event[order], cluster[order], direction="higher")
    turned = auc_clustered(-score, event, cluster, direction="lower")
    for other in (moved, turned):
        assert same(made.clustered, other.clustered)
        assert same(made.naive, other.naive)
    best, again = (
        [(cut.tp, cut.fp) for cut in cutpoints(roc(s, event, direction=d), "youden").found]
        for s, d in ((score, "higher"), (-score * 1e-3, "lower"))
    )
    assert best == again


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_one_subject_per_cluster_is_delong(rows: list[tuple[int, bool, int]]) -> None:
    score, event, _ = columns(rows)
    made = auc_clustered(score, event, np.arange(len(score)), direction="higher")
    if min(event.sum(), (1 - event).sum()) > 1:
        assert same(made.clustered, made.naive)
    both = np.column_stack((score, np.roll(score, 1)))
    plain = compare_auc(both, event, direction="higher")
    nested = compare_auc_clustered(both, event, np.arange(len(score)), direction="higher")
    if min(event.sum(), (1 - event).sum()) > 1:
        assert np.allclose(plain.covariance, nested.covariance)
        assert same(plain.differences[0], nested.differences[0])


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_every_cutoff_convention_makes_the_same_table(rows: list[tuple[int, bool, int]]) -> None:
    score, event, _ = columns(rows)
    for direction in ("higher", "lower"):
        curve = roc(score, event, direction=direction)
        for convention in ("observed", "midpoint", "medcalc"):
            for cut in cutpoints(curve, "youden", cutoff_value=convention).found:
                positive = {"≥": score >= cut.value, "≤": score <= cut.value, ">": score > cut.value,
                            "<": score < cut.value}[cut.rule]  # fmt: skip
                assert (positive & (event == 1)).sum() == cut.tp
                assert (positive & (event == 0)).sum() == cut.fp
                assert (cut.tp + cut.fn, cut.fp + cut.tn) == (curve.events, curve.nonevents)
        gains = curve.sensitivity + curve.specificity - 1
        found = cutpoints(curve, "youden").found
        assert len(found) == (np.sum(gains > gains.max() - 1e-12) if gains.max() > 1e-12 else 0)


def test_the_cutoff_of_meeruns_tumours_in_three_conventions() -> None:
    tumours = data("meerun_tumours")
    dose, event = tumours["post_treatment_tad_gy"], tumours["pathological_necrosis"] == "CPN"
    curve = roc(dose, event, direction="higher")
    found = {name: cutpoints(curve, "youden", cutoff_value=name).found for name in ("observed", "midpoint", "medcalc")}
    said = {name: [(cut.rule, cut.value) for cut in cuts] for name, cuts in found.items()}
    assert said == {"observed": [("≥", 388.0)], "midpoint": [("≥", 385.0)], "medcalc": [(">", 382.0)]}
    made = auc(dose, event, direction="higher")
    assert [round(number, 2) for number in numbers(made)[:3]] == [0.75, 0.53, 0.97]


def test_three_clusters_by_hand() -> None:
    # Events 4 (cluster 1), 2 (cluster 2); others 3, 1, 2 (clusters 1, 2, 3). Placements 1 and 1/2; 1/2, 1 and 3/4.
    # Area 3/4; S10 = 1/8, S01 = 1/16, S11 = -3/16; variance 1/16 + 1/48 - 1/16 = 1/48, DeLong's 1/12.
    score, event, cluster = [4, 3, 2, 1, 2], [1, 0, 1, 0, 0], ["a", "a", "b", "b", "c"]
    made = auc_clustered(score, event, cluster, direction="higher")
    assert made.clustered.estimate == 0.75
    assert made.clustered.se**2 == pytest.approx(1 / 48)
    assert made.naive.se**2 == pytest.approx(1 / 12)
    assert made.design_effect == pytest.approx(1 / 4)
    assert (made.clusters, made.with_events, made.with_nonevents, made.mixed) == (3, 2, 3, 2)
    # A second score 5, 1, 1, 2, 4: area 7/12, variance 33.5/144, covariance 11/192, so the difference has 5/36.
    both = compare_auc_clustered(np.column_stack((score, [5, 1, 1, 2, 4])), event, cluster, direction="higher")
    assert both.covariance == pytest.approx(np.array([[1 / 48, 11 / 192], [11 / 192, 33.5 / 144]]))
    assert both.differences[0].statistic == pytest.approx(-1 / math.sqrt(5))
    assert both.joint.statistic == pytest.approx(1 / 5)


@pytest.mark.parametrize(
    ("score", "event", "reason"),
    [
        ([], [], "no area: no event"),
        ([1.0], [1], "no area: no subject without the event"),
        ([1.0, 2.0], [0, 0], "no area: no event"),
        ([1.0, 2.0, 3.0], [1, 1, 1], "no area: no subject without the event"),
    ],
)
def test_no_area_without_both_classes(score: list[float], event: list[int], reason: str) -> None:
    for made in (
        auc(score, event, direction="higher"),
        auc_clustered(score, event, list(range(len(score))), direction="higher").clustered,
    ):
        assert (made.valid, made.reason) == (False, reason)
        assert math.isnan(made.estimate)
    both = compare_auc(np.column_stack((score, score)), event, direction="higher")
    assert not both.differences[0].valid
    assert both.differences[0].reason == reason.replace("area", "difference")
    assert not both.joint.valid
    curve = roc(score, event, direction="higher")
    assert cutpoints(curve, "youden").reason
    assert math.isnan(curve.sensitivity[0]) or math.isnan(curve.specificity[0])


@pytest.mark.parametrize(
    ("score", "event", "area", "words"),
    [
        ([1, 2, 3, 4, 5], [0, 0, 1, 1, 1], 1.0, "variance is 0"),
        ([1, 2, 3, 4, 5], [1, 1, 0, 0, 0], 0.0, "variance is 0"),
        ([7, 7, 7, 7], [1, 0, 1, 0], 0.5, "variance is 0"),
        ([1, 2, 3], [0, 1, 0], 0.5, "one event only"),
        ([1, 2, 3], [1, 0, 1], 0.5, "one subject without the event only"),
    ],
)
@pytest.mark.parametrize("interval", ["delong", "logit_delong"])
def test_an_area_without_spread_has_no_interval(
    score: list[float], event: list[int], area: float, words: str, interval: str
) -> None:
    made = auc(score, event, direction="higher", interval=interval)
    assert (made.estimate, made.valid) == (area, True)
    assert math.isnan(made.lower)
    assert math.isnan(made.upper)
    assert words in made.reason


def test_intervals_stay_inside_zero_and_one() -> None:
    score, event = [1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 1, 0, 1, 1, 1]
    clipped = auc(score, event, direction="higher")
    inside = auc(score, event, direction="higher", interval="logit_delong")
    assert clipped.upper == 1.0
    assert 0.4 < inside.lower < inside.estimate < inside.upper < 1.0
    assert inside.conventions == {"auc_interval": "logit_delong", "auc_variance": "delong"}
    narrow = auc(score, event, direction="higher", level=0.8)
    assert narrow.lower > clipped.lower


@pytest.mark.parametrize("scale", [1e-300, 1e-3, 1e3, 1e300])
def test_the_unit_does_not_matter(scale: float) -> None:
    score, event = np.array([1, 3, 2, 2, 5, 4, 0.0]), [0, 1, 0, 1, 1, 0, 0]
    usual = auc(score, event, direction="higher")
    assert same(usual, auc(score * scale, event, direction="higher"))
    for convention in ("observed", "midpoint", "medcalc"):
        first, second = (
            cutpoints(roc(s, event, direction="higher"), "youden", cutoff_value=convention).found
            for s in (score, score * scale)
        )
        assert [cut.value * scale for cut in first] == pytest.approx([cut.value for cut in second])


def test_the_midpoint_of_neighbouring_numbers_is_the_observed_value() -> None:
    low = 1.0
    high = math.nextafter(low, 2.0)
    (cut,) = cutpoints(roc([low, high], [0, 1], direction="higher"), "youden", cutoff_value="midpoint").found
    assert cut.value == high


def test_equal_scores_have_no_test() -> None:
    score, event = [1, 3, 2, 2, 5], [0, 1, 0, 1, 0]
    both = compare_auc(np.column_stack((score, score, np.negative(score))), event, direction=["higher"] * 2 + ["lower"])
    assert both.areas == pytest.approx([both.areas[0]] * 3)
    assert all(math.isnan(gap.p) and "variance of the difference is 0" in gap.reason for gap in both.differences)
    assert (both.joint.valid, both.joint.reason) == (False, "the variance of every difference is 0")


def test_collinear_differences_lose_a_degree_of_freedom() -> None:
    rng = np.random.default_rng(5)
    event = np.repeat([0.0, 1.0], 30)
    first, second = rng.normal(size=(2, 60)) + event
    both = compare_auc(np.column_stack((first, second, second)), event, direction="higher")
    alone = compare_auc(np.column_stack((first, second)), event, direction="higher")
    assert both.joint.df == 1
    assert both.joint.p == pytest.approx(alone.joint.p) == pytest.approx(alone.differences[0].p)


def test_all_events_in_one_cluster() -> None:
    made = auc_clustered([1, 2, 3, 4], [0, 1, 0, 1], ["a", "b", "c", "b"], direction="higher").clustered
    assert made.estimate == 0.75
    assert made.reason == "no interval: all events lie in one cluster"


def test_a_variance_not_above_zero_is_no_interval() -> None:
    # Each cluster's event and non-event share a value: what one gains the other loses, 1/16 + 1/16 - 1/8.
    made = auc_clustered([2, 2, 1, 1], [1, 0, 1, 0], ["a", "a", "b", "b"], direction="higher")
    assert made.clustered.estimate == 0.5
    assert math.isnan(made.clustered.lower)
    assert made.clustered.reason == "no interval: Obuchowski's variance is not above 0 with so few clusters"
    assert math.isnan(made.design_effect)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: auc([1, math.nan], [0, 1], direction="higher"), "missing"),
        (lambda: auc([1, math.inf], [0, 1], direction="higher"), "infinite"),
        (lambda: auc([1, 2], [0, 2], direction="higher"), "event must hold"),
        (lambda: auc([1, 2], [0], direction="higher"), "differ in length"),
        (lambda: auc([1, 2], [0, 1], direction="up"), "direction"),
        (lambda: auc([1, 2], [0, 1], direction="higher", interval="wald"), "auc_interval"),
        (lambda: auc([1, 2], [0, 1], direction="higher", level=1.0), "level"),
        (lambda: compare_auc(np.ones((2, 2)), [0, 1], direction=["higher"]), "direction 1 words"),
        (lambda: compare_auc(np.ones((2, 0)), [0, 1], direction="higher"), "no column"),
        (lambda: auc_clustered([1, 2], [0, 1], ["a", None], direction="higher"), "missing"),
        (lambda: cutpoints(roc([1, 2], [0, 1], direction="higher"), "best"), "rule"),
        (lambda: cutpoints(roc([1, 2], [0, 1], direction="higher"), "youden", at=0.5), "takes no"),
        (lambda: cutpoints(roc([1, 2], [0, 1], direction="higher"), "sensitivity"), "needs"),
        (lambda: cutpoints(roc([1, 2], [0, 1], direction="higher"), "sensitivity", at=90), "at must lie"),
        (lambda: fixed_cutpoint(roc([1, 2], [0, 1], direction="higher"), math.nan), "finite"),
        (lambda: accuracy(1, 2, -1, 3), "whole numbers"),
        (lambda: accuracy(1, 2, 1.5, 3), "whole numbers"),  # type: ignore[arg-type]
        (lambda: accuracy(1, 2, 1, 3, prevalence=1.0), "prevalence"),
        (lambda: accuracy_clustered([0, 2], [0, 1], ["a", "b"]), "positive must hold"),
    ],
)
def test_faults_name_the_argument(call: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()  # type: ignore[operator]


def test_cutoffs_that_are_none() -> None:
    against = roc([1, 2, 3, 4], [1, 1, 0, 0], direction="higher")
    assert cutpoints(against, "youden").reason == "no cutoff does better than calling everybody or nobody positive"
    assert cutpoints(against, "closest_topleft").found == ()
    assert cutpoints(roc([5, 5], [0, 1], direction="higher"), "youden").reason == "no cutoff: every value is the same"
    first = roc([1, 2, 3], [1, 0, 1], direction="higher")
    assert "reaches a sensitivity of 1.0" in cutpoints(first, "sensitivity", at=1.0).reason


def test_of_equal_specificity_the_greatest_sensitivity() -> None:
    curve = roc([1, 2, 3, 4, 5], [0, 0, 1, 1, 1], direction="higher")
    (cut,) = cutpoints(curve, "sensitivity", at=0.5).found
    assert (cut.value, cut.tp, cut.fp) == (3.0, 3, 0)
    (cut,) = cutpoints(curve, "specificity", at=0.4).found
    assert (cut.value, cut.tp, cut.fp) == (3.0, 3, 0)


def test_a_cutoff_beyond_the_data_makes_nobody_or_everybody_positive() -> None:
    curve = roc([1, 2, 3, 4], [0, 1, 0, 1], direction="higher")
    over, under = fixed_cutpoint(curve, 9), fixed_cutpoint(curve, -9)
    assert (over.tp, over.fp, under.tp, under.fp) == (0, 0, 2, 2)
    assert math.isnan(over.observed)
    low = fixed_cutpoint(roc([1, 2, 3, 4], [0, 1, 0, 1], direction="lower"), 2)
    assert (low.rule, low.tp, low.fp, low.fn, low.tn) == ("≤", 1, 1, 1, 1)


def test_zero_cells_give_infinity_or_nothing_with_a_reason() -> None:
    made = accuracy(5, 0, 2, 9)
    assert made["lr_positive"].estimate == math.inf
    assert made["lr_positive"].reason == "infinite: nobody without the event is positive"
    assert made["ppv"].estimate == 1.0
    at_a_third = accuracy(5, 0, 2, 9, prevalence=1 / 3)
    assert at_a_third["ppv"].estimate == 1.0
    assert math.isnan(at_a_third["ppv"].lower)
    nobody = accuracy(0, 0, 3, 4)
    assert not nobody["ppv"].valid
    assert not nobody["lr_positive"].valid
    assert nobody["lr_negative"].estimate == 1.0
    assert accuracy(0, 3, 4, 6)["lr_positive"].estimate == 0.0
    empty = accuracy(0, 0, 0, 0)
    assert set(empty) == set(MEASURES)
    assert all(not number.valid and number.reason for number in empty.values())
    everything = [accuracy(*cells, prevalence=0.5) for cells in itertools.product((0, 1, 4), repeat=4)]
    for table in everything:
        for number in table.values():
            assert number.reason or (number.lower <= number.estimate <= number.upper)


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_clustered_accuracy_has_a_number_or_a_reason(rows: list[tuple[int, bool, int]]) -> None:
    score, event, cluster = columns(rows)
    positive = score >= 3
    cells = [int((positive == p)[event == e].sum()) for p, e in ((True, 1), (True, 0), (False, 1), (False, 0))]
    plain, made = accuracy(*cells), accuracy_clustered(positive, event, cluster)
    for name in MEASURES:
        assert made[name].estimate == pytest.approx(plain[name].estimate, nan_ok=True)
        assert made[name].reason or made[name].lower <= made[name].estimate <= made[name].upper
    single = accuracy_clustered(positive, event, np.arange(len(score)))
    share = single["accuracy"]
    if not share.reason:  # every unit a cluster of its own: the binomial variance with n − 1
        assert share.se**2 == pytest.approx(share.estimate * (1 - share.estimate) / (share.n - 1))


def test_clusters_widen_an_interval_when_lesions_agree() -> None:
    positive, event = np.tile([1, 1, 0, 0, 1, 0], 5), np.tile([1, 1, 1, 1, 0, 0], 5)
    agree = np.repeat(np.arange(15), 2)
    alone = np.arange(30)
    wide, narrow = (accuracy_clustered(positive, event, cluster)["sensitivity"] for cluster in (agree, alone))
    assert wide.se > narrow.se
    assert wide.conventions == {"clustered_accuracy_interval": "ratio_logit"}
