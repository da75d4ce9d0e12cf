"""The method `recommendations` on patients few enough to count by hand."""

from __future__ import annotations

from typing import Any

import pytest
from tests.spec.tables import build

from y90outcomes.cohort import Cohort
from y90outcomes.errors import PageError
from y90outcomes.methods import METHODS
from y90outcomes.pipeline import analyse
from y90outcomes.results import Effects, Result, Table
from y90outcomes.results.addresses import lookup


def derived(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "derived", "derive": name, **more}


MAA = {"source": "maa_spect_ct"}
VARIABLES = {
    "portal": derived("pvtt_class", window="baseline"),
    "hepatic": derived("hvtt_class", window="baseline"),
    "segments": derived("segments_perfused"),
    "extent": derived("approach"),
    "intent": derived("intent"),
    "lobes": derived("bilobar"),
    "tumours": derived("tumour_count_reported"),
    "limit": derived("tumour_count_open"),
    "bilirubin": derived("bilirubin", window="baseline"),
    "child_pugh": derived("child_pugh_reported"),
    "tad": derived("tad_total_perfused", **MAA),
    "ntad": derived("ntad_perfused", **MAA),
    "whole_normal": derived("ntad_whole_liver", **MAA),
    "pld": derived("pld", **MAA),
    "whole": derived("whole_liver_dose", **MAA),
    "reserve": derived("hepatic_reserve_dosimetry", **MAA),
    "response": derived("reported_response", criterion="mrecist", visit="best"),
}
INPUTS = {
    "pvtt_class": "portal",
    "hvtt_class": "hepatic",
    "segments_perfused": "segments",
    "approach": "extent",
    "intent": "intent",
    "bilobar": "lobes",
    "tumour_count": "tumours",
    "tumour_count_open": "limit",
    "bilirubin": "bilirubin",
    "child_pugh": "child_pugh",
    "tumour_dose": "tad",
    "perfused_normal_dose": "ntad",
    "whole_normal_dose": "whole_normal",
    "perfused_dose": "pld",
    "whole_liver_dose": "whole",
    "reserve": "reserve",
}
ENDPOINTS = {
    "orr": {"kind": "binary", "variable": "response", "event": ["CR", "PR"]},
    "os": {"kind": "time_to_event", "event": ["death"], "censor": ["last_contact"], "unit": "days"},
}
ANALYSIS = {"method": "recommendations", "title": "A", "inputs": INPUTS, "response": "orr", "survival": "os"}

