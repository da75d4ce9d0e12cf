"""What the drawn measurements show, read here by hand from the criteria, is what truth/derived says: every patient,
target lesion and visit, every laboratory value."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from y90outcomes.simulate.bands import GRADED
from y90outcomes.simulate.derived import derived_truth
from y90outcomes.simulate.settings import Settings, read_settings
from y90outcomes.simulate.single_arm import SingleArm as Drawn
from y90outcomes.simulate.single_arm import draw_single_arm as draw

STUDY = Path(__file__).parents[3] / "analyses" / "target"
KEY = ["centre", "patient_id"]
FOLLOW_UP = ["day_42", "day_90", "day_180", "month_12"]
WORST_LAST = ["CR", "PR", "SD", "PD", "NE"]


@pytest.fixture(scope="module")
def settings() -> Settings:
    return read_settings(STUDY)


@pytest.fixture(scope="module")
def drawn(settings: Settings) -> Drawn:
    return draw(settings, 900, 7)


@pytest.fixture(scope="module")
def derived(drawn: Drawn) -> pd.DataFrame:
    return truth_of(drawn)


def truth_of(drawn: Drawn) -> pd.DataFrame:
    """Rows numbered within each table instead of in files."""
    tables = {name: frame.assign(source_file=name, source_sheet="", source_row=np.arange(1, len(frame) + 1))
              for name, frame in drawn.tables.items()}  # fmt: skip
    return derived_truth(drawn.people, drawn.course, drawn.graded, drawn.key, tables)


@dataclasses.dataclass
class Seen:
    """One patient: baseline and later rows by lesion, targets and the rest, and what is said of the whole patient."""

    targets: list[str]
    others: list[str]
    rows: dict[tuple[str, str], Any]
    visits: list[str]


def patients(drawn: Drawn) -> Iterator[tuple[tuple[str, str], Seen]]:
    roles = {
        key: (list(own.loc[own["role"] == "target", "lesion_id"]), list(own.loc[own["role"] != "target", "lesion_id"]))
        for key, own in drawn.tables["lesions"].groupby(KEY)
    }
    frame = drawn.tables["imaging"]
    words = list(frame.columns[frame.dtypes == "string"])
    frame = frame.astype(dict.fromkeys(words, object)).fillna(dict.fromkeys(words, ""))
    for key, own in frame.groupby(KEY):
        rows = {(row.lesion_id, row.visit): row for row in own.itertuples()}
        yield key, Seen(*roles[key], rows, [v for v in FOLLOW_UP if ("", v) in rows])


def amounts(seen: Seen, lesions: list[str], visit: str, measure: str) -> list[float]:
    rows = [seen.rows[lesion, visit] for lesion in lesions]
    if measure == "longest":
        return [row.longest_diameter for row in rows]
    live = [0.0 if row.arterial_enhancement == "no" else row.viable_diameter for row in rows]
    if measure == "viable":
        return live
    return [0.0 if v == 0 else v * row.viable_perpendicular for v, row in zip(live, rows, strict=True)]


RULES = {"recist_1_1": ("longest", 0.7, 1.2, 5.0), "mrecist": ("viable", 0.7, 1.2, 0.0), "easl": ("area", 0.5, 1.25, 0)}


def by_hand(seen: Seen, lesions: list[str], criterion: str) -> dict[str, str]:
    """Category of these targets at each visit."""
    made = {}
    if criterion == "choi":
        start = sum(amounts(seen, lesions, "baseline", "longest"))
        for visit in seen.visits:
            size = sum(amounts(seen, lesions, visit, "longest"))
            if np.isnan(size):
                made[visit] = "NE"
                continue
            dense = {at: [seen.rows[lesion, at].attenuation for lesion in lesions] for at in ("baseline", visit)}
            softer = np.mean(dense[visit]) <= 0.85 * np.mean(dense["baseline"])
            smaller = size <= 0.9 * start
            made[visit] = "CR" if size == 0 else "PR" if smaller or softer else "PD" if size >= 1.1 * start else "SD"
        return made
    measure, partial, worse, absolute = RULES[criterion]
    start = nadir = sum(amounts(seen, lesions, "baseline", measure))
    for visit in seen.visits:
        size = sum(amounts(seen, lesions, visit, measure))
        if np.isnan(size):
            made[visit] = "NE"
            continue
        if size > 0 and size >= worse * nadir and size - nadir >= absolute:
            made[visit] = "PD"
        else:
            made[visit] = "CR" if size == 0 else "PR" if size <= partial * start else "SD"
        nadir = min(nadir, size)
    return made


def whole_by_hand(seen: Seen, criterion: str) -> dict[str, str]:
    own = by_hand(seen, seen.targets, "mrecist" if criterion == "localised_mrecist" else criterion)
    measure = {"recist_1_1": "longest", "choi": "longest", "easl": "area"}.get(criterion, "viable")
    clot_counts = criterion in ("mrecist", "localised_mrecist")
    start = seen.rows["", "baseline"]
    for visit in seen.visits:
        said = seen.rows["", visit]
        elsewhere = criterion == "localised_mrecist" and said.new_lesion_organ in ("lung", "bone", "node", "other")
        clot = clot_counts and start.pvtt_class != "none"
        enhances = clot and said.thrombus_enhancement == "yes"
        grown = enhances and (said.thrombus_width > start.thrombus_width or said.thrombus_extension == "yes")
        new = said.new_lesion == "yes" and not elsewhere
        if new or said.nontarget_progression == "yes" or (criterion == "localised_mrecist" and grown):
            own[visit] = "PD"
        elif own[visit] == "CR" and (enhances or sum(amounts(seen, seen.others, visit, measure)) > 0):
            own[visit] = "PR"
        assert not (clot and not enhances and said.thrombus_width > start.thrombus_width)
    return own


def best_by_hand(shown: dict[str, str], days: dict[str, float], until: float) -> tuple[str, str]:
    best, at = "NE", ""
    for visit, category in shown.items():
        counts = 25 <= days[visit] <= 400 and days[visit] <= until and (category != "SD" or days[visit] >= 42)
        if counts and WORST_LAST.index(category) < WORST_LAST.index(best):
            best, at = category, visit
        if category == "PD":
            break
    return best, at


def test_every_category_and_best_response_is_the_one_measured(drawn: Drawn, derived: pd.DataFrame) -> None:
    truth = derived.set_index([*KEY, "lesion_id", "visit", "variable"])[["value", "day", "source_row"]]
    truth = {key: tuple(row) for key, row in zip(truth.index, truth.to_numpy(dtype=object), strict=True)}
    rows = drawn.tables["imaging"].fillna({"lesion_id": ""})[[*KEY, "lesion_id", "visit"]]
    line = {key: number for number, key in enumerate(rows.itertuples(index=False, name=None), start=1)}
    later = derived[derived["variable"] == "later_therapy"].set_index(KEY)["day"].fillna(np.inf)
    days = derived[(derived["variable"] == "mrecist") & (derived["lesion_id"] == "")].set_index([*KEY, "visit"])["day"]
    compared: dict[str, int] = {}
    for (centre, patient), seen in patients(drawn):
        days_of = {visit: days[centre, patient, visit] for visit in seen.visits}
        for lesion in ("", *seen.targets):
            criteria = ("mrecist", "recist_1_1", "easl", "choi", *(["localised_mrecist"] if lesion == "" else []))
            for criterion in criteria:
                found = by_hand(seen, [lesion], criterion) if lesion else whole_by_hand(seen, criterion)
                for visit, category in found.items():
                    value, day, row = truth.pop((centre, patient, lesion, visit, criterion))
                    assert (value, day) == (category, days_of[visit]), (centre, patient, lesion, visit, criterion)
                    assert row == line[centre, patient, lesion, visit]
                    compared[f"{criterion} {category}"] = compared.get(f"{criterion} {category}", 0) + 1
                best, at = best_by_hand(found, days_of, later[centre, patient])
                value, day, row = truth.pop((centre, patient, lesion, "best", f"{criterion}_best"))
                assert value == best, (centre, patient, lesion, criterion, found, days_of)
                assert (pd.isna(row) and at == "") or (row, day) == (line[centre, patient, lesion, at], days_of[at])
                compared[f"best {criterion} {best}"] = compared.get(f"best {criterion} {best}", 0) + 1
    left = {key[-1] for key in truth if any(word in key[-1] for word in ("recist", "easl", "choi"))}
    assert not left
    for criterion in ("mrecist", "recist_1_1", "easl", "choi", "localised_mrecist"):
        assert all(compared.get(f"{criterion} {category}") for category in ("CR", "PR", "SD", "PD")), criterion
        assert all(compared.get(f"best {criterion} {category}") for category in WORST_LAST), criterion


def test_every_kind_of_progression_and_every_half_complete_patient_is_drawn(drawn: Drawn) -> None:
    shown, best = drawn.course.shown, drawn.course.best
    grown = (shown.target["mrecist"] == "PD").any(axis=1)
    new = shown.new_lesion.any(axis=1)
    for flags in (grown, new & shown.outside, new & ~shown.outside, shown.other_progression.any(axis=1)):
        assert flags.sum() > 5
    assert best.other_left.sum() > 2
    assert best.thrombus_left.sum() > 2
    assert (shown.category["mrecist"] == "NE").sum() > 5
    assert (~np.isnan(drawn.course.switch_day)).sum() > 2
    localised = shown.category["localised_mrecist"]
    assert ((shown.category["mrecist"] == "PD") & np.isin(localised, ("CR", "PR", "SD"))).any()


def grade_by_hand(analyte: str, value: float, uln: float, lln: float, baseline: float, abnormal: bool, v5: bool) -> int:
    """CTCAE written out once more: 4.03, or 5.0."""
    if analyte in ("albumin", "platelets", "lymphocytes"):
        limits = {"albumin": (lln, 30, 20), "platelets": (lln, 75, 50, 25), "lymphocytes": (lln, 0.8, 0.5, 0.2)}
        return sum(value < limit for limit in limits[analyte])
    if analyte == "inr":
        limits_inr = (1.2, 1.5, 2.5) if v5 else (uln, 1.5 * uln, 2.5 * uln)
        return sum(value > limit + 1e-9 for limit in limits_inr)
    if analyte == "creatinine":
        by_limit = sum(value > k * uln + 1e-9 for k in (1, 1.5, 3, 6))
        steps = (1.5, 3) if v5 else (1, 1.5, 3)
        rise = sum(value > k * baseline + 1e-9 for k in steps)
        return max(by_limit, rise + 1 if v5 and rise else rise)
    factors = {"bilirubin": (1, 1.5, 3, 10), "ast": (1, 3, 5, 20), "alt": (1, 3, 5, 20)}.get(analyte, (1, 2.5, 5, 20))
    if not (v5 and abnormal):
        return sum(value > k * uln + 1e-9 for k in factors)
    first = {"bilirubin": 1.0 + 1e-9, "ast": 1.5, "alt": 1.5}.get(analyte, 2.0)
    return int(value >= first * baseline - 1e-12) + sum(value > k * baseline + 1e-9 for k in factors[1:])


@pytest.mark.parametrize(("suffix", "v5"), [("", False), ("_5_0", True)])
def test_every_grade_is_the_one_its_value_shows(drawn: Drawn, derived: pd.DataFrame, suffix: str, v5: bool) -> None:
    labs = {(row.centre, row.patient_id, row.analyte, row.visit): row for row in drawn.tables["labs"].itertuples()}
    for analyte in GRADED:
        own = derived[derived["variable"] == f"grade_{analyte}_visit{suffix}"]
        worst = derived[derived["variable"] == f"grade_{analyte}{suffix}"]
        summaries = {(row.centre, row.patient_id): row for row in worst.itertuples()}
        assert len(summaries) == len(worst) == len(drawn.key)
        assert set(own["number"]) >= {0, 1, 2}, analyte
        found: dict[tuple[str, str], dict[str, int]] = {key: {} for key in summaries}
        for row in own.itertuples():
            key = (row.centre, row.patient_id)
            at, first = labs[(*key, analyte, row.visit)], labs[(*key, analyte, "baseline")]
            raised = first.value > first.uln + 1e-9
            grade = grade_by_hand(analyte, at.value, at.uln, at.lln, first.value, raised, v5)
            assert grade == row.number, (key, analyte, row.visit, at.value, first.value)
            found[key][row.visit] = grade
        assert sum(map(len, found.values())) == (drawn.tables["labs"]["analyte"] == analyte).sum()
        for key, summary in summaries.items():
            later = [found[key][visit] for visit in ("day_42", "day_90") if visit in found[key]]
            if not later:
                assert summary.value == "not_assessed"
                continue
            top = max(later) if max(later) > found[key]["baseline"] else 0
            assert summary.number == top
            if top:
                assert summary.visit == next(v for v in ("day_42", "day_90") if found[key].get(v) == top)
                assert 0 <= summary.day <= 90


def test_points_thrombus_and_events_are_named_with_their_rows(drawn: Drawn, derived: pd.DataFrame) -> None:
    reported = drawn.tables["patients"].set_index(KEY)["child_pugh_reported"]
    points = derived[derived["variable"] == "child_pugh"].set_index(KEY)["number"]
    assert points.to_dict() == reported.astype(float).to_dict()
    counts = derived[derived["variable"] == "pvtt_class"]["value"].value_counts()
    assert counts["none"] == (~drawn.people.pvt).sum()
    therapy = derived[(derived["variable"] == "later_therapy") & (derived["value"] == "yes")]
    assert (therapy["day"] >= 100).all()
    rows = drawn.tables["therapies"].iloc[therapy["source_row"].astype(int) - 1]
    assert list(rows["patient_id"]) == list(therapy["patient_id"])


def test_segmental_patients_populate_every_scenario(settings: Settings) -> None:
    page = dataclasses.replace(settings, assumptions={**settings.assumptions, "segmental_share": 0.5})
    made = draw(page, 209, 7)
    treatments, patients_ = made.tables["treatments"], made.tables["patients"]
    few = treatments["segments_perfused"] <= 2
    assert (few == (treatments["approach"] == "segmental")).all()
    assert few.sum() > 20
    free = ~made.people.pvt
    unilobar = free & ~made.people.segmental & ~made.people.bilobar
    assert (unilobar & np.isin(made.people.intent, ("hypertrophy", "bridge"))).sum() > 3
    assert (unilobar & (made.people.lesions > 1)).sum() > 3
    assert (free & made.people.bilobar & (made.people.lesions > 1)).sum() > 3
    assert (~free & ~made.people.segmental).sum() > 3
    assert patients_["body_mass"].between(30, 170).all()
    assert not made.people.bilobar[made.people.segmental].any()
    dose = (made.people.perfused_dose)[made.people.segmental]
    assert (dose >= 400).any()
    assert (dose < 400).any()
    assert (made.people.lung_dose <= 45.001).all()
