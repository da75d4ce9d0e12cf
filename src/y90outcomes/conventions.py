"""Statistical conventions by name: the default, the alternatives, and the words a footnote prints.

Every estimator takes its convention as an argument whose default is the one here, and returns the name with the number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LEVEL = 0.95
"""Two-sided confidence level."""


@dataclass(frozen=True, slots=True)
class Convention:
    """One choice a statistician must be able to see and switch: `words` maps each allowed name to a footnote phrase."""

    item: str
    default: str
    words: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Every name allowed, the default first."""
        return tuple(self.words)


def _convention(item: str, words: dict[str, str]) -> Convention:
    """First name given is the default."""
    return Convention(item, next(iter(words)), MappingProxyType(words))


_ALL = (
    _convention(
        "proportion_interval",
        {
            "wilson": "Wilson score interval",
            "wilson_cc": "Wilson score interval with continuity correction",
            "clopper_pearson": "Clopper–Pearson exact interval",
            "agresti_coull": "Agresti–Coull interval",
            "wald": "Wald interval",
        },
    ),
    _convention(
        "kaplan_meier_interval",
        {
            "log-log": "log(−log) interval with Greenwood's variance",
            "log": "log interval with Greenwood's variance",
            "plain": "plain (linear) interval with Greenwood's variance",
            "logit": "logit interval with Greenwood's variance",
            "arcsine": "arcsine square-root interval with Greenwood's variance",
        },
    ),
    _convention(
        "median_rule",
        {
            "first": "median at the first time with S(t) ≤ 0.5",
            "midpoint": "median at the midpoint of a flat part of the curve at 0.5",
        },
    ),
    _convention(
        "reverse_kaplan_meier_ties",
        {
            "deaths_first": "reverse Kaplan–Meier, deaths leave the risk set first",
            "flipped_indicator": "reverse Kaplan–Meier by flipping the event indicator",
        },
    ),
    _convention("log_rank_variance", {"hypergeometric": "log-rank test with hypergeometric variance"}),
    _convention("cox_ties", {"efron": "Efron's method for ties", "breslow": "Breslow's method for ties"}),
    _convention("cox_inference", {"wald": "Wald p and Wald interval"}),
    _convention("t_test", {"welch": "Welch's t test", "pooled": "Student's t test with pooled variance"}),
    _convention(
        "mann_whitney",
        {
            "auto": "Mann–Whitney test, exact (ties included) for up to 10⁷ splits, else normal approximation without "
            "continuity correction",
            "exact": "Mann–Whitney test, exact permutation distribution, ties included",
            "normal": "Mann–Whitney test, normal approximation, tie-corrected, no continuity correction",
            "normal_cc": "Mann–Whitney test, normal approximation, tie-corrected, with continuity correction",
        },
    ),
    _convention("kruskal_wallis", {"chi_square": "Kruskal–Wallis test, tie-corrected, χ² approximation"}),
    _convention(
        "chi_square",
        {
            "plain": "Pearson's χ² test without continuity correction",
            "yates": "χ² test with Yates' continuity correction",
            "n_minus_1": "N−1 χ² test",
        },
    ),
    _convention(
        "fisher", {"min_likelihood": "Fisher's exact test, two-sided: all tables no likelier than the observed"}
    ),
    _convention(
        "kappa_weights",
        {
            "unweighted": "Cohen's kappa",
            "linear": "weighted kappa, linear weights",
            "quadratic": "weighted kappa, quadratic weights",
        },
    ),
    _convention(
        "quantile_type",
        {
            "7": "quantiles of type 7",
            "2": "quantiles of type 2",
            "6": "quantiles of type 6",
        },
    ),
    _convention("rounding", {"half_away": "half away from zero", "half_even": "half to even"}),
)

CONVENTIONS: Mapping[str, Convention] = MappingProxyType({convention.item: convention for convention in _ALL})
"""item -> Convention."""


def default(item: str) -> str:
    """The default name of a convention. KeyError for an unknown item."""
    return CONVENTIONS[item].default


def words(item: str, name: str) -> str:
    """The footnote phrase of a convention's name; the name itself where none is recorded."""
    convention = CONVENTIONS.get(item)
    return convention.words.get(name, name) if convention else name
