"""The thirteen centres: what each writes its files in, and in which units, dates and words.

The names say a country and a number. They stand for no hospital: every patient is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from y90outcomes.schema import Column, load_schema
from y90outcomes.simulate.languages import codes, heading

SI: Mapping[str, tuple[str, int]] = MappingProxyType({
    "bilirubin": ("µmol/L", 0), "albumin": ("g/L", 0), "creatinine": ("µmol/L", 0), "afp": ("µg/L", 1),
    "inr": ("ratio", 2), "cell_count": ("10⁹/L", 2), "enzyme": ("U/L", 0), "length": ("mm", 0), "volume": ("mL", 1),
    "dose": ("Gy", 2), "activity": ("GBq", 2), "fraction": ("%", 1), "attenuation": ("HU", 0), "day": ("d", 0),
    "age": ("years", 0), "body_mass": ("kg", 2), "height": ("cm", 0), "sodium": ("mmol/L", 0),
})  # fmt: skip
"""quantity -> (unit, decimals) where a centre has no other habit."""

US: Mapping[str, tuple[str, int]] = MappingProxyType({
    **SI, "bilirubin": ("mg/dL", 1), "albumin": ("g/dL", 1), "creatinine": ("mg/dL", 2), "afp": ("ng/mL", 1),
    "cell_count": ("10^3/uL", 2), "volume": ("cm3", 1),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """How one centre sends its data.

    form      csv | tsv | xlsx | ods | parquet | sav | dta | xpt | sqlite | duckdb | redcap
    layout    wide (a row per patient or visit) or long (a file per canonical table)
    dates     strptime format; "" for day numbers instead of dates
    typed     numbers and dates are stored as such, not as text
    missing   what stands where a value is not known; a number, where a column of numbers holds nothing else
    ids       pattern of a patient's pseudonym
    header    row of the headings, with a title above when it is not the first
    limits    normal limits in the centre's own unit: analyte -> (lower, upper)
    words     code list -> code -> what this centre writes, beside or instead of its language's word
    headings  (table, column) -> heading, where the language has none
    """

    name: str
    language: str
    weight: float
    form: str
    layout: str
    units: Mapping[str, tuple[str, int]]
    dates: str
    missing: str
    ids: str
    decimal: str = "."
    delimiter: str = ","
    encoding: str = "utf-8"
    typed: bool = False
    header: int = 1
    limits: Mapping[str, tuple[str, str]] = field(default_factory=lambda: LIMITS_SI)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    headings: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def unit(self, quantity: str) -> tuple[str, int]:
        """Unit and decimals of a quantity."""
        return self.units[quantity]

    def codes(self, codelist: str) -> dict[str, str]:
        """code -> what this centre writes."""
        return {**codes(self.language, codelist), **self.words.get(codelist, {})}

    def heading(self, table: str, column: str) -> str:
        """What this centre calls a canonical column."""
        return self.headings.get((table, column)) or heading(self.language, table, column)


LIMITS_SI: Mapping[str, tuple[str, str]] = MappingProxyType({
    "bilirubin": ("3", "21"), "albumin": ("35", "50"), "inr": ("0.8", "1.2"), "creatinine": ("45", "105"),
    "afp": ("0.1", "10"), "platelets": ("150", "400"), "lymphocytes": ("1", "4"), "ast": ("10", "40"),
    "alt": ("10", "45"), "alp": ("40", "130"), "ggt": ("10", "60"), "sodium": ("135", "145"),
})  # fmt: skip
LIMITS_US: Mapping[str, tuple[str, str]] = MappingProxyType({
    **LIMITS_SI, "bilirubin": ("0.2", "1.2"), "albumin": ("3.5", "5"), "creatinine": ("0.5", "1.2"),
})  # fmt: skip

CENTRES: tuple[Style, ...] = (
    Style("us1", "en", 1.4, "csv", "wide", US, "%m/%d/%Y", "N/A", "U1-{:03d}", limits=LIMITS_US),
    Style("us2", "en", 1.2, "redcap", "long", US, "%Y-%m-%d", "-9", "{:d}", limits=LIMITS_US),
    Style("us3", "en", 1.0, "xlsx", "wide", {**US, "length": ("cm", 1), "activity": ("mCi", 1)}, "%Y-%m-%d", "unk",
          "S{:03d}", typed=True, limits=LIMITS_US),
    Style("us4", "en", 0.8, "xpt", "long", US, "%Y-%m-%d", "-99", "US4{:03d}", typed=True, limits=LIMITS_US),
    Style("us5", "en", 0.8, "sqlite", "long", US, "%Y-%m-%d", "-9", "G-{:03d}", typed=True, limits=LIMITS_US),
    Style("fr1", "fr", 1.2, "csv", "wide", {**SI, "cell_count": ("G/L", 2)}, "%d/%m/%Y", "NC", "R{:03d}",
          decimal=",", delimiter=";", encoding="cp1252"),
    Style("ch1", "fr", 0.7, "duckdb", "long", {**SI, "activity": ("MBq", 0)}, "%Y-%m-%d", "-1", "CH{:03d}", typed=True),
    Style("de1", "de", 0.9, "tsv", "wide", {**SI, "bilirubin": ("mg/dL", 2), "albumin": ("g/dL", 2),
                                            "cell_count": ("/nL", 2), "creatinine": ("mg/dL", 2)},
          "%d.%m.%Y", "k. A.", "E-{:04d}", decimal=",", delimiter="\t", encoding="utf-16",
          limits={**LIMITS_US, "bilirubin": ("0.2", "1.1"), "albumin": ("3.5", "5.2")}),
    Style("it1", "it", 0.9, "ods", "long", US, "%d/%m/%Y", "n.d.", "MI{:03d}", limits=LIMITS_US),
    Style("nl1", "nl", 1.3, "sav", "long", {**SI, "volume": ("mL", 0)}, "%Y-%m-%d", "-9", "NL{:03d}",
          typed=True),
    Style("tr1", "tr", 0.9, "xlsx", "wide", {**US, "cell_count": ("/µL", 0)}, "%d.%m.%Y", "-", "T1-{:03d}", header=3,
          limits={**LIMITS_US, "platelets": ("150000", "400000"), "lymphocytes": ("1000", "4000")}),
    Style("tr2", "tr", 0.8, "dta", "long", US, "%Y-%m-%d", "-9", "FN{:03d}", typed=True, limits=LIMITS_US),
    Style("sa1", "en", 0.7, "parquet", "long", {**SI, "length": ("cm", 1)}, "", "-999", "KF{:03d}", typed=True),
)  # fmt: skip
"""In the order in which patients are dealt to them."""


def quantity_of(column: Column, analyte: str = "") -> str:
    """The unit table's word for a column, or for an analyte's value."""
    if not column.quantity_from:
        return column.quantity
    return load_schema().codelists["analytes"].extra[analyte]["quantity"]
