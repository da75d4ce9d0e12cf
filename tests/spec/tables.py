"""Small text tables of patients in, small text tables out: what a protocol's words mean, readable by a clinician.

    made = build({"variables": {...}}, labs="patient | day | value \n A | -3 | 250")
    expect(made, "patient | afp \n A | 250")

Cells are cut by `|`, the first line names columns, blank is missing. `patient`, `lesion` and `number` stand for the key
columns. What a table does not say is filled in by `USUAL`; patients, lesions and a first treatment on day 0 come from
the ids of the other tables unless they are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

import pandas as pd

from y90outcomes.cohort import Cohort, build_cohort
from y90outcomes.registry import Registry
from y90outcomes.registry.parts import DTYPES
from y90outcomes.registry.read import MISSING_COLUMNS, fingerprint
from y90outcomes.results.addresses import shortest
from y90outcomes.schema import PROVENANCE, load_schema
from y90outcomes.study import Study

SHORT = {"patient": "patient_id", "lesion": "lesion_id"}
NUMBER = {"treatments": "treatment_number", "dosimetry": "treatment_number", "therapies": "therapy_number"}
USUAL: Mapping[str, Mapping[str, str]] = {
    "treatments": {"treatment_number": "1"},
    "labs": {"analyte": "afp", "visit": "baseline"},
    "imaging": {"visit": "baseline"},
    "dosimetry": {"treatment_number": "1", "compartment": "lesion", "source": "y90_pet_ct"},
    "assessments": {"visit": "best", "criterion": "mrecist"},
    "therapies": {"therapy": "surgery"},
    "follow_up": {"occurrence": "yes"},
}
AFP = {"kind": "derived", "derive": "afp", "window": "baseline"}
SIZE = {"kind": "derived", "derive": "longest_diameter", "window": "baseline"}
DOSE = {"kind": "derived", "derive": "tad_lesion", "source": "y90_pet_ct"}
NECROSIS = {"kind": "derived", "derive": "necrosis"}
RESPONSE = {"kind": "derived", "derive": "reported_response", "criterion": "mrecist", "visit": "best"}


def cells(text: str) -> list[list[str]]:
    """Lines of a text table as lists of stripped cells."""
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


def parse(name: str, text: str) -> pd.DataFrame:
    """One canonical table as text, with the row of the text table as `source_row` (the header is row 1)."""
    head, *lines = cells(text)
    head = [SHORT.get(column, NUMBER[name] if column == "number" else column) for column in head]
    frame = pd.DataFrame([dict(zip(head, line, strict=True)) for line in lines], columns=head, dtype=object)
    unknown = set(head) - set(load_schema().tables[name].columns)
    assert not unknown, f"{name} has no {unknown}"
    frame["source_row"] = [str(number) for number in range(2, len(frame) + 2)]
    for column, usual in USUAL.get(name, {}).items():
        if column not in frame:
            frame[column] = usual
    if name == "therapies" and "therapy_number" not in frame:
        frame["therapy_number"] = [str(number) for number in range(1, len(frame) + 1)]
    if "centre" not in frame:
        frame["centre"] = "c"
    return frame


def typed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The canonical frame of a table: every column of the schema with its dtype, sorted by key."""
    table = load_schema().tables[name]
    frame = frame.assign(source_file=f"{name}.txt", source_sheet="").reset_index(drop=True)
    made = {}
    for column in (*table.columns, *PROVENANCE):
        kind = DTYPES[table.columns[column].type] if column in table.columns else "string"
        kind = "Int64" if column == "source_row" else kind
        made[column] = _converted(frame[column], kind) if column in frame else _blank(kind, len(frame))
    made["source_sheet"] = made["source_sheet"].fillna("")
    whole = pd.DataFrame(made)
    if len(whole) < 2:
        return whole
    order = [*table.primary_key, *PROVENANCE]
    return whole.sort_values(order, kind="stable", na_position="first", ignore_index=True)


def _converted(texts: pd.Series, kind: str) -> pd.Series:
    raw = pd.Series([text or None for text in texts], index=texts.index, dtype=object)
    if kind.startswith("datetime"):
        return pd.to_datetime(raw, format="%Y-%m-%d").astype(kind)
    return pd.to_numeric(raw).astype(kind) if kind in ("float64", "Int64") else raw.astype(kind)


@cache
def _blank(kind: str, rows: int) -> pd.Series:
    """A column nobody filled; a data frame copies it."""
    return _converted(pd.Series([None] * rows, dtype=object), kind)


