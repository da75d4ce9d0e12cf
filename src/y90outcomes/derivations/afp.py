"""AFP response: a fall of the tumour marker from a raised baseline. TARGET, NCT03295006, prints two such endpoints."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pandas as pd

from y90outcomes.derivations.choice import choose
from y90outcomes.derivations.types import Found, Need, Positions, Records, Rule, Span, Step, Variable
from y90outcomes.thresholds import Floats, compare


def afp_response(
    records: Records, *, window: Span, baseline: Span, baseline_min: float, fall_percent: float, unmeasured: str
) -> Found:
    """ "yes" where AFP fell by at least `fall_percent` from a baseline of at least `baseline_min` ng/mL, else "no".

    Missing for a patient whose baseline is below the limit or not known: that patient is not of this population. One of
    the population without a value in the window is "no" (`unmeasured: non_responder`, as TARGET counts) or missing
    (`excluded`). The fall is compared as value ≤ (1 − fall) × baseline.
    """
    before, after = _value(records, baseline), _value(records, window)
    first, later = _at(records, before), _at(records, after)
    among = compare(first, "min", baseline_min)
    fell = among & compare(later, "max", first * (100 - fall_percent) / 100)
    silent = among & np.isnan(later)
    answer = pd.Series(pd.NA, index=range(len(records.patients)), dtype="string")
    answer[among] = "no"
    answer[fell] = "yes"
    if unmeasured == "excluded":
        answer[silent] = pd.NA
    counts = {
        "no AFP at baseline": int(np.isnan(first).sum()),
        "AFP at baseline below the limit": int((~np.isnan(first) & ~among).sum()),
        "raised at baseline and not measured in the window": int(silent.sum()),
    }
    rows = np.where(after >= 0, after, before)
    return Found(answer, {"labs": np.where(answer.notna(), rows, -1)}, MappingProxyType(counts))


def explain_afp_response(
    records: Records, subject: int, *, window: Span, baseline: Span, baseline_min: float, fall_percent: float,
    unmeasured: str,
) -> list[Step]:  # fmt: skip
    """The baseline, the value that is compared with it, and every other AFP of the patient."""
    before, after = _value(records, baseline)[subject], _value(records, window)[subject]
    table = records.tables["labs"]
    own = table[(table["patient"] == subject) & table["analyte"].eq("afp").fillna(False)]
    limit = f"{baseline_min:g} ng/mL"
    steps = []
    for row, line in own.iterrows():
        role = "is the baseline" if row == before else "is compared with it" if row == after else "does not count"
        day = "undated" if pd.isna(line["days"]) else f"day {line['days']:g}"
        value = "missing" if pd.isna(line["value"]) else f"{line['value']:g} ng/mL"
        steps.append(Step(f"AFP {value} ({day}): {role}", "labs", int(str(row))))
    if before < 0:
        return [*steps, Step("no baseline AFP: not of this population")]
    first = float(_at(records, np.array([before]))[0])
    if not compare(first, "min", baseline_min):
        return [*steps, Step(f"the baseline is below {limit}: not of this population")]
    if after < 0:
        verdict = "no response" if unmeasured == "non_responder" else "left out"
        return [*steps, Step(f"not measured in the window: {verdict}")]
    return [*steps, Step(f"a response is a value of at most {first * (100 - fall_percent) / 100:g} ng/mL")]


def _value(records: Records, span: Span) -> Positions:
    """Row of `labs` with the AFP of each patient in a window, -1 for none."""
    table = records.tables["labs"]
    own = np.flatnonzero(table["analyte"].eq("afp").fillna(False).to_numpy(dtype=bool))
    rows = table.iloc[own]
    picked = choose(
        rows["value"], rows["patient"].to_numpy(dtype=np.intp), len(records.patients),
        rows["days"].to_numpy(dtype=float), rows["visit"], span,
    ).rows  # fmt: skip
    return np.where(picked >= 0, np.append(own, -1)[picked], -1)


def _at(records: Records, rows: Positions) -> Floats:
    values = records.tables["labs"]["value"].to_numpy(dtype=float, na_value=np.nan)
    return np.append(values, np.nan)[rows]


AFP: tuple[Variable, ...] = (
    Variable(
        "afp_response",
        "AFP response",
        "patient",
        (Need("labs", "value", where={"analyte": "afp"}, windowed=True),),
        "follow_up",
        levels=MappingProxyType({"yes": "Yes", "no": "No"}),
        derive=afp_response,
        explain=explain_afp_response,
        takes=("window", "baseline"),
        rules=(
            Rule("baseline_min", 200.0, "AFP at baseline at least", unit="ng/mL", low=0),
            Rule("fall_percent", 50.0, "fall that is a response, at least", unit="%", low=0, high=100),
            Rule("unmeasured", "non_responder", "a raised baseline without a value in the window is",
                 ("non_responder", "excluded")),
        ),
        missing="missing without a baseline, or with one below the limit: not of this population",
        reference="TARGET registry, NCT03295006: baseline ≥200 ng/mL with ≥50 % fall, and ≥20 ng/mL with ≥20 % fall",
    ),
)  # fmt: skip
"""Responses of AFP."""
