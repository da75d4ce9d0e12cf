"""Canonical tables to the raw sheets of one centre: which rows and columns a sheet has, and where every value went."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pandas as pd

from y90outcomes.schema import MULTIPLE, Column, Schema
from y90outcomes.simulate.centres import Style, quantity_of
from y90outcomes.simulate.laboratory import ANALYTES
from y90outcomes.simulate.truth import Tables, raw_text
from y90outcomes.units import factor

PLAIN_NAMES = ("sav", "dta", "xpt", "sqlite", "duckdb", "parquet", "redcap")
"""Forms whose columns are identifiers."""

TICKED = "x"
SEPARATOR = "+"
COMPARTMENTS = (
    "tumour_total_perfused",
    "normal_perfused",
    "perfused_liver",
    "whole_liver",
    "whole_liver_normal",
    "lung",
)
_SPOKEN = {("treatments", "sphere_age"), ("imaging", "attenuation")}
"""Columns where a centre writes its missing code; elsewhere a gap is an empty cell."""


@dataclass(frozen=True, slots=True)
class Block:
    """One canonical table inside a sheet: rows where `where` holds, one per raw row; `columns` as raw columns.

    entry  True for an entry of `long`: a raw row may hold it or not
    """

    table: str
    columns: tuple[str, ...]
    where: Mapping[str, str] = field(default_factory=dict)
    entry: bool = False
    limits: bool = False
    """Normal limits stand on the mapping page instead of in the file."""
    rows: str = ""
    """`later`: imaging without the baseline of lesions, which stands in the lesions' sheet; `lesion`: of lesions."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One sheet: `keys` are the canonical columns that make a raw row."""

    name: str
    keys: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass(slots=True)
class Placed:
    """Where the rows of one block went: `truth` row labels of the canonical table, `rows` positions in the sheet."""

    block: Block
    truth: np.ndarray
    rows: np.ndarray
    headings: Mapping[str, tuple[str, ...]]


@dataclass(slots=True)
class Sheet:
    """A raw sheet: text cells, what kind each column is (number, date, code, text), and where the values came from.

    keys   canonical key column -> heading
    codes  heading -> the texts a coded column may hold, in the order of the code list
    """

    name: str
    frame: pd.DataFrame
    kinds: dict[str, str]
    codes: dict[str, list[str]]
    placed: list[Placed]
    keys: dict[str, str]
    file: str = ""
    sheet: str = ""
    first_row: int = 1

    def row(self, position: int) -> int:
        """The row number a person sees."""
        return self.first_row + position


def plans(style: Style, schema: Schema) -> tuple[Plan, ...]:
    """The sheets a centre of this layout keeps."""
    when = ("date",) if style.dates else ("day",)
    patients = ("sex", "age_at_treatment", f"diagnosis_{when[0]}", "etiology", "cirrhosis", "ecog", "ascites",
                "encephalopathy", "child_pugh_reported", "bclc_reported", "tumour_count", "bilobar",
                "tumour_replacement", "extrahepatic_disease", "prior_liver_therapy", "height", "body_mass")  # fmt: skip
    treatments = (*when, f"maa_{when[0]}", "intent", "approach", "segments_perfused", "activity", "residual_fraction",
                  "lung_shunt_fraction", "lung_mass", "tumour_normal_ratio", "sphere_age")  # fmt: skip
    own = ("lesion_id", "role", "lobe", "perfused")
    measured = ("longest_diameter", "viable_diameter", "viable_perpendicular", "attenuation", "arterial_enhancement")
    shared = (
        Plan("adverse_events", ("patient_id", "event_number"),
             (Block("adverse_events", ("event_number", "term", "grade", "related", *when)),)),
        Plan("therapies", ("patient_id", "therapy_number"),
             (Block("therapies", ("therapy_number", "therapy", "agent", *when)),)),
    )  # fmt: skip
    imaging = ("lesion_id", "visit", *when, "modality", *measured, "pvtt_class", "hvtt_class",
               "thrombus_enhancement", "thrombus_width", "thrombus_extension", "new_lesion", "new_lesion_organ",
               "nontarget_progression", "liver_volume", "tumour_volume", "flr_volume")  # fmt: skip
    if style.layout == "long":
        return (
            Plan("patients", ("patient_id",), (Block("patients", patients),)),
            Plan("treatments", ("patient_id",), (Block("treatments", treatments),)),
            Plan("lesions", ("patient_id", "lesion_id"), (Block("lesions", own),)),
            Plan("dosimetry", ("patient_id", "lesion_id", "compartment"),
                 (Block("dosimetry", ("lesion_id", "compartment", "source", "absorbed_dose", "volume")),)),
            Plan("imaging", ("patient_id", "lesion_id", "visit"), (Block("imaging", imaging),)),
            Plan("assessments", ("patient_id", "visit", "criterion"),
                 (Block("assessments", ("visit", "criterion", "response", *when)),)),
            Plan("labs", ("patient_id", "visit", "analyte"),
                 (Block("labs", ("visit", "analyte", *when, "value", "uln", "lln")),)),
            *shared,
            Plan("follow_up", ("patient_id", "event"),
                 (Block("follow_up", ("event", "occurrence", *when, "cause")),)),
        )  # fmt: skip
    dosimetry = [
        Block("dosimetry", ("source", *_sizes(name)), {"compartment": name}, entry=True) for name in COMPARTMENTS
    ]
    follow_up = [
        Block("follow_up", (*(("occurrence",) if event != "last_contact" else ()), *when,
                            *(("cause",) if event == "death" else ())), {"event": event}, entry=True)
        for event in ("death", "progression", "last_contact")
    ]  # fmt: skip
    return (
        Plan("patients", ("patient_id",),
             (Block("patients", patients), Block("treatments", treatments), *dosimetry, *follow_up)),
        Plan("lesions", ("patient_id", "lesion_id"),
             (Block("lesions", own),
              Block("dosimetry", ("lesion_id", "source", "absorbed_dose", "volume"), {"compartment": "lesion"},
                    entry=True),
              Block("imaging", ("lesion_id", *when, "modality", *measured), {"visit": "baseline"}, rows="lesion"))),
        Plan("imaging", ("patient_id", "lesion_id", "visit"), (Block("imaging", imaging, rows="later"),)),
        Plan("labs", ("patient_id", "visit"),
             tuple(Block("labs", ("visit", *when, "value"), {"analyte": name}, entry=True, limits=True)
                   for name in ANALYTES)),
        Plan("assessments", ("patient_id", "visit"),
             tuple(Block("assessments", ("visit", *when, "response"), {"criterion": name}, entry=True)
                   for name in ("mrecist", "recist_1_1"))),
        *shared,
    )  # fmt: skip


