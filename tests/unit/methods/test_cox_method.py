"""The Cox method: strata, clusters, inference words, checks of the model and their notes. Synthetic patients."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from tests.spec.tables import AFP, DOSE, NECROSIS, build

from y90outcomes.estimators.cox import cox as estimate
from y90outcomes.methods import METHODS
from y90outcomes.results import EffectRow, Effects, Points, Result

OS = {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"], "unit": "days"}
CLASS = {"kind": "derived", "derive": "pvtt_class", "window": "baseline"}
RNG = np.random.default_rng(3)
N = 60
DAYS = np.ceil(RNG.exponential(200, N)) + 1
DIED = RNG.random(N) < 0.8
VALUES = np.round(RNG.lognormal(3, 1, N), 2)
VEIN = np.array(["none", "VP1", "VP2"])[RNG.integers(0, 3, N)]
CENTRES = np.array(["x", "y", "z", "w"])[RNG.integers(0, 4, N)]
PEOPLE = list(zip(CENTRES, [f"P{place}" for place in range(N)], strict=True))


def texts() -> dict[str, str]:
    def table(head: str, *columns: Any) -> str:
        rows = zip(PEOPLE, *columns, strict=True)
        return "\n".join([head, *(" | ".join(map(str, (*who, *rest))) for who, *rest in rows)])

    event = np.where(DIED, "death", "last_contact")
    return {
        "follow_up": table("centre | patient | event | day", event, DAYS.astype(int)),
        "labs": table("centre | patient | day | value", np.zeros(N, dtype=int), VALUES),
        "imaging": table("centre | patient | lesion | day | pvtt_class", [""] * N, np.zeros(N, dtype=int), VEIN),
    }


def results(grain: str = "patient", **analysis: Any) -> list[Result]:
    page = {"method": "cox", "title": "C", "endpoint": "os", "terms": ["afp"]} | analysis
    parts = {
        "variables": {"afp": AFP, "vein": CLASS, "dose": DOSE, "necrosis": NECROSIS},
        "endpoints": {"os": OS},
        "analysis_sets": {"all": {"grain": grain, "label": "All"}},
        "analyses": {"c": page},
    }
    given = texts()
    if grain == "lesion":
        given["dosimetry"] = "centre | patient | lesion | absorbed_dose\n" + "\n".join(
            f"{centre} | {patient} | {lesion} | {100 + 7 * place + 30 * lesion}"
            for place, (centre, patient) in enumerate(PEOPLE)
            for lesion in (1, 2)
        )
    made = build(parts, **given)
    return METHODS["cox"](made, "c", made.study.analyses["c"])


def run(grain: str = "patient", **analysis: Any) -> tuple[Effects, Effects]:
    main, checks, *rest = results(grain, **analysis)
    assert not rest
    assert isinstance(main, Effects)
    assert isinstance(checks, Effects)
    return main, checks


def one(item: Effects, quantity: str, term: str) -> EffectRow:
    (row,) = [row for row in item.rows if (row.quantity, row.term) == (quantity, term)]
    return row


def test_strata_by_centre() -> None:
    main, _ = run(strata=["centre"])
    expected = estimate(DAYS, DIED, VALUES, ["afp"], strata=CENTRES).terms[0]
    row = one(main, "hazard_ratio", "afp")
    assert (row.estimate, row.se, row.p) == pytest.approx((expected.hazard_ratio, expected.se, expected.p))
    assert "stratified by Centre" in main.method
    assert "4 baseline hazards, one per stratum of Centre." in [note.message for note in main.notes]


def test_several_strata_are_their_combinations() -> None:
    main, _ = run(strata=["centre", "vein"])
    both = [f"{centre}{vein}" for centre, vein in zip(CENTRES, VEIN, strict=True)]
    expected = estimate(DAYS, DIED, VALUES, ["afp"], strata=both).terms[0]
    assert one(main, "hazard_ratio", "afp").estimate == pytest.approx(expected.hazard_ratio)


def test_clusters_are_robust_throughout() -> None:
    main, checks = run(cluster="centre", terms=["vein"])
    levels = np.column_stack([(level == VEIN).astype(float) for level in ("VP1", "VP2")])
    fit = estimate(DAYS, DIED, levels, ["a", "b"], cluster=CENTRES)
    rows = [row for row in main.rows if row.quantity == "hazard_ratio"]
    assert [row.p for row in rows] == pytest.approx([term.p for term in fit.terms])
    assert one(main, "wald", "model").statistic == pytest.approx(fit.wald.statistic)
    assert not [row for row in main.rows if row.quantity == "likelihood_ratio"]
    assert one(main, "term_test", "vein").p == pytest.approx(fit.wald.p)
    assert main.conventions["cox_variance"] == "lin_wei"
    assert "robust over 4 centres" in next(note.message for note in main.notes if note.kind == "clusters")
    assert one(checks, "concordance", "model").se is not None


def test_likelihood_ratio_rows_hold_no_wald_number() -> None:
    main, _ = run(inference="likelihood_ratio", terms=["afp", "vein"], per={"afp": 10})
    row = one(main, "hazard_ratio", "afp")
    assert (row.se, row.df, row.convention) == (None, 1, "likelihood_ratio")
    assert row.p == pytest.approx(math.erfc(math.sqrt(row.statistic / 2)))
    assert row.lower < row.estimate < row.upper
    test = one(main, "term_test", "vein")
    assert (test.df, test.is_test) == (2, True)
    assert main.conventions["cox_inference"] == "likelihood_ratio"


def test_checks_hold_the_tests_and_the_concordance() -> None:
    main, checks = run(terms=["afp", "vein"], proportional_hazards="rank")
    assert checks.id == "c.checks"
    assert [(row.quantity, row.term) for row in checks.rows] == [
        ("ph_test", "afp"), ("ph_test", "vein"), ("ph_test", "global"), ("concordance", "model"),
    ]  # fmt: skip
    assert [row.df for row in checks.rows[:3]] == [1, 2, 3]
    assert 0.4 < checks.rows[3].estimate < 1.0
    assert checks.rows[3].lower < checks.rows[3].estimate < checks.rows[3].upper
    assert checks.conventions["proportional_hazards"] == "rank"
    none = run(proportional_hazards=None)[1]
    assert [row.quantity for row in none.rows] == ["concordance"]
    assert main.n == checks.n == N


def test_hazards_that_cross_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    crossing = np.where(np.median(DAYS) < DAYS, -1.0, 1.0) * np.where(DIED, 1.0, 0.0)
    monkeypatch.setitem(globals(), "VALUES", np.round(50 + 20 * crossing + RNG.normal(0, 10, N), 2))
    main, checks = run()
    assert one(checks, "ph_test", "afp").p < 0.05
    note = next(note for note in main.notes if note.kind == "non_proportional")
    assert note.level == "caution"
    assert "for Baseline AFP" in note.message


def test_lesions_without_clusters_are_noted() -> None:
    main, _ = run("lesion", terms=["dose"])
    assert "lesions_independent" in [note.kind for note in main.notes]
    clustered, _ = run("lesion", terms=["dose"], cluster="patient")
    assert "lesions_independent" not in [note.kind for note in clustered.notes]
    ours, theirs = one(clustered, "hazard_ratio", "dose"), one(main, "hazard_ratio", "dose")
    assert ours.estimate == pytest.approx(theirs.estimate)
    assert ours.se != pytest.approx(theirs.se)


def test_a_missing_stratum_is_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "VEIN", np.where(np.arange(N) < 5, "", VEIN))
    main, _ = run(strata=["vein"])
    assert (main.n, main.missing) == (N - 5, 5)
    assert "5 belong to no stratum" in next(note.message for note in main.notes if note.kind == "missing_stratum")


def test_a_ratio_per_tiny_unit_is_noted() -> None:
    main, _ = run(per={"afp": 0.001})
    assert "small_unit" in [note.kind for note in main.notes]


def test_residuals_are_points_with_a_line_and_without_an_order_of_subjects() -> None:
    spec = {"residuals": ["schoenfeld", "martingale"]}
    by_id = {item.id: item for item in results(**spec)}
    for kind in spec["residuals"]:
        made = by_id[f"c.{kind}"]
        assert isinstance(made, Points)
        points = [(row.x, row.y) for row in made.rows if row.group == "point"]
        assert points == sorted(points)
        assert made.figure == "residuals"
        assert set(made.layout["panels"]) == {row.category for row in made.rows}
    martingale = [row.y for row in by_id["c.martingale"].rows if row.group == "point"]
    assert sum(martingale) == pytest.approx(0.0, abs=1e-9)  # events less expected events
    assert len(martingale) == by_id["c"].n
    assert len([row for row in by_id["c.schoenfeld"].rows if row.group == "point"]) == by_id["c"].events
    assert [row for row in by_id["c.martingale"].rows if row.group == "smooth"]
    assert "c.schoenfeld" not in {item.id for item in results()}
