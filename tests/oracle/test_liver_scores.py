"""Liver function and stage a second way: by hand in plain Python and Decimal, by public calculators, by R.

The hand versions start from the decimal text in the unit of the source (mg/dL, g/dL, cm) and know nothing of ours.
"""

from __future__ import annotations

import csv
import math
from decimal import Decimal
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from y90outcomes.derivations.catalogue import VARIABLES
from y90outcomes.derivations.rules import settled
from y90outcomes.derivations.volumes import sflr
from y90outcomes.units import factor

HERE = Path(__file__).parent
Cells = dict[str, list[object]]
DIALYSIS = {"dialysis_unrecorded": "none"}


def canonical(quantity: str, unit: str, text: str) -> float:
    """A decimal text in another unit as the registry stores it."""
    scale = factor(quantity, unit)
    assert scale is not None
    return float(Decimal(text) * scale)


def ours(name: str, columns: Cells, **rules: object) -> list[object]:
    """A variable of ours by the names of its columns; a column that is not given is missing everywhere."""
    variable = VARIABLES[name]
    assert variable.compute is not None
    size = len(next(iter(columns.values())))
    numbers = {"value", "tumour_count", "longest_diameter", "child_pugh_reported", "flr_volume", "height", "body_mass"}
    series = []
    for need in variable.needs:
        key = need.rollup or need.where.get("analyte", need.column)
        kind = "float64" if need.column in numbers else "string"
        empty = [np.nan if kind == "float64" else None] * size
        series.append(pd.Series(columns.get(key, empty), dtype=kind))
    found = variable.compute(*series, **settled(variable, rules))  # type: ignore[arg-type]
    return [None if pd.isna(value) else value for value in found]


def labs(rows: list[dict[str, str]]) -> Cells:
    """Laboratory columns from rows of decimal texts in mg/dL and g/dL."""
    units = {"bilirubin": ("bilirubin", "mg/dL"), "creatinine": ("creatinine", "mg/dL"), "albumin": ("albumin", "g/dL"),
             "sodium": ("sodium", "mmol/L"), "inr": ("inr", "ratio")}  # fmt: skip
    return {name: [canonical(*unit, row[name]) for row in rows] for name, unit in units.items() if name in rows[0]}


# Child–Pugh: every combination around every limit, scored in mg/dL and g/dL with exact decimals.

BILIRUBIN, ALBUMIN, INR = (
    ["0.5", "1.9", "2.0", "2.1", "3.0", "3.1"],
    ["2.7", "2.8", "3.5", "3.6"],
    ["1.6", "1.7", "2.3", "2.4"],
)


def by_hand(bilirubin: str, albumin: str, inr: str, ascites: str, encephalopathy: str) -> int:
    b, a, i = Decimal(bilirubin), Decimal(albumin), Decimal(inr)
    return (
        (1 if b < 2 else 3 if b > 3 else 2)
        + (1 if a > Decimal("3.5") else 3 if a < Decimal("2.8") else 2)
        + (1 if i < Decimal("1.7") else 3 if i > Decimal("2.3") else 2)
        + {"none": 1, "slight": 2, "moderate": 3}[ascites]
        + {"none": 1, "grade_1_2": 2, "grade_3_4": 3}[encephalopathy]
    )


def test_child_pugh_of_every_combination_in_the_printed_units() -> None:
    cases = list(product(BILIRUBIN, ALBUMIN, INR, ["none", "slight", "moderate"], ["none", "grade_1_2", "grade_3_4"]))
    rows = [dict(zip(("bilirubin", "albumin", "inr"), case, strict=False)) for case in cases]
    columns = labs(rows) | {"ascites": [case[3] for case in cases], "encephalopathy": [case[4] for case in cases]}
    points = [by_hand(*case) for case in cases]
    assert ours("child_pugh_points", columns) == points
    letters = ["A" if total <= 6 else "B" if total <= 9 else "C" for total in points]
    assert ours("child_pugh_class", columns) == letters
    assert ours("child_pugh", columns) == [f"{letter}{total}" for letter, total in zip(letters, points, strict=True)]


# ALBI: the limits turned round, so that no logarithm of ours is used: bilirubin = 10^((score + 0.085 albumin) / 0.66).


