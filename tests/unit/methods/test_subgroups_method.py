"""Effects by subgroup and by centre on patients few enough for closed forms."""

from __future__ import annotations

import math
from typing import Any

import pytest
from tests.spec.tables import AFP, build, page

from y90outcomes.cohort import Cohort
from y90outcomes.errors import InputError
from y90outcomes.methods import METHODS
from y90outcomes.results import Effects
from y90outcomes.study import Study

RESPONSE = {"kind": "derived", "derive": "reported_response", "criterion": "mrecist", "visit": "best"}
VARIABLES: dict[str, Any] = {
    "afp": AFP,
    "pvtt": {"kind": "derived", "derive": "pvtt", "window": "baseline"},
    "vein": {"kind": "derived", "derive": "pvtt_class", "window": "baseline"},
    "response": RESPONSE,
}
ENDPOINTS: dict[str, Any] = {
    "orr": {"kind": "binary", "variable": "response", "event": ["CR"], "not_evaluable": "excluded"},
    "os": {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"], "unit": "days"},
}


def tables(counts: dict[tuple[str, str], tuple[int, int, int, int]], hide: str = "") -> dict[str, str]:
    """Patients of each (centre, vein class): exposed with and without the event, unexposed with and without it; the
    exposure is an AFP of 2 against 1. `hide` names centres whose vein class is missing."""
    labs, imaging, assessments = ["centre | patient | day | value"], ["centre | patient | lesion | day | pvtt_class"], [
        "centre | patient | response"
    ]  # fmt: skip
    number = 0
    for (centre, vein), block in counts.items():
        for (value, word), count in zip(((2, "CR"), (2, "PD"), (1, "CR"), (1, "PD")), block, strict=True):
            for _ in range(count):
                number += 1
                who = f"{centre} | P{number:03d}"
                labs.append(f"{who} | 0 | {value}")
                imaging.append(f"{who} | | 0 | {'' if centre == hide else vein}")
                assessments.append(f"{who} | {word}")
    return {"labs": "\n".join(labs), "imaging": "\n".join(imaging), "assessments": "\n".join(assessments)}


TWO = tables({("a", "VP1"): (6, 2, 3, 5), ("b", "VP3"): (4, 4, 2, 7)})
SILENT = tables({("a", "VP1"): (6, 2, 3, 5), ("b", "VP3"): (4, 4, 2, 7), ("c", "VP2"): (0, 4, 0, 5),
                 ("d", "VP2"): (3, 0, 1, 4)})  # fmt: skip


def run(analysis: dict[str, Any], texts: dict[str, str], **variables: Any) -> list[Any]:
    spec = {"title": "T", "family": "logistic", "endpoint": "orr", "exposure": "afp", "inference": "wald"} | analysis
    made: Cohort = build({"variables": VARIABLES | variables, "endpoints": ENDPOINTS, "analyses": {"a": spec}}, **texts)
    wanted = made.study.analyses["a"]
    return METHODS[wanted.method](made, "a", wanted)


def row(item: Effects, quantity: str, term: str, contrast: str | None = None) -> Any:
    (found,) = [r for r in item.rows if (r.quantity, r.term, r.contrast) == (quantity, term, contrast)]
    return found


def kinds(item: Effects) -> list[str]:
    return [note.kind for note in item.notes]


def odds(a: int, b: int, c: int, d: int) -> tuple[float, float]:
    """Odds ratio and the standard error of its logarithm (Woolf)."""
    return a * d / (b * c), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)


def loglik(*blocks: tuple[int, int]) -> float:
    """Log-likelihood of a saturated model: events and non-events of each cell."""
    return sum(k * math.log(k / (a + b)) for a, b in blocks for k in (a, b) if k)


def test_each_level_is_its_own_two_by_two_table() -> None:
    (made,) = run({"method": "subgroups", "subgroups": ["vein"]}, TWO)
    assert [(r.term, r.contrast) for r in made.rows] == [
        ("all", None), ("vein", "VP1"), ("vein", "VP3"), ("vein", None),
    ]  # fmt: skip
    for level, block in (("VP1", (6, 2, 3, 5)), ("VP3", (4, 4, 2, 7))):
        ratio, se = odds(*block)
        found = row(made, "odds_ratio", "vein", level)
        assert (found.estimate, found.se) == pytest.approx((ratio, se), rel=1e-9)
        assert (found.n, found.events) == (sum(block), block[0] + block[2])
        assert math.log(found.upper) == pytest.approx(math.log(ratio) + 1.959963984540054 * se)
    overall = row(made, "odds_ratio", "all")
    assert overall.estimate == pytest.approx(odds(10, 6, 5, 12)[0])
    assert (made.n, made.events, made.figure) == (33, 15, "forest")
    assert list(made.layout["headings"]) == ["vein"]


