"""Stata files (.dta): value labels and the extended missing values .a to .z survive."""

from __future__ import annotations

from typing import Any

from y90outcomes.errors import Fault, InputError
from y90outcomes.registry.labelled import Contents, Variable, read_contents, text_frame
from y90outcomes.registry.raw import RawFrame, Request
from y90outcomes.registry.signatures import expect

_OPENING, _CLOSING = b"<stata_dta>", b"</stata_dta>"


def read_stata(request: Request) -> RawFrame:
    """One Stata file. A labelled value arrives as label or code (`values:`). `.` is empty; `.a` to `.z` are missing
    with their label as the reason, and arrive as `.a` where they have none. Numbers stored as `float` (32 bits) arrive
    as the shortest decimal that reads back to the same float. Raises InputError for a damaged file."""
    expect(request, "stata")
    _check_end(request)
    found = read_contents("dta", request, "a Stata file", user_missing=True)
    return text_frame(special_missing(found), request)


def _check_end(request: Request) -> None:
    """Since Stata 13 a file closes with a tag; where it is cut off before that, value labels may be lost unseen."""
    with request.path.open("rb") as stream:
        tagged = stream.read(len(_OPENING)) == _OPENING
        stream.seek(0, 2)
        stream.seek(max(0, stream.tell() - len(_CLOSING)))
        if tagged and stream.read() != _CLOSING:
            raise InputError(Fault(request.shown, "ends before its end", "a whole Stata file", "send the file again"))


def special_missing(found: Contents) -> list[Variable]:
    """Variables whose numeric columns hold letters for extended (Stata) or special (SAS) missing values."""
    variables = []
    for name, values in found.columns.items():
        labels = found.labels.get(name, {})
        single = found.storage.get(name) == "float"
        if found.storage.get(name) == "string":
            variables.append(Variable(name, values, labels, lambda _value: False))
        else:
            variables.append(Variable(name, values, labels, _is_letter, _letter, single))
    return variables


def _is_letter(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 1  # a longer text is a date


def _letter(value: Any) -> str | None:
    return f".{value}" if _is_letter(value) else None
