"""Two-sided p values of statistics that many tests share."""

from __future__ import annotations


def normal_p(z: float) -> float:
    """p of a standard normal z, both tails; NaN for NaN."""
    from scipy.special import ndtr

    return 2.0 * float(ndtr(-abs(z)))


def student_p(t: float, df: float) -> float:
    """p of Student's t on df degrees of freedom, both tails; NaN for NaN."""
    from scipy.special import stdtr

    return float(2.0 * stdtr(df, -abs(t)))


def chi_square_p(statistic: float, df: float) -> float:
    """p of a χ² statistic on df degrees of freedom, the upper tail; NaN for NaN."""
    from scipy.special import chdtrc

    return float(chdtrc(df, statistic))
