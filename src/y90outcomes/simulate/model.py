"""What a synthetic registry is drawn by: one frozen `Model` per kind of study, listed in `models.MODELS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from y90outcomes.simulate.centres import Style
from y90outcomes.simulate.pages import ALWAYS
from y90outcomes.simulate.settings import Settings
from y90outcomes.simulate.sheets import Planner, plans
from y90outcomes.simulate.truth import Tables


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn registry before it is written.

    tables      canonical tables in schema columns, as `truth.canonical` makes them
    key         centre, patient_id of each patient in the order drawn
    derived     given the tables with source_file, source_sheet and source_row, the frame of truth/derived.parquet in
                the columns of `derived.COLUMNS`
    parameters  coefficients, baseline hazards and the like as plain data, for truth/parameters.yaml
    """

    tables: Tables
    key: pd.DataFrame
    derived: Callable[[Tables], pd.DataFrame]
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    """How one kind of registry is drawn and written.

    margins, assumptions  names its simulation page must give, no others
    styles                its centres; a registry has at least one patient of each
    draw                  page, number of patients, seed -> what is drawn; the same on every machine
    calibrate             page, number of patients, seed -> `calibrate.calibration`
    sources               modules of this folder the calibration depends on
    planned               the sheets of a centre
    same                  (table, column) -> value no file has, because it is the same for all
    faults                whether the documented faults can be planted in it
    """

    margins: tuple[str, ...]
    assumptions: tuple[str, ...]
    styles: tuple[Style, ...]
    draw: Callable[[Settings, int, int], Drawn]
    calibrate: Callable[[Settings, int, int], dict[str, Any]]
    sources: tuple[str, ...]
    planned: Planner = plans
    same: Mapping[tuple[str, str], str] = field(default_factory=lambda: ALWAYS)
    faults: bool = False
