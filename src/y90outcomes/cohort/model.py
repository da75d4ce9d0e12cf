"""`Cohort`: one row per patient or lesion, every variable and outcome of the protocol, and how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.errors import Issue
from y90outcomes.results import Flow, Table
from y90outcomes.study.meaning import Meaning
from y90outcomes.study.model import Study


@dataclass(frozen=True, slots=True, eq=False)
class Switch:
    """The day an event first happened to every subject of one grain.

    days     (n,) from the index, not after the data cut-off; NaN where it is not recorded to have happened
    unclear  (n,) it happened, or may have, on a day that is not recorded
    """

    days: npt.NDArray[np.float64]
    unclear: npt.NDArray[np.bool_]

    def at(self, rows: npt.NDArray[np.intp]) -> Switch:
        """The switch of the subjects at these positions."""
        return Switch(self.days[rows], self.unclear[rows])


@dataclass(frozen=True, slots=True)
class Outcome:
    """An endpoint of every subject of one grain.

    endpoint  name in the protocol
    kind      binary | time_to_event
    states    words of `state`: 0 is the first, 1 the second, 2 the third (a competing event)
    time      time from the index in `unit` (time_to_event), else None; NaN for missing
    state     1 event, 0 none (censored), 2 competing event, NaN missing
    source    the deciding row ("table: file, sheet, row"), "" where nothing decided
    reason    why a subject's is missing, or censored otherwise than by its record; "" for neither, None for binary
    origin    what the time is counted from, in words; `words` the endpoint's definition in one sentence
    zero      day from the index at which the time begins (origin and landmark), NaN where not recorded; None for binary
    """

    endpoint: str
    label: str
    kind: str
    unit: str
    states: tuple[str, ...]
    time: pd.Series | None
    state: pd.Series
    source: pd.Series
    reason: pd.Series | None = None
    origin: str = "first treatment"
    words: str = ""
    zero: pd.Series | None = None

    def at(self, rows: npt.NDArray[np.intp]) -> Outcome:
        """The outcome of the subjects at these positions."""
        of = ("time", "state", "source", "reason", "zero")
        taken = {name: getattr(self, name) for name in of if getattr(self, name) is not None}
        return replace(self, **{name: series.iloc[rows].reset_index(drop=True) for name, series in taken.items()})


@dataclass(frozen=True, slots=True)
class Cohort:
    """The analysis data sets of a study.

    frames     grain -> frame, one row per eligible patient or per lesion of one: centre, patient_id, (lesion_id,)
               every variable (number as float, category as text; missing as NaN or NA), `in_<analysis set>`
    sources    grain -> frame of the same rows: the deciding row of every variable, as text
    variables  name -> Meaning
    outcomes   grain -> endpoint -> Outcome, rows as in the frame
    switches   grain -> event -> Switch, rows as in the frame; the events that variables of the protocol are about
    attrition  the flow chart; `sets` what each analysis set holds; `records` how records were chosen
    """

    study: Study
    frames: Mapping[str, pd.DataFrame]
    sources: Mapping[str, pd.DataFrame]
    variables: Mapping[str, Meaning]
    outcomes: Mapping[str, Mapping[str, Outcome]]
    attrition: Flow
    sets: Table
    records: Table
    quality: tuple[Table, ...]
    inputs: tuple[Mapping[str, object], ...]
    issues: tuple[Issue, ...]
    fingerprint: str
    switches: Mapping[str, Mapping[str, Switch]] = field(default_factory=dict)

    @property
    def frame(self) -> pd.DataFrame:
        """The data set of the protocol's first analysis set."""
        name, subset = self.study.analysis_set(None)
        frame = self.frames[subset.grain]
        return frame[frame[f"in_{name}"].to_numpy(dtype=bool)].reset_index(drop=True)

    def members(self, name: str | None) -> tuple[str, npt.NDArray[np.bool_]]:
        """Grain and row mask of an analysis set."""
        chosen, subset = self.study.analysis_set(name)
        return subset.grain, self.frames[subset.grain][f"in_{chosen}"].to_numpy(dtype=bool)