def test_albi_grades_by_the_bilirubin_at_which_they_change() -> None:
    with_grades = []
    for albumin in ("20", "27.5", "35", "41"):
        for limit, below, above in (("-2.60", "1", "2a"), ("-2.27", "2a", "2b"), ("-1.39", "2b", "3")):
            at = 10 ** ((float(limit) + 0.085 * float(albumin)) / 0.66)
            with_grades += [(at * 0.9999, albumin, below), (at * 1.0001, albumin, above)]
    columns: Cells = {
        "bilirubin": [case[0] for case in with_grades],
        "albumin": [float(case[1]) for case in with_grades],
    }
    assert ours("malbi_grade", columns) == [case[2] for case in with_grades]
    assert ours("albi_grade", columns) == [case[2][0] for case in with_grades]


# MELD: whole scores that public calculators print (creatinine, bilirubin mg/dL, INR, sodium).


@pytest.mark.parametrize(
    ("creatinine", "bilirubin", "inr", "sodium", "first", "both"),
    [
        ("1.0", "1.5", "1.5", "135", 13, 15),  # scoutmytool.com, MELD-Na, worked example
        ("1.8", "3.5", "1.5", "137", 21, 21),  # LiverTracker validation cases, MN006, MN001, MN014, MN021
        ("1.8", "3.5", "1.5", "131", 21, 25),
        ("1.6", "1.8", "2.0", "138", 21, 21),
        ("1.2", "1.2", "1.2", "137", 11, 11),
        ("4.0", "7.0", "3.5", "125", 40, 40),
    ],
)
def test_meld_and_meld_na_of_public_calculators(
    creatinine: str, bilirubin: str, inr: str, sodium: str, first: int, both: int
) -> None:
    columns = labs([{"creatinine": creatinine, "bilirubin": bilirubin, "inr": inr, "sodium": sodium}])
    assert ours("meld", columns | {"dialysis": ["no"]}) == [first]
    assert ours("meld_na", columns | {"dialysis": ["no"]}) == [both]


@pytest.mark.parametrize(
    ("bilirubin", "creatinine", "inr", "dialysis", "sodium", "albumin", "female", "male"),
    [  # LiverTracker validation cases, MELD 3.0
        ("3.5", "1.8", "1.5", "no", "131", "2.8", 27, 26),
        ("1.0", "1.0", "1.0", "no", "137", "3.5", 7, 6),
        ("5.0", "2.5", "2.0", "no", "125", "2.0", 37, 35),
        ("1.0", "1.0", "1.0", "yes", "137", "3.5", 20, 18),
        ("3.5", "3.0", "2.0", "no", "130", "2.5", 35, 34),
        ("2.0", "1.5", "1.5", "no", "135", "3.0", 21, 19),
        ("8.0", "3.0", "3.0", "no", "125", "1.5", 40, 40),
        ("1.5", "1.2", "1.3", "no", "136", "3.2", 15, 13),
        ("4.0", "2.0", "2.0", "no", "128", "2.2", 33, 31),
    ],
)
def test_meld_3_of_a_public_calculator(
    bilirubin: str, creatinine: str, inr: str, dialysis: str, sodium: str, albumin: str, female: int, male: int
) -> None:
    row = {"bilirubin": bilirubin, "creatinine": creatinine, "inr": inr, "sodium": sodium, "albumin": albumin}
    columns = labs([row, row]) | {"dialysis": [dialysis] * 2, "sex": ["female", "male"]}
    assert ours("meld_3", columns) == [female, male]


# R: tests/oracle/r/liver.R


