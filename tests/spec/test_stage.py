"""BCLC by three-valued logic and the transplant criteria: every branch, both sides of every limit, missing inputs."""

from __future__ import annotations

from typing import Any

import pytest
from tests.spec.tables import build, cells, expect, frame_of

REPORTED = {"child_pugh": "reported"}


def made(variables: dict[str, dict[str, Any]], text: str, **tables: str) -> Any:
    """The cohort of a table with one line per patient: `veins` is the portal and hepatic class, `mm` the diameters of
    the listed lesions ("?" for one without a measurement), `cp` the reported Child–Pugh class."""
    head, *lines = cells(text)
    names = {"cp": "child_pugh_class_reported", "spread": "extrahepatic_disease", "count": "tumour_count"}
    own = [name for name in head if name not in ("veins", "mm")]
    patients = [" | ".join(names.get(name, name) for name in own)]
    imaging = ["patient | lesion | day | longest_diameter | pvtt_class | hvtt_class"]
    lesions = ["patient | lesion"]
    for line in lines:
        row = dict(zip(head, line, strict=True))
        patients.append(" | ".join(row[name] for name in own))
        portal, _, hepatic = row.get("veins", "none none").partition(" ")
        if portal:
            values = [code.replace("?", "") for code in (portal, hepatic)]
            imaging.append(f"{row['patient']} |  | -5 |  | {values[0]} | {values[1]}")
        for number, size in enumerate(row["mm"].split(), start=1):
            lesions.append(f"{row['patient']} | L{number}")
            imaging.append(f"{row['patient']} | L{number} | -5 | {size.replace('?', '')} | |")
    words = {name: {"kind": "derived", "window": "baseline"} | spec for name, spec in variables.items()}
    texts = {"patients": "\n".join(patients), "imaging": "\n".join(imaging), "lesions": "\n".join(lesions)}
    return build({"variables": words}, **(texts | tables))


def derived(name: str, **rules: Any) -> dict[str, Any]:
    return {"derive": name, "rules": rules} if rules else {"derive": name}


BCLC = {"stage": derived("bclc", **REPORTED)}


def test_every_branch_of_bclc_2022() -> None:
    """Decided D, C, then by the tumours: 20 and 30 mm and three tumours are on the good side of their limits."""
    expect(
        made(
            BCLC,
            """
            patient | ecog | cp | veins     | spread | mm             | count
            D1      | 3    | A  | none none | no     | 15             | 1
            D2      | 4    | A  | none none | no     | 15             | 1
            D3      | 0    | C  | none none | no     | 15             | 1
            D4      | 0    | C  | VP4 none  | yes    | 90 90 90 90    | 4
            C1      | 0    | A  | VP1 none  | no     | 15             | 1
            C2      | 0    | B  | none VV1  | no     | 15             | 1
            C3      | 0    | A  | none none | yes    | 15             | 1
            C4      | 1    | A  | none none | no     | 15             | 1
            C5      | 2    | B  | none none | no     | 15             | 1
            O1      | 0    | A  | none none | no     | 20             | 1
            A1      | 0    | A  | none none | no     | 20.001         | 1
            A2      | 0    | B  | none none | no     | 180            | 1
            A3      | 0    | A  | none none | no     | 10 10          | 2
            A4      | 0    | A  | none none | no     | 30 30 30       | 3
            B1      | 0    | A  | none none | no     | 30 30.001      | 2
            B2      | 0    | A  | none none | no     | 10 10 10 10    | 4
            """,
        ),
        """
        patient | stage
        A1 | A
        A2 | A
        A3 | A
        A4 | A
        B1 | B
        B2 | B
        C1 | C
        C2 | C
        C3 | C
        C4 | C
        C5 | C
        D1 | D
        D2 | D
        D3 | D
        D4 | D
        O1 | 0
        """,
    )