def test_the_interaction_test_is_the_likelihood_ratio_of_the_saturated_model() -> None:
    (made,) = run({"method": "subgroups", "subgroups": ["vein"]}, TWO)
    test = row(made, "interaction", "vein")
    # Common odds ratio θ: expected exposed events x, y of the two tables with (x, 8-x; 9-x, x-1) and so on.
    whole = loglik((6, 2), (3, 5), (4, 4), (2, 7))
    best = -math.inf
    for k in range(20001):  # profile over θ, one table at a time by its margins
        theta = math.exp(-2 + 6 * k / 20000)
        total = 0.0
        for a, b, c, d in ((6, 2, 3, 5), (4, 4, 2, 7)):
            m, n, t = a + b, c + d, a + c
            # x events among m exposed, t - x among n: x (n - t + x) = θ (m - x)(t - x)
            qa, qb, qc = 1 - theta, n - t + theta * (m + t), -theta * m * t
            x = -qc / qb if abs(qa) < 1e-12 else (-qb + math.sqrt(qb * qb - 4 * qa * qc)) / (2 * qa)
            p, q = x / m, (t - x) / n
            total += a * math.log(p) + b * math.log(1 - p) + c * math.log(q) + d * math.log(1 - q)
        best = max(best, total)
    assert test.statistic == pytest.approx(2 * (whole - best), abs=2e-6)
    assert (test.df, test.is_test) == (1, True)


def test_a_level_without_an_estimate_says_why_and_leaves_the_interaction_test() -> None:
    (none,) = run(
        {"method": "subgroups", "subgroups": ["vein"]}, tables({("a", "VP1"): (6, 2, 3, 5), ("b", "VP2"): (0, 4, 0, 5)})
    )
    empty = row(none, "odds_ratio", "vein", "VP2")
    assert (empty.estimate, empty.valid, empty.reason, empty.events) == (None, False, "no events", 0)
    test = row(none, "interaction", "vein")
    assert (test.p, test.valid) == (None, False)
    assert "fewer than two levels" in test.reason
    assert {"levels_left_out", "few_events", "subgroups"} <= set(kinds(none))


def test_subjects_without_the_subgroup_are_counted_and_stay_in_the_overall_effect() -> None:
    (made,) = run(
        {"method": "subgroups", "subgroups": ["vein"]},
        tables({("a", "VP1"): (6, 2, 3, 5), ("b", "VP3"): (4, 4, 2, 7)}, hide="b"),
    )
    assert row(made, "odds_ratio", "all").n == 33
    (note,) = [note for note in made.notes if note.kind == "missing_group"]
    assert "17 of 33" in note.message


def test_separation_is_firth_and_said_in_the_row() -> None:
    (made,) = run(
        {"method": "subgroups", "subgroups": ["vein"], "inference": "profile"},
        tables({("a", "VP1"): (6, 2, 3, 5), ("b", "VP3"): (5, 0, 0, 6)}),
    )
    found = row(made, "odds_ratio", "vein", "VP3")
    assert found.valid
    assert "Firth" in found.reason
    assert "firth" in found.convention
    assert found.estimate == pytest.approx(5.5 * 6.5 / 0.25, rel=1e-6), "half a subject in each cell"
    assert "separation" in kinds(made)


def test_centres_by_closed_forms() -> None:
    main, without = run({"method": "centres"}, TWO)
    tables_of = {"a": (6, 2, 3, 5), "b": (4, 4, 2, 7)}
    logs = {}
    for name, block in tables_of.items():
        ratio, se = odds(*block)
        found = row(main, "odds_ratio", "centre", name)
        assert (found.estimate, found.se) == pytest.approx((ratio, se), rel=1e-9)
        logs[name] = (math.log(ratio), 1 / se**2)
    (y1, w1), (y2, w2) = logs["a"], logs["b"]
    pooled = (w1 * y1 + w2 * y2) / (w1 + w2)
    q = w1 * (y1 - pooled) ** 2 + w2 * (y2 - pooled) ** 2
    assert row(main, "odds_ratio", "all", "fixed_effect").estimate == pytest.approx(math.exp(pooled))
    assert row(main, "heterogeneity", "centre").statistic == pytest.approx(q)
    assert row(main, "heterogeneity", "centre").p == pytest.approx(math.erfc(math.sqrt(q / 2)))
    assert row(main, "i_squared", "centre").estimate == 0
    assert row(main, "tau_squared", "centre").estimate == 0
    assert row(main, "odds_ratio", "all", "naive").estimate == pytest.approx(odds(10, 6, 5, 12)[0])
    stratified = row(main, "odds_ratio", "all", "stratified").estimate
    assert min(math.exp(y1), math.exp(y2)) < stratified < max(math.exp(y1), math.exp(y2))
    assert row(without, "odds_ratio", "centre", "without_a").estimate == pytest.approx(math.exp(y2))
    low, high = (row(without, "odds_ratio", "leave_one_out", side) for side in ("lowest", "highest"))
    assert (low.estimate, high.estimate) == pytest.approx(tuple(sorted((math.exp(y1), math.exp(y2)))))
    assert "without" in low.label


