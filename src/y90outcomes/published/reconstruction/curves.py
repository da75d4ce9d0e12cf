"""Pseudo-patients whose Kaplan–Meier curve and risk table are those printed in a figure.

Everything here is reconstructed. Pictures are digitised elsewhere (WebPlotDigitizer); points come in. `read_curves` and
`read_traced` read them, `reconstruct` makes patients, `pool` joins the groups, `summaries` compares two of them.
"""

from __future__ import annotations

import numpy as np

from y90outcomes.errors import InputError
from y90outcomes.estimators.kaplan_meier import kaplan_meier
from y90outcomes.estimators.numbers import Booleans, Floats, Ints
from y90outcomes.published.reconstruction.curve_checks import curve_faults
from y90outcomes.published.reconstruction.curve_clean import EQUAL, clean
from y90outcomes.published.reconstruction.curve_files import read_curves, read_traced
from y90outcomes.published.reconstruction.curve_fit import Points, censoring_times, nearest_history
from y90outcomes.published.reconstruction.curve_summaries import Summaries, summaries
from y90outcomes.published.reconstruction.curve_types import (
    TYPICAL,
    WORST,
    Cleaning,
    CurveFit,
    DigitisedCurve,
    PseudoPatients,
    frozen,
    pool,
)

__all__ = [
    "Cleaning",
    "CurveFit",
    "DigitisedCurve",
    "PseudoPatients",
    "Summaries",
    "clean",
    "pool",
    "read_curves",
    "read_traced",
    "reconstruct",
    "summaries",
]


def reconstruct(curve: DigitisedCurve) -> PseudoPatients:
    """Patients (n,), n the number at risk at time 0, whose curve and numbers at risk are those read; times as read.

    Guyot et al., BMC Med Res Methodol 2012;12:9 (10.1186/1471-2288-12-9), the number censored per interval searched
    instead of corrected by trial (`curve_fit`). An event happens at a point, or midway to the point before where
    points were taken on a grid; censorings are spread evenly inside each interval of the table; who is left after the
    last point is censored there. Events after the last time of the table take the even rate of censoring so far as a
    weak guide, the total of events, where printed, as a strong one. Without total and later numbers at risk, how many
    were censored is hardly known, and `limits` says so.
    A curve too far from its points, numbers at risk or a total of events missed give `valid` False with the reason.
    No event at all is an answer. Raises InputError for what `curve_faults` names. Near to R's IPDfromKM::getIPD.
    """
    faults = curve_faults(curve)
    if faults:
        raise InputError(faults)
    times, heights, cleaning = clean(curve)
    n = int(curve.at_risk[0])
    end = max(float(times[-1]), float(curve.risk_times[-1]))
    fell = np.flatnonzero(np.append(True, np.diff(heights) < 0.0))
    at = times[fell] if curve.sampling == "steps" else np.append(times[0], (times[1:] + times[:-1]) / 2.0)[fell]
    weight = np.diff(np.append(fell, len(times))).astype(np.float64)
    found = nearest_history(
        Points(at / end, heights[fell], weight), curve.risk_times / end, curve.at_risk.astype(np.int64),
        curve.total_events,
    )  # fmt: skip
    used, deaths = np.concatenate(found.times), np.concatenate(found.deaths)
    at = np.where(np.abs(used - at / end) < EQUAL, at, used * end)
    edges = np.append(curve.risk_times, end)
    gone = np.concatenate(
        [censoring_times(*of) for of in zip(edges[:-1], edges[1:], found.censored, found.spread, strict=True)]
    )
    near = at[np.clip(np.searchsorted(at, gone - EQUAL * end), 0, len(at) - 1)]
    gone = np.where(np.abs(near - gone) <= EQUAL * end, near, gone)  # after the events of that time in any unit
    left = n - int(deaths.sum()) - sum(found.censored)
    time = np.concatenate([np.repeat(at, deaths), gone, np.full(left, end)])
    event = np.arange(n) < int(deaths.sum())
    order = np.lexsort((~event, time))
    time, event = frozen(time[order]), frozen(event[order])
    points = (np.maximum(times, np.repeat(at, np.diff(np.append(fell, len(times))))), heights)
    fit = _fit(curve, points, time, event, (*found.censored[:-1], found.censored[-1] + left), cleaning)
    return PseudoPatients(time, event, frozen(np.full(n, curve.group)), (fit,))


def _fit(
    curve: DigitisedCurve, read: tuple[Floats, Floats], time: Floats, event: Booleans, censored: tuple[int, ...],
    cleaning: Cleaning,
) -> CurveFit:  # fmt: skip
    """The distance between what was read and what was made, and whether it is small enough."""
    made = kaplan_meier(time, event)
    slack = EQUAL * float(time.max())
    after = made.survival[np.searchsorted(made.time, read[0] + slack, side="right") - 1]
    before = np.append(1.0, made.survival)[np.searchsorted(made.time, read[0] - slack, side="left")]
    apart = np.maximum(np.maximum(read[1] - before, after - read[1]), 0.0)
    largest, typical = float(apart.max()), float(np.sqrt(np.mean(apart**2)))
    rebuilt: Ints = len(time) - np.searchsorted(time, curve.risk_times - slack, side="left")
    events, total = int(event.sum()), curve.total_events
    wrong = []
    if largest > WORST:
        wrong.append(f"the curve lies up to {largest:.3f} from the points, more than {WORST:g}")
    if typical > TYPICAL:
        wrong.append(f"the curve lies {typical:.3f} from the points (root mean square), more than {TYPICAL:g}")
    missed = int(np.abs(rebuilt - curve.at_risk).max())
    if missed:
        wrong.append(f"a number at risk is missed by {missed}")
    if total is not None and abs(events - total) > max(1.0, 0.02 * total):
        wrong.append(f"{events} events instead of {total}")
    return CurveFit(
        curve.group, curve.source, len(time), largest, typical, tuple(curve.risk_times.tolist()),
        tuple(int(count) for count in curve.at_risk), tuple(int(count) for count in rebuilt), events, total, censored,
        cleaning, _limits(curve), not wrong, "; ".join(wrong),
    )  # fmt: skip


def _limits(curve: DigitisedCurve) -> tuple[str, ...]:
    said = ["censoring times inside an interval of the risk table are spread evenly; the true ones are not printed"]
    table = len(curve.at_risk) > 1
    if not table and curve.total_events is None:
        said.append("neither later numbers at risk nor a total of events: how many were censored is hardly known")
    elif not table:
        said.append("no number at risk after time 0: when patients were censored is not known")
    elif curve.total_events is None:
        said.append("no total of events: how many were censored after the last time of the table is not known")
    return tuple(said)
