"""Liver function from laboratory values and findings: ALBI, Child–Pugh, MELD; both sides of every limit."""

from __future__ import annotations

from typing import Any

import pytest
from tests.spec.tables import build, cells, expect, frame_of

ANALYTES = ("bilirubin", "albumin", "inr", "prothrombin_seconds", "prothrombin_percent", "creatinine", "sodium")


def made(variables: dict[str, dict[str, Any]], text: str) -> Any:
    """The cohort of a wide text table: one line per patient, laboratory values by analyte, the rest in `patients`."""
    head, *lines = cells(text)
    labs, own = ["patient | analyte | day | value"], [" | ".join(name for name in head if name not in ANALYTES)]
    for line in lines:
        row = dict(zip(head, line, strict=True))
        labs += [f"{row['patient']} | {name} | -1 | {row[name]}" for name in ANALYTES if row.get(name)]
        own.append(" | ".join(row[name] for name in head if name not in ANALYTES))
    words = {name: {"kind": "derived", "window": "baseline"} | spec for name, spec in variables.items()}
    return build({"variables": words}, labs="\n".join(labs), patients="\n".join(own))


def derived(name: str, **rules: Any) -> dict[str, Any]:
    return {"derive": name, "rules": rules} if rules else {"derive": name}


# ALBI with bilirubin 10 µmol/L is 0.66 − 0.085 albumin: the albumin of a score is (0.66 − score) / 0.085.
ON_260, ON_227, ON_139 = (repr((0.66 + limit) / 0.085) for limit in (2.60, 2.27, 1.39))


def test_albi_and_both_sides_of_its_grades() -> None:
    expect(
        made(
            {"grade": derived("albi_grade"), "modified": derived("malbi_grade")},
            f"""
            patient | bilirubin | albumin
            A       | 10        | 38.3530
            B       | 10        | {ON_260}
            C       | 10        | 38.3529
            D       | 10        | 34.4706
            E       | 10        | {ON_227}
            F       | 10        | 34.4705
            G       | 10        | {ON_139}
            H       | 10        | 24.1176
            I       |           | 30
            J       | 10        |
            K       | 0         | 40
            L       | 10        | 0
            """,
        ),
        """
        patient | grade | modified
        A | 1 | 1
        B | 1 | 1
        C | 2 | 2a
        D | 2 | 2a
        E | 2 | 2b
        F | 2 | 2b
        G | 2 | 2b
        H | 3 | 3
        I | |
        J | |
        K | |
        L | |
        """,
    )


def test_albi_by_either_printed_coefficient() -> None:
    cohort = made(
        {"score": derived("albi"), "other": derived("albi", albumin_coefficient="0.0852")},
        "patient | bilirubin | albumin\nA | 10 | 40\nB | -5 | 40",
    )
    frame = frame_of(cohort)
    assert frame["score"].tolist()[0] == pytest.approx(-2.74, abs=1e-12)
    assert frame["other"].tolist()[0] == pytest.approx(-2.748, abs=1e-12)
    assert frame["score"].isna().tolist() == [False, True]


PUGH = {"points": derived("child_pugh_points"), "score": derived("child_pugh"), "letter": derived("child_pugh_class"),
        "missing": derived("child_pugh_missing")}  # fmt: skip


def test_child_pugh_counts_its_five_parts_and_says_which_is_missing() -> None:
    expect(
        made(
            PUGH,
            """
            patient | bilirubin | albumin | inr | ascites  | encephalopathy
            A       | 10        | 40      | 1.0 | none     | none
            B       | 34.208    | 40      | 1.0 | none     | none
            C       | 34.208    | 35      | 1.0 | none     | none
            D       | 34.208    | 35      | 1.7 | slight   | none
            E       | 34.208    | 35      | 1.7 | slight   | grade_1_2
            F       | 60        | 20      | 3   | moderate | grade_3_4
            G       |           | 40      | 1.0 | none     | none
            H       | 10        |         | 1.0 | none     | none
            I       | 10        | 40      |     | none     | none
            J       | 10        | 40      | 1.0 |          | none
            K       | 10        | 40      | 1.0 | none     |
            L       | 10        |         |     | none     | none
            M       | 0         | 40      | 1.0 | none     | none
            """,
        ),
        """
        patient | points | score | letter | missing
        A       | 5      | A5    | A      | none
        B       | 6      | A6    | A      | none
        C       | 7      | B7    | B      | none
        D       | 9      | B9    | B      | none
        E       | 10     | C10   | C      | none
        F       | 15     | C15   | C      | none
        G       |        |       |        | bilirubin
        H       |        |       |        | albumin
        I       |        |       |        | coagulation
        J       |        |       |        | ascites
        K       |        |       |        | encephalopathy
        L       |        |       |        | several
        M       |        |       |        | bilirubin
        """,
    )


