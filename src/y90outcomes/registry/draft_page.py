"""Guesses about one raw table as lines of a mapping page, each with its confidence; the doubtful commented out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from y90outcomes.registry.draft_guess import Cells, Guess
from y90outcomes.registry.draft_words import code_words, plain, take_code
from y90outcomes.registry.values import AFP_IU_UNITS
from y90outcomes.schema import Schema, TableSchema
from y90outcomes.units import UNITS, normalise

SURE = 0.60
"""A guess below is written as a comment."""
_OUT = "# "


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page under its table: what it says, how sure it is; `key` names the column it fills."""

    key: str
    text: str
    confidence: float
    note: str = ""

    def written(self, indent: str) -> str:
        """The line of the page, commented out below the threshold, with its confidence."""
        told = f"  # confidence {self.confidence:.2f}" + (f", {self.note}" if self.note else "")
        return indent + ("" if self.confidence >= SURE else _OUT) + self.text + told


def quote(text: str) -> str:
    """A text as YAML reads it back whatever it holds."""
    return json.dumps(text, ensure_ascii=False)


def file_lines(
    path: str, chosen: Sequence[Guess], cells: Mapping[str, Cells], schema: Schema, options: Sequence[str],
    unmapped: Sequence[str], patients: str,
) -> list[str]:  # fmt: skip
    """The lines of one file entry; all commented out when nothing of it is sure.

    `patients` says what the file gives to that table when it has patient columns or should list the patients: "merge"
    when several files do, "bare" when no file has patient columns and this one lists them, "" otherwise.
    """
    by_table: dict[str, list[Guess]] = {}
    for guess in chosen:
        by_table.setdefault(guess.table, []).append(guess)
    keys = {guess.column: guess for guess in chosen if guess.column in ("patient_id", "lesion_id", "visit")}
    patient = keys.get("patient_id")
    body: list[str] = []
    live = False
    for name, table in schema.tables.items():
        own = [guess for guess in by_table.get(name, ()) if guess.column not in ("patient_id", "visit")]
        bare = name == "patients" and patient is not None and patients == "bare"
        if bare:
            pass
        elif not own or (name == "imaging" and all(guess.column == "lesion_id" for guess in own)):
            continue
        lines, good = _table(table, own, keys, cells, path, patients == "merge")
        body += lines
        live = live or good
    head = [f"  - path: {quote(path)}", *(f"    {option}" for option in options), "    tables:"]
    if unmapped:
        body.append("    # Not mapped: " + ", ".join(quote(name) for name in unmapped))
    lines = [*head, *body] if body else [*head, "      # no column was recognised"]
    return [*lines] if live else [_comment(line) for line in lines]


def _comment(line: str) -> str:
    return line if line.lstrip().startswith("#") else f"# {line}"


def _table(
    table: TableSchema, own: Sequence[Guess], keys: Mapping[str, Guess], cells: Mapping[str, Cells], path: str,
    merge: bool,
) -> tuple[list[str], bool]:  # fmt: skip
    """The lines of one table; commented out altogether while something it needs is not sure."""
    patient = keys.get("patient_id")
    lines: list[Line] = []
    if patient is not None:
        lines.append(Line("patient_id", f"patient_id: {quote(patient.raw)}", patient.confidence))
        if table.name == "patients" and cells[patient.raw].repeated:
            lines.append(Line("distinct", "distinct: true", 0.9, "a patient stands in several rows"))
        if table.name == "patients" and merge:
            lines.append(Line("merge", "merge: true", 0.7, "several files hold patient columns"))
    lesion = keys.get("lesion_id")
    if lesion is not None and "lesion_id" in table.primary_key:
        lines.append(Line("lesion_id", f"lesion_id: {quote(lesion.raw)}", lesion.confidence))
    lines += _numbers(table, own, patient, cells)
    entries: list[Line] = []
    given = {guess.column for guess in own}
    plain_ = [guess for guess in own if guess.column not in ("lesion_id", "treatment_number", "unit")]
    if table.name == "follow_up":
        entries = _events(plain_)
    elif table.name == "labs" and "analyte" in given:
        lines += _long_labs(own, keys, cells)
    elif table.name == "labs":
        entries = _wide_labs(plain_)
    elif table.name == "dosimetry":
        entries = _doses(plain_, "lesion_id" in keys, path)
    elif "visit" in table.primary_key and "visit" not in keys:
        entries = _visits(table, plain_, path)
    else:
        lines += [_column(guess) for guess in plain_]
    visit = keys.get("visit")
    if visit is not None and "visit" in table.primary_key:
        lines.append(_column(visit))
    if table.name == "assessments" and "criterion" not in given and visit is not None:
        lines.append(_criterion(plain_, path))
    needed = {name for name, column in table.columns.items() if column.required} - {"centre"}
    sure = {line.key for line in lines if line.confidence >= SURE}
    live_entries = [entry for entry in entries if entry.confidence >= SURE]
    for entry in live_entries:
        sure |= set(entry.key.split())
    lacking = sorted(needed - sure)
    good = not lacking and (not entries or bool(live_entries))
    out = [f"      {table.name}:", *(line.written("        ") for line in lines)]
    if entries:
        out.append("        long:" if live_entries else "        # long:")
        out += [entry.written("          ") for entry in entries]
    if not good:
        why = f"needs {', '.join(lacking)}" if lacking else "no row is sure"
        out = [f"      # {table.name}: {why}; complete it and take the # away", *map(_comment, out)]
    return out, good


