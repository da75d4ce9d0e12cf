"""Does the recomputed number print as the paper printed it? One rule for every number.

agrees          equal at printed precision, rounding half up or half to even
last_digit      within one unit of the last printed digit
method_differs  another named convention prints it
disagrees       none of these
not_checkable   nothing to compare with
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

VERDICTS = ("agrees", "last_digit", "method_differs", "disagrees", "not_checkable")
"""From best to worst; a statistic of several numbers has the worst of them."""

WRONG = ("last_digit", "disagrees")
"""Verdicts that are a finding."""

SIGNIFICANT = 12
"""Digits at which a double is read before it is rounded: 16.15 stored as 16.149999999999999 still is 16.15."""


def part_verdict(printed: Decimal, decimals: int, recomputed: float | None, relation: str = "=") -> str:
    """The verdict on one number. `decimals` are the printed ones, `recomputed` is at full precision (None: unknown)."""
    if recomputed is None or not printed.is_finite():
        return "not_checkable"
    exact = Decimal(f"{recomputed:.{SIGNIFICANT}g}")
    if relation in ("<", ">"):
        holds = exact < printed if relation == "<" else exact > printed
        return "agrees" if holds else "disagrees"
    unit = Decimal(1).scaleb(-decimals)
    rounded = {exact.quantize(unit, rounding=rule) for rule in (ROUND_HALF_UP, ROUND_HALF_EVEN)}
    if printed in rounded:
        return "agrees"
    return "last_digit" if abs(exact - printed) <= unit else "disagrees"


def verdict(
    printed: Sequence[Decimal],
    decimals: Sequence[int],
    recomputed: Sequence[float | None],
    alternatives: Sequence[Sequence[float | None]] = (),
    relation: str = "=",
) -> str:
    """The worst verdict of the parts. Where the protocol's own convention does not print a number and another named one
    prints every part exactly, `method_differs`."""
    if not printed or len(recomputed) != len(printed):
        return "not_checkable"

    def judge(values: Sequence[float | None]) -> str:
        each = [part_verdict(p, d, v, relation) for p, d, v in zip(printed, decimals, values, strict=True)]
        return max(each, key=VERDICTS.index)

    own = judge(recomputed)
    if own in {"last_digit", "disagrees"} and any(judge(values) == "agrees" for values in alternatives):
        return "method_differs"
    return own