@pytest.mark.parametrize(
    ("analyte", "values", "rule"),
    [
        # 2 and 3 mg/dL in µmol/L, 2.8 and 3.5 g/dL in g/L: a value on a limit has two points.
        ("bilirubin", {"34.207": 5, "34.208": 6, "34.209": 6, "51.311": 6, "51.312": 6, "51.313": 7}, "inr"),
        ("albumin", {"35.001": 5, "35": 6, "34.999": 6, "28.001": 6, "28": 6, "27.999": 7}, "inr"),
        ("inr", {"1.699": 5, "1.7": 6, "1.701": 6, "2.299": 6, "2.3": 6, "2.301": 7}, "inr"),
        ("prothrombin_seconds", {"-1": 5, "0": 5, "3.999": 5, "4": 6, "6": 6, "6.001": 7}, "seconds"),
        ("prothrombin_percent", {"50.001": 5, "50": 6, "40": 6, "39.999": 7}, "percent"),
    ],
)
def test_both_sides_of_every_limit_of_child_pugh(analyte: str, values: dict[str, int], rule: str) -> None:
    usual = {"bilirubin": "10", "albumin": "40", "inr": "1"}
    names = list(usual | {analyte: ""})
    rows = [
        f"P{n} | none | none | " + " | ".join((usual | {analyte: value})[name] for name in names)
        for n, value in enumerate(values)
    ]
    text = "\n".join(["patient | ascites | encephalopathy | " + " | ".join(names), *rows])
    cohort = made({"points": derived("child_pugh_points", coagulation=rule)}, text)
    assert frame_of(cohort)["points"].tolist() == list(values.values())


def test_the_measure_of_coagulation_is_chosen_and_recorded() -> None:
    """By INR unless the protocol says otherwise: another measure does not stand in for it unasked."""
    text = """
    patient | bilirubin | albumin | inr | prothrombin_seconds | prothrombin_percent | ascites | encephalopathy
    A       | 10        | 40      | 2   | 7                   | 60                  | none    | none
    B       | 10        | 40      |     | 7                   | 60                  | none    | none
    C       | 10        | 40      |     |                     | 60                  | none    | none
    D       | 10        | 40      |     |                     |                     | none    | none
    """
    rules = ("inr", "seconds", "percent", "first_available")
    variables = {f"{rule}": derived("child_pugh_points", coagulation=rule) for rule in rules}
    variables["used"] = derived("child_pugh_coagulation", coagulation="first_available")
    variables["used_inr"] = derived("child_pugh_coagulation")
    expect(
        made(variables, text),
        """
        patient | inr | seconds | percent | first_available | used    | used_inr
        A       | 6   | 7       | 5       | 6               | inr     | inr
        B       |     | 7       | 5       | 7               | seconds |
        C       |     |         | 5       | 5               | percent |
        D       |     |         |         |                 |         |
        """,
    )


def test_child_pugh_beside_the_reported_one() -> None:
    text = """
    patient | bilirubin | albumin | inr | ascites | encephalopathy | child_pugh_reported | child_pugh_class_reported
    A       | 10        | 40      | 1   | none    | none           | 5                   |
    B       | 10        | 40      | 1   | none    | none           | 6                   |
    C       | 60        | 40      | 1   | none    | none           | 6                   | A
    D       | 10        | 40      | 1   | none    | none           |                     | B
    E       | 10        | 40      | 1   | none    |                | 5                   |
    F       | 10        | 40      | 1   | none    | none           |                     |
    """
    expect(
        made(
            {"points": derived("child_pugh_agreement"), "letters": derived("child_pugh_agreement", by="class")},
            text,
        ),
        """
        patient | points         | letters
        A       | agrees         | agrees
        B       | derived_better | agrees
        C       | derived_worse  | derived_worse
        D       |                | derived_better
        E       |                |
        F       |                |
        """,
    )


MELD = {"first": derived("meld"), "sodium_too": derived("meld_na"), "third": derived("meld_3")}