# A to D are multifocal unilobar (3): A attains by two compartments, B by one, C fails both, D lacks the normal dose.
# E and F are segmentectomies (1), G invaded (5), H has no scenario, I a missing one.
TEXTS = {
    "patients": """
        patient | bilobar | tumour_count | child_pugh_reported
        A | no | 2 | 5
        B | no | 3 | 7
        C | no | 2 | 8
        D | no | 2 |
        E | no | 1 | 6
        F | yes | 2 | 6
        G | no | 1 | 6
        H | no | 1 | 5
        I | no | | 5""",
    "treatments": """
        patient | number | day | segments_perfused | approach | intent
        A | 1 | 0 | 4 | lobar | palliative
        B | 1 | 0 | 4 | lobar | unknown
        C | 1 | 0 | 4 | lobar |
        D | 1 | 0 | 4 | lobar | palliative
        E | 1 | 0 | 2 | segmental | curative
        F | 1 | 0 | 1 | segmental | curative
        G | 1 | 0 | 4 | lobar | palliative
        H | 1 | 0 | 4 | lobar | palliative
        I | 1 | 0 | 4 | lobar | palliative""",
    "imaging": "patient | lesion | day | pvtt_class | hvtt_class\n"
    + "\n".join(f"{patient} | | 0 | {'VP4' if patient == 'G' else 'none'} | none" for patient in "ABCDEFGHI"),
    "labs": "patient | day | analyte | value\nA | 0 | bilirubin | 10\nB | 0 | bilirubin | 20\nC | 0 | bilirubin | 20",
    "dosimetry": """
        patient | compartment           | source       | absorbed_dose | volume
        A       | tumour_total_perfused | maa_spect_ct | 255           |
        A       | normal_perfused       | maa_spect_ct | 100           |
        A       | perfused_liver        | maa_spect_ct | 160           | 700
        A       | whole_liver           | maa_spect_ct |               | 1000
        A       | whole_liver_normal    | maa_spect_ct | 80            |
        B       | tumour_total_perfused | maa_spect_ct | 165           |
        B       | normal_perfused       | maa_spect_ct | 125           |
        B       | perfused_liver        | maa_spect_ct | 130           | 900
        B       | whole_liver           | maa_spect_ct |               | 1000
        C       | tumour_total_perfused | maa_spect_ct | 235           |
        C       | normal_perfused       | maa_spect_ct | 130           |
        C       | perfused_liver        | maa_spect_ct | 160           | 600
        C       | whole_liver           | maa_spect_ct |               | 1000
        D       | tumour_total_perfused | maa_spect_ct | 215           |
        D       | perfused_liver        | maa_spect_ct | 160           | 600
        D       | whole_liver           | maa_spect_ct |               | 1000
        E       | perfused_liver        | maa_spect_ct | 420           |
        F       | perfused_liver        | maa_spect_ct | 380           |
        G       | tumour_total_perfused | maa_spect_ct | 300           |""",
    "assessments": "patient | response\nA | CR\nB | PR\nC | SD\nD | CR\nE | CR\nF | PD\nG | PD\nH | CR",
    "follow_up": "patient | event | day\nA | death | 300\nB | death | 500\nE | last_contact | 900\nC | death | 100\n"
    "F | death | 200\nD | death | 50\nG | last_contact | 70\nH | death | 40",
}  # fmt: skip


def cohort(**more: Any) -> Cohort:
    return build({"variables": VARIABLES, "endpoints": ENDPOINTS, "analyses": {"a": ANALYSIS | more}}, **TEXTS)


def results(**more: Any) -> dict[str, Result]:
    made = cohort(**more)
    return {item.id: item for item in METHODS["recommendations"](made, "a", made.study.analyses["a"])}


def line(item: Result, key: str) -> dict[str, Any]:
    assert isinstance(item, Table)
    names = [column.name for column in item.columns]
    (row,) = [row for row in item.rows if row[0] == key]
    return dict(zip(names, row, strict=True))


def counts(item: Result, key: str) -> tuple[int, ...]:
    found = line(item, key)
    return tuple(found[name] for name in ("n", "attained", "not_attained", "not_evaluable"))


def test_attainment_by_scenario_and_rule() -> None:
    made = results()["a"]
    assert made.n == 9
    assert made.missing == 1
    assert counts(made, "3:tad_205") == (4, 3, 1, 0)
    assert counts(made, "3:tad_above_250") == (4, 1, 3, 0)
    assert counts(made, "3:ntad_120") == (4, 1, 2, 1)
    assert counts(made, "3:reserve_30") == (4, 3, 1, 0)
    assert counts(made, "3:lobar_120_150") == (4, 1, 3, 0)
    assert counts(made, "3:normal_by_bilirubin") == (4, 1, 0, 3)
    assert counts(made, "3:child_pugh") == (4, 2, 1, 1)
    assert counts(made, "3:multi_compartment") == (4, 1, 2, 1)
    assert counts(made, "3:single_compartment") == (4, 1, 3, 0)
    assert counts(made, "3:any") == (4, 2, 1, 1)
    assert counts(made, "1:perfused_400") == (2, 1, 1, 0)
    assert counts(made, "1:any") == (2, 1, 1, 0)
    assert counts(made, "5:tad_205") == (1, 1, 0, 0)
    assert counts(made, "5:any") == (1, 0, 0, 1)
    assert counts(made, "2:any") == (0, 0, 0, 0)
    assert line(made, "2:any")["percent"] is None


