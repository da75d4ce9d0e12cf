"""The data rules by name: how grave a breach is, and the sentence the data manager reads. No sentence holds a value."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType

from y90outcomes.errors import Issue
from y90outcomes.results.cells import cell as written
from y90outcomes.results.whole import write_whole

RULES: Mapping[str, tuple[str, str]] = MappingProxyType({
    "duplicate_key": ("blocking", "another row has the same key"),
    "orphan": ("blocking", "the row belongs to a parent that is not there"),
    "missing_key": ("blocking", "a part of the row's key is empty or unreadable"),
    "unmapped_code": ("blocking", "the cell holds a text the mapping does not list"),
    "bad_date": ("blocking", "the cell is not a whole date in a declared format"),
    "bad_number": ("blocking", "the cell is not a number as the file's dialect writes them"),
    "error_cell": ("blocking", "the cell holds a spreadsheet error, or a formula that was never calculated"),
    "out_of_bounds": ("blocking", "the value is impossible"),
    "unit_missing": ("blocking", "the mapping gives no unit for this analyte"),
    "unknown_unit": ("blocking", "the unit beside the value is not one this quantity has"),
    "several_ticked": ("blocking", "more than one box is ticked where one answer is possible"),
    "merge_conflict": ("blocking", "files that are merged give different values for the same cell"),
    "date_day_disagree": ("blocking", "the date and the day number of this row are not the same day"),
    "required_missing": ("query", "the cell is empty and the table needs it"),
    "undated_event": ("query", "the event happened and its day is not known"),
    "date_order": ("query", "the dates stand in an impossible order"),
    "after_death": ("query", "the row is dated after the patient's death"),
    "duplicate_patient": ("query", "two patients of this centre look like one person"),
    "shared_patient": ("query", "a patient of another centre looks like this one"),
    "age_disagrees": ("query", "age, birth year and date of first treatment do not fit each other"),
    "outside_window": ("query", "the day is outside any plausible range for what the row records"),
    "size_order": ("query", "a part is larger than the whole it belongs to"),
    "volume_sum": ("query", "the volumes of the parts exceed that of the whole by more than 2 %"),
    "volume_equal": ("query", "tumour and normal liver do not add up to the perfused volume"),
    "limits_order": ("query", "the lower limit of normal is not below the upper one"),
    "dose_activity": ("query", "absorbed dose, mass, activity, residual and lung shunt do not fit one another"),
    "unit_suspect": ("query", "the values of this centre lie apart from those of the others as another unit would"),
    "cell_unit": ("query", "the value lies apart from its neighbours as another unit would"),
    "copied_rows": ("query", "the same measurements stand a second time, under another patient or visit"),
    "outlier": ("note", "the value lies far from every other of its column"),
    "digit_preference": ("note", "the last digits are 0 or 5 far more often than chance gives"),
    "date_completed": ("note", "dates known to their month or year only were completed"),
    "encoding_assumed": ("note", "the encoding of the file was not declared and had to be assumed"),
})  # fmt: skip
"""rule -> (severity, sentence)."""

RELAXABLE = frozenset(
    {
        "unmapped_code",
        "bad_date",
        "bad_number",
        "error_cell",
        "out_of_bounds",
        "unit_missing",
        "unknown_unit",
        "several_ticked",
        "merge_conflict",
        "date_day_disagree",
    }
)
"""Rules whose cell becomes missing, and whose issue a query, when the study says `on_invalid_cell: missing`."""

SWITCHABLE = tuple(name for name, (severity, _sentence) in RULES.items() if severity != "blocking")
"""Rules a study may switch off, with a reason; a blocking one guards what every later step relies on."""

OFF = frozenset({"volume_equal"})
"""Rules that run only when the study asks: equality holds only where one size limit parts tumour from normal liver."""

LIMIT_PER_RULE = 1000
"""Lines written per rule, centre, table and column; one more line counts the rest."""


def issue(
    rule: str, *, centre: str, file: str, sheet: str, row: int | None, table: str, column: str = "",
    source_column: str = "", detail: str = "", value: str = "", severity: str = "", part: str = "",
) -> Issue:  # fmt: skip
    """An Issue of a rule; `detail` follows the sentence. The id depends on the place alone: stable between runs.

    `part` tells apart issues about parts of one column (an analyte, a compartment).
    """
    place = [rule, centre, file, sheet, "" if row is None else str(row), table, column, source_column]
    place += [part] if part else []
    digest = hashlib.sha256("\x1f".join(place).encode()).hexdigest()[:10]
    grave, sentence = RULES[rule]
    message = f"{sentence}: {detail}" if detail else sentence
    return Issue(f"{rule}-{digest}", severity or grave, rule, centre, file, sheet, row, table, column, source_column,
                 message, value)  # fmt: skip


def tidy(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """Issues once each, in reading order, blocking ones kept where the same place is reported twice."""
    best: dict[str, Issue] = {}
    for item in issues:
        known = best.get(item.id)
        if known is None or (known.severity != "blocking" and item.severity == "blocking"):
            best[item.id] = item
    return tuple(
        sorted(best.values(), key=lambda i: (i.centre, i.file, i.sheet, i.row or 0, i.table, i.column, i.rule, i.id))
    )


def cell_lines(issues: Iterable[Issue]) -> Iterator[Issue]:
    """One line per cell: an issue about several columns becomes several lines with one id.

    The raw columns go along one by one where there are as many of them, and together where there are not.
    """
    for item in issues:
        columns, sources = item.column.split(", "), item.source_column.split(", ")
        if len(sources) != len(columns):
            sources = [item.source_column] * len(columns)
        for column, source in zip(columns, sources, strict=True):
            yield replace(item, column=column, source_column=source)


def issues_csv(issues: Iterable[Issue]) -> str:
    """The issues file as CSV text, values included; cells a spreadsheet would run as a formula get a leading quote."""
    names = [field.name for field in fields(Issue)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for item in cell_lines(issues):
        cells = [getattr(item, name) for name in names]
        writer.writerow([written(value) for value in cells])
    return out.getvalue()


def write_issues(issues: Iterable[Issue], path: Path | str) -> None:
    """Write the issues file (UTF-8 with a byte-order mark, so that Excel reads it), whole or not at all."""
    write_whole(Path(path), b"\xef\xbb\xbf" + issues_csv(issues).encode("utf-8"))
