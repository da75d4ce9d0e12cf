"""Where data come from, in words, and what must be said on every figure and table made from them."""

from __future__ import annotations

ORIGINS = {
    "clinical": "Clinical data",
    "published": "Published data",
    "synthetic": "Synthetic data",
    "reconstructed": "Reconstructed data",
}
PLAIN_ORIGINS = frozenset({"clinical", "published"})
"""Origins whose figures and tables need no label of their own."""


def words(origin: str) -> str:
    """The origin in words; an unknown one is said as it is."""
    return ORIGINS.get(origin) or (f"Origin: {origin}" if origin else "Origin not stated")


def own_tag(origin: str | None) -> str | None:
    """The label of a table whose origin is not the report's; "" for none, None where the report's own holds."""
    if origin is None:
        return None
    return "" if origin in PLAIN_ORIGINS else words(origin)