def test_margins_percent_grade_and_part() -> None:
    made = results()["a"]
    found = line(made, "3:tad_205")  # margins 50, −40, 30, 10
    assert (found["margin"], found["q1"], found["q3"], found["unit"]) == (20, -2.5, 35, "Gy")
    assert found["percent"] == 75
    assert found["lower"] == pytest.approx(30.06, abs=0.01)  # Wilson, 3 of 4
    assert found["upper"] == pytest.approx(95.44, abs=0.01)
    assert (found["degree"], found["consensus"], found["part"]) == ("B", "Strong", "core")
    assert line(made, "3:tad_above_250")["part"] == "preferred"
    assert (line(made, "5:any")["degree"], line(made, "5:any")["consensus"]) == ("A", "Moderate")
    assert line(made, "3:any")["margin"] is None


def test_what_is_not_evaluable_counts_as_the_protocol_says() -> None:
    assert line(results()["a"], "3:ntad_120")["percent"] == 25
    assert line(results(not_evaluable="excluded")["a"], "3:ntad_120")["percent"] == pytest.approx(100 / 3)


def test_scenarios_with_their_reasons_and_overlaps() -> None:
    made = results()
    expected = {"1:two_segments": 2, "3:multifocal_unilobar": 4, "5:invasion": 1, "none:single_tumour": 1,
                "missing:missing_tumours": 1}  # fmt: skip
    table = made["a.scenarios"]
    assert isinstance(table, Table)
    assert {str(row[0]): row[3] for row in table.rows if row[3]} == expected
    assert line(table, "3:multifocal_unilobar")["percent"] == pytest.approx(400 / 9)
    others = made["a.overlaps"]
    assert isinstance(others, Table)
    assert {str(row[0]): row[3] for row in others.rows if row[3]} == {"1:4": 1}


def test_outcome_by_attainment() -> None:
    made = results()
    rates, medians = made["a.response"], made["a.survival"]
    assert isinstance(rates, Effects)
    assert isinstance(medians, Effects)
    found = {row.term: (row.events, row.n, row.estimate) for row in rates.rows}
    assert found["attained"] == (3, 3, 100)
    assert found["not_attained"] == (0, 2, 0)
    assert found["not_evaluable"] == (1, 2, 50)
    assert found["no_scenario"] == (1, 2, 50)
    assert found["all"] == (5, 9, pytest.approx(500 / 9))
    assert {row.term: row.estimate for row in medians.rows}["attained"] == 500
    assert {row.term: row.estimate for row in medians.rows}["not_attained"] == 100
    assert medians.missing == 1
    assert [note.kind for note in medians.notes] == ["unadjusted", "missing_outcome"]


def test_no_endpoint_no_outcome() -> None:
    made = results(response=None, survival=None)
    facts = ["a.worked_example", "a.grading", "a.rules", "a.named", "a.consistency"]
    assert list(made) == ["a", "a.scenarios", "a.overlaps", *facts]


def test_readings_of_what_the_paper_leaves_open() -> None:
    assert counts(results(alternative="single_compartment")["a"], "3:any") == (4, 2, 1, 1)
    assert counts(results(require_reserve=False)["a"], "3:multi_compartment") == (4, 1, 2, 1)
    made = results(normal_voi="whole_liver")["a"]
    assert counts(made, "3:ntad_120") == (4, 1, 0, 3)
    said = {note.kind: note.message for note in made.notes}
    assert said["open_normal_voi"].endswith("Here: whole liver.")
    assert said["open_require_reserve"].endswith("Here: asked for.")
    assert said["open_tumour_voi"].endswith("as the protocol's variable says.")
    assert "lesion count" in said["no_input"]
    single = results(alternative="single_compartment")["a.response"]
    assert isinstance(single, Effects)
    assert {row.term: row.n for row in single.rows} == {
        "attained": 2, "not_attained": 4, "not_evaluable": 1, "no_scenario": 2, "all": 9,
    }  # fmt: skip