def _numbers(table: TableSchema, own: Sequence[Guess], patient: Guess | None, cells: Mapping[str, Cells]) -> list[Line]:
    """Session and therapy numbers where the file has none: 1, the surer the fewer rows a patient has."""
    once = patient is not None and not cells[patient.raw].repeated
    found = []
    for name in ("treatment_number", "therapy_number"):
        if name not in table.primary_key:
            continue
        given = next((guess for guess in own if guess.column == name), None)
        if given is not None:
            found.append(_column(given))
        else:
            sure = 0.7 if once or table.name == "dosimetry" else 0.4
            found.append(Line(name, f"{name}: 1", sure, "no column says otherwise"))
    return found


def _spec(guess: Guess, unit: bool = True) -> str:
    """The right side of a column: a heading, or the long form with unit, dates and codes."""
    parts = [f"from: {quote(guess.raw)}"]
    if unit and guess.unit and guess.unit not in ("years", "by analyte"):
        parts.append(f"unit: {quote(guess.unit)}")
    elif unit and guess.unit == "years":
        parts.append("unit: years")
    if guess.dates:
        parts.append(f"dates: {quote(guess.dates[0])}")
    if guess.codes:
        parts.append(
            "codes: {" + ", ".join(f"{quote(text)}: {quote(code)}" for text, code in guess.codes.items()) + "}"
        )
    return quote(guess.raw) if len(parts) == 1 else "{" + ", ".join(parts) + "}"


def _doubt(guess: Guess) -> tuple[float, str]:
    """Confidence and remark: a unit nobody wrote and texts nobody explained lower it."""
    notes, confidence = [], guess.confidence
    if guess.unit_guessed:
        confidence = min(confidence, 0.5)
        notes.append("the heading states no unit: ask")
    if guess.unknown:
        notes.append("not explained: " + ", ".join(quote(text) for text in guess.unknown))
    return confidence, "; ".join(notes)


def _column(guess: Guess) -> Line:
    confidence, note = _doubt(guess)
    return Line(guess.column, f"{guess.column}: {_spec(guess)}", confidence, note)


def _entry(keys: str, parts: Sequence[str], confidence: float, note: str = "") -> Line:
    return Line(keys, "- {" + ", ".join(parts) + "}", confidence, note)


def _events(own: Sequence[Guess]) -> list[Line]:
    found = []
    for event in dict.fromkeys(guess.event for guess in own if guess.event):
        mine = {guess.column: guess for guess in own if guess.event == event}
        date, whether = mine.get("date"), mine.get("occurrence")
        parts = [f"event: {event}"]
        parts.append(f"occurrence: {_spec(whether)}" if whether else 'occurrence: {constant: "yes"}')
        if date is not None:
            parts.append(f"date: {_spec(date)}")
        doubts = [_doubt(guess) for guess in mine.values()]
        note = "; ".join(filter(None, (note for _confidence, note in doubts)))
        found.append(_entry("event occurrence", parts, min(sure for sure, _note in doubts), note))
    return found


def _wide_labs(own: Sequence[Guess]) -> list[Line]:
    found = []
    for guess in (guess for guess in own if guess.analyte):
        date = next((d for d in own if d.column == "date" and d.visit == guess.visit), None)
        date = date or next((d for d in own if d.column == "date" and not d.visit), None)
        confidence, note = _doubt(guess)
        if not guess.visit:
            confidence, note = min(confidence, 0.65), "; ".join(filter(None, (note, "no visit is told: baseline")))
        parts = [f"analyte: {guess.analyte}", f"visit: {guess.visit or 'baseline'}", f"value: {quote(guess.raw)}",
                 f"unit: {quote(guess.unit)}"]  # fmt: skip
        if date is not None and date.confidence >= SURE:
            parts.append(f"date: {_spec(date)}")
        found.append(_entry("analyte visit value", parts, confidence, note))
    return found


