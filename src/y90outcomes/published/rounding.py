"""What a printed number may stand for: intervals of exact values, and which rounding rule prints an exact value.

A printed 0.51 is any value a rounding rule prints as 0.51. Two values are accused of differing only when no value of
the one is a value of the other. Half up and half to even are both allowed (their closed interval is the same);
truncation is told apart, never assumed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import inf, isfinite

RULES = {"half up": ROUND_HALF_UP, "half to even": ROUND_HALF_EVEN, "truncated": ROUND_DOWN}
"""Rounding rules by name, in the order they are tried."""

SLACK = 1e-9
"""Relative slack of comparisons between floats: rounding of doubles is never an accusation."""


@dataclass(frozen=True, slots=True)
class Span:
    """A closed interval of values, ends in the printed unit; may be infinite."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """Its centre."""
        return (self.low + self.high) / 2

    def meets(self, other: Span) -> bool:
        """Whether some value lies in both."""
        return self.gap(other) == 0.0

    def gap(self, other: Span) -> float:
        """How far apart the two are; 0 when they meet, or when only floating point keeps them apart."""
        gap = max(other.low - self.high, self.low - other.high)
        ends = [abs(end) for end in (self.low, self.high, other.low, other.high) if isfinite(end)]
        return gap if gap > SLACK * max([1e-12, *ends]) else 0.0

    def holds(self, value: float) -> bool:
        """Whether it contains a value."""
        return self.meets(Span(value, value))

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Span) -> Span:
        return Span(self.low - other.high, self.high - other.low)

    def mapped(self, rising: Callable[[float], float]) -> Span:
        """Its image under a function that never falls."""
        return Span(rising(self.low), rising(self.high))


EVERYTHING = Span(-inf, inf)


@dataclass(frozen=True, slots=True)
class Printed:
    """One number as printed: its decimal text and the decimals it is read to (the text may have dropped zeros)."""

    number: Decimal
    decimals: int

    @property
    def unit(self) -> Decimal:
        """One unit of the last printed digit."""
        return Decimal(1).scaleb(-self.decimals)

    @property
    def span(self) -> Span:
        """Every value that half up or half to even prints so; an end that the other rule excludes counts as inside."""
        half = Fraction(self.unit) / 2
        exact = Fraction(self.number)
        return Span(float(exact - half), float(exact + half))

    @property
    def value(self) -> float:
        """The printed number."""
        return float(self.number)

    def __str__(self) -> str:
        return format(self.number, "f")


def printed(number: str | int | float | Decimal, decimals: int | None = None, filled: bool = True) -> Printed:
    """A number as printed; without `decimals` those of its own text. `filled` writes missing decimals as zeros."""
    text = number if isinstance(number, Decimal) else Decimal(str(number))
    own = max(0, -int(text.as_tuple().exponent))
    places = own if decimals is None else max(decimals, own)
    return Printed(text.quantize(Decimal(1).scaleb(-places)) if filled else text, places)


def rules_printing(exact: Fraction | float, as_printed: Printed) -> tuple[str, ...]:
    """The names of the rounding rules that print an exact value so; () when none does.

    exact  a fraction, or a double read at 12 significant digits
    """
    if isinstance(exact, Fraction):
        scaled = exact * 10**as_printed.decimals
        whole, rest = divmod(abs(scaled), 1)
        sign = -1 if scaled < 0 else 1
        up = whole + (1 if rest >= Fraction(1, 2) else 0)
        even = whole + (1 if rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1) else 0)
        found = dict(zip(RULES, (sign * up, sign * even, sign * whole), strict=True))
        target = Fraction(as_printed.number) * 10**as_printed.decimals
        return tuple(name for name, got in found.items() if got == target)
    if not isfinite(exact):
        return ()
    read = Decimal(f"{exact:.12g}")
    return tuple(
        name for name, rule in RULES.items() if read.quantize(as_printed.unit, rounding=rule) == as_printed.number
    )
