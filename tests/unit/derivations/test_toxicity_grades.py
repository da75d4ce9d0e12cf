"""The parts under the toxicity variables: code lists in step, bounds that behave, records found in any order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fixtures.records import records_of

from y90outcomes.derivations.toxicity import lab_grades
from y90outcomes.derivations.toxicity.course import all_of, any_of
from y90outcomes.derivations.toxicity.ctcae import TERMS, VERSIONS, highest, limits, readings
from y90outcomes.derivations.toxicity.grade import REASONS, Bounds, Values, bounds
from y90outcomes.derivations.toxicity.progression import AFTER, BEFORE, UNCLEAR, order, progression
from y90outcomes.derivations.toxicity.reported import CLINICAL
from y90outcomes.derivations.types import Span
from y90outcomes.schema import load_schema

BASELINE = Span(-30, 0, 0, "baseline")
FIELDS = ("value", "side", "uln", "lln", "baseline", "abnormal", "anticoagulated")


def values(**columns: list[float]) -> Values:
    size = len(columns["value"])
    usual = dict.fromkeys(FIELDS, [np.nan] * size) | {"side": [0.0] * size}
    return Values(**{name: np.array((usual | columns)[name], dtype=float) for name in FIELDS})


def test_terms_are_those_of_the_code_list() -> None:
    lists = load_schema().codelists
    assert {*TERMS, *CLINICAL} == set(lists["ae_term"].codes)
    assert not set(TERMS) & set(CLINICAL)
    assert set(TERMS.values()) <= set(lists["analytes"].codes)
    assert set(VERSIONS) == set(lists["ctcae_version"].codes)


def test_the_tables_are_whole() -> None:
    for version in VERSIONS:
        for term, analyte in TERMS.items():
            found = limits(version, term)
            assert {limit.analyte for limit in found} == {analyte}
            for reading in readings(version, term):
                grades = {limit.grade for limit in found if limit.reading == reading}
                assert grades == set(range(1, highest(version, term) + 1))
    assert {term: highest("4.03", term) for term in TERMS} == dict.fromkeys(TERMS, 4) | {
        "inr_increased": 3, "hypoalbuminaemia": 3
    }  # fmt: skip


@pytest.mark.parametrize(("version", "term"), [("3.0", "ast_increased"), ("5.0", "ascites")])
def test_an_unknown_version_or_term_is_refused(version: str, term: str) -> None:
    with pytest.raises(KeyError, match=rf"{version}.*{term}"):
        limits(version, term)


positive = st.floats(0.01, 1000).map(lambda number: float(f"{number:.5g}"))
maybe = st.one_of(st.just(float("nan")), positive)
flag = st.sampled_from([0.0, 1.0, float("nan")])
case = st.tuples(maybe, st.sampled_from([-1.0, 0.0, 1.0]), maybe, maybe, maybe, flag, flag)


def made(version: str, term: str, *cases: tuple[float, ...]) -> Bounds:
    columns = {name: [one[k] for one in cases] for k, name in enumerate(FIELDS)}
    return bounds(term, version, values(**columns))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["4.03", "5.0"]), st.sampled_from(list(TERMS)), st.lists(case, min_size=1, max_size=5))
def test_bounds_are_ordered_alone_as_together_and_have_a_reason_where_they_differ(
    version: str, term: str, cases: list[tuple[float, ...]]
) -> None:
    found = made(version, term, *cases)
    assert ((found.low >= 0) & (found.low <= found.high) & (found.high <= highest(version, term))).all()
    assert ((found.reason == "") == ((found.low == found.high) & ~np.isnan([one[0] for one in cases]))).all()
    assert set(found.reason) <= {"", *REASONS}
    for k, one in enumerate(cases):
        alone = made(version, term, one)
        assert (alone.low[0], alone.high[0], alone.reason[0]) == (found.low[k], found.high[k], found.reason[k])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["4.03", "5.0"]), st.sampled_from(list(TERMS)), case, st.integers(0, 6))
def test_knowing_less_never_narrows_the_bounds(version: str, term: str, one: tuple[float, ...], lost: int) -> None:
    whole, less = made(version, term, one), list(one)
    less[lost] = float("nan") if lost != 1 else less[lost]
    if lost == 4:
        less[5] = float("nan")  # without a baseline its state is not known
    fewer = made(version, term, tuple(less))
    assert fewer.low[0] <= whole.low[0]
    assert fewer.high[0] >= whole.high[0]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([term for term, analyte in TERMS.items() if analyte in ("bilirubin", "ast", "creatinine")]),
       st.sampled_from(["4.03", "5.0"]), case, st.sampled_from([17.104, 60.0, 88.4, 0.1]))  # fmt: skip
def test_multiples_do_not_depend_on_the_unit(term: str, version: str, one: tuple[float, ...], unit: float) -> None:
    scaled = [number * unit if k in (0, 2, 3, 4) else number for k, number in enumerate(one)]
    first, second = made(version, term, one), made(version, term, tuple(scaled))
    assert (first.low[0], first.high[0]) == (second.low[0], second.high[0])


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["4.03", "5.0"]), st.sampled_from(list(TERMS)), case, positive)
def test_a_worse_value_never_has_a_better_grade(version: str, term: str, one: tuple[float, ...], more: float) -> None:
    if np.isnan(one[0]):
        return
    other = (one[0] + more, *one[1:])
    low, high = (made(version, term, which) for which in (one, other))
    if limits(version, term)[0].rule == "below":
        low, high = high, low
    assert low.low[0] <= high.low[0]
    assert low.high[0] <= high.high[0]


def test_zero_is_possible_for_cell_counts_only() -> None:
    assert made("4.03", "thrombocytopenia", (0.0, 0, np.nan, 150, np.nan, np.nan, np.nan)).low.tolist() == [4]
    for term in ("hyperbilirubinaemia", "hypoalbuminaemia"):
        found = made("4.03", term, (0.0, 0, 20, 35, 10, 0, 0))
        assert (found.low[0], found.high[0], found.reason[0]) == (0, highest("4.03", term), "impossible value")
    assert made("4.03", "lymphopenia", (-0.1, 0, 4, 1, 1, 0, 0)).reason.tolist() == ["impossible value"]
    assert made("4.03", "ast_increased", (float("inf"), 0, 4, 1, 1, 0, 0)).reason.tolist() == ["impossible value"]


LABS = """
patient | analyte   | visit      | day | value | uln | qualifier
A       | bilirubin | maa        | -9  | 19    | 20  |
A       | bilirubin | baseline   | -2  | 21    | 20  |
A       | afp        | baseline  | -2  | 21    | 20  |
A       | bilirubin | day_30     | 30  | 65    | 20  |
A       | bilirubin | unscheduled |    | 65    | 20  |
B       | bilirubin | baseline   |     | 19    | 20  |
B       | bilirubin | day_30     | 30  | 65    |     |
C       | bilirubin | baseline   | -31 | 19    | 20  |
C       | bilirubin | day_30     | 30  | 19    | 20  |
D       | bilirubin | baseline   | -5  | 19    | 20  | below
D       | bilirubin | treatment  | 5   | 19    | 20  |
D       | bilirubin | day_30     | 30  | 41    | 20  |
E       | bilirubin | baseline   | -5  |       | 20  |
E       | bilirubin | maa        | -9  | 22    | 20  |
"""


def test_the_grade_of_every_record_and_its_baseline() -> None:
    records = records_of(labs=LABS)
    found = lab_grades(records.tables["labs"], records.patients, version="5.0", baseline=BASELINE)
    table = records.tables["labs"]
    assert (table["analyte"].iloc[found["row"]] == "bilirubin").all()
    assert len(found) == 13
    assert found["grade"].dtype == "Int64"
    rows = found.assign(base=[table["visit"].iloc[row] if row >= 0 else "" for row in found["baseline_row"]])
    shown = [
        (row.patient, row.visit, None if pd.isna(row.grade) else row.grade, row.reason, row.base)
        for row in rows.itertuples()
    ]
    # A: baseline 21 is above its ULN: 65 is 3.1 times it. D: "below 19" is normal, so ULN grades.
    assert sorted(shown, key=lambda one: one[:2]) == [
        (0, "baseline", 0, "", "baseline"),
        (0, "day_30", 3, "", "baseline"),
        (0, "maa", 0, "", "baseline"),
        (0, "unscheduled", 3, "", "baseline"),
        (1, "baseline", 0, "", "baseline"),
        (1, "day_30", None, "no ULN", "baseline"),
        (2, "baseline", None, "no baseline", ""),
        (2, "day_30", None, "no baseline", ""),
        (3, "baseline", 0, "", "baseline"),
        (3, "day_30", 2, "", "baseline"),
        (3, "treatment", 0, "", "baseline"),
        (4, "baseline", None, "no value", "maa"),
        (4, "maa", 0, "", "maa"),
    ]


def test_row_order_changes_no_grade() -> None:
    records = records_of(labs=LABS)
    labs = records.tables["labs"]
    one = lab_grades(labs, records.patients, version="5.0", baseline=BASELINE)
    mixed = labs.sample(frac=1, random_state=3)
    two = lab_grades(mixed.reset_index(drop=True), records.patients, version="5.0", baseline=BASELINE)
    back = two.assign(row=mixed.index.to_numpy()[two["row"]]).sort_values("row", ignore_index=True)
    keep = [name for name in one.columns if name != "baseline_row"]
    pd.testing.assert_frame_equal(one[keep], back[keep])


def test_no_records_are_no_grades() -> None:
    records = records_of(labs=LABS)
    none = lab_grades(records.tables["labs"].iloc[:0], records.patients, version="4.03", baseline=BASELINE)
    assert len(none) == 0
    assert "baseline_grade" in none


INR = "patient | analyte | visit | day | value | uln\n" + "\n".join(
    f"{name} | inr | baseline | -1 | 1.2 | 1.1\n{name} | inr | day_30 | 30 | {value} | 1.1"
    for name, value in (("A", 1.25), ("B", 1.7), ("C", 1.7), ("D", 1.7), ("E", 1.15))
)


@pytest.mark.parametrize(("unknown", "expected"), [("not_gradable", [1, None, 1, 2, None]), ("no", [1, 2, 1, 2, 1])])
def test_inr_where_anticoagulation_is_not_recorded(unknown: str, expected: list[int | None]) -> None:
    patients = "patient | anticoagulation\nA |\nB | unknown\nC | yes\nD | no\nE |"
    records = records_of(labs=INR, patients=patients)
    found = lab_grades(records.tables["labs"], records.patients, version="4.03", baseline=BASELINE,
                       unknown_anticoagulation=unknown)  # fmt: skip
    after = found[found["visit"] == "day_30"]
    assert [None if pd.isna(grade) else grade for grade in after["grade"]] == expected
    assert set(after["reason"]) <= {"", "anticoagulation not recorded"}


def test_undated_baselines_that_differ_are_none() -> None:
    text = (
        "patient | analyte | visit | value | uln\nA | bilirubin | baseline | 10 | 20\nB | bilirubin | baseline | 9 | 20"
    )
    records = records_of(labs=text)
    labs = records.tables["labs"].assign(patient=0)
    found = lab_grades(labs, records.patients, version="4.03", baseline=BASELINE)
    assert found["baseline_row"].tolist() == [-1, -1]
    same = lab_grades(labs.assign(value=10.0), records.patients, version="4.03", baseline=BASELINE)
    assert same["baseline_row"].tolist() == [0, 0]


def test_progression_and_what_comes_before_it() -> None:
    text = """
