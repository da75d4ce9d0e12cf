"""What a digitised curve must be before anything is made of it, in the user's words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from y90outcomes.errors import Fault
from y90outcomes.published.reconstruction.curve_types import RISE, SAMPLING, SHIFT, DigitisedCurve

FAR = 4.0
"""A curve this many times longer than its risk table of three times or more, or a table twice as long as its curve, is
in another unit."""


def curve_faults(curve: DigitisedCurve, place: str = "") -> list[Fault]:
    """Every fault of one curve, none when it can be reconstructed. Arrays as in `DigitisedCurve`.

    Refused: missing numbers, negative times, heights that are not shares, a curve that rises by more than `RISE`, a
    risk table that does not start at 0 or rises, a total of events that is no count, a curve that falls when nobody is
    at risk, times of curve and table in different units. A definition, no source; raises nothing.
    """
    place = place or f"curve {curve.group!r}"
    broken = list(_shapes(curve, place))
    return broken or [*_points(curve, place), *_table(curve, place)] or list(_both(curve, place))


def _shapes(curve: DigitisedCurve, place: str) -> Iterator[Fault]:
    if len(curve.times) != len(curve.survival):
        yield Fault(place, f"{len(curve.times)} times but {len(curve.survival)} heights", "one height per time")
    elif len(curve.times) < 2:
        yield Fault(place, f"{len(curve.times)} points", "at least 2", "digitise the whole curve")
    elif not (np.isfinite(curve.times).all() and np.isfinite(curve.survival).all()):
        yield Fault(place, "points without a number", action="remove the empty points")
    elif not float(curve.times.max()) > 0.0:
        yield Fault(place, "every point is at time 0", action="check which column is the time")
    if len(curve.risk_times) != len(curve.at_risk):
        yield Fault(place, f"{len(curve.risk_times)} times but {len(curve.at_risk)} numbers at risk", "as many of both")
    elif len(curve.at_risk) == 0:
        yield Fault(place, "no number at risk", "at least that at time 0", "give the size of the group at time 0")
    elif not np.isfinite(curve.risk_times).all():
        yield Fault(place, "times of the risk table without a number")
    if curve.sampling not in SAMPLING:
        yield Fault(place, f"unknown sampling {curve.sampling!r}", ", ".join(map(repr, SAMPLING)))


def _points(curve: DigitisedCurve, place: str) -> Iterator[Fault]:
    axis = float(curve.times.max())
    early = int((curve.times < -SHIFT * axis).sum())
    if early:
        yield Fault(place, f"{early} points have a negative time", "times from 0", "check the axis of the digitiser")
    top, bottom = float(curve.survival.max()), float(curve.survival.min())
    if top > 1.0 + RISE:
        yield Fault(
            place, f"heights up to {top:g}", "shares from 0 to 1",
            "if they are percent, name the column survival_percent" if top > 2.0 else "check the axis of the digitiser",
        )  # fmt: skip
    if bottom < -RISE:
        yield Fault(place, f"heights down to {bottom:g}", "shares from 0 to 1", "check the axis of the digitiser")
    if top <= 1.0 + RISE:
        order = np.argsort(curve.times, kind="stable")
        times, heights = curve.times[order], curve.survival[order]
        later = np.append(np.maximum.accumulate(heights[::-1])[::-1], -np.inf)
        rise = later[np.searchsorted(times, times + SHIFT * axis, side="right")] - heights
        worst = int(np.argmax(rise))
        if rise[worst] > RISE:
            yield Fault(
                place, f"the curve rises by {rise[worst]:.3f} after time {times[worst]:g}",
                f"at most {RISE:g}, the error of reading",
                "check that the points belong to one curve and show survival, not the share with the event",
            )  # fmt: skip


def _table(curve: DigitisedCurve, place: str) -> Iterator[Fault]:
    place = f"{place}, risk table"
    if curve.risk_times[0] != 0.0:
        yield Fault(place, f"starts at time {curve.risk_times[0]:g}", "time 0", "give the size of the group at time 0")
    if (np.diff(curve.risk_times) <= 0.0).any():
        yield Fault(place, "times do not rise", "each time once, in rising order")
    if not _whole(curve.at_risk):
        yield Fault(place, "numbers at risk that are not counts", "whole numbers from 0")
        return
    if curve.at_risk[0] < 1:
        yield Fault(place, "nobody at risk at time 0", "at least 1")
    up = np.flatnonzero(np.diff(curve.at_risk) > 0)
    if len(up):
        time, before, after = curve.risk_times[up[0] + 1], curve.at_risk[up[0]], curve.at_risk[up[0] + 1]
        yield Fault(
            place, f"rises from {before:g} to {after:g} at time {time:g}", "numbers that never rise",
            "check the figure; with delayed entry this method does not apply",
        )  # fmt: skip
    total = curve.total_events
    if total is not None and (not _whole(np.array([total])) or total > curve.at_risk[0]):
        yield Fault(
            f"{place.removesuffix(', risk table')}, total_events",
            f"{total:g} of {curve.at_risk[0]:g} patients",
            "a whole number from 0 to the number at risk at time 0",
        )


def _both(curve: DigitisedCurve, place: str) -> Iterator[Fault]:
    last, table = float(curve.times.max()), float(curve.risk_times[-1])
    manned = float(curve.risk_times[curve.at_risk > 0][-1])
    if (len(curve.at_risk) > 2 and last > FAR * table) or manned > 2.0 * last:
        yield Fault(
            place, f"the curve ends at {last:g} and the risk table at {table:g}", "one unit of time for both",
            "convert one of them, or check the axis of the digitiser",
        )  # fmt: skip
    elif curve.at_risk[-1] == 0:
        empty = float(curve.risk_times[np.flatnonzero(curve.at_risk == 0)[0]])
        before = curve.survival[curve.times <= empty + SHIFT * last]
        after = curve.survival[curve.times > empty + SHIFT * last]
        low = float(before.min()) if len(before) else 1.0
        if len(after) and low - float(after.min()) > RISE:
            yield Fault(
                place, f"points fall after time {empty:g}, when nobody is at risk", "no fall there",
                "check the risk table and that the points belong to this group",
            )  # fmt: skip


def _whole(numbers: object) -> bool:
    found = np.asarray(numbers, dtype=np.float64)
    return bool(np.isfinite(found).all() and (found >= 0.0).all() and (found == np.floor(found)).all())
