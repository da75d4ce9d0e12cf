"""Laboratory rows of the canonical tables."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd

from y90outcomes.schema import Schema
from y90outcomes.simulate.bands import GRADED
from y90outcomes.simulate.centres import CENTRES, Style, quantity_of
from y90outcomes.simulate.course import Course
from y90outcomes.simulate.grades import LAB_VISITS, Graded, draw_grades
from y90outcomes.simulate.patients import Patients
from y90outcomes.simulate.rows import Maker
from y90outcomes.simulate.settings import Settings
from y90outcomes.units import factor

ANALYTES = ("bilirubin", "albumin", "inr", "creatinine", "afp", "platelets", "lymphocytes", "ast", "alt", "alp", "ggt",
            "sodium")  # fmt: skip
"""In the order of a sheet."""


def lab_rows(
    settings: Settings, maker: Maker, people: Patients, course: Course, centre: np.ndarray, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, Graded]]:
    """Samples that fit what was drawn (Child–Pugh points at baseline, grades, AFP response), and the grades shown."""
    n = len(people.tad)
    limits = {
        name: np.array([normal_limits(style, name, maker.schema) for style in CENTRES])[centre] for name in ANALYTES
    }
    graded = draw_grades(settings, people, course, limits, rng)
    values = {name: graded[name].value for name in GRADED}
    values["afp"] = np.column_stack([course.afp_baseline, course.afp_baseline * rng.uniform(0.9, 1.1, n),
                                     course.afp_baseline * course.afp_left])  # fmt: skip
    page = settings.assumptions["sodium"]
    values["sodium"] = np.clip(page["mean"] + page["sd"] * rng.standard_normal((n, 3)), 124, 148)
    frames = []
    for name in ANALYTES:
        patient, visit = np.nonzero(~np.isnan(course.lab_day) & ~np.isnan(values[name]))
        frames.append(maker.rows(patient, {
            "analyte": name, "visit": np.array(LAB_VISITS)[visit], "value": values[name][patient, visit],
            "uln": limits[name][patient, 1], "lln": limits[name][patient, 0],
        }, {"": course.lab_day[patient, visit]}))  # fmt: skip
    return pd.concat(frames, ignore_index=True), graded


def normal_limits(style: Style, analyte: str, schema: Schema) -> tuple[float, float]:
    """Lower and upper normal limit of a centre in canonical units."""
    column = schema.tables["labs"].columns["value"]
    unit, _digits = style.unit(quantity_of(column, analyte))
    scale = factor(quantity_of(column, analyte), unit)
    low, high = (Decimal(text) * (scale or Decimal(1)) for text in style.limits[analyte])
    return float(low), float(high)