def test_a_missing_input_gives_a_stage_only_where_it_cannot_change_it() -> None:
    """Each first line of a pair is open, the second is settled by something else."""
    expect(
        made(
            BCLC | {"open": derived("bclc_missing", **REPORTED)},
            """
            patient | ecog | cp | veins     | spread  | mm       | count
            A1      |      | A  | none none | no      | 15       | 1
            A2      |      | C  | none none | no      | 15       | 1
            B1      | 0    |    | none none | no      | 15       | 1
            B2      | 3    |    | none none | no      | 15       | 1
            C1      | 0    | A  |           | no      | 15       | 1
            C2      | 0    | A  |           | yes     | 15       | 1
            C3      | 0    | A  | none ?    | no      | 15       | 1
            C4      | 0    | A  | ? VV2     | no      | 15       | 1
            D1      | 0    | A  | none none |         | 15       | 1
            D2      | 1    | A  | none none | unknown | 15       | 1
            E1      | 0    | A  | none none | no      | ?        | 1
            E2      | 0    | A  | none none | no      | ? 10 ? ? | 4
            F1      | 0    | A  | none none | no      |          | 3
            F2      | 0    | A  | none none | no      |          | 4
            G1      | 0    | A  | none none | no      |          |
            G2      | 1    | B  | none none | no      |          |
            H1      |      |    | none none | no      | 15       | 1
            H2      |      |    |           |         |          |
            """,
        ),
        """
        patient | stage | open
        A1      |       | ecog
        A2      | D     | staged
        B1      |       | liver
        B2      | D     | staged
        C1      |       | vascular
        C2      | C     | staged
        C3      |       | vascular
        C4      | C     | staged
        D1      |       | extrahepatic
        D2      | C     | staged
        E1      |       | tumours
        E2      | B     | staged
        F1      |       | tumours
        F2      | B     | staged
        G1      |       | tumours
        G2      | C     | staged
        H1      |       | several
        H2      |       | several
        """,
    )


def test_the_larger_of_the_reported_and_the_listed_number_counts() -> None:
    """Tumours that are reported and not listed have an unknown size, unless the protocol says they are not larger;
    where no number is reported, those listed are some, unless the protocol says they are all (E)."""
    expect(
        made(
            BCLC
            | {
                "small": derived("bclc", unlisted="not_larger", unreported="listed", **REPORTED),
                "listed": derived("bclc", unreported="listed", **REPORTED),
            },
            """
            patient | ecog | cp | veins     | spread | mm          | count | tumour_count_open
            A       | 0    | A  | none none | no     | 10 10 10 10 | 2     |
            B       | 0    | A  | none none | no     | 10          | 3     |
            C       | 0    | A  | none none | no     | 31          | 3     |
            D       | 0    | A  | none none | no     | 10          | 4     |
            E       | 0    | A  | none none | no     | 10          |       |
            F       | 0    | A  | none none | no     | 10 10       | 2     | yes
            G       | 0    | A  | none none | no     | 10 10       | 2     | no
            H       | 0    | A  | none none | no     | 10 10 10 10 | 4     | yes
            I       | 0    | A  | none none | no     | 0           | 1     | no
            """,
        ),
        """
        patient | stage | small | listed
        A       | B     | B     | B
        B       |       | A     |
        C       | B     | B     | B
        D       | B     | B     | B
        E       |       | 0     | 0
        F       |       |       |
        G       | A     | A     | A
        H       | B     | B     | B
        I       |       |       |
        """,
    )


def test_versions_and_what_counts_as_end_stage() -> None:
    """Before 2018 a single tumour above 5 cm is B. Child–Pugh C within Milan may be transplanted: D only outside."""
    expect(
        made(
            {
                "now": derived("bclc", **REPORTED),
                "of_2018": derived("bclc", version="2018", **REPORTED),
                "before": derived("bclc", version="before_2018", **REPORTED),
                "milan": derived("bclc", end_stage="child_pugh_c_outside_milan", **REPORTED),
                "ecog": derived("bclc", end_stage="ecog_only", **REPORTED),
            },
            """
            patient | ecog | cp | veins     | spread | mm       | count
            A       | 0    | A  | none none | no     | 50       | 1
            B       | 0    | A  | none none | no     | 50.001   | 1
            C       | 0    | C  | none none | no     | 50       | 1
            D       | 0    | C  | none none | no     | 50.001   | 1
            E       | 0    | C  | none none | no     | 30 30    | 2
            F       | 0    | C  | none none | no     | 31 30    | 2
            G       | 0    | C  | VP3 none  | no     | 15       | 1
            H       | 0    | C  |           | no     | 15       | 1
            I       | 0    |    | none none | no     | 15       | 1
            """,
        ),
        """
        patient | now | of_2018 | before | milan | ecog
        A       | A   | A       | A      | A     | A
        B       | A   | A       | B      | A     | A
        C       | D   | D       | D      | A     | A
        D       | D   | D       | D      | D     | A
        E       | D   | D       | D      | A     | A
        F       | D   | D       | D      | D     | B
        G       | D   | D       | D      | D     | C
        H       | D   | D       | D      |       |
        I       |     |         |        | 0     | 0
        """,
    )


