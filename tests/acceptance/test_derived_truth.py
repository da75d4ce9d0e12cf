"""What is derived from thirteen centres' raw files is what was drawn, for every subject, lesion and visit, and each
value names the row that shows it. The truth was drawn before any measurement and knows no rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from y90outcomes.cohort.columns import Columns, columns_of
from y90outcomes.derivations.response.assess import responses
from y90outcomes.derivations.toxicity.ctcae import TERMS
from y90outcomes.derivations.toxicity.visits import lab_grades
from y90outcomes.derivations.types import Span
from y90outcomes.registry import read_registry
from y90outcomes.simulate.folder import write_registry
from y90outcomes.study import Study

TARGET = Path(__file__).parents[2] / "analyses" / "target"
CRITERIA = ("recist_1_1", "mrecist", "easl", "choi", "localised_mrecist")
BASELINE, LABORATORY = Span(-120, 0, 0, "baseline"), Span(-30, 0, 0, "baseline")
KEY = ["centre", "patient_id", "lesion_id"]
ANALYTES = {analyte: term for term, analyte in TERMS.items()}


def variables() -> dict[str, dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for criterion in CRITERIA:
        own = {"kind": "derived", "window": "best", "baseline": "imaging", "criterion": criterion}
        made[f"{criterion}_best"] = own | {"derive": "best_response"}
        if criterion != "localised_mrecist":
            made[f"{criterion}_best_lesion"] = own | {"derive": "best_response_lesion"}
    for analyte, term in ANALYTES.items():
        for version, suffix in (("4.03", ""), ("5.0", "_5_0")):
            made[f"grade_{analyte}{suffix}"] = {
                "kind": "derived", "derive": "toxicity_outcome", "window": "toxicity", "baseline": "baseline",
                "rules": {"term": term, "version": version},
            }  # fmt: skip
    for name, least, fall in (("afp_response_20", 20, 20), ("afp_response_200", 200, 50)):
        made[name] = {"kind": "derived", "derive": "afp_response", "window": "day_90", "baseline": "baseline",
                      "rules": {"baseline_min": least, "fall_percent": fall}}  # fmt: skip
    for name, event in (("death", "death"), ("progression", "progression"), ("end", "last_contact"),
                        ("later_therapy", "later_therapy")):  # fmt: skip
        made[name] = {"kind": "time_to", "event": event, "unit": "days"}
    made["child_pugh"] = {"kind": "derived", "derive": "child_pugh_points", "window": "baseline"}
    made["pvtt_class"] = {"kind": "derived", "derive": "pvtt_class", "window": "imaging"}
    return made


def protocol() -> Study:
    return Study.model_validate({
        "id": "truth", "title": "Truth", "origin": "synthetic",
        "windows": {
            "baseline": {"from": -30, "to": 0, "visit": "baseline"},
            "imaging": {"from": -120, "to": 0, "visit": "baseline"},
            "best": {"from": 25, "to": 400}, "toxicity": {"from": 1, "to": 90}, "day_90": {"from": 60, "to": 120},
        },
        "variables": variables(), "analysis_sets": {"everyone": {"grain": "patient"}},
        "analyses": {"a": {"method": "summary", "title": "A", "variables": ["child_pugh"]}},
    })  # fmt: skip


Drawn = tuple[Columns, pd.DataFrame]


@pytest.fixture(scope="module", params=["committed", 41])
def drawn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """The committed registry, and one drawn anew."""
    folder = TARGET
    if request.param != "committed":
        out = tmp_path_factory.mktemp("drawn") / "registry"
        folder = write_registry(TARGET, 160, int(request.param), "none", out, lambda what, done, of: None)
    truth = pd.read_parquet(folder / "truth" / "derived.parquet")
    truth["source"] = sources(truth["source_table"], truth)
    return columns_of(protocol(), read_registry(folder)), truth


def sources(table: Any, rows: pd.DataFrame) -> pd.Series:
    """ "table: file, sheet, row" as the cohort writes it, "" where no row is named."""
    sheet = rows["source_sheet"].fillna("").map(lambda name: f", {name}" if name else "")
    text = pd.Series(table, index=rows.index) + ": " + rows["source_file"] + sheet
    number = rows["source_row"].fillna(0).astype(int)
    return (text + ", row " + number.astype(str)).where(number > 0, "").astype(object)


def subjects(columns: Columns, grain: str) -> pd.DataFrame:
    people = columns.people
    frame = people.lesions if grain == "lesion" else people.patients.assign(lesion_id="")
    return frame[KEY].astype(object).reset_index(drop=True)


def compared(truth: pd.DataFrame, made: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """Truth beside what was made, one line each; a line that one of them lacks fails."""
    keyed = truth[[*on, "value", "source"]].astype(object)
    both = keyed.merge(made.astype(object), on=on, how="outer", suffixes=("", "_made"), indicator=True, validate="1:1")
    lone = both[both["_merge"] != "both"]
    assert lone.empty, lone.head()
    return both


def differing(both: pd.DataFrame) -> pd.DataFrame:
    return both[(both["value"] != both["value_made"]) | (both["source"] != both["source_made"])]


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("grain", ["patient", "lesion"])
def test_response_at_every_visit(drawn: Drawn, criterion: str, grain: str) -> None:
    if (criterion, grain) == ("localised_mrecist", "lesion"):
        return  # the thrombus and the territory are the patient's
    columns, truth = drawn
    made = responses(columns.records, criterion, grain=grain, baseline=BASELINE)
    imaging = columns.records.tables["imaging"].iloc[made["row"].to_numpy()].reset_index(drop=True)
    found = subjects(columns, grain).iloc[made["subject"].to_numpy()].reset_index(drop=True)
    found = found.assign(visit=made["visit"], value_made=made["response"], source_made=sources("imaging", imaging))
    own = truth[(truth["variable"] == criterion) & ((truth["lesion_id"] != "") == (grain == "lesion"))]
    if grain == "lesion":  # truth speaks of target lesions
        found = found.merge(own[KEY].drop_duplicates().astype(object), on=KEY)
    both = compared(own, found, [*KEY, "visit"])
    assert len(both) > 100
    assert differing(both).empty, differing(both).head()


@pytest.mark.parametrize("version", ["4.03", "5.0"])
def test_grade_of_every_sample(drawn: Drawn, version: str) -> None:
    columns, truth = drawn
    labs, patients = columns.records.tables["labs"], columns.records.patients
    made = lab_grades(labs, patients, version=version, baseline=LABORATORY)
    suffix = "_visit" + ("_5_0" if version == "5.0" else "")
    rows = labs.iloc[made["row"].to_numpy()].reset_index(drop=True)
    found = subjects(columns, "patient").iloc[made["patient"].to_numpy()].reset_index(drop=True)
    found = found.assign(variable="grade_" + made["analyte"] + suffix, visit=made["visit"],
                         value_made=made["grade"].astype("string"), source_made=sources("labs", rows))  # fmt: skip
    own = truth[truth["variable"].isin(set(found["variable"]))]
    both = compared(own, found, [*KEY, "variable", "visit"])
    assert both["variable"].nunique() == len(ANALYTES)
    assert differing(both).empty, differing(both).head()


def column(drawn: Drawn, name: str, grain: str = "patient", variable: str = "") -> pd.DataFrame:
    """Truth of a variable beside the column the protocol derives."""
    columns, truth = drawn
    made = columns.column(name, grain)
    assert made is not None
    found = subjects(columns, grain).assign(value_made=made.values.astype(object), source_made=made.source)
    own = truth[(truth["variable"] == (variable or name)) & ((truth["lesion_id"] != "") == (grain == "lesion"))]
    return own[[*KEY, "value", "number", "day", "source"]].astype(object).merge(found, on=KEY, validate="1:1")


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("grain", ["patient", "lesion"])
def test_best_response_and_the_visit_that_first_shows_it(drawn: Drawn, criterion: str, grain: str) -> None:
    if (criterion, grain) == ("localised_mrecist", "lesion"):
        return
    best = f"{criterion}_best"
    both = column(drawn, best if grain == "patient" else f"{best}_lesion", grain, best)
    both["value_made"] = both["value_made"].fillna("NE")
    assert {"CR", "PR", "SD", "PD", "NE"} <= set(both["value"])
    assert differing(both).empty, differing(both).head()


@pytest.mark.parametrize("version", ["", "_5_0"])
@pytest.mark.parametrize("analyte", sorted(ANALYTES))
def test_worst_emergent_grade_within_90_days(drawn: Drawn, analyte: str, version: str) -> None:
    both = column(drawn, f"grade_{analyte}{version}")
    assert (both["value"] == both["value_made"]).all(), both[both["value"] != both["value_made"]].head()
    graded = both[both["value"].isin(list("1234"))]
    assert len(graded) > 3
    assert (graded["source"] == graded["source_made"]).all(), graded.head()


@pytest.mark.parametrize("name", ["afp_response_20", "afp_response_200"])
def test_afp_response_of_the_population_it_is_about(drawn: Drawn, name: str) -> None:
    both = column(drawn, name)
    assert (both["value"] == both["value_made"]).all(), both[both["value"] != both["value_made"]].head()
    shown = both[both["source"] != ""]
    assert len(shown) > 30
    assert (shown["source"] == shown["source_made"]).all()
    columns, _truth = drawn
    made = columns.column(name, "patient")
    assert made is not None
    assert int(made.values.notna().sum()) == len(both), "nobody outside the population is counted"


@pytest.mark.parametrize("name", ["death", "progression", "end", "later_therapy"])
def test_event_days(drawn: Drawn, name: str) -> None:
    both = column(drawn, name)
    happened = both["value"] == "yes"
    assert (both["value_made"].notna() == happened).all()
    assert happened.any()
    both = both[happened]
    days = both["day"].astype(float)
    assert (days == both["value_made"].astype(float)).all(), both[days != both["value_made"].astype(float)].head()
    assert (both["source"] == both["source_made"]).all(), both[both["source"] != both["source_made"]].head()


def test_child_pugh_points_and_thrombus(drawn: Drawn) -> None:
    points = column(drawn, "child_pugh")
    assert (points["number"].astype(float) == points["value_made"].astype(float)).all()
    thrombus = column(drawn, "pvtt_class")
    assert differing(thrombus).empty