def test_a_centre_that_says_nothing_is_named_and_changes_nothing() -> None:
    main, _ = run({"method": "centres"}, SILENT)
    alone, _ = run(
        {"method": "centres"},
        tables({("a", "VP1"): (6, 2, 3, 5), ("b", "VP3"): (4, 4, 2, 7), ("d", "VP2"): (3, 0, 1, 4)}),
    )
    assert row(main, "odds_ratio", "all", "stratified").estimate == pytest.approx(
        row(alone, "odds_ratio", "all", "stratified").estimate, rel=1e-9
    )
    assert {"centre_without_contrast", "centres_not_estimated", "levels_left_out"} <= set(kinds(main))
    (note,) = [note for note in main.notes if note.kind == "centres_not_estimated"]
    assert note.message.startswith("2 of 4 centres")
    assert row(main, "i_squared", "centre").n == 2
    assert row(main, "interaction", "centre").df == 1


def test_one_centre_has_nothing_to_compare() -> None:
    main, without = run({"method": "centres"}, tables({("a", "VP1"): (6, 2, 3, 5)}))
    assert row(main, "odds_ratio", "all", "stratified").estimate == pytest.approx(odds(6, 2, 3, 5)[0])
    for quantity in ("interaction", "heterogeneity", "i_squared"):
        found = row(main, quantity, "centre")
        assert not found.valid
        assert found.reason
    assert row(without, "odds_ratio", "centre", "without_a").reason == "no other centre"


def test_survival_by_centre_is_stratified() -> None:
    labs = "\n".join(
        ["centre | patient | day | value"] + [f"{'ab'[k % 2]} | P{k} | 0 | {1 + k % 3}" for k in range(24)]
    )
    follow = "\n".join(
        ["centre | patient | event | day"]
        + [f"{'ab'[k % 2]} | P{k} | {'last_contact' if k % 5 == 0 else 'death'} | {30 + 7 * k % 97}" for k in range(24)]
    )
    texts = {"labs": labs, "follow_up": follow}
    main, without = run({"method": "centres", "family": "cox", "endpoint": "os", "inference": "profile"}, texts)
    assert {"all", "centre"} <= {r.term for r in main.rows}
    apart = row(main, "hazard_ratio", "all", "stratified")
    assert apart.valid
    assert apart.estimate != row(main, "hazard_ratio", "all", "naive").estimate
    assert row(without, "hazard_ratio", "centre", "without_a").estimate == pytest.approx(
        row(main, "hazard_ratio", "centre", "b").estimate
    )
    (made,) = run({"method": "subgroups", "family": "cox", "endpoint": "os", "subgroups": ["centre"]}, texts)
    assert row(made, "hazard_ratio", "centre", "a").estimate == row(main, "hazard_ratio", "centre", "a").estimate
    assert row(made, "interaction", "centre").p != row(main, "interaction", "centre").p, "strata and a main effect"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"exposure": "vein"}, "needs one coefficient"),
        ({"exposure": "centre"}, "needs one coefficient"),
        ({"adjust": ["afp"]}, "'exposure' already"),
        ({"subgroups": ["afp"]}, "levels are needed"),
        ({"family": "cox"}, "needs a time_to_event endpoint"),
        ({"subgroups": ["pvtt"], "exposure": "pvtt"}, "'exposure' already"),
    ],
)
def test_the_protocol_is_checked(words: dict[str, Any], said: str) -> None:
    spec = {"title": "T", "method": "subgroups", "family": "logistic", "endpoint": "orr", "exposure": "afp",
            "subgroups": ["vein"]}  # fmt: skip
    made = page(variables=VARIABLES, endpoints=ENDPOINTS, analyses={"a": spec | words})
    with pytest.raises((InputError, ValueError), match=said):
        Study(**made)


def test_a_subgroup_known_only_later_is_warned_of() -> None:
    follow = "\n".join(
        ["patient | event | day"]
        + [f"P{k} | {'last_contact' if k % 5 == 0 else 'death'} | {100 + 7 * k % 97}" for k in range(20)]
        + [f"P{k} | progression | {20 + k}" for k in range(0, 20, 3)]
    )
    labs = "\n".join(["patient | day | value"] + [f"P{k} | 0 | {1 + k % 4}" for k in range(20)])
    words = {"method": "subgroups", "family": "cox", "endpoint": "os", "subgroups": ["progressed"]}
    late = {"kind": "status_at", "event": "progression", "day": 60}
    (made,) = run(words, {"labs": labs, "follow_up": follow}, progressed=late)
    (note,) = [note for note in made.notes if note.kind == "immortal_time"]
    assert note.level == "warning"