def _sizes(compartment: str) -> tuple[str, ...]:
    return {"whole_liver": ("volume",), "lung": ("absorbed_dose",)}.get(compartment, ("absorbed_dose", "volume"))


Planner = Callable[[Style, Schema], tuple[Plan, ...]]


def build_sheets(style: Style, tables: Tables, schema: Schema, planned: Planner = plans) -> list[Sheet]:
    """Every raw sheet of a centre that has rows, cells as the centre writes them."""
    own = {name: frame[frame["centre"] == style.name] for name, frame in tables.items()}
    made = (_sheet(style, plan, own, schema) for plan in planned(style, schema))
    return [sheet for sheet in made if sheet is not None]


def _sheet(style: Style, plan: Plan, own: Tables, schema: Schema) -> Sheet | None:
    chosen = [(block, _chosen(block, own[block.table])) for block in plan.blocks]
    keys = list(plan.keys)
    parts = [rows[keys].fillna("") for _block, rows in chosen if len(rows)]
    if not parts:
        return None
    universe = pd.MultiIndex.from_frame(pd.concat(parts).drop_duplicates().sort_values(keys))
    names = _Names(style)
    made: dict[str, np.ndarray] = {}
    kinds: dict[str, str] = {}
    texts: dict[str, list[str]] = {}
    placed = []
    for block, rows in chosen:
        table = schema.tables[block.table]
        at = universe.get_indexer(pd.MultiIndex.from_frame(rows[keys].fillna("")))
        headings: dict[str, tuple[str, ...]] = {}
        for name in ("patient_id", *block.columns):
            column = table.columns[name]
            cells = list(_cells(style, block, column, rows, names, schema))
            headings[name] = tuple(head for head, *_ in cells)
            for head, kind, values, allowed in cells:
                made.setdefault(head, np.full(len(universe), "", dtype=object))[at] = values
                kinds[head] = kind
                if allowed:
                    texts[head] = allowed
        placed.append(Placed(block, rows.index.to_numpy(), at, headings))
    first = placed[0].headings
    return Sheet(plan.name, pd.DataFrame(made), kinds, texts, placed,
                 {key: first[key][0] for key in keys if key in first})  # fmt: skip


def _chosen(block: Block, frame: pd.DataFrame) -> pd.DataFrame:
    for column, value in block.where.items():
        frame = frame[(frame[column] == value).fillna(False)]
    if block.rows:
        of_lesion = frame["lesion_id"].notna()
        baseline = frame["visit"] == "baseline"
        frame = frame[of_lesion] if block.rows == "lesion" else frame[~(of_lesion & baseline)]
    return frame


