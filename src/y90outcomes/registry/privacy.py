"""The door: columns that name a person are refused before a value of theirs is used, printed or stored.

Every column of every raw table is looked at, mapped or not: what lies in a study folder is shared with it. A column is
judged by its heading, in six languages, and by its values. Values are judged as columns, by what most of them are, save
an e-mail address or an international telephone number, of which one is enough. A column that only looks personal is let
in by name and reason: `not_personal: {Heading: reason}` under the file, or `not_personal: reason` at the mapped column.

What no rule can see: a surname alone under a harmless heading, a name inside a short code. The door helps; it does not
replace reading what is sent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from y90outcomes.errors import Fault
from y90outcomes.registry.mapping import FileMapping
from y90outcomes.registry.privacy_words import WHOSE, WORDS
from y90outcomes.registry.raw import RawFrame, heading
from y90outcomes.yamlpage import Page, Path_

BORN_BEFORE = 1975
"""Median year that tells dates of birth from dates of care; fixed, so that no verdict changes with the calendar."""

MOST = 20_000
"""Distinct texts of a column that are judged; e-mail and telephone are looked for in all."""

KINDS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "name": ("names of persons", "take the column out"),
    "birth_date": ("full dates of birth", "send the year of birth or the age at treatment instead"),
    "record_number": ("record or insurance numbers", "send a number of the study's own instead"),
    "contact": ("e-mail addresses, telephone numbers or postal addresses", "take the column out"),
    "free_text": ("free text, which may name persons", "take the column out, or code what is needed from it"),
})  # fmt: skip
"""kind -> what a message calls it, and what to do beside `y90 pseudonymise`."""

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}")
_ABROAD = re.compile(r"(?:\+|00)[1-9](?:[\s().\-/]*\d){8,14}")
_HOME = re.compile(r"0(?:[\s().\-/]*\d){8,11}")
_NAME = re.compile(r"[^\W\d_a-z][^\W\d_]*(?:['’\-][^\W\d_]+)?\.?(?:,\s*|\s+)[^\W\d_a-z][^\W\d_]+(?:[ \-'’][^\W\d_]+)*")
_ITALIAN = re.compile(r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", re.IGNORECASE)
_AMERICAN = re.compile(r"\d{3}-\d{2}-\d{4}")
_SWISS = re.compile(r"756\.\d{4}\.\d{4}\.\d{2}")
_GERMAN = re.compile(r"[A-Z]\d{9}")
_YEAR = re.compile(r"(?<!\d)(1[89]\d{2}|20\d{2})(?!\d)")
_DATE = re.compile(r"(\d{1,4})([./\-])(\d{1,2})\2(\d{1,4})(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.0+)?)?)?")


def at_the_door(file: FileMapping, raw: RawFrame, page: Page, at: Path_) -> list[Fault]:
    """What keeps a raw table out: its personal columns, and reasons given for columns it does not have."""
    mapped: dict[str, list[str]] = {}
    excused = {heading(name): reason for name, reason in file.not_personal.items()}
    for table in file.tables.values():
        for _position, columns in table.entries():
            for canonical, spec in columns.items():
                for name in spec.raw_columns:
                    mapped.setdefault(heading(name), []).append(canonical)
                    if spec.not_personal:
                        excused[heading(name)] = spec.not_personal
    faults = [
        Fault(page.place((*at, "not_personal", name)), f"{raw.file} has no column {name!r}",
              action="write the heading as it stands in the file")
        for name in file.not_personal
        if heading(name) not in raw.frame.columns
    ]  # fmt: skip
    faults += [
        Fault(page.place((*at, "not_personal", name)), "the reason is empty", action="say why it is not personal")
        for name, reason in file.not_personal.items()
        if not reason.strip()
    ]
    return faults + personal(raw, mapped, excused, page.place((*at, "path")))


def personal(raw: RawFrame, mapped: Mapping[str, Sequence[str]], excused: Mapping[str, str], place: str) -> list[Fault]:
    """A fault for each column of `raw` that names a person. No fault holds a value.

    mapped   raw heading -> the canonical columns drawn from it; such a heading stands on the mapping page and is named,
             another is named only where it is itself a word that announces what it holds
    excused  heading -> why it is not personal
    """
    faults = []
    for position, name in enumerate(raw.frame.columns, start=1):
        if name in excused:
            continue
        announced = announces(name)
        kind = _judge(raw.frame[name], announced, "patient_id" in mapped.get(name, ()))
        if not kind:
            continue
        shown = repr(name) if announced or name in mapped else f"{position} (not mapped)"
        what, instead = KINDS[kind]
        faults.append(
            Fault(f"{raw.file}, sheet {raw.sheet!r}" if raw.sheet else raw.file,
                  f"column {shown} looks like {what}", "no column that says who a patient is",
                  f"{instead}; `y90 pseudonymise` makes a copy of the study without it; if it is not personal, say so "
                  f"at {place} with `not_personal: {{heading: reason}}`")
        )  # fmt: skip
    return faults


def announces(name: str) -> str:
    """The kind a heading announces, "" for none."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ı", "i").replace("ß", "ss"))
    words = re.sub(r"[^a-z0-9]+", " ", "".join(c for c in plain if not unicodedata.combining(c))).split()
    phrases = {" ".join(words), " ".join(word for word in words if word not in WHOSE)}
    return next((kind for kind, known in WORDS.items() if phrases & known), "")


