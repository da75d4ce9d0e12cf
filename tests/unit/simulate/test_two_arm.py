"""The two-arm draw: arms and flow as printed, nothing impossible, known effects found again, margins met."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from y90outcomes.errors import InputError
from y90outcomes.estimators.cox import cox
from y90outcomes.schema import load_schema
from y90outcomes.simulate.calibrate import fingerprint, hazard_ratio
from y90outcomes.simulate.folder import write_registry
from y90outcomes.simulate.model import Drawn
from y90outcomes.simulate.models import MODELS
from y90outcomes.simulate.settings import Settings, read_settings
from y90outcomes.simulate.two_arm import CAUSES, PLD_GY, TD_GY, Trial, draw_trial, solved
from y90outcomes.simulate.two_arm_calibrate import calibrate_two_arm, survival_at
from y90outcomes.simulate.two_arm_tables import draw_two_arm

STUDY = Path(__file__).parents[3] / "analyses" / "dosisphere01"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return read_settings(STUDY)


@pytest.fixture(scope="module")
def trial(settings: Settings) -> Trial:
    return draw_trial(settings, solved(settings), 20_000, np.random.default_rng(11))


@pytest.fixture(scope="module")
def drawn(settings: Settings) -> Drawn:
    return draw_two_arm(settings, 60, 3)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sixty_are_randomised_and_fifty_six_treated_as_printed(settings: Settings, seed: int) -> None:
    trial = draw_trial(settings, solved(settings), 60, np.random.default_rng(seed))
    assert np.bincount(trial.arm).tolist() == [31, 29]
    assert np.bincount(trial.arm[trial.treated]).tolist() == [28, 28]


def test_only_the_living_who_responded_are_resected(trial: Trial) -> None:
    resected = ~np.isnan(trial.resection)
    assert resected.sum() > 2000
    assert np.all(trial.end[resected] > trial.resection[resected])
    assert np.all(trial.response[resected])
    assert np.all(trial.scanned[trial.response])


def test_doses_volumes_and_activity_keep_the_energy(settings: Settings, trial: Trial) -> None:
    reached = trial.perfused_volume - trial.tumour_volume
    energy = trial.tumour_dose * trial.tumour_volume + trial.normal_dose * reached
    assert np.allclose(energy, trial.perfused_dose * trial.perfused_volume, rtol=1e-12)
    net = trial.activity * (1 - trial.residual / 100) * (1 - trial.lung_shunt / 100) * 50
    assert np.allclose(net, energy * settings.number("density_g_per_ml") / 1000, rtol=1e-12)
    assert trial.normal_dose.min() > 0
    assert trial.lung_dose.max() <= 30 * (1 + 1e-9)
    assert np.all(trial.perfused_volume < trial.liver_volume)
    assert np.all(trial.tumour_volume <= trial.whole_tumour)


def test_stage_is_what_thrombosis_and_performance_status_say(trial: Trial) -> None:
    assert np.all(trial.bclc_c == (trial.pvt | (trial.ecog == 1)))
    assert trial.size.min() > 70


def test_the_time_dependent_model_finds_the_coefficients_it_was_drawn_with(settings: Settings, trial: Trial) -> None:
    """The naive ratio of resection lies below the truth; one that switches on the day does not, nor do the others."""
    names = tuple(settings.assumptions["log_hazard"])
    flags = {
        "bilobar": trial.bilobar, "multifocal": trial.multifocal, "child_a6_b7": trial.points > 5,
        "ecog_1": trial.ecog == 1, "cirrhosis": trial.cause != CAUSES.index("no_cirrhosis"), "pvt": trial.pvt,
        "afp_ge_200": trial.afp >= 200, "td_ge205": trial.tumour_dose >= TD_GY,
        "pld_ge150": trial.perfused_dose >= PLD_GY,
    }  # fmt: skip
    use = trial.treated & (np.arange(len(trial.arm)) < 8000)
    base = np.column_stack([flags[name][use] for name in names if name != "resection"]).astype(float)
    cut, end, died = trial.resection[use], trial.end[use], trial.died[use]
    later = ~np.isnan(cut)
    design = np.vstack(
        [np.column_stack([base, np.zeros(len(base))]), np.column_stack([base, np.ones(len(base))])[later]]
    )
    start = np.concatenate([np.zeros(len(base)), cut[later]])
    stop = np.concatenate([np.where(later, cut, end), end[later]])
    event = np.concatenate([died & ~later, died[later]])
    fit = cox(stop, event, design, names, start=start)
    truth = np.array([float(settings.assumptions["log_hazard"][name]) for name in names])
    assert names[-1] == "resection"
    z = (np.array([term.coefficient for term in fit.terms]) - truth) / np.array([term.se for term in fit.terms])
    assert np.all(np.abs(z) < 4), dict(zip(names, z, strict=True))
    naive = hazard_ratio(later.astype(float), end, died)
    assert np.log(naive) < truth[-1] - 0.2


def test_the_same_seed_draws_the_same_tables_and_another_does_not(settings: Settings, drawn: Drawn) -> None:
    again, other = draw_two_arm(settings, 60, 3).tables, draw_two_arm(settings, 60, 4).tables
    for name, table in drawn.tables.items():
        assert table.equals(again[name]), name
    assert not drawn.tables["follow_up"].equals(other["follow_up"])


def test_every_number_of_a_drawn_registry_is_possible(drawn: Drawn) -> None:
    for name, table in load_schema().tables.items():
        frame = drawn.tables[name]
        assert list(frame.columns) == list(table.columns)
        assert not frame.duplicated(list(table.primary_key)).any(), name
        for column in table.columns.values():
            if column.type == "number" and column.low is not None:
                values = frame[column.name].dropna()
                assert ((values >= column.low) & (values <= column.high)).all(), (name, column.name)
    assert drawn.tables["patients"]["randomisation_date"].notna().all()
    assert len(drawn.tables["treatments"]) == 56


def test_margins_are_met(settings: Settings) -> None:
    made = calibrate_two_arm(settings, 20_000, 1)
    assert made["of"] == len(settings.margins)
    assert made["within"] >= made["of"] - 3, made["outside"]
    for name in ("os_median_pda", "os_median_sda", "hr_arm", "hr_resected", "td_ge205", "resected_pda"):
        assert made["margins"][name]["within"], name


def test_survival_at_a_time_by_hand() -> None:
    """Deaths at 1 and 3 of five, one censored at 2: 4/5, then 2/3 of it."""
    months, died = np.array([1.0, 2.0, 3.0, 5.0, 6.0]), np.array([True, False, True, False, False])
    assert survival_at(months, died, 0.5) == 1.0
    assert survival_at(months, died, 1.0) == pytest.approx(4 / 5)
    assert survival_at(months, died, 4.0) == pytest.approx(4 / 5 * 2 / 3)


def test_a_page_names_a_model_that_exists_and_gives_what_it_asks_for(tmp_path: Path, settings: Settings) -> None:
    text = (STUDY / "simulation.yaml").read_text(encoding="utf-8")
    (tmp_path / "simulation.yaml").write_text(text.replace("model: two_arm", "model: three_arm"), encoding="utf-8")
    with pytest.raises(InputError, match="three_arm"):
        read_settings(tmp_path)
    (tmp_path / "simulation.yaml").write_text(text.replace("model: two_arm\n", ""), encoding="utf-8")
    with pytest.raises(InputError, match="correlations"):  # the page of another model
        read_settings(tmp_path)
    assert fingerprint(settings) != settings.fingerprint


def test_faults_are_refused_where_a_model_has_none(tmp_path: Path) -> None:
    for name in ("study.yaml", "simulation.yaml"):
        shutil.copyfile(STUDY / name, tmp_path / name)
    with pytest.raises(InputError, match="no documented faults"):
        write_registry(tmp_path, 60, 1, "documented", tmp_path / "out", lambda what, done, of: None)
    with pytest.raises(InputError, match="at least 4"):
        write_registry(tmp_path, 3, 1, "none", tmp_path / "out", lambda what, done, of: None)


@pytest.mark.parametrize("name", list(MODELS))
def test_every_model_is_whole(name: str) -> None:
    model = MODELS[name]
    assert len(set(model.margins)) == len(model.margins)
    assert not set(model.margins) & set(model.assumptions) - {"tumour_volume"}
    assert len({style.name for style in model.styles}) == len(model.styles)
    folder = Path(__file__).parents[3] / "src" / "y90outcomes" / "simulate"
    assert all((folder / source).is_file() for source in model.sources)
