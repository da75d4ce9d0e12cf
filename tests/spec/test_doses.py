"""Doses in a protocol's words: computed from activity and masses, over lesions, over the injections of a course."""

from __future__ import annotations

from typing import Any

import pytest
from tests.spec.tables import build, expect

from y90outcomes.cohort import Cohort

SOURCE = "maa_spect_ct"
WITHOUT_SOURCE = {
    "sphere_age", "sphere_week", "sphere_activity", "activity_at_administration", "net_activity", "lung_dose_mird",
    "lung_dose_cumulative", "lung_within_limits", "course_count", "course_injections",
}  # fmt: skip


def word(derive: str, **rules: Any) -> dict[str, Any]:
    source = {} if derive in WITHOUT_SOURCE else {"source": SOURCE}
    return {"kind": "derived", "derive": derive, **source, **({"rules": rules} if rules else {})}


def made(variables: dict[str, Any], **texts: str) -> Cohort:
    named = {name: word(name) if spec is None else spec for name, spec in variables.items()}
    return build({"variables": named}, **texts)


PERFUSED = """
patient | compartment    | source       | volume | mass | absorbed_dose
A       | perfused_liver | maa_spect_ct | 1000   |      | 95
B       | perfused_liver | maa_spect_ct | 1000   | 1    | 95
C       | perfused_liver | maa_spect_ct | 0      |      | 95
D       | perfused_liver | y90_pet_ct   | 1000   |      | 95
"""
SESSIONS = """
patient | day | activity | residual_fraction | lung_shunt_fraction
A       | 0   | 2.2      | 1                 | 5
B       | 0   | 2.2      | 1                 | 5
C       | 0   | 2.2      | 1                 | 5
D       | 0   | 2.2      | 1                 | 5
"""


def test_the_perfused_dose_of_salems_example() -> None:
    found = made({"pld_mird": None, "net_activity": None, "dose_inputs": None}, treatments=SESSIONS, dosimetry=PERFUSED)
    values = found.frame.set_index("patient_id")
    assert values["net_activity"].tolist() == pytest.approx([2.0691] * 4, rel=1e-14)
    assert values["pld_mird"]["A"] == pytest.approx(2.0691 * 50 / 1.03)
    assert values["pld_mird"]["B"] == pytest.approx(2.0691 * 50)
    expect(found, "patient | dose_inputs\nA | complete\nB | complete\nC | impossible\nD | missing")
    assert values["pld_mird"][["C", "D"]].isna().all()


def test_k_and_density_are_rules() -> None:
    variables = {"k50": word("pld_mird", density=1.0), "k49": word("pld_mird", density=1.0, k="mird_49_67")}
    found = made(variables, treatments=SESSIONS, dosimetry=PERFUSED).frame.iloc[0]
    assert found["k49"] / found["k50"] == pytest.approx(49.67 / 50)
    assert found["k50"] == pytest.approx(103.455)


LOSSES = """
patient | day | activity | residual_fraction | residual_activity | lung_shunt_fraction
A       | 0   | 2        | 10                |                   | 10
B       | 0   | 2        |                   | 0.2               | 10
C       | 0   | 2        |                   |                   | 10
D       | 0   | 2        | 10                |                   |
E       | 0   | 2        | 100               |                   | 10
F       | 0   |          | 10                |                   | 10
"""


def test_a_loss_that_is_not_recorded_is_missing_unless_the_protocol_says_there_was_none() -> None:
    variables = {"net": word("net_activity"), "kept": word("net_activity", residual_unrecorded="none"),
                 "held": word("net_activity", shunt_unrecorded="none")}  # fmt: skip
    expect(made(variables, treatments=LOSSES), """
    patient | net  | kept | held
    A       | 1.62 | 1.62 | 1.62
    B       | 1.62 | 1.62 | 1.62
    C       |      | 1.8  |
    D       |      |      | 1.8
    E       | 0    | 0    | 0
    F       |      |      |
    """)  # fmt: skip


def test_an_activity_recorded_net_loses_nothing_again() -> None:
    variables = {"net": word("net_activity", activity_is="net"),
                 "without": word("net_activity", activity_is="without_residual"),
                 "lung": word("lung_dose_mird", activity_is="net"), "usual": word("lung_dose_mird")}  # fmt: skip
    found = made(variables, treatments=LOSSES).frame
    assert found["net"].tolist()[:4] == [2, 2, 2, 2]
    assert found["without"].tolist()[0] == 1.8
    assert found["lung"][0] == pytest.approx(50 * 2 / 9)
    assert found["usual"][0] == pytest.approx(50 * 1.8 * 0.1)


