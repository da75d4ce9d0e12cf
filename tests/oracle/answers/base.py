"""How our side of an oracle is given: per method of the reference a function of data set and convention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Values = dict[str, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """ours       (dataset, convention) -> quantity -> our number; every quantity of the reference must be there
    tolerance  relative: |ours - reference| / max(|reference|, 1e-8)
    why        what limits the agreement, where the tolerance is above 1e-6
    """

    ours: Callable[[str, str], Values]
    tolerance: float = 1e-9
    why: str = ""
