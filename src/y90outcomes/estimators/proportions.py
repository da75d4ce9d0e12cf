"""A proportion with its interval."""

from __future__ import annotations

import math

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import check_level, check_name, normal_quantile
from y90outcomes.estimators.numbers import Estimate


def proportion(
    successes: int, n: int, *, interval: str = default("proportion_interval"), level: float = LEVEL
) -> Estimate:
    """successes / n as a proportion 0..1 with a two-sided interval; `se` is the root of p(1 − p)/n.

    interval: "wilson" and "wilson_cc" (score, without and with continuity correction; R stats::prop.test),
    "clopper_pearson" (beta quantiles; R stats::binom.test, doi:10.1093/biomet/26.4.404), "agresti_coull"
    (doi:10.1080/00031305.1998.10480550), "wald". The score forms: Newcombe, Stat Med 1998;17:857,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E. As in R, the correction is at most |x − n/2|.
    Limits are clipped to [0, 1]. n = 0 gives NaN with a reason.
    Raises ValueError for counts that are not whole or not 0 ≤ successes ≤ n, an unknown interval, or a level outside
    (0, 1).
    """
    check_name("proportion_interval", interval)
    check_level(level)
    x, n = check_counts(successes, n)
    conventions = {"proportion_interval": interval}
    if n == 0:
        reason = "no proportion: nobody in the denominator"
        return Estimate(level=level, n=0, events=0, valid=False, reason=reason, conventions=conventions)
    share = x / n
    lower, upper = _LIMITS[interval](x, n, level)
    return Estimate(
        estimate=share,
        lower=max(lower, 0.0),
        upper=min(upper, 1.0),
        level=level,
        se=math.sqrt(share * (1.0 - share) / n),
        n=n,
        events=x,
        conventions=conventions,
    )


def check_counts(successes: int, n: int) -> tuple[int, int]:
    """Both as whole numbers with 0 ≤ successes ≤ n, else ValueError."""
    whole = math.isfinite(successes) and math.isfinite(n) and successes == int(successes) and n == int(n)
    if not whole or not 0 <= successes <= n:
        raise ValueError("successes and n must be whole numbers with 0 <= successes <= n")
    return int(successes), int(n)


def score_limits(x: int, n: int, level: float, correction: float = 0.0) -> tuple[float, float]:
    """Wilson's score limits of x / n (n > 0), each taken `correction` counts further out; within [0, 1]."""
    # The roots of (|share − limit|)² = z² limit (1 − limit) / n at the share moved by correction / n.
    z = normal_quantile(level)
    z2n = z * z / (2 * n)

    def limit(share: float, sign: int) -> float:
        root = z * math.sqrt(share * (1.0 - share) / n + z2n / (2 * n))
        return (share + z2n + sign * root) / (1.0 + 2.0 * z2n)

    low, high = x / n - correction / n, x / n + correction / n
    return (0.0 if low <= 0.0 else limit(low, -1)), (1.0 if high >= 1.0 else limit(high, 1))


def _wilson_cc(x: int, n: int, level: float) -> tuple[float, float]:
    return score_limits(x, n, level, min(0.5, abs(x - 0.5 * n)))


def _clopper_pearson(x: int, n: int, level: float) -> tuple[float, float]:
    # Beta quantiles directly: SciPy's own exact interval searches a root to 2e-12 absolute, which spoils tiny limits.
    from scipy.special import betainccinv, betaincinv

    tail = (1.0 - level) / 2.0
    lower = float(betaincinv(x, n - x + 1, tail)) if x > 0 else 0.0
    upper = float(betainccinv(x + 1, n - x, tail)) if x < n else 1.0
    return lower, upper


def _agresti_coull(x: int, n: int, level: float) -> tuple[float, float]:
    z = normal_quantile(level)
    share = (x + z * z / 2.0) / (n + z * z)
    half = z * math.sqrt(share * (1.0 - share) / (n + z * z))
    return share - half, share + half


def _wald(x: int, n: int, level: float) -> tuple[float, float]:
    half = normal_quantile(level) * math.sqrt(x * (n - x) / n) / n
    return x / n - half, x / n + half


_LIMITS = {
    "wilson": score_limits,
    "wilson_cc": _wilson_cc,
    "clopper_pearson": _clopper_pearson,
    "agresti_coull": _agresti_coull,
    "wald": _wald,
}