def _long_labs(own: Sequence[Guess], keys: Mapping[str, Guess], cells: Mapping[str, Cells]) -> list[Line]:
    units = next((guess for guess in own if guess.column == "unit"), None)
    found = []
    for guess in own:
        if guess.column in ("value", "uln", "lln") and not guess.analyte:
            if units is None:
                found.append(Line(guess.column, f"{guess.column}: {{from: {quote(guess.raw)}, unit: {{}}}}", 0.5,
                                  "state one unit per analyte"))  # fmt: skip
                continue
            told = [text for text in cells[units.raw].distinct if normalise(text) not in _known()]
            note = "units to explain under units: " + ", ".join(map(quote, told)) if told else ""
            parts = f"{{from: {quote(guess.raw)}, unit_from: {quote(units.raw)}}}"
            found.append(Line(guess.column, f"{guess.column}: {parts}", min(guess.confidence, units.confidence), note))
        elif guess.column not in ("unit", "visit", "lesion_id"):
            found.append(_column(guess))
    if "visit" not in keys:
        found.append(Line("visit", "visit: {constant: baseline}", 0.4, "no column tells the visit"))
    return found


def _known() -> set[str]:
    return {unit for _canonical, units in UNITS.values() for unit in units} | set(AFP_IU_UNITS)


def _doses(own: Sequence[Guess], by_lesion: bool, path: str) -> list[Line]:
    found = []
    shared = [guess for guess in own if guess.column not in ("absorbed_dose", "volume", "mass")]
    given = {guess.column for guess in shared}
    for compartment in dict.fromkeys(guess.event for guess in own if guess not in shared):
        mine = [guess for guess in own if guess not in shared and guess.event == compartment]
        confidence, notes = min(_doubt(guess)[0] for guess in mine), [_doubt(guess)[1] for guess in mine]
        parts = []
        if "compartment" not in given:
            code = "lesion" if by_lesion else compartment or "tumour_total_perfused"
            parts.append(f"compartment: {code}")
            if not by_lesion and not compartment:
                confidence = min(confidence, 0.5)
                notes.append("which volume is not told")
        if "source" not in given:
            source = next((code for text in (*(guess.raw for guess in mine), path)
                           if (code := take_code(plain(text) + " .", "dose_source")[0])), "")  # fmt: skip
            parts.append(f"source: {source or 'maa_spect_ct'}")
            if not source:
                confidence = min(confidence, 0.4)
                notes.append("from which image is not told")
        parts += [f"{guess.column}: {_spec(guess)}" for guess in (*mine, *shared)]
        found.append(_entry("compartment source", parts, confidence, "; ".join(filter(None, notes))))
    return found


def _criterion(own: Sequence[Guess], path: str) -> Line:
    for text in (*(guess.raw for guess in own), path):
        code = take_code(plain(text) + " .", "criterion")[0] or code_words("criterion").get(plain(text), "")
        if code:
            return Line("criterion", f"criterion: {{constant: {code}}}", 0.75, "named in the heading or file")
    return Line("criterion", "criterion: {constant: mrecist}", 0.4, "no heading names the criterion")


def _visits(table: TableSchema, own: Sequence[Guess], path: str) -> list[Line]:
    """One entry per visit the headings tell; columns without one belong to baseline."""
    found = []
    values = [guess for guess in own if guess.column != "date"] or list(own)
    for visit in dict.fromkeys(guess.visit for guess in values):
        mine = [guess for guess in values if guess.visit == visit]
        date = next((guess for guess in own if guess.column == "date" and guess.visit in (visit, "")), None)
        sure = [guess for guess in mine if _doubt(guess)[0] >= SURE]
        confidence = min(_doubt(guess)[0] for guess in (sure or mine))
        notes = [_doubt(guess)[1] for guess in (sure or mine)]
        if not visit:
            confidence = min(confidence, 0.65)
            notes.append("no visit is told: baseline")
        parts = [f"visit: {visit or 'baseline'}"]
        key = "visit"
        if table.name == "assessments":
            key = "visit response criterion"
            if not any(guess.column == "criterion" for guess in mine):
                line = _criterion(mine, path)
                parts.append(line.text)
                confidence = min(confidence, line.confidence)
                notes.append(line.note if line.confidence < SURE else "")
        parts += [f"{guess.column}: {_spec(guess)}" for guess in (sure or mine)]
        if date is not None and date.confidence >= SURE:
            parts.append(f"date: {_spec(date)}")
        found.append(_entry(key, parts, confidence, "; ".join(filter(None, notes))))
        found += [
            _entry("", [f"visit: {visit or 'baseline'}", f"{guess.column}: {_spec(guess)}"], *_doubt(guess))
            for guess in mine
            if sure and guess not in sure
        ]
    return found
