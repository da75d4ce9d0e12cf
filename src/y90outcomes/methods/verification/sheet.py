"""Second numbers by the addresses of a method's results, and why some have none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from y90outcomes.estimators.second.trial import Declined
from y90outcomes.results.addresses import encode

SCALED = ("estimate", "lower", "upper", "se")
"""Fields in the unit of the estimate."""
TOLERANCE = 1e-6
"""Relative difference up to which two engines agree, where nothing else is said."""


Tail = tuple[str | tuple[str, str] | None, ...]
"""Pieces of an address after its result."""


@dataclass(frozen=True, slots=True)
class Second:
    """A number of a second engine (NaN or infinite where it has none), how near ours must be, why if not TOLERANCE."""

    engine: str
    value: float
    tolerance: float = TOLERANCE
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a second engine says of one analysis: `address#field` -> numbers, and `address[#field]` -> why none."""

    id: str
    found: dict[str, list[Second]] = field(default_factory=dict)
    declined: dict[str, str] = field(default_factory=dict)

    def put(
        self, part: str, tail: Tail, engine: str, values: Mapping[str, float], *,
        scale: float = 1.0, tolerance: float = TOLERANCE, why: str = "",
    ) -> None:  # fmt: skip
        """Numbers of one address by field; `scale` 100 for per cent (estimate, lower, upper and se alone)."""
        for name, value in finite(values).items():
            shown = value * scale if name in SCALED else value
            made = Second(engine, float(shown), tolerance, why)
            held = self.found.setdefault(f"{self.address(part, tail)}#{name}", [])
            if made not in held:
                held.append(made)

    def refuse(self, part: str, tail: Tail, why: str, *fields: str) -> None:
        """Why an address, or some fields of it, have no second number."""
        address = self.address(part, tail)
        for name in fields or ("",):
            self.declined[f"{address}#{name}" if name else address] = why

    def attempt(self, part: str, tail: Tail, made: Callable[[], Any], *fields: str) -> Any:
        """What `made()` gives; None where the library declines, its reason kept for the address."""
        try:
            return made()
        except Declined as refusal:
            self.refuse(part, tail, str(refusal), *fields)
            return None

    def address(self, part: str, tail: Tail) -> str:
        """`<id>[.<part>]/<tail>/…`; empty pieces are left out, a pair is a variable and its level."""
        head = f"{self.id}.{part}" if part else self.id
        pieces = [
            "=".join(map(encode, piece)) if isinstance(piece, tuple) else encode(piece) for piece in tail if piece
        ]
        return "/".join([encode(head), *pieces])


def finite(values: Mapping[str, float]) -> dict[str, float]:
    """The values that are not NaN (infinite ones among them)."""
    return {name: value for name, value in values.items() if not math.isnan(value)}
