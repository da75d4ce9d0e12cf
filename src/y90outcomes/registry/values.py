"""Text cells to canonical values, one distinct text at a time: nothing guessed, a conversion rounded once.

Each parser returns the value, or the name of the rule the text breaks. Locale, time zone and today's date play no part.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from decimal import Context, Decimal, InvalidOperation

from y90outcomes.registry.mapping import ColumnMapping
from y90outcomes.units import factor, normalise

_EXACT = Context(prec=400, Emax=999_999, Emin=-999_999)
_BLANKS = " \u00a0\u202f\u2009"
AFP_IU_UNITS = ("IU/mL", "UI/mL", "kIU/L", "kU/L")
"""AFP units whose mass equivalent depends on the assay; accepted only with `ng_per_iu`."""
ISO = "%Y-%m-%d"
_ISO_TIME = "%Y-%m-%d %H:%M:%S"

Parsed = tuple[object | None, str]
"""(value, "") or (None, rule)."""


def number_parser(decimal: str, thousands: str | None, scale: Decimal) -> Callable[[str], Parsed]:
    """Text → the double nearest to text × scale, computed exactly; `bad_number` otherwise, infinity included."""
    mark = re.escape(decimal)
    whole = r"\d+"
    group = ""
    if thousands is not None:
        group = f"[{_BLANKS}]" if thousands == " " else re.escape(thousands)
        whole = rf"(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)"
    shape = re.compile(rf"[+-]?(?:{whole}(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d{{1,3}})?", re.ASCII)
    cut = re.compile(group) if group else None

    def parse(text: str) -> Parsed:
        text = text.replace("\u2212", "-")
        if len(text) > 200 or not shape.fullmatch(text):
            return None, "bad_number"
        if cut is not None:
            text = cut.sub("", text)
        text = text.replace(decimal, ".")
        value = float(text) if scale == 1 else float(_EXACT.multiply(Decimal(text), scale))
        return (value + 0.0, "") if math.isfinite(value) else (None, "bad_number")

    return parse


def integer_parser(decimal: str, thousands: str | None) -> Callable[[str], Parsed]:
    """As `number_parser`, for whole numbers (`3` and `3,0` alike)."""
    number = number_parser(decimal, thousands, Decimal(1))

    def parse(text: str) -> Parsed:
        value, rule = number(text)
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value), ""
        return None, rule or "bad_number"

    return parse


def date_parser(formats: Sequence[str], spreadsheet: bool) -> Callable[[str], Parsed]:
    """Text → datetime.date by the declared formats; ISO where none is declared, and for a spreadsheet's own dates.

    A text that two formats read as different days is `bad_date`, as is a partial date.
    """
    names = list(formats) or [ISO]
    if spreadsheet or not formats:
        names += [ISO, _ISO_TIME]
    shapes = [_date_shape(name) for name in dict.fromkeys(names)]

    def parse(text: str) -> Parsed:
        found = set()
        for shape in shapes:
            match = shape.fullmatch(text)
            if match:
                try:
                    found.add(dt.date(int(match["Y"]), int(match["m"]), int(match["d"])))
                except ValueError:
                    continue
        return (found.pop(), "") if len(found) == 1 else (None, "bad_date")

    return parse


def _date_shape(name: str) -> re.Pattern[str]:
    digits = r"\d{2}" if re.search(r"%[mdHMS]%|%Y%", name) else r"\d{1,2}"
    parts = re.split(r"(%[YmdHMS])", name)
    widths = {"Y": r"(?P<Y>\d{4})", "m": f"(?P<m>{digits})", "d": f"(?P<d>{digits})"}
    return re.compile(
        "".join(widths.get(part[1:], r"\d{1,2}") if part.startswith("%") else re.escape(part) for part in parts),
        re.ASCII,
    )


def boolean_parser(text: str) -> Parsed:
    """`true` or `false`, as a mapping's codes and a spreadsheet's own truth values give them."""
    return (text == "true", "") if text in ("true", "false") else (None, "unmapped_code")


def text_parser(text: str) -> Parsed:
    """Any text as it stands; nothing can be wrong with it."""
    return text, ""


def scale_of(spec: ColumnMapping, quantity: str, analyte: str) -> Decimal:
    """Exact factor from the raw unit to the canonical one; a constant without a unit is canonical already."""
    unit = spec.unit.get(analyte) if isinstance(spec.unit, dict) else spec.unit
    if unit is None:
        return Decimal(1)
    if quantity == "afp" and normalise(unit) in AFP_IU_UNITS and spec.ng_per_iu is not None:
        return spec.ng_per_iu
    if quantity == "day" and normalise(unit) in ("month", "months") and spec.days_per_month is not None:
        return spec.days_per_month
    found = factor(quantity, unit)
    if found is None:
        raise InvalidOperation(f"{unit} is not a unit of {quantity}")  # the mapping check has refused it before
    return found
