"""Follow-up by the reverse Kaplan–Meier method: being censored is the event, having the event ends observation."""

from __future__ import annotations

from dataclasses import replace

from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_survival, check_name
from y90outcomes.estimators.kaplan_meier import life_table, median_survival, product_limit
from y90outcomes.estimators.numbers import Curve, Estimate


def reverse_kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    ties: str = default("reverse_kaplan_meier_ties"),
    interval: str = default("kaplan_meier_interval"),
    level: float = LEVEL,
) -> Curve:
    """The curve of potential follow-up from time (n,) ≥ 0 and event (n,), 1 event or 0 censored.

    `events` of the curve are the censorings of the data. ties "deaths_first": who dies at t was not at risk of being
    censored at t, so `at_risk` is the number after the deaths of that time (R's `prodlim(reverse=TRUE)`);
    "flipped_indicator": they are at risk (R's `survfit` on 1 − event). The two differ where a death and a censoring
    fall on one day. Schemper and Smith, Control Clin Trials 1996;17:343 (doi:10.1016/0197-2456(96)00075-X).
    Raises ValueError as `kaplan_meier` does.
    """
    check_name("reverse_kaplan_meier_ties", ties)
    times, died = as_survival(time, event)
    grid, deaths, censored, at_risk = life_table(times, died)
    if ties == "deaths_first":
        at_risk = at_risk - deaths
    return product_limit(
        grid, at_risk, censored, deaths, len(times), interval=interval, level=level,
        conventions={"reverse_kaplan_meier_ties": ties},
    )  # fmt: skip


def follow_up(
    time: ArrayLike,
    event: ArrayLike,
    *,
    ties: str = default("reverse_kaplan_meier_ties"),
    interval: str = default("kaplan_meier_interval"),
    rule: str = default("median_rule"),
    level: float = LEVEL,
) -> Estimate:
    """Median follow-up, its interval, in the unit of time; `events` counts the censored. See `reverse_kaplan_meier`.

    With nobody censored there is no follow-up to estimate: NaN with a reason, never the median of the event times.
    Schemper and Smith, Control Clin Trials 1996;17:343, 10.1016/0197-2456(96)00075-X; R's `quantile` of a reverse
    prodlim::prodlim. Raises ValueError as `kaplan_meier` and for an unknown rule.
    """
    curve = reverse_kaplan_meier(time, event, ties=ties, interval=interval, level=level)
    median = median_survival(curve, rule)
    if curve.n and curve.total_events == 0:
        return replace(
            median, valid=False, not_reached=(), reason="nobody was censored: every follow-up ended with the event"
        )
    return median
