"""`y90 cohort`: the analysis data set as CSV or Parquet, with its dictionary."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from y90outcomes.cohort.model import Cohort
from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.results.addresses import shortest
from y90outcomes.results.cells import safe
from y90outcomes.results.whole import write_whole

FORMATS = (".csv", ".parquet")


def data_set(cohort: Cohort, name: str | None = None) -> pd.DataFrame:
    """One row per subject of an analysis set: keys, variables, and for each endpoint `<endpoint>` (1, 0, 2 or empty),
    `<endpoint>_time` and `<endpoint>_source` (the deciding row)."""
    grain, mask = cohort.members(name)
    made = cohort.frames[grain]
    frame = made[[column for column in made.columns if not str(column).startswith("in_")]].copy()
    for endpoint, outcome in cohort.outcomes[grain].items():
        frame[endpoint] = outcome.state.astype("Int64")
        if outcome.time is not None:
            frame[f"{endpoint}_time"] = outcome.time
        frame[f"{endpoint}_source"] = outcome.source.astype("string")
    return frame[mask].reset_index(drop=True)


def dictionary(cohort: Cohort, name: str | None = None) -> pd.DataFrame:
    """One row per column of `data_set`: label, type, unit, levels (code=label), when it is measured."""
    grain, _ = cohort.members(name)
    rows = []
    for column in data_set(cohort, name).columns:
        if column in cohort.variables:
            known = cohort.variables[column]
            levels = " | ".join(f"{code}={label}" for code, label in known.levels.items())
            kind = "number" if known.numeric else "code"
            rows.append((column, known.label, kind, known.unit, levels, known.measured_at))
            continue
        endpoint = next((e for e in cohort.outcomes[grain] if column in {e, f"{e}_time", f"{e}_source"}), None)
        if endpoint is None:
            rows.append((column, column.replace("_", " "), "text", "", "", ""))
        elif column == endpoint:
            made = cohort.outcomes[grain][endpoint]
            levels = " | ".join(f"{code}={state}" for code, state in enumerate(made.states))
            rows.append((column, made.label, "integer", "", levels, "follow_up"))
        elif column.endswith("_time"):
            made = cohort.outcomes[grain][endpoint]
            rows.append((column, f"{made.label}: time from {made.origin}", "number", made.unit, "", "follow_up"))
        else:
            rows.append((column, "Row of the registry that decided", "text", "", "", ""))
    return pd.DataFrame(rows, columns=["column", "label", "type", "unit", "levels", "measured_at"])


def file_format(path: Path) -> str:
    """ ".csv" or ".parquet". InputError for another extension."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(
            Fault(str(path), f"cannot write {path.suffix or 'a file without extension'!r}", ", ".join(FORMATS))
        )
    return path.suffix.lower()


def csv_text(frame: pd.DataFrame) -> str:
    """RFC 4180 text with LF line ends, numbers at full precision, empty cells for missing, formulas neutralised."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(frame.columns)
    columns = [[_cell(value) for value in frame[column]] for column in frame]
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue()


def _cell(value: object) -> str:
    """Empty for NaN, NA and None; whole floats without a point, so that R and DuckDB read counts as they are."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return ""
    return shortest(value) if isinstance(value, float) else safe(str(value))


def write_long(frame: pd.DataFrame, path: Path) -> Path:
    """A long table (visits, episodes) as CSV or Parquet, whole or not at all."""
    parquet = file_format(path) == ".parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, frame.to_parquet(index=False) if parquet else csv_text(frame).encode())
    return path


def write_data_set(cohort: Cohort, path: Path, name: str | None = None) -> tuple[Path, Path]:
    """Writes the data set and `<stem>-dictionary.csv` beside it, whole or not at all; returns both paths.

    InputError for an unknown extension or analysis set.
    """
    if name is not None and name not in cohort.study.analysis_sets:
        raise InputError(
            Fault(f"analysis set {name!r}", "not in the protocol", choices(name, cohort.study.analysis_sets))
        )
    beside = path.with_name(f"{path.stem}-dictionary.csv")
    frame = data_set(cohort, name)
    write_long(frame, path)
    write_whole(beside, csv_text(dictionary(cohort, name)).encode())
    return path, beside