def test_child_pugh_is_derived_unless_the_protocol_says_otherwise() -> None:
    """A missing part keeps the stage open only where class C is within reach: with four of one point it is not."""
    labs = """
    patient | analyte   | day | value
    A       | bilirubin | -1  | 10
    A       | albumin   | -1  | 40
    A       | inr       | -1  | 1
    B       | bilirubin | -1  | 10
    B       | albumin   | -1  | 40
    C       | bilirubin | -1  | 60
    C       | albumin   | -1  | 20
    C       | inr       | -1  | 1.8
    D       | bilirubin | -1  | 60
    D       | albumin   | -1  | 20
    D       | inr       | -1  | 2
    """
    expect(
        made(
            {
                "own": derived("bclc"),
                "given": derived("bclc", **REPORTED),
                "either": derived("bclc", child_pugh="derived_or_reported"),
            },
            """
            patient | ecog | cp | veins     | spread | mm | count | ascites | encephalopathy
            A       | 0    | C  | none none | no     | 15 | 1     | none    | none
            B       | 0    | C  | none none | no     | 15 | 1     | none    | none
            C       | 0    | B  | none none | no     | 15 | 1     |         | none
            D       | 0    | B  | none none | no     | 15 | 1     | none    | none
            E       | 0    | B  | none none | no     | 15 | 1     | none    | none
            F       | 0    |    | none none | no     | 15 | 1     | none    | none
            """,
            labs=labs,
        ),
        """
        patient | own | given | either
        A       | 0   | D     | 0
        B       | 0   | D     | 0
        C       | D   | 0     | D
        D       | D   | 0     | D
        E       |     | 0     | 0
        F       |     |       |
        """,
    )


def test_derived_beside_reported() -> None:
    expect(
        made(
            {"agreement": derived("bclc_agreement", **REPORTED)},
            """
            patient | ecog | cp | veins     | spread | mm | count | bclc_reported
            A       | 0    | A  | none none | no     | 25 | 1     | A
            B       | 0    | A  | none none | no     | 25 | 1     | B
            C       | 1    | A  | none none | no     | 25 | 1     | A
            D       | 0    | A  | none none | no     | 25 | 1     |
            E       |      | A  | none none | no     | 25 | 1     | A
            """,
        ),
        """
        patient | agreement
        A       | agrees
        B       | derived_better
        C       | derived_worse
        D       |
        E       |
        """,
    )


CRITERIA = {name: derived(name) for name in ("milan", "up_to_7", "ucsf", "unos")}


def test_transplant_criteria_on_both_sides_of_their_limits() -> None:
    expect(
        made(
            CRITERIA,
            """
            patient | veins     | spread | mm                | count
            A       | none none | no     | 19.999            | 1
            B       | none none | no     | 20                | 1
            C       | none none | no     | 50                | 1
            D       | none none | no     | 50.001            | 1
            E       | none none | no     | 60                | 1
            F       | none none | no     | 60.001            | 1
            G       | none none | no     | 65                | 1
            H       | none none | no     | 65.001            | 1
            I       | none none | no     | 30 30 30          | 3
            J       | none none | no     | 30 30.001         | 2
            K       | none none | no     | 45 35             | 2
            L       | none none | no     | 45 35.001         | 2
            M       | none none | no     | 45.001 10         | 2
            N       | none none | no     | 40 10 10          | 3
            O       | none none | no     | 30 10 10 10       | 4
            P       | none none | no     | 30.001 10 10 10   | 4
            Q       | VP1 none  | no     | 15                | 1
            R       | none VV3  | no     | 15                | 1
            S       | none none | yes    | 15                | 1
            """,
        ),
        """
        patient | milan | up_to_7 | ucsf | unos
        A       | yes   | yes     | yes  | T1
        B       | yes   | yes     | yes  | T2
        C       | yes   | yes     | yes  | T2
        D       | no    | yes     | yes  | T3
        E       | no    | yes     | yes  | T3
        F       | no    | no      | yes  | T3
        G       | no    | no      | yes  | T3
        H       | no    | no      | no   | T3
        I       | yes   | yes     | no   | T2
        J       | no    | yes     | yes  | T3
        K       | no    | yes     | yes  | T3
        L       | no    | yes     | no   | T3
        M       | no    | yes     | no   | T3
        N       | no    | yes     | yes  | T3
        O       | no    | yes     | no   | T4a
        P       | no    | no      | no   | T4a
        Q       | no    | no      | no   | T4b
        R       | no    | no      | no   | T4b
        S       | no    | no      | no   | T1
        """,
    )