def _judge(column: pd.Series, announced: str, key: bool) -> str:
    texts = [str(text) for text in pd.unique(column) if text != ""]
    if not texts:
        return ""
    joined = "\n".join(texts)
    if "@" in joined and any(_EMAIL.search(text) for text in texts if "@" in text):
        return "contact"
    if ("+" in joined or "00" in joined) and any(_ABROAD.fullmatch(text) for text in texts if text[:1] in "+0"):
        return "contact"
    sample = texts if len(texts) <= MOST else [texts[i] for i in np.linspace(0, len(texts) - 1, MOST).astype(int)]
    if announced == "birth_date":
        return announced if _reaches(sample, _is_date, 0.5) and not _only_years(sample) else ""
    if announced == "free_text":
        return announced if any(len(text.split()) >= 3 for text in sample) else ""
    if announced == "name":
        return announced if _reaches(sample, _has_letters, 0.5) else ""
    if announced == "contact":
        return announced if _reaches(sample, lambda text: len(text) >= 5, 0.5) else ""
    if announced == "record_number":
        return announced if _reaches(sample, lambda text: sum(map(str.isdigit, text)) >= 4, 0.5) else ""
    return _by_values(sample, int((column != "").sum()), key)


def _by_values(texts: list[str], filled: int, key: bool) -> str:
    if len(texts) >= 3:
        if _reaches(texts, _HOME.fullmatch, 0.5) and _reaches(texts, lambda text: bool(re.search(r"\D", text)), 0.3):
            return "contact"
        if any(_reaches(texts, known, 0.8) for known in _NUMBERS):
            return "record_number"
        dated = [year for year in map(_birth_year, texts) if year]
        if len(dated) >= 0.8 * len(texts) and np.median(dated) < BORN_BEFORE and not _only_years(texts):
            return "birth_date"
        if key and _reaches(texts, lambda text: bool(re.fullmatch(r"[^\W\d_]{4,}", text)) and _has_vowel(text), 0.5):
            return "name"
    varied = len(texts) >= 8 and len(texts) >= 0.5 * filled
    if varied and _reaches(texts, _NAME.fullmatch, 0.7):
        return "name"
    wordy = len(texts) >= 5 and len(texts) >= 0.3 * filled
    if wordy and _reaches(texts, lambda text: len(text.split()) >= 5, 0.3):
        return "free_text"
    return ""


def _reaches(texts: Sequence[str], holds: Callable[[str], object], least: float) -> bool:
    """Whether `holds` is true of at least the share `least` of the texts; given up once it cannot be reached."""
    n, failed = len(texts), 0
    for text in texts:
        if not holds(text):
            failed += 1
            if (n - failed) / n < least:
                return False
    return True


def _has_letters(text: str) -> bool:
    return any(c.isalpha() for c in text)


def _has_vowel(text: str) -> bool:
    return any(c in "aeiouyàáâäèéêëìíîïòóôöùúûüıœæ" for c in text.casefold())


def _is_date(text: str) -> bool:
    return bool(_DATE.fullmatch(text))


def _birth_year(text: str) -> int:
    """The four-digit year of a whole date, 0 for anything else."""
    if not _DATE.fullmatch(text):
        return 0
    found = _YEAR.search(text)
    return int(found[1]) if found else 0


def _only_years(texts: Sequence[str]) -> bool:
    """Dates that are all 1 January: a year a spreadsheet made a date."""
    return all(re.search(r"(?<!\d)0?1[./\-]0?1(?!\d)", text) for text in texts if _is_date(text))


def _digits(text: str) -> list[int]:
    return [int(c) for c in re.sub(r"[\s.\-]", "", text)] if re.fullmatch(r"[\d\s.\-]+", text) else []


def british(text: str) -> bool:
    """NHS number: ten digits, check digit modulo 11."""
    digits = _digits(text)
    if len(digits) != 10 or "." in text:
        return False
    rest = 11 - sum(digit * (10 - i) for i, digit in enumerate(digits[:9])) % 11
    return rest != 10 and digits[9] == rest % 11


def dutch(text: str) -> bool:
    """BSN: nine digits, eleven test."""
    digits = _digits(text)
    if len(digits) != 9 or "." in text:
        return False
    return (sum(digit * (9 - i) for i, digit in enumerate(digits[:8])) - digits[8]) % 11 == 0 and sum(digits) > 0


def french(text: str) -> bool:
    """NIR: thirteen digits that begin with the sex, and a key modulo 97."""
    plain = re.sub(r"[\s.\-]", "", text).upper()
    if not re.fullmatch(r"[12]\d{4}(?:\d{2}|2[AB])\d{6}\d{2}", plain):
        return False
    body = plain[:13].replace("2A", "19").replace("2B", "18")
    return 97 - int(body) % 97 == int(plain[13:])


def turkish(text: str) -> bool:
    """Identity number: eleven digits, two check digits."""
    digits = _digits(text)
    if len(digits) != 11 or digits[0] == 0 or "." in text:
        return False
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return digits[9] == tenth and digits[10] == sum(digits[:10]) % 10


def german(text: str) -> bool:
    """Health insurance number: a letter and nine digits, the last a check digit of alternating weights."""
    if not _GERMAN.fullmatch(text):
        return False
    digits = [int(c) for c in f"{ord(text[0]) - 64:02d}{text[1:9]}"]
    total = sum(sum(divmod(digit * (1 + i % 2), 10)) for i, digit in enumerate(digits))
    return total % 10 == int(text[9])


def american(text: str) -> bool:
    """Social security number as it is written."""
    return bool(_AMERICAN.fullmatch(text))


def italian(text: str) -> bool:
    """Codice fiscale, by its shape."""
    return bool(_ITALIAN.fullmatch(text))


def swiss(text: str) -> bool:
    """AHV number as it is written."""
    return bool(_SWISS.fullmatch(text))


_NUMBERS = (british, dutch, french, turkish, german, american, italian, swiss)