def test_meld_scores_and_what_each_needs() -> None:
    """A: 1.5, 1.5, 1 mg/dL and sodium 135 is 13, 15 with sodium. B: all normal is 6, of a woman 7 in MELD 3.0."""
    expect(
        made(
            MELD,
            """
            patient | sex    | dialysis | bilirubin | inr | creatinine | sodium | albumin
            A       | male   | no       | 25.656    | 1.5 | 88.4       | 135    | 40
            B       | female | no       | 8         | 0.9 | 50         | 140    | 45
            C       | male   | no       | 8         | 0.9 | 50         |        | 45
            D       | male   | no       | 25.656    | 1.5 | 88.4       |        | 40
            E       |        | no       | 25.656    | 1.5 | 88.4       | 135    | 40
            F       | male   | no       | 25.656    | 1.5 | 88.4       | 135    |
            G       | male   | no       | 25.656    |     | 88.4       | 135    | 40
            H       | male   | no       |           | 1.5 | 88.4       | 135    | 40
            I       | male   | no       | 25.656    | 1.5 |            | 135    | 40
            J       | male   | no       | 0         | 1.5 | 88.4       | 135    | 40
            K       | male   | no       | 900       | 9   | 600        |        | 10
            """,
        ),
        """
        patient | first | sodium_too | third
        A       | 13    | 15         | 13
        B       | 6     | 6          | 7
        C       | 6     | 6          |
        D       | 13    |            |
        E       | 13    | 15         |
        F       | 13    | 15         |
        G       |       |            |
        H       |       |            |
        I       |       |            |
        J       |       |            |
        K       | 40    | 40         |
        """,
    )


def test_meld_where_dialysis_is_not_recorded() -> None:
    """Dialysis counts as creatinine at its limit. Not recorded is not "no", unless creatinine is at the limit anyway.

    4.0 mg/dL is 353.6 µmol/L, 3.0 is 265.2.
    """
    expect(
        made(
            {
                "strict": derived("meld"),
                "third": derived("meld_3"),
                "lenient": derived("meld", dialysis_unrecorded="none"),
                "enters": derived("meld_creatinine"),
            },
            """
            patient | sex  | dialysis | bilirubin | inr | creatinine | sodium | albumin
            A       | male | yes      | 17.104    | 1   | 88.4       | 137    | 35
            B       | male | yes      | 17.104    | 1   |            | 137    | 35
            C       | male | no       | 17.104    | 1   | 88.4       | 137    | 35
            D       | male |          | 17.104    | 1   | 88.4       | 137    | 35
            E       | male | unknown  | 17.104    | 1   | 265.2      | 137    | 35
            F       | male |          | 17.104    | 1   | 353.6      | 137    | 35
            G       | male |          | 17.104    | 1   | 353.5      | 137    | 35
            H       | male |          | 17.104    | 1   |            | 137    | 35
            """,
        ),
        """
        patient | strict | third | lenient | enters
        A       | 20     | 18    | 20      | dialysis
        B       | 20     | 18    | 20      | dialysis
        C       | 6      | 6     | 6       | measured
        D       |        |       | 6       | not_recorded
        E       |        | 18    | 17      | not_recorded
        F       | 20     | 18    | 20      | not_recorded
        G       |        | 18    | 20      | not_recorded
        H       |        |       |         |
        """,
    )


def test_meld_3_is_limited_to_40_only_where_the_policy_says_so() -> None:
    cohort = made(
        {"limited": derived("meld_3"), "open": derived("meld_3", limited=False)},
        "patient | sex | dialysis | bilirubin | inr | creatinine | sodium | albumin\n"
        "A | female | no | 171.04 | 4 | 265.2 | 120 | 15",
    )
    row = frame_of(cohort).iloc[0]
    # 1.33 + 4.56 ln 10 + 9.84 − 2.88 ln 10 + 9.09 ln 4 + 11.14 ln 3 + 3.7 − 3.66 ln 3 + 6 = 45.56
    assert (row["limited"], row["open"]) == (40, 46)


def test_sodium_enters_meld_na_above_11_and_within_its_limits() -> None:
    """MELD 11 keeps its score, 12 does not; 125 and below count alike, so do 137 and above."""
    expect(
        made(
            {"first": derived("meld"), "both": derived("meld_na")},
            """
            patient | dialysis | bilirubin | inr  | creatinine | sodium
            A       | no       | 17.104    | 1.50 | 88.4       | 125
            B       | no       | 17.104    | 1.60 | 88.4       | 125
            C       | no       | 17.104    | 1.60 | 88.4       | 110
            D       | no       | 17.104    | 1.60 | 88.4       | 137
            E       | no       | 17.104    | 1.60 | 88.4       | 145
            F       | no       | 17.104    | 1.60 | 88.4       | 0
            """,
        ),
        """
        patient | first | both
        A       | 11    | 11
        B       | 12    | 23
        C       | 12    | 23
        D       | 12    | 12
        E       | 12    | 12
        F       | 12    |
        """,
    )


def test_the_rows_that_decided_are_named() -> None:
    cohort = made({"score": derived("albi")}, "patient | bilirubin | albumin\nA | 10 | 40")
    expect(cohort, "patient | score_source\nA | labs: labs.txt, row 2; labs: labs.txt, row 3")