def test_an_open_criterion_stays_open_and_a_settled_one_does_not() -> None:
    """A: the veins are open. B: outside by size whatever the veins. C: three small ones of which one is not measured.
    D: outside by number. F: two are reported, one is listed: the other may be of any size. G: no number is reported."""
    text = """
    patient | veins     | spread | mm        | count
    A       | ? none    | no     | 15        | 1
    B       | ? none    | no     | 70        | 1
    C       | none none | no     | 10 10 ?   | 3
    D       | none none | no     | 1 1 1 1 ? | 7
    E       | none none |        | 15        | 1
    F       | none none | no     | 25        | 2
    G       | none none | no     | 25        |
    H       | none none | no     |           |
    """
    expect(
        made(CRITERIA, text),
        """
        patient | milan | up_to_7 | ucsf | unos
        A       |       |         |      |
        B       | no    | no      | no   |
        C       |       |         |      |
        D       | no    | no      | no   | T4a
        E       |       |         |      | T1
        F       |       |         |      |
        G       |       |         |      |
        H       |       |         |      |
        """,
    )
    expect(
        made({name: derived(name, unreported="listed") for name in CRITERIA}, text),
        """
        patient | milan | up_to_7 | ucsf | unos
        A       |       |         |      |
        B       | no    | no      | no   |
        C       |       |         |      |
        D       | no    | no      | no   | T4a
        E       |       |         |      | T1
        F       |       |         |      |
        G       | yes   | yes     | yes  | T2
        H       |       |         |      |
        """,
    )
    expect(
        made(
            {name: derived(name, unlisted="not_larger") for name in CRITERIA},
            """
            patient | veins     | spread | mm | count
            F       | none none | no     | 25 | 2
            G       | none none | no     | 45 | 2
            H       | none none | no     | 30 | 3
            """,
        ),
        """
        patient | milan | up_to_7 | ucsf | unos
        F       | yes   | yes     | yes  | T2
        G       | no    | yes     |      | T3
        H       | yes   | yes     |      | T2
        """,
    )


def test_veins_and_their_side() -> None:
    cohort = build(
        {"variables": {"veins": {"kind": "derived", "derive": "invaded_veins", "window": "baseline"},
                       "side": {"kind": "derived", "derive": "pvtt_side", "window": "baseline"}}},
        imaging="""
        patient | lesion | day | pvtt_class | hvtt_class | pvtt_side
        A       |        | -5  | VP3        | none       | right
        B       |        | -5  | none       | VV2        |
        C       |        | -5  | VP4        | VV1        | both
        D       |        | -5  | none       | none       |
        E       |        | -5  | VP2        |            | left
        """,
    )  # fmt: skip
    expect(cohort, "patient | veins | side\nA | portal | right\nB | hepatic |\nC | both | both\nD | none |\nE | | left")


@pytest.mark.parametrize("name", ["bclc", "milan", "unos"])
def test_row_order_does_not_matter(name: str) -> None:
    head = "patient | ecog | cp | veins | spread | mm | count"
    lines = [
        "A | 0 | A | none none | no | 25 31 | 2",
        "B | 0 | A | none none | no | 25 | 1",
        "C | 1 | B | VP2 none | no | 60 | 3",
    ]
    rules = REPORTED if name == "bclc" else {}
    words = {"it": derived(name, **rules)}
    frames = [frame_of(made(words, "\n".join([head, *order]))) for order in (lines, lines[::-1])]
    assert frames[0]["it"].fillna("").tolist() == frames[1]["it"].fillna("").tolist()
    assert frames[0]["it"].notna().all()
