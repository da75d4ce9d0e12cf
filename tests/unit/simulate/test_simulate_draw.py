"""The draw: same seed, same patients; margins are met; measurements show the drawn categories."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from y90outcomes.errors import InputError
from y90outcomes.schema import load_schema
from y90outcomes.simulate.calibrate import calibrate
from y90outcomes.simulate.course import Course, draw_course, solve
from y90outcomes.simulate.margins import from_extremes, shifted_log_normal
from y90outcomes.simulate.patients import correlation, draw_patients
from y90outcomes.simulate.settings import Settings, read_settings
from y90outcomes.simulate.single_arm import SingleArm as Drawn
from y90outcomes.simulate.single_arm import draw_single_arm as draw
from y90outcomes.simulate.truth import on_grid, raw_text
from y90outcomes.units import factor

STUDY = Path(__file__).parents[3] / "analyses" / "target"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return read_settings(STUDY)


@pytest.fixture(scope="module")
def drawn(settings: Settings) -> Drawn:
    return draw(settings, 600, 5)


def test_a_shifted_log_normal_has_the_printed_median_mean_and_sd() -> None:
    z = np.random.default_rng(0).standard_normal(400_000)
    values = shifted_log_normal(87.3, 92.6, 42.9)(z)
    assert np.median(values) == pytest.approx(87.3, rel=0.01)
    assert values.mean() == pytest.approx(92.6, rel=0.01)
    assert values.std() == pytest.approx(42.9, rel=0.01)


def test_extremes_of_many_samples_lie_about_the_printed_range() -> None:
    z = np.random.default_rng(0).standard_normal((2000, 209))
    ages = from_extremes(66, 27, 87, 209)(z)
    assert np.median(ages.min(axis=1)) == pytest.approx(27, abs=1.5)
    assert np.median(ages.max(axis=1)) == pytest.approx(87, abs=1.5)


def test_correlations_can_exist(settings: Settings) -> None:
    assert np.linalg.eigvalsh(correlation(settings)).min() > 0


def test_the_same_seed_draws_the_same_tables_and_another_does_not(settings: Settings) -> None:
    first, again, other = (draw(settings, 40, seed).tables for seed in (1, 1, 2))
    for name, table in first.items():
        assert table.equals(again[name]), name
    assert not first["labs"].equals(other["labs"])


def test_compartments_keep_energy_and_volume(settings: Settings) -> None:
    people = draw_patients(settings, 2000, np.random.default_rng(3))
    net = people.activity * (1 - people.residual / 100) * (1 - people.lung_shunt / 100) * 50
    energy = (people.tad * people.tumour_volume + people.ntad * people.perfused_normal_volume) * 1.03 / 1000
    assert np.allclose(net, energy, rtol=1e-12)
    assert np.all(people.perfused_volume <= people.liver_volume)
    large = np.where(people.diameters >= 30, people.volumes, 0.0)
    assert np.allclose(large.sum(axis=1), people.tumour_volume)
    assert np.allclose((large * np.nan_to_num(people.doses)).sum(axis=1), people.tad * people.tumour_volume)


def test_ratios_lie_inside_the_category_they_must_show(settings: Settings) -> None:
    people = draw_patients(settings, 4000, np.random.default_rng(3))
    course = draw_course(settings, solve(settings), people, np.random.default_rng(4))
    for criterion, ratio in (("mrecist", course.shown.viable), ("recist_1_1", course.shown.longest)):
        shown = course.shown.target[criterion]
        assert np.all(ratio[shown == "CR"] == 0)
        assert np.all((ratio[shown == "PR"] > 0) & (ratio[shown == "PR"] <= 0.69))
        stable = ratio[shown == "SD"]
        assert np.all((stable > 0.72) & (stable < 1.0))
        lowest = np.fmin.accumulate(ratio, axis=1)
        before = np.column_stack([lowest[:, 0], lowest[:, :-1]])
        grown = shown == "PD"
        assert np.all(ratio[grown] >= 1.25 * before[grown])
        calm = ~np.isnan(ratio) & ~grown & (np.arange(ratio.shape[1]) > 0)
        assert np.all(ratio[calm] <= before[calm])


def test_best_is_the_best_category_before_progression(settings: Settings) -> None:
    people = draw_patients(settings, 4000, np.random.default_rng(3))
    course = draw_course(settings, solve(settings), people, np.random.default_rng(4))
    order = {"CR": 0, "PR": 1, "SD": 2, "PD": 3, "NE": 4, "": 4}
    for criterion, best in course.best.whole.items():
        rank = np.vectorize(order.get)(course.shown.category[criterion]).min(axis=1)
        for name in ("CR", "PR", "SD", "PD"):
            assert np.all(rank[best == name] == order[name]), (criterion, name)
        assert np.all(rank[best == "NE"] == 4)


def test_nothing_happens_after_the_last_day(settings: Settings) -> None:
    course = _course(settings)
    for days in (course.scan_day, course.lab_day, course.progression[:, None], course.systemic_day[:, None],
                 course.switch_day[:, None]):  # fmt: skip
        assert np.all(np.isnan(days) | (days <= course.end[:, None]))
    died = ~np.isnan(course.death)
    assert np.all(course.death[died] == course.end[died])


def test_severe_hyperbilirubinaemia_comes_before_any_progression(settings: Settings) -> None:
    course = _course(settings)
    severe = (course.bilirubin_grade >= 3) & ~np.isnan(course.progression)
    onset = course.lab_day[np.arange(len(severe)), course.onset[:, 0]]
    assert severe.sum() > 20
    assert np.all(onset[severe] < course.progression[severe])


def _course(settings: Settings) -> Course:
    people = draw_patients(settings, 4000, np.random.default_rng(3))
    return draw_course(settings, solve(settings), people, np.random.default_rng(4))


def test_the_printed_toxicity_is_what_the_samples_show(drawn: Drawn) -> None:
    """The rates of bilirubin and lymphocytes are calibrated; their samples carry just those grades."""
    for analyte, grades in (
        ("bilirubin", drawn.course.bilirubin_grade),
        ("lymphocytes", drawn.course.lymphocyte_grade),
    ):
        worst = drawn.graded[analyte].worst[:, 0]
        assert np.array_equal(worst[worst >= 0], grades[worst >= 0])
        assert np.all(grades[worst < 0] == 0)


def test_child_pugh_components_fit_the_reported_points(drawn: Drawn) -> None:
    labs = drawn.tables["labs"]
    early = labs[labs["visit"] == "baseline"].pivot(index=["centre", "patient_id"], columns="analyte", values="value")
    patients = drawn.tables["patients"].set_index(["centre", "patient_id"]).loc[early.index]
    points = (
        (3 - np.digitize(early["albumin"], [28.0, 35.0]))
        + (1 + np.digitize(early["inr"], [1.7, 2.3]))
        + 1  # bilirubin at most 2 mg/dL
        + np.where(patients["ascites"] == "none", 1, 2)
        + np.where(patients["encephalopathy"] == "none", 1, 2)
    )
    assert early["bilirubin"].max() <= 2 * 17.104
    assert np.array_equal(points, patients["child_pugh_reported"].to_numpy(dtype=int))


def test_a_raw_text_gives_back_the_canonical_value_exactly() -> None:
    for quantity, unit, digits in (("bilirubin", "mg/dL", 1), ("activity", "mCi", 1), ("cell_count", "/µL", 0)):
        scale = factor(quantity, unit)
        assert scale is not None
        canonical = on_grid(np.array([0.9 * float(scale), 13.37, np.nan]), scale, digits)
        for value in canonical[:2]:
            assert on_grid(np.array([value]), scale, digits)[0] == value
            assert float(raw_text(value, scale, digits)) * float(scale) == pytest.approx(value, rel=1e-14)
        assert np.isnan(canonical[2])


def test_calibration_meets_the_printed_margins(settings: Settings) -> None:
    made = calibrate(settings, patients=20_900, seed=1)
    assert made["of"] == len(settings.margins)
    assert made["within"] >= 70
    for name in ("orr_mrecist", "orr_recist", "orr_below_200", "orr_above_300", "os_median", "os_below_200",
                 "os_above_300", "hr_per_100_gy", "ae_any", "afp_response_200", "tad", "ntad", "activity"):  # fmt: skip
        assert made["margins"][name]["within"], name


def test_every_fault_of_a_simulation_page_is_named(tmp_path: Path) -> None:
    text = (STUDY / "simulation.yaml").read_text(encoding="utf-8")
    text = text.replace("  male: ", "  mail: ").replace("  ct_share: 0.6\n", "")
    (tmp_path / "simulation.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_settings(tmp_path)
    said = str(caught.value)
    assert "'male'" in said
    assert "'mail'" in said
    assert "'ct_share'" in said


def test_every_number_of_a_drawn_registry_is_possible(drawn: Drawn) -> None:
    schema = load_schema()
    for name, frame in drawn.tables.items():
        table = schema.tables[name]
        assert list(frame.columns) == list(table.columns)
        assert not frame.duplicated(list(table.primary_key)).any(), name
        for column in table.columns.values():
            if column.type == "number" and column.low is not None:
                values = frame[column.name].dropna()
                assert ((values >= column.low) & (values <= column.high)).all(), (name, column.name)
