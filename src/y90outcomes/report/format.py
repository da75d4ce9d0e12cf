"""Numbers and texts as a reader sees them. The only file of the package that rounds.

Rounding is half away from zero, or as the convention `rounding` says, on the shortest decimal that reads back to the
same double, so 2.675 prints 2.68 although the double lies below it. Nothing here is ever read back: tables in CSV and
`results.json` keep full precision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext

from y90outcomes.results.types import Number

NULL = "—"
NOT_REACHED = "NR"
INFINITE = "∞"
MINUS = "\u2212"
RANGE = "\u2013"
NBSP = "\u00a0"
THIN = "\u202f"

THRESHOLD = Decimal("0.05")
"""A p value is never rounded across it."""

DECIMALS = {
    "Gy": 0, "mm": 0, "mL": 0, "HU": 0, "d": 0, "days": 0, "cm": 1, "months": 1, "years": 1, "GBq": 2, "%": 0,
    "g/L": 1, "µmol/L": 1, "kg": 1,
}  # fmt: skip
"""Decimals by unit, as journals of the field print them; other units go by magnitude."""

FRACTIONS = frozenset({"proportion", "survival", "event_free", "cumulative_incidence", "probability", "rate"})
"""Quantities stored as fractions of one and printed in per cent."""

RATIOS = frozenset(
    {
        "hazard_ratio", "odds_ratio", "odds_ratio_firth", "odds_ratio_clustered", "risk_ratio", "rate_ratio",
        "cause_specific_hazard_ratio", "subdistribution_hazard_ratio", "geometric_mean_ratio", "restricted_mean_ratio",
        "lr_positive", "lr_negative",
    }
)  # fmt: skip
"""Two decimals, whatever their size."""

FIXED = {
    "auc": 2, "auc_clustered": 2, "auc_independent": 2, "auc_difference": 2, "concordance": 2, "kappa": 2, "smd": 2,
    "intraclass_correlation": 2, "spearman": 2, "pearson": 2, "tau_squared": 2,
}  # fmt: skip
"""Decimals of other numbers without a unit."""

TIMES = frozenset({"months", "years", "d", "days", "weeks"})


_HALVES = {"half_away": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}
_ROUNDING: ContextVar[str] = ContextVar("rounding", default="half_away")


@contextmanager
def rounding(name: str) -> Iterator[None]:
    """Halves go so (convention `rounding`) while a report is written. KeyError for an unknown name."""
    if name not in _HALVES:
        raise KeyError(name)
    token = _ROUNDING.set(name)
    try:
        yield
    finally:
        _ROUNDING.reset(token)


def rounded(value: float | int, decimals: int) -> Decimal:
    """`value` at `decimals` places, halves away from zero (or as `rounding` says) on its shortest decimal."""
    number = Decimal(repr(float(value)) if isinstance(value, float) else str(value))
    with localcontext() as context:
        context.prec = 400  # quantize fails, rather than rounds, when the digits do not fit
        return number.quantize(Decimal(1).scaleb(-decimals), rounding=_HALVES[_ROUNDING.get()])


def decimal(value: Number, decimals: int) -> str:
    """Fixed decimals, a true minus sign, thin spaces from five integer digits on. None prints the null sign."""
    if value is None:
        return NULL
    number = rounded(value, decimals)
    sign = MINUS if number < 0 else ""
    whole, _, fraction = f"{abs(number):f}".partition(".")
    if len(whole) > 4:
        head = len(whole) % 3
        groups = ([whole[:head]] if head else []) + [whole[i : i + 3] for i in range(head, len(whole), 3)]
        whole = THIN.join(groups)
    return sign + whole + ("." + fraction if fraction else "")


def integer(value: Number) -> str:
    """A count. None prints the null sign."""
    return decimal(value, 0)


def places(unit: str, values: Iterable[Number]) -> int:
    """Decimals for a set of numbers printed side by side: by unit, else about three digits of the largest.

    Numbers that are all whole keep no decimals when the unit is not listed.
    """
    if unit in DECIMALS:
        return DECIMALS[unit]
    known = [abs(float(value)) for value in values if value is not None]
    if not known or all(value.is_integer() for value in known):
        return 0
    largest = max(known)
    if largest >= 100:
        return 0 if min(known) >= 10 else 1
    return 1 if largest >= 10 else 2 if largest >= 0.1 else 3


def quantity(value: Number, decimals: int) -> str:
    """A number with `decimals` places; from a thousand on none, so a skewed range stays readable (2.2–3071)."""
    if value is not None and abs(value) >= 1000:
        return decimal(value, 0)
    return decimal(value, decimals)


def measure(value: Number, unit: str = "") -> str:
    """One number with its unit, joined by a space that does not break; per cent stands close."""
    text = quantity(value, places(unit, [value]))
    if value is None or not unit:
        return text
    return text + "%" if unit == "%" else text + NBSP + unit


def percent(value: Number, denominator: Number = None) -> str:
    """A percentage (0–100): whole below a denominator of 100, one decimal from there on or when none is given."""
    few = denominator is not None and denominator < 100
    return NULL if value is None else decimal(value, 0 if few else 1) + "%"


def count_percent(n: Number, share: Number, denominator: Number, whole: Number = None) -> str:
    """ "5 (28%)", or "5/17 (29%)" where the denominator is smaller than `whole`, the group. 0 of 0 is a null."""
    if n is None or not denominator:
        return NULL
    of = f"/{integer(denominator)}" if whole is not None and denominator != whole else ""
    return f"{integer(n)}{of} ({percent(share, denominator)})"


def unlimited(name: str, unit: str) -> str:
    """How a number beyond what was observed prints: NR for a time or a share, ∞ for a ratio or a dose."""
    return NOT_REACHED if unit in TIMES or unit == "%" or name in FRACTIONS or name == "median" else INFINITE


def span(
    low: Number,
    high: Number,
    decimals: int,
    not_reached: Sequence[str] = (),
    names: str = "",
    beyond: str = NOT_REACHED,
) -> str:
    """ "31.4–49.3"; with a negative limit "−0.3 to 0.2". A limit named in `not_reached` prints `beyond`.

    `names` are the two field names, "lower upper" unless told. A lower limit that is infinite is minus infinity.
    """
    first, second = (names or "lower upper").split()
    texts = [
        (MINUS if beyond == INFINITE and name == first else "") + beyond
        if value is None and name in not_reached
        else quantity(value, decimals)
        for value, name in ((low, first), (high, second))
    ]
    negative = any(text.startswith(MINUS) for text in texts)
    return f"{texts[0]} to {texts[1]}" if negative else f"{texts[0]}{RANGE}{texts[1]}"


def mark(value: float | int) -> str:
    """A value of an axis or a name: its digits, ten at most, without trailing zeros."""
    return f"{value:.10g}"


def p_value(p: Number) -> str:
    """Two significant digits, three decimals below 0.01, "<0.001", ">0.99"; never rounded across or onto 0.05.

    0.0496 prints 0.0496, because two digits would say 0.050.
    """
    if p is None:
        return NULL
    exact = Decimal(repr(float(p)))
    if exact < Decimal("0.001"):
        return "<0.001"
    if exact >= Decimal("0.995"):
        return ">0.99"
    digits = 3 if exact < Decimal("0.1") else 2
    text = rounded(float(p), digits)
    while (text == THRESHOLD) != (exact == THRESHOLD) or (text < THRESHOLD) != (exact < THRESHOLD):
        digits += 1
        text = rounded(float(p), digits)
    return f"{text:f}"


def p_equation(p: Number) -> str:
    """What follows the letter p in running text: " = 0.045", " < 0.001"."""
    text = p_value(p)
    if text[:1] in "<>":
        return f"{NBSP}{text[0]}{NBSP}{text[1:]}"
    return f"{NBSP}={NBSP}{text}"


def level(value: Number) -> str:
    """A confidence level as in "95% CI"."""
    return "" if value is None else f"{float(value) * 100:g}%"


def decimals_of(name: str, unit: str, values: Iterable[Number], n: Number = None) -> int:
    """Decimals of an effect: two for a ratio, for a percentage none when `n` is below 100 else one, else by unit."""
    if name in RATIOS or name in FIXED:
        return FIXED.get(name, 2)
    if name in FRACTIONS or unit == "%":
        return 0 if n is not None and n < 100 else 1
    return places(unit, values)


def in_percent(value: Number) -> Number:
    """A fraction in per cent, by shifting its shortest decimal, so that 0.29 becomes 29 and not 28.999999999999996."""
    return None if value is None else float(Decimal(repr(float(value))).scaleb(2))


def sentence(text: str) -> str:
    """`text` with a capital and a final stop, unless it has one."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" or text.endswith((".)", "!)", "?)")) else ".")
