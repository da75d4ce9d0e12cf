"""`analyses/recommendations_2022`: what the report says is what the truth of the draw gives, counted another way."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.oracle.recommendations_by_hand import GROUPS_OF, RULES_OF, Patient, holds, overall, overlap, scenario

from y90outcomes.pipeline import run
from y90outcomes.published.statistics import read_published
from y90outcomes.results import Results, Table
from y90outcomes.results.addresses import lookup

STUDY = Path(__file__).parents[2] / "analyses" / "recommendations_2022"
KEY = ["centre", "patient_id"]


@pytest.fixture(scope="module")
def results() -> Results:
    return run(STUDY, only="attainment")


def truth(name: str) -> pd.DataFrame:
    return pd.read_parquet(STUDY / "truth" / f"{name}.parquet")


def text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def drawn() -> list[Patient]:
    """The patients of the draw as `recommendations_by_hand` takes them, from the canonical tables beside the study."""
    treated = truth("treatments").set_index(KEY)
    imaging = truth("imaging")
    baseline = imaging[imaging["visit"] == "baseline"]
    whole = baseline[baseline["lesion_id"].fillna("") == ""].set_index(KEY)
    lesions = baseline[baseline["lesion_id"].fillna("") != ""].groupby(KEY).size()
    labs = truth("labs")
    bilirubin = labs[(labs["analyte"] == "bilirubin") & (labs["visit"] == "baseline")].set_index(KEY)["value"]
    dosimetry = truth("dosimetry")
    patient_level = dosimetry[dosimetry["lesion_id"].fillna("") == ""]
    dose, volume = (
        patient_level.pivot_table(index=KEY, columns="compartment", values=column, aggfunc="first")
        for column in ("absorbed_dose", "volume")
    )
    people = []
    for key, row in truth("patients").set_index(KEY).iterrows():
        session = treated.loc[key]
        people.append(
            {
                "portal": text(whole.loc[key, "pvtt_class"]),
                "hepatic": text(whole.loc[key, "hvtt_class"]),
                "segments": int(session["segments_perfused"]),
                "approach": text(session["approach"]),
                "intent": text(session["intent"]),
                "bilobar": text(row["bilobar"]),
                "count": int(row["tumour_count"]),
                "open": text(row["tumour_count_open"]),
                "listed": int(lesions.get(key, 0)),
                "bilirubin": text(bilirubin.get(key)),
                "points": int(row["child_pugh_reported"]),
                "tumour": text(dose.loc[key, "tumour_total_perfused"]),
                "normal": text(dose.loc[key, "normal_perfused"]),
                "whole_normal": text(dose.loc[key, "whole_liver_normal"]),
                "perfused": text(dose.loc[key, "perfused_liver"]),
                "whole": text(dose.loc[key, "perfused_liver"] * volume.loc[key, "perfused_liver"]
                              / volume.loc[key, "whole_liver"]),
                "liver": text(volume.loc[key, "whole_liver"]),
                "part": text(volume.loc[key, "perfused_liver"]),
            }
        )  # fmt: skip
    return people


def table(results: Results, id: str) -> dict[str, dict[str, Any]]:
    found = results[id]
    assert isinstance(found, Table)
    names = [column.name for column in found.columns]
    return {str(row[0]): dict(zip(names, row, strict=True)) for row in found.rows}


@pytest.fixture(scope="module")
def people() -> list[Patient]:
    return drawn()


def test_every_scenario_is_there_and_counted_as_in_the_truth(results: Results, people: list[Patient]) -> None:
    expected = Counter(scenario(person) or "missing" for person in people)
    found: Counter[str] = Counter()
    for key, row in table(results, "attainment.scenarios").items():
        found[key.partition(":")[0]] += row["n"]
    assert +found == expected
    assert all(expected[number] >= 10 for number in "12345")


def test_every_rule_is_attained_by_as_many_as_in_the_truth(results: Results, people: list[Patient]) -> None:
    rows = table(results, "attainment")
    for number, rules in RULES_OF.items():
        mine = [person for person in people if scenario(person) == number]
        for rule in rules:
            answers = Counter(holds(rule, person, number) for person in mine)
            row = rows[f"{number}:{rule}"]
            counted = (row["attained"], row["not_attained"], row["not_evaluable"])
            assert counted == (answers[True], answers[False], answers[None]), (number, rule)
        together = Counter(overall(person) for person in mine)
        row = rows[f"{number}:any"]
        assert (row["attained"], row["not_attained"], row["not_evaluable"]) == (
            together["yes"], together["no"], together[None],
        )  # fmt: skip
        assert len([key for key in rows if key.startswith(f"{number}:")]) == len(rules) + 1 + len(GROUPS_OF[number])


def test_overlaps_are_those_of_the_truth(results: Results, people: list[Patient]) -> None:
    pairs = [(scenario(person), overlap(person)) for person in people]
    expected = Counter(f"{own}:{other}" for own, other in pairs if other not in (None, "none"))
    assert +Counter({key: row["n"] for key, row in table(results, "attainment.overlaps").items()}) == expected


def test_the_worked_example_and_the_gradings_are_shown(results: Results) -> None:
    net = table(results, "attainment.worked_example")["net_activity"]
    assert (round(net["value"], 2), net["printed"]) == (2.07, 2.07)
    assert len(table(results, "attainment.grading")) == 8


def test_every_printed_number_has_its_place_in_the_run(results: Results) -> None:
    places = [place for entry in read_published(STUDY / "published.yaml") for place in entry.addresses]
    assert len(places) > 90
    assert all(isinstance(lookup(results, place).value, int | float) for place in places)


def test_everything_says_that_it_is_synthetic(results: Results) -> None:
    assert results.study["origin"] == "synthetic"
    assert "Synthetic" in results["attainment"].caption
    assert "synthetic" in str(results.study["title"])


def test_the_folder_is_small() -> None:
    assert sum(path.stat().st_size for path in STUDY.rglob("*") if path.is_file()) < 2_000_000
