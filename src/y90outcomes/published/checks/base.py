"""What every check of printed numbers returns, and the comparisons all of them share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import inf, isfinite
from typing import Literal

from y90outcomes.published.rounding import Printed, Span, rules_printing
from y90outcomes.published.verdict import VERDICTS

Verdict = Literal["agrees", "last_digit", "method_differs", "disagrees", "not_checkable"]

RELATIONS = ("=", "<", ">", "<=", ">=")
"""How a printed number may stand to the true one."""

MORE_DIGITS = 2
"""Digits a recomputed number is written with beyond the printed ones."""


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison of printed numbers with what they must be.

    verdict     as in `published.verdict`
    recomputed  the recomputed number or range, at two digits more than printed; "" where there is none
    method      the named conventions that print the numbers, or the one nearest to them
    detail      a plain sentence with the numbers
    """

    verdict: Verdict
    recomputed: str
    method: str
    detail: str


def worst(checks: Iterable[Check]) -> Check:
    """The worst of several checks, the first of equals; what cannot be checked counts only when nothing else can.

    Raises ValueError for none at all.
    """
    every = list(checks)
    if not every:
        raise ValueError("no checks to compare")
    done = [check for check in every if check.verdict != "not_checkable"]
    return max(done or every, key=lambda check: VERDICTS.index(check.verdict))


def not_checkable(detail: str, method: str = "") -> Check:
    """The check that cannot be made, with its reason."""
    return Check("not_checkable", "", method, detail)


def nearness(as_printed: Printed, exact: Span) -> Verdict:
    """agrees: some exact value rounds to the printed one; last_digit: some lies within one printed unit; disagrees."""
    if as_printed.span.meets(exact):
        return "agrees"
    return "last_digit" if widened(as_printed).meets(exact) else "disagrees"


def widened(as_printed: Printed) -> Span:
    """Every value within one unit of the last printed digit: what `last_digit` forgives."""
    exact, unit = Fraction(as_printed.number), Fraction(as_printed.unit)
    return Span(float(exact - unit), float(exact + unit))


def units_apart(as_printed: Printed, exact: Span) -> float:
    """How far the printed number lies from a range, in units of its last digit; 0 inside it."""
    middle = Span(as_printed.value, as_printed.value)
    return middle.gap(exact) / float(as_printed.unit)


def judge_exact(as_printed: Printed, exact: Fraction) -> tuple[Verdict, str]:
    """The verdict on one exact value, and the rounding rules that print it ("truncated" alone is `last_digit`)."""
    rules = rules_printing(exact, as_printed)
    if any(rule != "truncated" for rule in rules):
        return "agrees", ", ".join(rules)
    if rules:
        return "last_digit", "truncated"
    near = abs(exact - Fraction(as_printed.number)) <= Fraction(as_printed.unit)
    return ("last_digit" if near else "disagrees"), ""


def p_verdict(p: Printed, relation: str, possible: Span) -> Verdict:
    """The verdict on a printed p against the range p can have. Bounds ("<0.001") agree when some value keeps them.

    Raises ValueError for an unknown relation.
    """
    if relation not in RELATIONS:
        raise ValueError(f"relation must be one of {', '.join(RELATIONS)}")
    if relation == "=":
        return nearness(p, possible)
    bound = Span(-inf, p.value) if relation.startswith("<") else Span(p.value, inf)
    return "agrees" if bound.meets(possible) else "disagrees"


def p_text(p: Printed, relation: str) -> str:
    """The p value as printed, with its relation."""
    return f"p = {p}" if relation == "=" else f"p {relation} {p}"


def number_text(value: float, decimals: int) -> str:
    """A number at `decimals` places without a sign on zero; infinities in words."""
    if not isfinite(value):
        return "no value" if value != value else ("no upper limit" if value > 0 else "no lower limit")
    text = f"{value:.{max(decimals, 0)}f}"
    return text.removeprefix("-") if Decimal(text) == 0 else text


def span_text(span: Span, decimals: int) -> str:
    """A range at `decimals` places; one number when both ends read the same."""
    low, high = number_text(span.low, decimals), number_text(span.high, decimals)
    return low if low == high else f"{low} to {high}"


def p_span_text(span: Span, decimals: int) -> str:
    """A range of p values, at least at three decimals, more where the p is tiny."""
    if 0 < span.high < 0.5 * 10.0**-decimals:
        return f"{span.low:.2g} to {span.high:.2g}" if f"{span.low:.2g}" != f"{span.high:.2g}" else f"{span.low:.2g}"
    return span_text(span, max(decimals, 3))


def names_text(names: Sequence[str]) -> str:
    """Names joined for a sentence."""
    return ", ".join(names)
