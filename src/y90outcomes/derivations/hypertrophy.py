"""Growth of the future liver remnant (FLR) from baseline to a later examination: relative, and in points of a share."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pandas as pd

from y90outcomes.derivations.choice import choose
from y90outcomes.derivations.logic import Floats, numbers, positive
from y90outcomes.derivations.types import Found, Need, Positions, Records, Rule, Span, Step, Variable
from y90outcomes.derivations.volumes import BSA, share, standard_liver_volume

TABLE = "imaging"


def nearest(records: Records, span: Span) -> Positions:
    """Row of `imaging` with an FLR volume (above zero, of the whole patient) that the window picks, -1 for none."""
    table = records.tables[TABLE]
    whole = (table["lesion_id"].fillna("") == "").to_numpy(dtype=bool)
    usable = whole & ~np.isnan(positive(table["flr_volume"]))
    patient, days = table["patient"].to_numpy(dtype=np.intp), table["days"].to_numpy(dtype=np.float64)
    return choose(table["flr_volume"], patient, len(records.patients), days, table["visit"], span, usable).rows


def hypertrophy_percent(records: Records, *, window: Span, baseline: Span) -> Found:
    """100 (FLR later / FLR at baseline − 1) per patient; missing where either is, or the second is not later."""
    before, after, counts = _pair(records, window, baseline)
    volume = numbers(records.tables[TABLE]["flr_volume"])
    first, later = _at(volume, before), _at(volume, after)
    return _found(100 * (later - first) / first, before, after, counts)


def hypertrophy_points(records: Records, *, window: Span, baseline: Span, share_of: str, bsa: str) -> Found:
    """Share of the FLR later less that at baseline, in percentage points (degree of hypertrophy).

    Ribero 2007, 10.1002/bjs.5836. `share_of`: the liver volume that body size predicts (standard), the liver measured
    at baseline for both (liver_at_baseline), or the liver of each examination (liver_at_visit).
    """
    before, after, counts = _pair(records, window, baseline)
    first, later = _shares(records, before, after, share_of, bsa)
    return _found(later - first, before, after, counts)


def explain_percent(records: Records, subject: int, *, window: Span, baseline: Span) -> list[Step]:
    """Which examinations were compared, and their volumes."""
    before, after, _ = _pair(records, window, baseline)
    return [_step(records, before[subject], "at baseline"), _step(records, after[subject], "later")]


def explain_points(
    records: Records, subject: int, *, window: Span, baseline: Span, share_of: str, bsa: str
) -> list[Step]:
    """Which examinations were compared, their volumes and shares."""
    before, after, _ = _pair(records, window, baseline)
    first, later = _shares(records, before, after, share_of, bsa)
    words = {"standard": f"of the liver volume predicted from body size ({bsa})",
             "liver_at_baseline": "of the liver measured at baseline",
             "liver_at_visit": "of the liver measured at each examination"}[share_of]  # fmt: skip
    shown = [f"{value:.4g} %" if np.isfinite(value) else "unknown" for value in (first[subject], later[subject])]
    return [
        *explain_percent(records, subject, window=window, baseline=baseline),
        Step(f"share {words}: {shown[0]} at baseline, {shown[1]} later"),
    ]


def _pair(records: Records, window: Span, baseline: Span) -> tuple[Positions, Positions, dict[str, int]]:
    before, after = nearest(records, baseline), nearest(records, window)
    days = numbers(records.tables[TABLE]["days"])
    not_later = ((before == after) & (before >= 0)) | (_at(days, after) <= _at(days, before))
    counts = {
        "no remnant volume at baseline": int(np.sum(before < 0)),
        "no later remnant volume": int(np.sum(after < 0)),
        "no examination after that at baseline": int(np.sum(not_later)),
    }
    return before, np.where(not_later, -1, after), counts


def _shares(records: Records, before: Positions, after: Positions, share_of: str, bsa: str) -> tuple[Floats, Floats]:
    table, people = records.tables[TABLE], records.patients
    volume, liver = numbers(table["flr_volume"]), numbers(table["liver_volume"])
    first, later = _at(volume, before), _at(volume, after)
    if share_of == "standard":
        predicted = standard_liver_volume(people["height"], people["body_mass"], bsa=bsa)
        return 100 * first / predicted, 100 * later / predicted
    whole = _at(liver, before)
    return share(first, whole), share(later, whole if share_of == "liver_at_baseline" else _at(liver, after))


def _at(values: Floats, rows: Positions) -> Floats:
    return np.append(values, np.nan)[rows]


def _found(values: Floats, before: Positions, after: Positions, counts: dict[str, int]) -> Found:
    known = ~np.isnan(values)
    rows = {TABLE: np.where(known, after, -1)}
    return Found(pd.Series(values), MappingProxyType(rows), MappingProxyType(counts))


def _step(records: Records, row: int, when: str) -> Step:
    if row < 0:
        return Step(f"no volume of the future liver remnant {when}")
    found = records.tables[TABLE].iloc[row]
    day = f"day {found['days']:g}" if pd.notna(found["days"]) else "undated"
    return Step(f"future liver remnant {when}: {found['flr_volume']:g} mL, {day}", TABLE, int(row))


_NEEDS = (Need(TABLE, "flr_volume", windowed=True),)
_BODY = (Need(TABLE, "liver_volume", windowed=True), Need("patients", "height"), Need("patients", "body_mass"))
_MISSING = "missing where either volume is, or the second examination is not later"
_SHARE = Rule("share_of", "standard", "hypertrophy in points of the future liver remnant as a share of",
              ("standard", "liver_at_baseline", "liver_at_visit"))  # fmt: skip

HYPERTROPHY: tuple[Variable, ...] = (
    Variable("hypertrophy_percent", "Hypertrophy, relative", "patient", _NEEDS, "follow_up", quantity="fraction",
             derive=hypertrophy_percent, explain=explain_percent, takes=("window", "baseline"), missing=_MISSING,
             reference="Vauthey 2000, 10.1067/msy.2000.105294"),
    Variable("hypertrophy_points", "Hypertrophy, points", "patient", (*_NEEDS, *_BODY), "follow_up",
             derive=hypertrophy_points, explain=explain_points, takes=("window", "baseline"), rules=(_SHARE, BSA),
             missing=_MISSING, reference="Ribero 2007, 10.1002/bjs.5836"),
)  # fmt: skip
"""Growth of the future liver remnant."""
