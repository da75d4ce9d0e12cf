"""One cell of any CSV or sheet this project writes: full precision, and nothing a spreadsheet would run."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe(text: str) -> str:
    """`text` so that no spreadsheet runs it: a leading apostrophe before = + - @ tab CR LF, unless a plain number."""
    return "'" + text if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def cell(value: object) -> str:
    """One value: null empty, true/false in words, several joined by "; ", floats by `repr` of a Python float."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, tuple):
        return safe("; ".join(map(str, value)))
    return str(int(value)) if isinstance(value, int) else safe(str(value))