@cache
def _empty(name: str) -> pd.DataFrame:
    return typed(name, pd.DataFrame(columns=["source_row"], dtype=object))


def registry_of(texts: Mapping[str, pd.DataFrame]) -> Registry:
    """A registry from canonical tables as text; patients, lesions and first treatments filled in from the others."""
    raw = dict(texts)
    for name, keys in (("patients", ["centre", "patient_id"]), ("lesions", ["centre", "patient_id", "lesion_id"])):
        if name not in raw:
            found = [frame[keys] for frame in raw.values() if set(keys) <= set(frame.columns)]
            every = pd.concat(found) if found else pd.DataFrame(columns=keys, dtype=object)
            every = every[(every[keys] != "").all(axis=1)].drop_duplicates().reset_index(drop=True)
            raw[name] = every.assign(source_row=[str(number) for number in range(2, len(every) + 2)])
    if "treatments" not in raw:
        raw["treatments"] = raw["patients"][["centre", "patient_id", "source_row"]].assign(
            treatment_number="1", day="0"
        )
    schema = load_schema()
    tables = {name: typed(name, raw[name]) if name in raw else _empty(name) for name in schema.tables}
    missing = pd.DataFrame({name: pd.Series(dtype="string") for name in MISSING_COLUMNS[:4]}).assign(
        n=pd.Series(dtype="int64")
    )
    return Registry(MappingProxyType(tables), schema, (), (), missing, fingerprint(tables, schema))


@lru_cache(maxsize=32)
def registry(**texts: str) -> Registry:
    """A registry of text tables; made once for the tests that share its text, as nothing that reads one changes it."""
    return registry_of({name: parse(name, text) for name, text in texts.items()})


def page(**parts: Any) -> dict[str, Any]:
    """A protocol as a dict: `parts` over a window of days -30 to 0 and one analysis set of all patients."""
    base: dict[str, Any] = {
        "id": "s",
        "title": "S",
        "origin": "synthetic",
        "windows": {"baseline": {"from": -30, "to": 0, "visit": "baseline"}},
        "variables": {},
        "analysis_sets": {"everyone": {"grain": "patient", "label": "Everyone"}},
    } | parts
    if not base["variables"]:
        base["variables"] = {"afp": AFP}
    base.setdefault(
        "analyses", {"first": {"method": "summary", "title": "First", "variables": list(base["variables"])[:1]}}
    )
    if "first" in base["analyses"] and not any(s["grain"] == "patient" for s in base["analysis_sets"].values()):
        base["analysis_sets"] = {**base["analysis_sets"], "everyone": {"grain": "patient"}}
    return base


def protocol(**parts: Any) -> Study:
    return Study(**page(**parts))


def build(parts: Mapping[str, Any], **texts: str) -> Cohort:
    """The cohort of a protocol (its parts over `page`) and text tables."""
    return build_cohort(protocol(**parts), registry(**texts))


def frame_of(cohort: Cohort, grain: str = "patient") -> pd.DataFrame:
    """Keys, variables, `<name>_source` of each, and endpoints as `event`, `censored` or blank, with time and source."""
    frame = cohort.frames[grain].rename(columns={long: short for short, long in SHORT.items()}).copy()
    for name in cohort.sources[grain]:
        frame[f"{name}_source"] = cohort.sources[grain][name]
    for name, outcome in cohort.outcomes[grain].items():
        frame[name] = outcome.state.map(dict(enumerate(outcome.states)), na_action="ignore")
        if outcome.time is not None:
            frame[f"{name}_time"] = outcome.time
        frame[f"{name}_source"] = outcome.source
    return frame


def cell(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    return shortest(value) if isinstance(value, float) else str(value)


def shown(frame: pd.DataFrame, columns: list[str]) -> list[list[str]]:
    return [[cell(value) for value in row] for row in frame[columns].itertuples(index=False)]


def expect(cohort: Cohort, text: str, grain: str = "patient") -> None:
    """The data set of a grain, in the columns the text table names, is the text table."""
    head, *lines = cells(text)
    assert shown(frame_of(cohort, grain), head) == lines


def flow(cohort: Cohort, where: str = "all") -> list[list[str]]:
    """The flow chart in one centre: criterion, meets, fails, missing, left."""
    rows = [row for row in cohort.attrition.rows if row.centre == where]
    return [[row.criterion, str(row.meets), str(row.fails), str(row.missing), str(row.left)] for row in rows]


def expect_flow(cohort: Cohort, text: str, where: str = "all") -> None:
    assert flow(cohort, where) == cells(text)[1:]
