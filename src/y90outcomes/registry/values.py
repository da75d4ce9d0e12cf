"""Text cells to canonical values, one distinct text at a time: nothing guessed, a conversion rounded once.

Each parser returns the value, or the name of the rule the text breaks. Locale, time zone and today's date play no part.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal, InvalidOperation
from types import MappingProxyType

from y90outcomes.registry.mapping_columns import ColumnMapping, Partial
from y90outcomes.schema import MULTIPLE
from y90outcomes.units import factor, normalise

_EXACT = Context(prec=400, Emax=999_999, Emin=-999_999)
_BLANKS = " \u00a0\u202f\u2009"
AFP_IU_UNITS = ("IU/mL", "UI/mL", "kIU/L", "kU/L")
"""AFP units whose mass equivalent depends on the assay; accepted only with `ng_per_iu`."""
ISO = "%Y-%m-%d"
ISO_MONTH, ISO_YEAR = "%Y-%m", "%Y"
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


def date_parser(
    formats: Sequence[str], spreadsheet: bool, partial: Partial | None = None, *, precision: bool = False
) -> Callable[[str], Parsed]:
    """Text → datetime.date by the declared formats; ISO where none is declared, and for a spreadsheet's own dates.

    A text that two formats read as different days is `bad_date`. So is a date without day or month, unless `partial`
    names the rule that completes it; a day or month written 00 counts as not given. With `precision` the parser tells
    `month` or `year` for a completed date instead, and None for a whole one.
    """
    names = list(formats) or [ISO, *((ISO_MONTH, ISO_YEAR) if partial else ())]
    if spreadsheet or not formats:
        names += [ISO, _ISO_TIME]
    shapes = [_date_shape(name) for name in dict.fromkeys(names)]
    rules = partial or Partial.model_construct(month=None, year=None)

    def parse(text: str) -> Parsed:
        found = {_date(shape.fullmatch(text), rules) for shape in shapes} - {None}
        if len(found) != 1:
            return None, "bad_date"
        day, kept = found.pop() or (None, "")
        return (kept or None, "") if precision else (day, "")

    return parse


def _date(match: re.Match[str] | None, rules: Partial) -> tuple[dt.date, str] | None:
    """(date, "" or the precision it was completed from), or None where the text is no date."""
    if match is None:
        return None
    parts = match.groupdict()
    year = int(parts["Y"])
    word = parts.get("b")
    month = int(parts.get("m") or 0) if word is None else MONTHS.get(_plain(word), 99)
    day = int(parts.get("d") or 0)
    try:
        if month and day:
            return dt.date(year, month, day), ""
        if day:
            return None
        if month:
            last = calendar.monthrange(year, month)[1] if 1 <= month <= 12 else 0
            chosen = {"first": 1, "middle": 15, "last": last}.get(rules.month or "")
            return None if not chosen or not last else (dt.date(year, month, chosen), "month")
        days = {"first": (1, 1), "middle": (7, 1), "last": (12, 31)}.get(rules.year or "")
        return None if days is None else (dt.date(year, *days), "year")
    except (ValueError, calendar.IllegalMonthError):
        return None


def _plain(word: str) -> str:
    """A word without case, accents and a final stop."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))
    return bare.replace("ı", "i").rstrip(".")


def _month_names() -> dict[str, int]:
    """Month names of the six languages; no word means two months, which a test holds."""
    rows = (
        "january janvier januar gennaio januari ocak jan janv gen oca jänner",
        "february février februar febbraio februari şubat feb fév févr şub feber",
        "march mars märz marzo maart mart mar mär mrt",
        "april avril aprile nisan apr avr nis",
        "may mai maggio mei mayıs mag may",
        "june juin juni giugno haziran jun giu haz",
        "july juillet juli luglio temmuz jul juil lug tem",
        "august août agosto augustus ağustos aug ago ağu",
        "september septembre settembre eylül sep sept set eyl",
        "october octobre oktober ottobre ekim oct okt ott eki",
        "november novembre kasım nov kas",
        "december décembre dezember dicembre aralık dec déc dez dic ara",
    )
    return {_plain(word): number for number, row in enumerate(rows, 1) for word in row.split()}


MONTHS: Mapping[str, int] = MappingProxyType(_month_names())
"""Month name, without case and accents → its number; what `%b` reads."""


def _date_shape(name: str) -> re.Pattern[str]:
    digits = "[0-9]{2}" if re.search(r"%[mdHMS]%|%Y%", name) else "[0-9]{1,2}"
    parts = re.split(r"(%[YmbdHMS])", name)
    widths = {
        "Y": r"(?P<Y>[0-9]{4})", "m": f"(?P<m>{digits})", "d": f"(?P<d>{digits})", "b": r"(?P<b>[^\W\d_]{3,12}\.?)",
    }  # fmt: skip
    return re.compile(
        "".join(widths.get(part[1:], "[0-9]{1,2}") if part.startswith("%") else re.escape(part) for part in parts)
    )


def boolean_parser(text: str) -> Parsed:
    """`true` or `false`, as a mapping's codes and a spreadsheet's own truth values give them."""
    return (text == "true", "") if text in ("true", "false") else (None, "unmapped_code")


def codes_parser(codes: Mapping[str, str]) -> Callable[[str], Parsed]:
    """One code, or several joined as the canonical text joins them, put in the order of the code list."""

    def parse(text: str) -> Parsed:
        found = set(text.split(MULTIPLE))
        return (MULTIPLE.join(code for code in codes if code in found), "") if found <= set(codes) else (
            None, "unmapped_code")  # fmt: skip

    return parse


def text_parser(text: str) -> Parsed:
    """Any text as it stands; nothing can be wrong with it."""
    return text, ""


def scale_of(spec: ColumnMapping, quantity: str, analyte: str) -> Decimal:
    """Exact factor from the raw unit to the canonical one; a constant without a unit is canonical already."""
    unit = spec.unit.get(analyte) if isinstance(spec.unit, dict) else spec.unit
    if unit is None:
        return Decimal(1)
    found = unit_scale(unit, quantity, spec.ng_per_iu, spec.days_per_month)
    if found is None:
        raise InvalidOperation(f"{unit} is not a unit of {quantity}")  # the mapping check has refused it before
    return found


def unit_scale(
    unit: str, quantity: str, ng_per_iu: Decimal | None = None, days_per_month: Decimal | None = None
) -> Decimal | None:
    """Exact factor from `unit` to the canonical unit of `quantity`; None for a unit it does not have."""
    if quantity == "afp" and normalise(unit) in AFP_IU_UNITS:
        return ng_per_iu
    if quantity == "day" and normalise(unit) in ("month", "months") and days_per_month is not None:
        return days_per_month
    return factor(quantity, unit)