patient | event                    | occurrence | day
A       | progression              | yes        | 40
A       | extrahepatic_progression | yes        | 35
B       | local_progression        | yes        |
B       | progression              | yes        | 40
C       | progression              | yes        | -4
D       | progression              | no         |
E       | death                    | yes        | 10
"""
    found = progression(records_of(follow_up=text).tables["follow_up"], 5)
    np.testing.assert_array_equal(found.day, [35, 40, np.nan, np.nan, np.nan])
    assert found.undated.tolist() == [False, True, True, False, False]
    assert found.recorded.tolist() == [True, True, True, True, False]
    patient = np.repeat(np.arange(5), 4)
    days = np.tile([34.9, 35.4, 41, np.nan], 5)
    assert order(found, patient, days).reshape(5, 4).tolist() == [
        [BEFORE, UNCLEAR, AFTER, UNCLEAR],
        [UNCLEAR, UNCLEAR, AFTER, UNCLEAR],
        [UNCLEAR] * 4,
        [BEFORE] * 4,
        [BEFORE] * 4,
    ]


def test_three_valued_logic() -> None:
    yes, no, open_ = 1.0, 0.0, np.nan
    first, second = np.array([yes, yes, yes, no, no, open_]), np.array([yes, no, open_, no, open_, open_])
    np.testing.assert_array_equal(any_of(first, second), [yes, yes, yes, no, open_, open_])
    np.testing.assert_array_equal(all_of(first, second), [yes, no, open_, no, no, open_])
