"""REDCap's CSV export, raw or labelled, read with its data dictionary: one raw table per instrument and event.

Columns arrive under their variable names and coded values as labels (or codes, as `values:` says), whichever way the
export was made. Conventions: a checkbox field `x` exports as columns `x___1`, `x___2`; the state of a form as
`form_complete`; longitudinal projects add `redcap_event_name`; repeats add `redcap_repeat_instrument` and
`redcap_repeat_instance`, both absent where nothing repeats.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.registry.mapping import Dialect
from y90outcomes.registry.raw import RawFrame, Request, heading
from y90outcomes.registry.read_text import read_text

EVENT, INSTRUMENT, INSTANCE = "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"
_LABELLED = {"Event Name": EVENT, "Repeat Instrument": INSTRUMENT, "Repeat Instance": INSTANCE}
_NEEDED = {
    "name": ("Variable / Field Name", "field_name"),
    "form": ("Form Name", "form_name"),
    "type": ("Field Type", "field_type"),
    "label": ("Field Label", "field_label"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
}
"""What is read of a dictionary: its headings as downloaded by hand and as exported by REDCap's interface."""
_COMPLETE = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
_TICK = {"0": "Unchecked", "1": "Checked"}


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the export: its name, its heading in a labelled export, code → label, the form it belongs to."""

    name: str
    label: str
    codes: dict[str, str]
    form: str


def read_redcap(request: Request) -> RawFrame:
    """The rows of one instrument and event.

    Without `instrument` the rows that repeat no instrument; with it the repeats of that one. `event` keeps these events
    only. A row's number is its line in the export. Raises InputError for columns the dictionary does not know, and for
    coded columns that are partly raw and partly labelled.
    """
    if request.dictionary is None:
        raise InputError(
            Fault(request.shown, "a REDCap export is read with its dictionary", action="add `dictionary:`")
        )
    fields = _fields(request, request.dictionary)
    raw = read_text(request)
    frame = _named(raw.frame, fields, request)
    frame = _valued(frame, fields, request)
    repeats = [name for name in (INSTRUMENT, INSTANCE) if name not in frame]
    frame = frame.assign(**dict.fromkeys(repeats, ""))
    keep = _rows(frame, fields, request)
    return dataclasses.replace(
        raw, frame=frame[keep].reset_index(drop=True), rows=raw.rows[keep], sheet=request.instrument or "", typed=True
    )


def _fields(request: Request, path: Path) -> dict[str, Field]:
    """Every column an export can have, by name, from the data dictionary."""
    shown = f"{request.shown}, its dictionary"
    page = read_text(Request(path, shown, request.centre, None, 1, Dialect(encoding=request.dialect.encoding)))
    columns: dict[str, list[str]] = {}
    faults = []
    for key, headings in _NEEDED.items():
        there = next((name for name in headings if name in page.frame), None)
        if there is None:
            faults.append(Fault(shown, f"has no column {headings[0]!r}", "REDCap's data dictionary as downloaded"))
        else:
            columns[key] = page.frame[there].tolist()
    if faults:
        raise InputError(faults)
    fields: dict[str, Field] = {}
    for name, form, kind, label, listed in zip(*(columns[key] for key in _NEEDED), strict=True):
        label = heading(re.sub(r"<[^>]*>", " ", label))
        codes = _codes(listed, kind)
        if kind == "descriptive":
            continue
        if kind == "checkbox":
            for code, text in codes.items():
                column = f"{name}___{re.sub('[^0-9a-z_]', '_', code.lower())}"
                fields[column] = Field(column, heading(f"{label} (choice={text})"), _TICK, form)
        else:
            fields[name] = Field(name, label, codes, form)
        fields[f"{form}_complete"] = Field(f"{form}_complete", "Complete?", _COMPLETE, form)
    return fields


def _codes(listed: str, kind: str) -> dict[str, str]:
    """`1, Male | 2, Female` → {"1": "Male", "2": "Female"}, for the kinds of field that are coded."""
    if kind == "yesno":
        return {"1": "Yes", "0": "No"}
    if kind == "truefalse":
        return {"1": "True", "0": "False"}
    if kind not in ("radio", "dropdown", "checkbox"):
        return {}
    codes = {}
    for choice in listed.split("|"):
        code, comma, text = choice.partition(",")
        if comma:
            codes[code.strip()] = heading(re.sub(r"<[^>]*>", " ", text))
    return codes


def _named(frame: pd.DataFrame, fields: dict[str, Field], request: Request) -> pd.DataFrame:
    """Columns under their variable names. A labelled heading that several fields share cannot be told apart."""
    special = {EVENT, INSTRUMENT, INSTANCE, "redcap_data_access_group", "redcap_survey_identifier"}
    by_label: dict[str, list[str]] = {}
    for field in fields.values():
        by_label.setdefault(field.label, []).append(field.name)
    names: dict[str, str] = {}
    unknown = []
    for column in map(str, frame.columns):
        if column in fields or column in special or column.endswith("_timestamp"):
            names[column] = column
        elif column in _LABELLED:
            names[column] = _LABELLED[column]
        elif len(by_label.get(column, [])) == 1:
            names[column] = by_label[column][0]
        elif column == "Data Access Group":
            names[column] = "redcap_data_access_group"
        else:
            unknown.append(column)
    if unknown:
        raise InputError(
            [Fault(request.shown, f"column {column!r} "
                   + ("is the label of several fields" if column in by_label else "is not in the data dictionary"),
                   choices(column, [*fields, *by_label]),
                   "export raw headings, or send the dictionary that belongs to the export") for column in unknown[:20]]
        )  # fmt: skip
    twice = {name for name in names.values() if list(names.values()).count(name) > 1}
    if twice:
        raise InputError(Fault(request.shown, f"the fields {', '.join(sorted(twice))} stand in it twice"))
    return frame.rename(columns=names)


def _valued(frame: pd.DataFrame, fields: dict[str, Field], request: Request) -> pd.DataFrame:
    """Coded columns as labels or as codes, all of them, once it is clear which the export holds."""
    coded = [name for name in map(str, frame.columns) if name in fields and fields[name].codes]
    seen = {name: set(frame[name].unique()) - {""} for name in coded}
    raw = [name for name in coded if seen[name] & (set(fields[name].codes) - set(fields[name].codes.values()))]
    labelled = [name for name in coded if seen[name] & (set(fields[name].codes.values()) - set(fields[name].codes))]
    if raw and labelled:
        raise InputError(
            Fault(request.shown, f"holds codes in {raw[0]!r} and labels in {labelled[0]!r}", "one kind of export",
                  "export it again, all raw or all labelled")
        )  # fmt: skip
    changed: dict[str, pd.Series] = {}
    for name in coded:
        codes = fields[name].codes
        if raw and request.values == "labels":
            table = codes
        elif labelled and request.values == "codes":
            if len(set(codes.values())) < len(codes):
                raise InputError(Fault(request.shown, f"two codes of {name!r} share a label", action="export it raw"))
            table = {label: code for code, label in codes.items()}
        else:
            continue
        changed[name] = frame[name].replace(table)
    return frame.assign(**changed)


def _rows(frame: pd.DataFrame, fields: dict[str, Field], request: Request) -> np.ndarray:
    """Which rows are asked for; instruments and events are named as in the file, or by their form's name."""
    repeated = frame[INSTRUMENT]
    keep = (repeated == "").to_numpy()
    if request.instrument is not None:
        wanted = request.instrument
        there = sorted(set(repeated) - {""})
        titles = [text for text in there if _slug(text) == wanted]  # a labelled export shows the form's title
        if wanted not in there and not titles:
            raise InputError(
                Fault(request.shown, f"no row repeats the instrument {wanted!r}",
                      choices(wanted, there) if there else "no instrument repeats in this export",
                      "correct `instrument`, or leave it out for the rows that do not repeat")
            )  # fmt: skip
        keep = repeated.isin([wanted, *titles]).to_numpy()
    if request.event:
        events = sorted(set(frame[EVENT])) if EVENT in frame else []
        unknown = [event for event in request.event if event not in events]
        if unknown:
            raise InputError(
                [Fault(request.shown, f"no row of the event {event!r}",
                       choices(event, events) if events else "the project has no events", "correct `event`")
                 for event in unknown]
            )  # fmt: skip
        keep &= frame[EVENT].isin(request.event).to_numpy()
    if not keep.any():
        raise InputError(
            Fault(request.shown, "no row of this instrument and event", "at least one row",
                  "correct `instrument` and `event`")
        )  # fmt: skip
    return np.asarray(keep)


def _slug(title: str) -> str:
    """REDCap's form name of a form title: small letters, digits and underscores."""
    return re.sub(r"[^0-9a-z]+", "_", title.lower()).strip("_")
