"""Digitised curves from a file: points, risk table and total of events per group, in CSV or YAML.

CSV, one line per point or per entry of the risk table, in any order, a header first:

    group,time,survival_percent,at_risk,total_events,source,sampling
    TARE,0,100,28,20,Figure 2,steps
    TARE,1.9,96.4,,,,
    TARE,6,,25,,,

`survival` (shares) or `survival_percent`, one of the two; `at_risk` on the lines of the printed table; `total_events`,
`source` and `sampling` (steps or grid, see `SAMPLING`) once per group. Semicolons go with decimal
commas.

YAML, with the points in the page or in a digitiser's export beside it:

    curves:
      - group: TARE
        source: Figure 2
        scale: percent            # or share
        sampling: steps
        total_events: 20
        at_risk: {0: 28, 6: 25}
        points: [[0, 100], [1.9, 96.4]]
        points_from: {file: traced.csv, curve: TARE}    # instead of points
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.estimators.numbers import Floats
from y90outcomes.published.reconstruction.curve_checks import curve_faults
from y90outcomes.published.reconstruction.curve_types import DigitisedCurve, frozen
from y90outcomes.yamlpage import read_page

COLUMNS = ("group", "time", "survival", "survival_percent", "at_risk", "total_events", "source", "sampling")
KEYS = ("group", "source", "scale", "sampling", "total_events", "at_risk", "points", "points_from")
SCALES = {"share": 1.0, "percent": 100.0}

Row = tuple[int, dict[str, str]]


def read_curves(path: str | Path) -> tuple[DigitisedCurve, ...]:
    """Every curve of a `.csv`, `.yaml` or `.yml` file as described above, in the order in which groups first stand.

    Times in any one unit, heights as shares or percent as the file says, numbers at risk as counts. Nothing is guessed:
    percent given as shares and shares given as percent are faults. Raises InputError with every fault found
    (unreadable file or number, unknown column or key, and all that `curve_faults` names). A definition, no source.
    """
    file = Path(path)
    if file.suffix.lower() in (".yaml", ".yml"):
        parts = _from_yaml(file, str(path))
    elif file.suffix.lower() == ".csv":
        parts = _from_csv(file, str(path))
    else:
        raise InputError(Fault(str(path), "not a file of curves", "a name ending in .csv, .yaml or .yml"))
    faults = [fault for place, curve in parts for fault in curve_faults(curve, place)]
    if faults:
        raise InputError(faults)
    return tuple(curve for _, curve in parts)


def read_traced(path: str | Path) -> dict[str, tuple[Floats, Floats]]:
    """Times and heights (m,) per curve of a digitiser's CSV export, as written; a share or percent is not decided here.

    Either two columns x, y with or without a header (named ""), or WebPlotDigitizer's export of several data sets: a
    line with each name over its first column, a line X,Y,X,Y, then the numbers, shorter columns ending in blanks.
    Raises InputError for an unreadable file, a number that is none, or half a point. A definition, no source.
    """
    place, lines, comma = str(path), *_lines(Path(path), str(path))
    rows = [(number, [cell.strip() for cell in row]) for number, row in lines if any(cell.strip() for cell in row)]
    names = [""]
    width = max((len(row) for _, row in rows), default=0)
    if rows and _number(rows[0][1][0], comma) is None:
        head = rows.pop(0)[1]
        if rows and [cell.lower() for cell in rows[0][1] if cell] == ["x", "y"] * (width // 2):
            names = [head[column] if column < len(head) else "" for column in range(0, width - 1, 2)]
            rows.pop(0)
    faults: list[Fault] = []
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    if len(found) < len(names) or width != 2 * len(names):
        raise InputError(
            Fault(place, f"{width} columns under {len(names)} names", "two columns per curve, each curve named once")
        )
    for number, row in rows:
        cells = row + [""] * (width - len(row))
        for column, name in enumerate(names):
            pair = cells[2 * column : 2 * column + 2]
            x, y = (_number(cell, comma) for cell in pair)
            if x is not None and y is not None:
                found[name].append((x, y))
            elif any(pair):
                faults.append(Fault(f"{place}, line {number}", "not a point", "two numbers, or two blanks"))
    if faults:
        raise InputError(faults)
    return {name: (_array([x for x, _ in pairs]), _array([y for _, y in pairs])) for name, pairs in found.items()}


def _lines(file: Path, place: str) -> tuple[list[tuple[int, list[str]]], bool]:
    """Numbered lines of cells, and whether decimals have a comma."""
    if not file.is_file():
        raise InputError(Fault(place, "no such file", action="check the name"))
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(Fault(place, f"byte {error.start + 1} is not UTF-8 text", "UTF-8")) from None
    comma = ";" in text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if comma else ",")
    return [(reader.line_num, row) for row in reader], comma


def _number(cell: str, comma: bool) -> float | None:
    """A finite number, else None."""
    try:
        value = float(cell.replace(",", ".") if comma else cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _array(numbers: list[float]) -> Floats:
    return frozen(np.array(numbers, dtype=np.float64))


def _from_csv(file: Path, place: str) -> list[tuple[str, DigitisedCurve]]:
    lines, comma = _lines(file, place)
    header = [cell.strip() for cell in lines[0][1]] if lines else []
    faults = [
        Fault(f"{place}, line 1", f"unknown column {name!r}", choices(name, COLUMNS))
        for name in header
        if name not in COLUMNS
    ]
    faults += [Fault(f"{place}, line 1", f"no column {name!r}") for name in ("group", "time", "at_risk")
               if name not in header]  # fmt: skip
    if len({"survival", "survival_percent"} & set(header)) != 1:
        faults.append(Fault(f"{place}, line 1", "heights of the curve", "one column, survival or survival_percent"))
    if faults:
        raise InputError(faults)
    groups: dict[str, list[Row]] = {}
    for number, row in lines[1:]:
        cells = dict(zip(header, [cell.strip() for cell in row], strict=False))
        if any(cells.values()):
            groups.setdefault(cells.get("group", ""), []).append((number, cells))
    scale = "percent" if "survival_percent" in header else "share"
    found = [
        (f"{place}, group {name!r}", _rows(name, rows, scale, place, comma, faults)) for name, rows in groups.items()
    ]
    if faults or not found:
        raise InputError(faults or [Fault(place, "no points", "a header and lines below it")])
    return found


def _rows(name: str, rows: list[Row], scale: str, place: str, comma: bool, faults: list[Fault]) -> DigitisedCurve:
    points: list[tuple[float, float]] = []
    table: list[tuple[float, float]] = []
    once: dict[str, str] = {}
    column = "survival" if scale == "share" else "survival_percent"
    for number, cells in rows:
        where = f"{place}, line {number}"
        if not name:
            faults.append(Fault(where, "no group", "the name of the curve's group"))
        values = {key: _number(cells[key], comma) for key in ("time", column, "at_risk") if cells.get(key)}
        faults += [Fault(where, f"{key} is not a number") for key, value in values.items() if value is None]
        time = values.get("time")
        if "time" not in values:
            faults.append(Fault(where, "no time", "a number"))
        for key, into in ((column, points), ("at_risk", table)):
            value = values.get(key)
            if time is not None and value is not None:
                into.append((time, value))
        for key in ("total_events", "source", "sampling"):
            if cells.get(key) and once.setdefault(key, cells[key]) != cells[key]:
                faults.append(Fault(where, f"another {key} for the group {name!r}", "one per group"))
    total = _number(once["total_events"], comma) if "total_events" in once else None
    if "total_events" in once and total is None:
        faults.append(Fault(f"{place}, group {name!r}", "total_events is not a number", "a whole number or nothing"))
    return _curve(name, (_columns(points)), scale, table, total, once, f"{place}, group {name!r}", faults)


def _from_yaml(file: Path, place: str) -> list[tuple[str, DigitisedCurve]]:
    page = read_page(file, place)
    entries = page.data.get("curves")
    if not isinstance(entries, list) or not entries:
        raise InputError(Fault(place, "no list of curves", "a key `curves` with a list"))
    faults: list[Fault] = []
    found: dict[str, tuple[str, DigitisedCurve]] = {}
    for index, entry in enumerate(entries):
        where = page.place(("curves", index))
        before = len(faults)
        if not isinstance(entry, dict):
            faults.append(Fault(where, "not a curve", "a mapping"))
            continue
        faults += [Fault(where, f"unknown key {key!r}", choices(key, KEYS)) for key in entry if key not in KEYS]
        faults += [Fault(where, f"{key!r} is missing") for key in ("group", "scale", "at_risk") if key not in entry]
        if ("points" in entry) == ("points_from" in entry):
            faults.append(Fault(where, "the points", "one of points and points_from"))
        if entry.get("scale", "share") not in SCALES:
            faults.append(Fault(where, "unknown scale", ", ".join(SCALES)))
        if str(entry.get("group")) in found:
            faults.append(Fault(where, f"group {entry['group']!r} stands twice", "one curve per group"))
        total = entry.get("total_events")
        if total is not None and (isinstance(total, bool) or not isinstance(total, int | float)):
            faults.append(Fault(where, "total_events is not a number", "a whole number or nothing"))
        table = _table(entry.get("at_risk"), where, faults)
        points = _pairs(entry, file, where, faults)
        if len(faults) == before:
            name = str(entry["group"])
            curve = _curve(name, points, str(entry["scale"]), table, total, entry, where, faults)
            found[name] = (where, curve)
    if faults:
        raise InputError(faults)
    return list(found.values())


def _table(given: Any, where: str, faults: list[Fault]) -> list[tuple[float, float]]:
    pairs = [(_number(str(time), False), count) for time, count in given.items()] if isinstance(given, dict) else []
    made = [(time, float(count)) for time, count in pairs if time is not None and _is_number(count)]
    if not made or len(made) < len(pairs):
        faults.append(Fault(where, "at_risk is not a risk table", "{time: number, …} in rising order"))
    return made


def _pairs(entry: Mapping[str, Any], file: Path, where: str, faults: list[Fault]) -> tuple[Floats, Floats]:
    if "points_from" not in entry:
        given = entry.get("points")
        pairs = given if isinstance(given, list) else []
        if (
            not all(isinstance(pair, list) and len(pair) == 2 and all(map(_is_number, pair)) for pair in pairs)
            or not pairs
        ):
            faults.append(Fault(where, "points are not pairs of numbers", "[[time, height], …]"))
            return _columns([])
        return _columns([(float(time), float(height)) for time, height in pairs])
    given = entry["points_from"]
    if not isinstance(given, dict) or not isinstance(given.get("file"), str):
        faults.append(Fault(where, "points_from names no file", "{file: export.csv, curve: name of the data set}"))
        return _columns([])
    try:
        traced = read_traced(file.parent / given["file"])
    except InputError as error:
        faults += error.faults
        return _columns([])
    name = str(given.get("curve", next(iter(traced)) if len(traced) == 1 else ""))
    if name not in traced:
        faults.append(Fault(where, f"no curve {name!r} in {given['file']}", choices(name, traced)))
        return _columns([])
    return traced[name]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _columns(pairs: list[tuple[float, float]]) -> tuple[Floats, Floats]:
    return _array([time for time, _ in pairs]), _array([height for _, height in pairs])


def _curve(
    name: str, points: tuple[Floats, Floats], scale: str, table: list[tuple[float, float]], total: float | None,
    rest: Mapping[str, Any], where: str, faults: list[Fault],
) -> DigitisedCurve:  # fmt: skip
    """The curve with heights as shares; the risk table in the order of time, counts kept as given for the checks."""
    heights = points[1]
    if scale == "percent" and len(heights) and float(heights.max()) <= 2.0:
        faults.append(Fault(where, f"heights up to {float(heights.max()):g} percent", "percent from 0 to 100",
                            "if they are shares, say so: survival, or scale: share"))  # fmt: skip
    ordered = sorted(table)
    counts = np.array([count for _, count in ordered], dtype=np.float64)
    whole = bool((counts == np.floor(counts)).all()) if len(counts) else True
    if not whole:
        faults.append(Fault(where, "numbers at risk that are not counts", "whole numbers from 0"))
    if total is not None and total != int(total):
        faults.append(Fault(where, "total_events is not a count", "a whole number or nothing"))
    return DigitisedCurve(
        name, points[0], frozen(heights / SCALES[scale]), _array([time for time, _ in ordered]),
        frozen(counts.astype(np.int64)), None if total is None else int(total), str(rest.get("source", "")),
        str(rest.get("sampling", "steps")),
    )  # fmt: skip