class _Names:
    """Headings of a centre, as its form allows them; the same question has the same answer."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.given: dict[tuple[str, ...], str] = {}

    def of(self, block: Block, column: Column, unit: str, extra: str = "") -> str:
        words = [self.style.heading(block.table, column.name)]
        if block.where and column.name not in ("visit", "date", "day", "lesion_id", "patient_id", "source", "modality",
                                               *_MEASURED):  # fmt: skip
            label = self._label(block)
            words = label if column.name == "value" else [*label, *words]
        if block.table == "follow_up" and block.where and column.name in ("date", "day"):
            words = [*self._label(block), *words[-1:]]
        if block.where.get("compartment") == "lesion":
            words = [self.style.heading(block.table, column.name)]
        text = " ".join([*words, extra] if extra else words)
        text = f"{text} ({unit})" if unit and self.style.form not in PLAIN_NAMES else text
        return self._plain(text) if self.style.form in PLAIN_NAMES else text

    def _label(self, block: Block) -> list[str]:
        lists = {"compartment": "compartment", "event": "follow_up_event", "analyte": "analytes"}
        lists["criterion"] = "criterion"
        return [self.style.codes(lists[key])[value] for key, value in block.where.items() if key in lists]

    def _plain(self, text: str) -> str:
        """Letters, digits and underscores; eight characters in a SAS transport file."""
        if (text,) not in self.given:
            folded = unicodedata.normalize("NFKD", text.replace("ı", "i")).encode("ascii", "ignore").decode()
            name = re.sub(r"[^0-9a-z]+", "_", folded.lower()).strip("_")
            limit = 8 if self.style.form == "xpt" else 26
            short = name.replace("_", "")[:limit] if self.style.form == "xpt" else name[:limit]
            taken = {name.lower() for name in self.given.values()}
            candidate, number = short, 2
            while candidate in taken:
                candidate, number = f"{short[: limit - 1]}{number}", number + 1
            self.given[(text,)] = candidate.upper() if self.style.form == "xpt" else candidate
        return self.given[(text,)]


_MEASURED = ("longest_diameter", "viable_diameter", "viable_perpendicular", "attenuation", "arterial_enhancement")

Cells = tuple[str, str, np.ndarray, list[str]]
"""Heading, kind, texts, allowed texts of a coded column."""


def _cells(
    style: Style, block: Block, column: Column, rows: pd.DataFrame, names: _Names, schema: Schema
) -> Iterator[Cells]:
    """The raw columns of one canonical column; several for ticked boxes."""
    values = rows[column.name]
    empty = style.missing if (block.table, column.name) in _SPOKEN else ""
    if column.type == "codes" and style.layout == "wide":
        held = values.fillna("").str.split(MULTIPLE)
        for code, text in style.codes(column.codelist).items():
            flags = np.array([TICKED if code in found else "" for found in held], dtype=object)
            yield names.of(block, column, "", text), "text", flags, []
        return
    unit = _unit(style, column, block)
    yield names.of(block, column, unit), *_encoded(style, column, rows, empty, schema)


def _unit(style: Style, column: Column, block: Block) -> str:
    if column.quantity_from:
        analyte = block.where.get("analyte")
        return style.unit(quantity_of(column, analyte))[0] if analyte else ""
    if column.type == "number" and column.quantity and column.quantity != "age":
        return style.unit(column.quantity)[0]
    return ""


def _encoded(
    style: Style, column: Column, rows: pd.DataFrame, empty: str, schema: Schema
) -> tuple[str, np.ndarray, list[str]]:
    values = rows[column.name]
    known = values.notna().to_numpy()
    texts = np.full(len(rows), empty, dtype=object)
    if column.type in ("code", "codes"):
        table = style.codes(column.codelist)
        if column.type == "codes":
            texts[known] = [SEPARATOR.join(table[code] for code in str(v).split(MULTIPLE)) for v in values[known]]
            return "text", texts, []
        texts[known] = [table[str(v)] for v in values[known]]
        return "code", texts, list(table.values())
    if column.type == "date":
        form = style.dates
        texts[known] = [v.strftime(form) for v in values[known]]
        return "date", texts, []
    if column.type in ("number", "day") and (column.quantity or column.quantity_from):
        analytes = rows["analyte"].to_numpy() if column.quantity_from else np.full(len(rows), "", dtype=object)
        for analyte in dict.fromkeys(analytes):
            scale, digits = scale_and_digits(style, column, str(analyte))
            here = known & (analytes == analyte)
            if column.name in ("uln", "lln"):
                side = 1 if column.name == "uln" else 0
                texts[here] = style.limits[str(analyte)][side].replace(".", style.decimal)
            else:
                texts[here] = [raw_text(v, scale, digits).replace(".", style.decimal) for v in values[here]]
        return "number", texts, []
    texts[known] = [str(v).replace(".", style.decimal) if column.type == "number" else str(v) for v in values[known]]
    return ("number" if column.type in ("integer", "number") else "text"), texts, []


def scale_and_digits(style: Style, column: Column, analyte: str = "") -> tuple[Decimal, int]:
    """Factor of the centre's unit and the decimals the centre writes."""
    quantity = quantity_of(column, analyte)
    unit, digits = style.unit(quantity)
    return factor(quantity, unit) or Decimal(1), digits
