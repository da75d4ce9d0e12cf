"""The words centres use: headings and cells in six languages, compared without case, accents and punctuation.

They draft a mapping page for a person to judge (`y90 init --from`); no data are ever read by them.
"""

from __future__ import annotations

import csv
import difflib
import functools
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from y90outcomes.schema import load_schema, schema_folder
from y90outcomes.units import accepted_units, normalise

_BRACKET = re.compile(r"[(\[]\s*([^()\[\]]{1,12}?)\s*[)\]]")
_FOLD = str.maketrans({"ı": "i", "ø": "o", "æ": "ae", "œ": "oe", "µ": "u", "μ": "u", "%": " percent ", "°": " "})


@dataclass(frozen=True, slots=True)
class Word:
    """One phrase of the list: what it may mean (`kind`, `target`) and its plain form."""

    kind: str
    target: str
    plain: str


def plain(text: str) -> str:
    """Lower case without accents or punctuation, words apart: `Bili_J0 (µmol/L)` → `bili j0 umol l`."""
    bare = unicodedata.normalize("NFKD", text.replace("İ", "i").casefold().translate(_FOLD))
    bare = "".join(mark for mark in bare if not unicodedata.combining(mark)).translate(_FOLD)
    return " ".join(re.findall(r"[^\W_]+", bare))


@functools.cache
def words() -> tuple[Word, ...]:
    """Every phrase of `data_schema/synonyms.csv`, and the names, codes and labels of the schema themselves."""
    text = (schema_folder() / "synonyms.csv").read_text(encoding="utf-8")
    found = {
        Word(row["kind"], row["target"], row["text"].casefold() if row["kind"] == "missing" else plain(row["text"]))
        for row in csv.DictReader(io.StringIO(text))
    }
    schema = load_schema()
    for name, codelist in schema.codelists.items():
        for code, label in codelist.codes.items():
            found |= {Word("code", f"{name}.{code}", plain(code)), Word("code", f"{name}.{code}", plain(label))}
    for table in schema.tables.values():
        found |= {
            Word("column", f"{table.name}.{column}", plain(column))
            for column in table.columns
            if column not in ("centre", "date", "day", "reader", "model", "site") and not column.endswith("_precision")
        }
    return tuple(sorted((word for word in found if word.plain), key=lambda word: (word.kind, word.target, word.plain)))


@functools.cache
def of_kind(*kinds: str) -> tuple[Word, ...]:
    """The phrases of some kinds."""
    return tuple(word for word in words() if word.kind in kinds)


@functools.cache
def code_words(codelist: str) -> Mapping[str, str]:
    """Plain text → code of one list; texts that two codes share are left out."""
    found: dict[str, set[str]] = {}
    for word in of_kind("code", "analyte"):
        name, code = word.target.split(".", 1) if word.kind == "code" else ("analytes", word.target)
        if name == codelist:
            found.setdefault(word.plain, set()).add(code)
    return {text: codes.pop() for text, codes in sorted(found.items()) if len(codes) == 1}


@functools.cache
def missing_words() -> Mapping[str, str]:
    """Text in lower case → reason, for cells that say why they are empty."""
    return {word.plain: word.target for word in of_kind("missing")}


def score(heading: str, phrase: str) -> float:
    """How well a plain heading is said by a plain phrase, 0 to 0.95: the same, held in it, or spelled alike."""
    if heading == phrase:
        return 0.95
    if not heading or not phrase:
        return 0.0
    if f" {phrase} " in f" {heading} ":
        return 0.45 + 0.45 * len(phrase) / len(heading)
    alike = difflib.SequenceMatcher(None, heading, phrase, autojunk=False)
    if min(len(heading), len(phrase)) >= 5 and alike.quick_ratio() >= 0.85 and alike.ratio() >= 0.85:
        return 0.8 * alike.ratio()
    return 0.0


def take_code(heading: str, codelist: str) -> tuple[str, str]:
    """(code of the list or "", the heading without the phrase that says it); the longest phrase counts."""
    table = code_words(codelist)
    for phrase in sorted(table, key=lambda text: (-len(text), text)):
        if f" {phrase} " in f" {heading} " and phrase != heading:
            rest = f" {heading} ".replace(f" {phrase} ", " ", 1)
            return table[phrase], " ".join(rest.split())
    return "", heading


def take_unit(raw: str, quantities: Iterable[str]) -> str:
    """A unit of the quantities that a heading states, in brackets or as its last words; "" when there is none."""
    accepted = {unit for quantity in quantities for unit in accepted_units(quantity)}
    for text in _BRACKET.findall(raw):
        if normalise(text) in accepted:
            return normalise(text)
    by_plain = {plain(unit): unit for unit in sorted(accepted, reverse=True) if plain(unit) and plain(unit) != "1"}
    heading = plain(raw)
    for text in sorted(by_plain, key=lambda unit: (-len(unit), unit)):
        if heading.endswith(f" {text}") and (len(text) > 1 or text in ("l", "d")):
            return by_plain[text]
    return ""


def without_units(raw: str) -> str:
    """A heading in plain words, bracketed units left out."""
    return plain(_BRACKET.sub(" ", raw)) or plain(raw)
