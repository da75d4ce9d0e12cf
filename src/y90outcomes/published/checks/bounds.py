"""What one printed number allows another: events behind a hazard ratio's interval, a quantity contained in another."""

from __future__ import annotations

from fractions import Fraction
from math import inf, log, sqrt

from y90outcomes.conventions import LEVEL
from y90outcomes.estimators.arrays import normal_quantile
from y90outcomes.published.checks.base import Check, not_checkable, number_text
from y90outcomes.published.rounding import Printed, Span


def interval_and_events(estimate: Printed, low: Printed, high: Printed, events: int, level: float = LEVEL) -> Check:
    """Whether a hazard ratio of two groups can have so narrow an interval with so few events.

    Each event adds p(1 - p) to the information of the log ratio, p the share of one group among those at risk, so at
    most a quarter (partial likelihood, doi:10.1111/j.2517-6161.1972.tb00899.x; tied events by Breslow or Efron too):
    the standard error is at least 2/sqrt(events). The widest error the printed numbers allow is that of the narrowest
    of lower half, upper half and whole interval over all rounding.

    Not checkable without events, or for numbers that are not positive and in order. A robust variance keeps no such
    bound.
    """
    if events < 1:
        return not_checkable("no interval without an event")
    if low.span.low <= 0 or not low.value <= estimate.value <= high.value:
        return not_checkable(f"{estimate} ({low} to {high}) is no interval round its estimate")
    z = normal_quantile(level)
    halves = (
        log(estimate.span.high / low.span.low), log(high.span.high / estimate.span.low),
        log(high.span.high / low.span.low) / 2,
    )  # fmt: skip
    widest, least = min(halves) / z, 2 / sqrt(events)
    fits = widest >= least * (1 - 1e-9)
    said = (
        f"{estimate} ({low} to {high}): the standard error of its logarithm is at most {widest:.4f}, and with "
        f"{events} events at least {least:.4f}"
    )
    return Check("agrees" if fits else "disagrees", f"{least:.4f}", "2/sqrt(events)", said)


def contained_sd(
    part: tuple[Printed, Printed], whole: tuple[Printed, Printed], n: int, least: float = 0.0,
    differing: int | None = None,
) -> Check:  # fmt: skip
    """The SD of a quantity that in every patient is contained in another, from the means and SDs of both.

    part, whole  (mean, SD) of each, of the same n patients
    least        the least value of the part
    differing    patients in whom the whole can be larger than the part; None is everyone

    With d = whole - part >= 0 of mean D, the covariance of part and d is at least D (least - mean part) n/(n - 1) and
    the variance of d at least D^2 (n/differing - 1) n/(n - 1), so

        SD(part)^2 <= SD(whole)^2 + n/(n - 1) (2 D (mean part - least) - D^2 (n/differing - 1))

    Compared at the roundings that allow most. Not checkable with fewer than two patients, or for means out of order.
    """
    (mean, sd), (mean_whole, sd_whole) = part, whole
    largest = mean_whole.span.high - mean.span.low
    if n < 2 or largest < 0:
        return not_checkable("a standard deviation needs two patients, and a part is not larger than its whole")
    if differing is not None and differing < 1:
        excess = 0.0
    else:
        spread = 0.0 if differing is None else n / differing - 1
        room = mean.span.high - least
        difference = largest if spread == 0 else min(largest, room / spread)
        excess = n / (n - 1) * (2 * difference * room - difference**2 * spread)
    most = sqrt(sd_whole.span.high**2 + max(excess, 0.0))
    fits = sd.span.meets(Span(0.0, most))
    shown = [number_text(one.value, one.decimals) for one in (sd, mean, mean_whole, sd_whole)]
    said = "The part has SD {}; with means {} and {} and SD {} of the whole at most ".format(*shown) + f"{most:.2f}"
    return Check("agrees" if fits else "disagrees", f"at most {most:.2f}", "variance of a part", said)


def youden_area(true_positives: int, false_positives: int, positives: int, negatives: int) -> Fraction:
    """The greatest area under a curve whose greatest Youden index is that of a point, when no value of the one group
    equals one of the other.

    Above the k-th highest of the negatives lie at most (J + k/negatives) positives (as a share, k from 0), so the area
    is at most the sum of min(positives, floor(positives (J + k/negatives))) over k, by positives times negatives. Ties
    lift the bound to 1 - (1 - J)^2/2. Raises ValueError for an empty group.
    """
    if positives < 1 or negatives < 1:
        raise ValueError("an area needs both groups")
    youden = Fraction(true_positives, positives) - Fraction(false_positives, negatives)
    above = (min(positives, int(positives * (youden + Fraction(k, negatives)))) for k in range(negatives))
    return Fraction(sum(above), positives * negatives)


def area_without_ties(auc: Printed, area: Fraction) -> Check:
    """A printed area against the greatest that is possible without ties."""
    fits = auc.span.meets(Span(-inf, float(area)))
    said = f"AUC {auc}; a curve with its greatest Youden index there has at most {float(area):.4f}, unless doses tie"
    return Check("agrees" if fits else "disagrees", f"at most {float(area):.4f}", "Youden's cutoff", said)
