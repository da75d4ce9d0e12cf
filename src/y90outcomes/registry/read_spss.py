"""SPSS files (.sav, .zsav): value labels and user-missing values survive."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from y90outcomes.registry.labelled import Variable, read_contents, text_frame
from y90outcomes.registry.raw import RawFrame, Request
from y90outcomes.registry.signatures import expect


def read_spss(request: Request) -> RawFrame:
    """One SPSS file. A labelled value arrives as label or code (`values:`); a user-missing one is missing, and its
    reason is its label. System-missing is empty. Raises InputError for a damaged file."""
    expect(request, "spss")
    found = read_contents("sav", request, "an SPSS file", user_missing=True)
    variables = [
        Variable(name, values, found.labels.get(name, {}), _within(found.ranges.get(name, ())))
        for name, values in found.columns.items()
    ]
    return text_frame(variables, request)


def _within(ranges: Sequence[Mapping[str, Any]]) -> Callable[[Any], bool]:
    """Whether a value lies in a declared range; a single code is a range from itself to itself."""

    def missing(value: Any) -> bool:
        for item in ranges:
            low, high = item["lo"], item["hi"]
            if isinstance(value, str) and isinstance(low, str) and value.rstrip() == low.rstrip():
                return True
            if isinstance(value, float | int) and isinstance(low, float | int) and low <= value <= high:
                return True
        return False

    return missing