@cache
def cases() -> list[dict[str, str]]:
    with (HERE / "data" / "liver.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def theirs() -> dict[tuple[str, str], list[float]]:
    """(quantity, convention) → R's value of every case in the order of the data."""
    found: dict[tuple[str, str], list[float]] = {}
    with (HERE / "reference" / "liver.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault((row["quantity"], row["convention"]), []).append(float(row["value"]))
    return found


def test_scores_equal_those_of_r() -> None:
    rows = [{name.removesuffix("_mg").removesuffix("_g"): text for name, text in row.items()} for row in cases()]
    columns = labs(rows) | {"sex": [row["sex"] for row in rows], "dialysis": ["no"] * len(rows)}
    assert ours("meld", columns) == theirs()["meld", "optn"]
    assert ours("meld_na", columns) == theirs()["meld_na", "optn"]
    assert ours("meld_3", columns) == theirs()["meld_3", "limited"]
    assert ours("meld_3", columns, limited=False) == theirs()["meld_3", "open"]
    for weight in ("0.085", "0.0852"):
        assert ours("albi", columns, albumin_coefficient=weight) == pytest.approx(theirs()["albi", weight], rel=1e-12)


@pytest.mark.parametrize("formula", ["mosteller", "dubois", "haycock", "gehan_george"])
def test_standardised_remnant_equals_that_of_r(formula: str) -> None:
    columns = [pd.Series([float(row[name]) for row in cases()]) for name in ("flr_ml", "height_cm", "mass_kg")]
    found = sflr(*columns, bsa=formula)
    assert found.tolist() == pytest.approx(theirs()["sflr", formula], rel=1e-12)


# BCLC and the transplant criteria: every completion of the missing inputs, staged in ECOG grades and centimetres.

ECOG, NUMBERS = [0, 1, 2, 3, 4], [1, 2, 3, 4, 9]
SIZES = [Decimal(size) for size in ("1", "2", "2.1", "3", "3.1", "4.5", "5", "5.1", "6", "6.5", "6.6", "12")]
CHILD, YES_NO = ["A", "B", "C"], ["yes", "no"]


def staged(ecog: int, child: str, vein: str, spread: str, number: int, size: Decimal) -> str:
    if ecog > 2 or child == "C":
        return "D"
    if "yes" in (vein, spread) or ecog > 0:
        return "C"
    if number == 1:
        return "0" if size <= 2 else "A"
    return "A" if number <= 3 and size <= 3 else "B"


def classed(vein: str, number: int, size: Decimal) -> str:
    if vein == "yes":
        return "T4b"
    if number >= 4:
        return "T4a"
    if number == 1:
        return "T1" if size < 2 else "T2" if size <= 5 else "T3"
    return "T2" if size <= 3 else "T3"


def only(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None


def test_stages_are_those_on_which_every_completion_agrees() -> None:
    draw = np.random.default_rng(20240711)

    def drawn(values: list[object], count: int, gone: float = 0.15) -> list[object]:
        return [None if draw.random() < gone else values[draw.integers(len(values))] for _ in range(count)]

    n = 600
    ecog, child, vein, spread = (drawn(list(v), n) for v in (ECOG, CHILD, YES_NO, YES_NO))
    calm = draw.random(n) < 0.6
    ecog = [0 if quiet and e is not None else e for quiet, e in zip(calm, ecog, strict=True)]
    child = ["A" if quiet and c is not None else c for quiet, c in zip(calm, child, strict=True)]
    spread = ["no" if quiet and x is not None else x for quiet, x in zip(calm, spread, strict=True)]
    vein = ["no" if quiet and v is not None else v for quiet, v in zip(calm, vein, strict=True)]
    number, size = drawn(list(NUMBERS), n), drawn(list(SIZES), n)
    columns: Cells = {
        "ecog": [None if e is None else str(e) for e in ecog],
        "child_pugh_class_reported": child,
        "pvtt_class": [{None: None, "yes": "VP2", "no": "none"}[v] for v in vein],  # type: ignore[index]
        "hvtt_class": ["none"] * n,
        "extrahepatic_disease": spread,
        "tumour_count": [math.nan if k is None else float(k) for k in number],  # type: ignore[arg-type]
        "largest": [math.nan if s is None else float(s * 10) for s in size],  # type: ignore[operator]
    }
    expected: dict[str, list[str | None]] = {"bclc": [], "milan": [], "up_to_7": [], "unos": []}
    for e, c, v, x, k, s in zip(ecog, child, vein, spread, number, size, strict=True):
        given = ((e, ECOG), (c, CHILD), (v, YES_NO), (x, YES_NO), (k, NUMBERS), (s, SIZES))
        pools = [[value] if value is not None else pool for value, pool in given]
        every = list(product(*pools))
        expected["bclc"].append(only({staged(*one) for one in every}))  # type: ignore[arg-type]
        tumours = {(one[2], one[3], one[4], one[5]) for one in every}
        expected["unos"].append(only({classed(a, b, d) for a, _, b, d in tumours}))  # type: ignore[arg-type]
        free = [(a == b == "no", k, d) for a, b, k, d in tumours]
        milan = {clear and ((k == 1 and d <= 5) or (k <= 3 and d <= 3)) for clear, k, d in free}  # type: ignore[operator]
        seven = {clear and k + d <= 7 for clear, k, d in free}  # type: ignore[operator]
        for name, found in (("milan", milan), ("up_to_7", seven)):
            expected[name].append(only({"yes" if one else "no" for one in found}))
    rules = {"unlisted": "not_larger"}
    assert ours("bclc", columns, child_pugh="reported", **rules) == expected["bclc"]
    for name in ("milan", "up_to_7", "unos"):
        assert ours(name, columns, **rules) == expected[name], name
    assert {*expected["bclc"]} == {"0", "A", "B", "C", "D", None}
