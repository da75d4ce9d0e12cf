"""20,000 synthetic TARGET patients through thirteen centres' files against what each estimate estimates.

`make estimands` stores what the estimates estimate; this draws, reads and runs, and writes `reports/oracles/
estimands.csv` with every z.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from y90outcomes.estimators.logistic import logistic
from y90outcomes.pipeline import analyse, prepare, simulate
from y90outcomes.pipeline.agreement import LIMIT, Agreement, agreement, read_estimands, table
from y90outcomes.pipeline.estimands import fingerprint
from y90outcomes.pipeline.quantile_shares import summarised
from y90outcomes.results.whole import write_whole
from y90outcomes.simulate.course import REFERENCE_DOSE, draw_course, solve
from y90outcomes.simulate.patients import draw_patients
from y90outcomes.simulate.settings import read_settings
from y90outcomes.study import read_study

ROOT = Path(__file__).parents[2]
STUDY = ROOT / "analyses" / "target"
PATIENTS, SEED = 20_000, 20_260_101


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Agreement:
    stored = read_estimands(STUDY)
    study, settings = read_study(STUDY), read_settings(STUDY)
    assert stored["fingerprint"] == fingerprint(study, settings), "stale: run `make estimands`"
    assert stored["size"] == PATIENTS
    assert not stored["seed"] <= SEED < stored["seed"] + stored["samples"]
    folder = simulate(STUDY, PATIENTS, SEED, "none", tmp_path_factory.mktemp("estimands") / "target")
    cohort = prepare(folder)
    made = agreement(study, analyse(cohort), stored, summarised(cohort))
    write_whole(ROOT / "reports" / "oracles" / "estimands.csv", table(made).encode())
    return made


def test_every_estimate_agrees_with_its_own_estimand(found: Agreement) -> None:
    assert [(line.address, line.against, round(line.z, 2)) for line in found.apart] == []
    assert len(found.lines) > 800


def test_conditional_effects_agree_with_the_generating_coefficient(found: Agreement) -> None:
    conditional = {line.address: line for line in found.lines if line.against == "coefficient"}
    assert len(conditional) > 50
    assert abs(conditional["survival_by_dose/hazard_ratio/tad#estimate"].z) < LIMIT


def test_what_is_left_out_has_a_reason(found: Agreement) -> None:
    assert all(reason for _, reason in found.left_out)
    known = {"no sample gave it", "given by too few samples"}
    assert sum(reason in known for _, reason in found.left_out) < 0.02 * len(found.lines)


def test_the_line_of_response_is_the_one_that_was_drawn_from() -> None:
    """Response of the target lesion by size is logistic in the logarithm of the dose, whoever was not seen included."""
    settings = read_settings(STUDY)
    solved, rng = solve(settings), np.random.default_rng(SEED)
    people = draw_patients(settings, PATIENTS, rng)
    course = draw_course(settings, solved, people, rng)
    responds = np.isin(course.best.target["recist_1_1"], ("CR", "PR"))
    dose = np.log(people.tad / REFERENCE_DOSE)
    made = logistic(responds.astype(float), dose[:, None], ["log_dose"], inference="wald")
    slope = made.terms[0]
    assert abs(slope.coefficient - solved.recist_target[1]) / slope.se < LIMIT
    assert math.isfinite(slope.se)