VIAL = """
patient | day | date       | activity | calibrated_activity | calibration_day | calibration_date | sphere_age | sphere_week | device
A       |     | 2020-01-08 | 1.5      | 5                   |                 | 2020-01-05       |            | 2           | glass
B       |     | 2020-01-13 |          | 5                   |                 | 2020-01-05       |            |             |
C       | 0   |            |          | 5                   | -7              |                  |            |             | glass
D       | 0   |            |          |                     |                 |                  | 14         | 1           | glass
E       | 0   |            |          |                     |                 |                  |            | 2           | glass
F       |     | 2020-01-05 |          | 5                   |                 | 2020-01-06       |            | 1           | glass
G       | 0   |            | 1        |                     |                 |                  | 15         | 2           | resin
H       | 0   |            |          |                     |                 |                  |            |             | glass
"""  # noqa: E501


def test_age_week_and_activity_of_the_spheres() -> None:
    found = made({"sphere_age": None, "sphere_week": None, "sphere_activity": None}, treatments=VIAL)
    expect(found, """
    patient | sphere_age | sphere_week
    A       | 3          | 1
    B       | 8          | 2
    C       | 7          | 1
    D       | 14         | 2
    E       |            | 2
    F       |            |
    G       | 15         |
    H       |            |
    """)  # fmt: skip
    sphere = found.frame.set_index("patient_id")["sphere_activity"]
    assert sphere["B"] == pytest.approx(2500 * 2 ** (-8 * 24 / 64.1))
    assert sphere[["E", "F", "G", "H"]].isna().all()


def test_an_activity_that_is_not_recorded_is_decayed_from_the_vials() -> None:
    variables = {"given": word("activity_at_administration", activity_missing="missing"),
                 "decayed": word("activity_at_administration")}  # fmt: skip
    found = made(variables, treatments=VIAL).frame.set_index("patient_id")
    assert found["given"].notna().sum() == 2
    assert found["decayed"]["A"] == 1.5
    assert found["decayed"]["B"] == pytest.approx(5 * 2 ** (-8 * 24 / 64.1))
    assert found["decayed"]["C"] == pytest.approx(5 * 2 ** (-7 * 24 / 64.1))
    assert found["decayed"][["D", "E", "F", "H"]].isna().all()


def test_a_calibration_date_completed_from_its_month_gives_no_age() -> None:
    found = made({"sphere_age": None}, treatments="""
    patient | date       | calibration_date | calibration_date_precision
    A       | 2020-01-18 | 2020-01-15       | month
    B       | 2020-01-18 | 2020-01-15       |
    """)  # fmt: skip
    expect(found, "patient | sphere_age\nA |\nB | 3")


SHARED = """
patient | compartment           | source       | volume | mass | absorbed_dose
A       | tumour_total_perfused | maa_spect_ct |        | 0.2  | 300
A       | normal_perfused       | maa_spect_ct |        | 0.6  | 75
A       | perfused_liver        | maa_spect_ct |        | 1    | 100
A       | whole_liver_normal    | maa_spect_ct |        | 1.2  |
B       | tumour_total_perfused | maa_spect_ct |        | 0.2  |
B       | normal_perfused       | maa_spect_ct |        | 0.6  | 75
C       | tumour_total_perfused | maa_spect_ct |        | 0.2  | 300
C       | normal_perfused       | maa_spect_ct |        | 0.6  | 0
"""
RATIOS = """
patient | day | activity | residual_fraction | lung_shunt_fraction | tumour_normal_ratio
A       | 0   | 2.1      | 0                 | 0                   | 2
B       | 0   | 2.1      | 0                 | 0                   | 2
C       | 0   | 2.1      | 0                 | 0                   |
"""


def test_tumour_and_normal_liver_share_one_activity() -> None:
    variables = {"t": word("tad_partition"), "n": word("ntad_partition"), "w": word("ntad_whole_liver_partition"),
                 "sub": word("tad_partition", normal_is="subtracted")}  # fmt: skip
    found = made(variables, treatments=RATIOS, dosimetry=SHARED)
    expect(found, """
    patient | t   | n    | w
    A       | 210 | 105  | 52.5
    B       | 210 | 105  |
    C       |     |      |
    """)  # fmt: skip
    assert found.frame["sub"].tolist() == pytest.approx([175, float("nan"), float("nan")], nan_ok=True)