def test_worked_example_and_gradings() -> None:
    made = results()
    net = line(made["a.worked_example"], "net_activity")
    assert net["value"] == pytest.approx(2.0691, rel=1e-12)
    assert net["printed"] == 2.07
    grades = made["a.grading"]
    assert line(grades, "degree:A")["scenarios"] == "1, 5"
    assert line(grades, "degree:B")["scenarios"] == "2, 3, 4"
    assert line(grades, "degree:E")["scenarios"] == "none"
    assert [line(grades, f"consensus:{name}")["meaning"][:6] for name in ("strong", "moderate", "weak")] == [
        "≥80 % ", "50–79 ", "≤49 % ",
    ]  # fmt: skip
    assert line(grades, "consensus:moderate")["scenarios"] == "5"


def test_every_number_has_an_address() -> None:
    made = analyse(cohort())
    assert lookup(made, "a/3:tad_205/percent").value == 75
    assert lookup(made, "a/3:tad_205/margin").value == 20
    assert lookup(made, "a.scenarios/5:invasion/n").value == 1
    assert lookup(made, "a.response/rate/attained").value == 100
    assert lookup(made, "a.worked_example/net_activity/printed").value == 2.07
    assert lookup(made, "a/2:any/percent").reason == "empty cell"


def test_the_method_and_the_variables_agree() -> None:
    options = {"window": "baseline", **MAA}
    own = {
        "scenario": derived("recommended_scenario", window="baseline"),
        "attained": derived("recommendation_attained", **options),
        "tad_205": derived("recommendation", rules={"rule": "tad_205"}, **options),
    }
    made = build({"variables": VARIABLES | own, "endpoints": ENDPOINTS, "analyses": {"a": ANALYSIS}}, **TEXTS)
    frame = made.frame
    table = METHODS["recommendations"](made, "a", made.study.analyses["a"])[0]
    for number in "12345":
        mine = frame[frame["scenario"].eq(number).fillna(False).astype(bool)]
        assert counts(table, f"{number}:any") == (
            len(mine), mine["attained"].eq("yes").sum(), mine["attained"].eq("no").sum(), mine["attained"].isna().sum(),
        )  # fmt: skip
        if number != "1":
            assert counts(table, f"{number}:tad_205")[1] == mine["tad_205"].eq("yes").sum()


@pytest.mark.parametrize(
    ("change", "where", "problem"),
    [
        ({"inputs": INPUTS | {"tumour_dose": "bilirubin"}}, "tumour_dose", "quantity dose"),
        ({"inputs": INPUTS | {"tumour_dose": "portal"}}, "tumour_dose", "a number is needed"),
        ({"inputs": INPUTS | {"segments_perfused": "tad"}}, "segments_perfused", "number of things"),
        ({"inputs": INPUTS | {"pvtt_class": "response"}}, "pvtt_class", "has the level 'CR'"),
        ({"inputs": INPUTS | {"intent": "tumours"}}, "intent", "levels are needed"),
        ({"inputs": INPUTS | {"reserve": "nothing"}}, "reserve", "unknown variable"),
        ({"response": "os"}, "response", "binary endpoint"),
        ({"survival": "nothing"}, "survival", "unknown endpoint"),
        ({"set": "lesions"}, "set", "about patients"),
    ],
)
def test_a_page_that_makes_no_sense_is_refused(change: dict[str, Any], where: str, problem: str) -> None:
    from pydantic import ValidationError

    sets = {"everyone": {"grain": "patient"}, "lesions": {"grain": "lesion"}}
    page = {"variables": VARIABLES, "endpoints": ENDPOINTS, "analyses": {"a": ANALYSIS | change}, "analysis_sets": sets}
    with pytest.raises(ValidationError) as caught:
        build(page, **TEXTS)
    cause = caught.value.errors()[0]["ctx"]["error"]
    assert isinstance(cause, PageError)
    assert any(where in slip.path and problem in slip.problem for slip in cause.slips)
