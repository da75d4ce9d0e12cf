"""Median follow-up: reverse Kaplan–Meier, the plain median of observed times beside it."""

from __future__ import annotations

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.numbers import Estimate
from y90outcomes.estimators.reverse_kaplan_meier import follow_up as estimate
from y90outcomes.estimators.summaries import describe
from y90outcomes.methods.common import ALL, about_endpoint, effect, select
from y90outcomes.methods.kaplan_meier import complete, left_out
from y90outcomes.results import Effects, Result
from y90outcomes.study.analyses import FollowUpAnalysis


def follow_up(cohort: Cohort, id: str, spec: FollowUpAnalysis) -> list[Result]:
    """`<id>/median_follow_up/all` and, for comparison only, `plain_median`, `shortest_time` and `longest_time` of the
    observed times, as papers print them."""
    selection = select(cohort, spec)
    outcome, time, state = selection.outcome(spec.endpoint)
    if time is None:  # the protocol's check refuses this before any data are read
        raise ValueError(f"{spec.endpoint!r} has no times")
    known = complete(time, state)
    times, events = time[known].to_numpy(), state[known].to_numpy()
    made = estimate(times, events, ties=spec.ties, interval=spec.interval, rule=spec.median, level=spec.level)
    observed = describe(times)
    reason = "no interval: censored times are not a sample of follow-up" if observed.n else "nobody"
    plain = (
        ("plain_median", "Plain median of observed times", observed.median),
        ("shortest_time", "Shortest observed time", observed.low),
        ("longest_time", "Longest observed time", observed.high),
    )
    missing = int((~known).sum())
    return [
        Effects(
            id=id,
            title=spec.title,
            population=selection.label,
            n=int(known.sum()),
            events=int(state[known].sum()),
            missing=missing,
            method="follow_up",
            notes=left_out(missing, len(selection)) + about_endpoint(selection, spec.endpoint),
            caption=spec.caption,
            conventions={
                "reverse_kaplan_meier_ties": spec.ties,
                "kaplan_meier_interval": spec.interval,
                "median_rule": spec.median,
            },
            rows=(
                effect(
                    "median_follow_up", ALL, made, label="Median follow-up (reverse Kaplan–Meier)", unit=outcome.unit
                ),
                *(
                    effect(
                        quantity,
                        ALL,
                        Estimate(estimate=value, n=observed.n, valid=observed.n > 0, reason=reason),
                        label=label,
                        unit=outcome.unit,
                    )
                    for quantity, label, value in plain
                ),
            ),
        )
    ]
