"""The model `single_arm`: one group of patients in thirteen centres, response and survival by absorbed dose."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd

from y90outcomes.schema import load_schema
from y90outcomes.simulate.calibrate import SOURCES, calibrate
from y90outcomes.simulate.centres import CENTRES
from y90outcomes.simulate.course import Course, Parameters, draw_course, solve
from y90outcomes.simulate.derived import derived_truth
from y90outcomes.simulate.grades import Graded
from y90outcomes.simulate.model import Drawn, Model
from y90outcomes.simulate.patients import LATENT, Patients, correlation, draw_patients
from y90outcomes.simulate.settings import ASSUMPTIONS, MARGINS, Settings
from y90outcomes.simulate.truth import Tables, build_tables


@dataclasses.dataclass(frozen=True, slots=True)
class SingleArm:
    """One drawn registry before it is written."""

    people: Patients
    course: Course
    parameters: Parameters
    tables: Tables
    key: pd.DataFrame
    """centre, patient_id of each patient in the order drawn."""
    graded: Mapping[str, Graded]
    """Analyte -> the grades its values show."""


def draw_single_arm(settings: Settings, patients: int, seed: int) -> SingleArm:
    """Patients, course and canonical tables; the same for the same page, number and seed, on every machine."""
    rng = np.random.default_rng(seed)
    parameters = _solved(settings)
    people = draw_patients(settings, patients, rng)
    course = draw_course(settings, parameters, people, rng)
    return SingleArm(people, course, parameters, *build_tables(settings, people, course, load_schema(), rng))


_SOLVED: dict[str, Parameters] = {}


def _solved(settings: Settings) -> Parameters:
    """The coefficients of a page, solved once for all draws from it; kept by what the page says."""
    key = settings.fingerprint
    if key not in _SOLVED:
        _SOLVED[key] = solve(settings)
    return _SOLVED[key]


def _draw(settings: Settings, patients: int, seed: int) -> Drawn:
    made = draw_single_arm(settings, patients, seed)
    solved = {name: list(value) if isinstance(value, tuple) else value
              for name, value in dataclasses.asdict(made.parameters).items()}  # fmt: skip
    hazard = {"kind": "weibull at 0 Gy", "shape": made.parameters.shape, "scale_days": made.parameters.scale_days}
    parameters = {
        "solved": solved, "baseline_hazard": hazard,
        "correlations": {"order": list(LATENT), "matrix": correlation(settings).tolist()},
    }  # fmt: skip

    def derived(tables: Tables) -> pd.DataFrame:
        return derived_truth(made.people, made.course, made.graded, made.key, tables)

    return Drawn(made.tables, made.key, derived, parameters)


SINGLE_ARM = Model(MARGINS, ASSUMPTIONS, CENTRES, _draw, calibrate, SOURCES, faults=True)