def test_where_the_ratio_comes_from_is_a_rule() -> None:
    variables = {"both": word("tn_ratio"), "own": word("tn_ratio", ratio_from="recorded"),
                 "doses": word("tn_ratio", ratio_from="doses")}  # fmt: skip
    expect(made(variables, treatments=RATIOS, dosimetry=SHARED), """
    patient | both | own | doses
    A       | 2    | 2   | 4
    B       | 2    | 2   |
    C       |      |     |
    """)  # fmt: skip


def test_the_activity_needed_for_a_target_dose() -> None:
    variables = {"whole": word("activity_needed", target_dose=105),
                 "tumour": word("activity_needed", target_dose=210, compartment="tumour"),
                 "normal": word("activity_needed", target_dose=105, compartment="normal")}  # fmt: skip
    expect(made(variables, treatments=RATIOS, dosimetry=SHARED), """
    patient | whole | tumour | normal
    A       | 2.1   | 2.1    | 2.1
    B       |       | 2.1    | 2.1
    C       |       |        |
    """)  # fmt: skip


@pytest.mark.parametrize(("dose", "answer"), [("105", "yes"), ("110.25", "yes"), ("110.26", "no"), ("99.75", "yes"),
                                              ("99.74", "no"), ("", "")])  # fmt: skip
def test_a_reported_dose_agrees_within_five_percent(dose: str, answer: str) -> None:
    found = made({"dose_consistent": None}, treatments=RATIOS.splitlines()[1] + "\n" + RATIOS.splitlines()[2],
                 dosimetry=f"patient | compartment | source | mass | absorbed_dose\n"
                           f"A | perfused_liver | maa_spect_ct | 1 | {dose}")  # fmt: skip
    expect(found, f"patient | dose_consistent\nA | {answer}")


def test_the_energies_of_tumour_and_normal_liver_are_those_of_the_activity() -> None:
    variables = {"ratio": word("energy_balance"), "balanced": word("energy_balanced"), "of": word("dose_consistency")}
    found = made(variables, treatments=RATIOS, dosimetry=SHARED)
    expect(found, "patient | ratio | balanced\nA | 1 | yes\nB | |\nC | 0.571428571429 | no"
           .replace("0.571428571429", repr(60 / 105)))  # fmt: skip
    assert found.frame["of"][0] == pytest.approx(100 / 105)


def test_volumes_must_fill_the_perfused_liver_only_with_one_limit() -> None:
    found = made({"fit": word("volumes_fit"), "one": word("volumes_fit", one_limit=True)}, dosimetry="""
    patient | compartment           | source       | volume
    A       | tumour_total_perfused | maa_spect_ct | 100
    A       | normal_perfused       | maa_spect_ct | 380
    A       | perfused_liver        | maa_spect_ct | 500
    B       | tumour_total_perfused | maa_spect_ct | 100
    B       | normal_perfused       | maa_spect_ct | 410
    B       | perfused_liver        | maa_spect_ct | 500
    C       | tumour_total_perfused | maa_spect_ct | 100
    C       | normal_perfused       | maa_spect_ct | 410.1
    C       | perfused_liver        | maa_spect_ct | 500
    D       | tumour_total_perfused | maa_spect_ct | 100
    D       | perfused_liver        | maa_spect_ct | 500
    """)  # fmt: skip
    expect(found, "patient | fit | one\nA | yes | no\nB | yes | yes\nC | no | no\nD | |")


def test_uncertainty_of_the_computed_doses() -> None:
    cv = {"volume_cv_percent": 10, "tn_cv_percent": 20}
    variables = {"pld": word("pld_mird"), "pld_sd": word("pld_sd", volume_cv_percent=10, activity_cv_percent=0),
                 "t_sd": word("tad_partition_sd", **cv), "n_sd": word("ntad_partition_sd", **cv)}  # fmt: skip
    row = made(variables, treatments=RATIOS, dosimetry=SHARED).frame.iloc[0]
    assert row["pld_sd"] == pytest.approx(0.1 * row["pld"])
    share = 2 * 0.2 / (2 * 0.2 + 0.6)
    volumes = (0.1 * share) ** 2 + (0.1 * (1 - share)) ** 2
    assert row["t_sd"] == pytest.approx(210 * (volumes + (0.2 * (1 - share)) ** 2) ** 0.5)
    assert row["n_sd"] == pytest.approx(105 * (volumes + (0.2 * share) ** 2) ** 0.5)
