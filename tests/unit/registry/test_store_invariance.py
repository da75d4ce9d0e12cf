"""The form in which the same facts arrive moves no canonical value and no fingerprint: order, unit, format, files."""

from __future__ import annotations

import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from y90outcomes.registry import Registry, load_registry, read_registry, save_registry
from y90outcomes.registry.digest import fingerprint
from y90outcomes.schema import PROVENANCE, load_schema

QUICK = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],
)
HEAD = ("Nr", "Datum", "Wert", "Aktivität")
FACTOR = {"mg/dL": Decimal("17.104"), "µmol/L": Decimal(1), "mg/L": Decimal("1.7104")}
ACTIVITY = {"GBq": Decimal(1), "MBq": Decimal(1000)}
FORMATS = ("semicolon", "comma", "tab", "utf16", "cp1252", "xlsx", "parquet")

Row = tuple[str, str, Decimal, Decimal]
rows = st.lists(
    st.tuples(
        st.dates(pd.Timestamp("2010-01-01").date(), pd.Timestamp("2020-12-31").date()).map(str),
        st.integers(10, 800).map(lambda n: Decimal(n) / 10),
        st.integers(100, 9999).map(lambda n: Decimal(n) / 1000),
    ),
    min_size=2,
    max_size=12,
).map(lambda cells: [(f"P{i}", *cell) for i, cell in enumerate(cells)])


def mapping(files: list[str], style: str, unit: str, activity: str, date: str) -> str:
    dialect = {
        "semicolon": '{delimiter: ";", decimal: ","}', "comma": '{delimiter: ","}', "tab": '{delimiter: "\\t"}',
        "utf16": '{delimiter: ";", encoding: utf-16}', "cp1252": '{delimiter: ";", decimal: ",", encoding: cp1252}',
        "xlsx": "{}", "parquet": "{}",
    }[style]  # fmt: skip
    page = "centre: bonn\norigin: synthetic\nfiles:\n"
    for file in files:
        page += f"""\
  - path: {file}
    dialect: {dialect}
    dates: "{date}"
    tables:
      patients: {{patient_id: Nr}}
      treatments:
        {{patient_id: Nr, treatment_number: 1, date: Datum, device: {{constant: glass}},
          activity: {{from: Aktivität, unit: {activity}}}}}
      labs:
        {{patient_id: Nr, analyte: {{constant: bilirubin}}, visit: {{constant: baseline}}, date: Datum,
          value: {{from: Wert, unit: {unit}}}}}
"""
    return page


def send(
    folder: Path, facts: list[Row], style: str = "comma", unit: str = "mg/dL", activity: str = "GBq",
    date: str = "%Y-%m-%d", cut: int = 0,
) -> Registry:  # fmt: skip
    """The registry of `facts` (bilirubin in mg/dL, activity in GBq) as a centre may send them, in one file or two."""
    (folder / "centres").mkdir(parents=True)
    ending = {"xlsx": "xlsx", "parquet": "parquet"}.get(style, "txt")
    pieces = [facts[:cut], facts[cut:]] if 0 < cut < len(facts) else [facts]
    files = [f"part{i}.{ending}" for i, _piece in enumerate(pieces)]
    for file, piece in zip(files, pieces, strict=True):
        write(folder / file, [convert(row, unit, activity) for row in piece], style, date)
    (folder / "centres" / "bonn.yaml").write_text(mapping(files, style, unit, activity, date), encoding="utf-8")
    return read_registry(folder)


def convert(row: Row, unit: str, activity: str) -> Row:
    """The exact decimal equivalent in another unit; mg/dL of bilirubin is 17.104 µmol/L, 10 mg/L."""
    patient, day, bilirubin, dose = row
    return patient, day, bilirubin * FACTOR["mg/dL"] / FACTOR[unit], dose * ACTIVITY[activity]


def write(path: Path, facts: list[Row], style: str, date: str) -> None:
    days = [pd.Timestamp(day) for _, day, _, _ in facts]
    if style == "xlsx":
        book = Workbook()
        book.active.append(HEAD)
        for (patient, _, value, dose), day in zip(facts, days, strict=True):
            book.active.append([patient, day.date(), float(value), float(dose)])
        book.save(path)
    elif style == "parquet":
        columns: list[Any] = [
            [row[0] for row in facts], [day.date() for day in days],
            [float(row[2]) for row in facts], [float(row[3]) for row in facts],
        ]  # fmt: skip
        pq.write_table(pa.table(dict(zip(HEAD, columns, strict=True))), path)
    else:
        delimiter = {"comma": ",", "tab": "\t"}.get(style, ";")
        decimal = "," if style in ("semicolon", "cp1252") else "."
        lines = [HEAD] + [
            (patient, day.strftime(date), f"{value:f}".replace(".", decimal), f"{dose:f}".replace(".", decimal))
            for (patient, _, value, dose), day in zip(facts, days, strict=True)
        ]
        text = "".join(delimiter.join(cells) + "\r\n" for cells in lines)
        path.write_bytes(text.encode({"utf16": "utf-16", "cp1252": "cp1252"}.get(style, "utf-8")))


def values(registry: Registry) -> dict[str, pd.DataFrame]:
    return {name: frame.drop(columns=list(PROVENANCE)) for name, frame in registry.tables.items()}


def assert_same(first: Registry, second: Registry) -> None:
    assert first.fingerprint == second.fingerprint
    for name, frame in values(first).items():
        pd.testing.assert_frame_equal(frame, values(second)[name], check_exact=True)
    pd.testing.assert_frame_equal(first.missing, second.missing)


folders = itertools.count()


@given(data=st.data(), facts=rows)
@QUICK
def test_order_unit_format_and_files_move_nothing(tmp_path, data, facts):
    plain = send(tmp_path / str(next(folders)), facts)
    other = send(
        tmp_path / str(next(folders)),
        data.draw(st.permutations(facts)),
        data.draw(st.sampled_from(FORMATS)),
        data.draw(st.sampled_from(sorted(FACTOR))),
        data.draw(st.sampled_from(sorted(ACTIVITY))),
        data.draw(st.sampled_from(["%d.%m.%Y", "%Y/%m/%d", "%m/%d/%Y"])),
        data.draw(st.integers(0, len(facts))),
    )
    assert plain.blocking == other.blocking == ()
    assert_same(plain, other)


@given(facts=rows, which=st.sampled_from(["registry", "registry.duckdb"]))
@settings(QUICK, max_examples=8)
def test_keeping_a_registry_moves_nothing(tmp_path, facts, which):
    made = send(tmp_path / str(next(folders)), facts)
    assert_same(made, load_registry(save_registry(made, tmp_path / str(next(folders)) / which)))


@pytest.mark.parametrize("style", FORMATS)
def test_the_values_are_those_that_were_sent(tmp_path, style):
    facts = [("P1", "2019-02-28", Decimal("1.1"), Decimal("2.345")), ("P2", "2020-12-01", Decimal("0.7"), Decimal("3"))]
    made = send(tmp_path, facts, style, "µmol/L", "MBq")
    assert made.tables["labs"]["value"].tolist() == [18.8144, 11.9728]
    assert made.tables["treatments"]["activity"].tolist() == [2.345, 3.0]
    assert made.tables["treatments"]["date"].astype(str).tolist() == ["2019-02-28", "2020-12-01"]


texts = st.text(st.characters(codec="utf-8"), max_size=6)


@given(
    cells=st.lists(
        st.tuples(texts, st.none() | texts, st.floats(allow_nan=True, allow_infinity=False), st.none() | st.dates()),
        min_size=1, max_size=30,
    ),
    order=st.randoms(use_true_random=False),
)  # fmt: skip
@settings(QUICK, max_examples=60)
def test_the_fingerprint_is_the_one_written_down_and_blind_to_order(cells, order):
    """Against a plain row-by-row reading of its definition, for any text, number and date."""
    import datetime as dt
    import hashlib

    schema = load_schema()

    def tables(lines: list[Any]) -> dict[str, pd.DataFrame]:
        made = {}
        for name, table in schema.tables.items():
            kinds = {"number": "float64", "day": "float64", "date": "datetime64[s]", "integer": "Int64",
                     "boolean": "boolean"}  # fmt: skip
            empty = {c.name: pd.Series(dtype=kinds.get(c.type, "string")) for c in table.columns.values()}
            made[name] = pd.DataFrame(empty)
        days = [None if line[3] is None or line[3].year < 1700 else line[3] for line in lines]
        own = {
            "patient_id": pd.Series([line[0] for line in lines], dtype="string"),
            "visit": pd.Series([line[1] for line in lines], dtype="string"),
            "value": pd.Series([line[2] for line in lines], dtype="float64"),
            "date": pd.Series(np.asarray(days, dtype="datetime64[s]")),
        }
        made["labs"] = made["labs"].reindex(range(len(lines))).assign(**own)
        return made

    def plain(frames: dict[str, pd.DataFrame]) -> str:
        whole = hashlib.sha256(f"schema {schema.version}\n".encode())
        for name in sorted(schema.tables):
            columns = list(schema.tables[name].columns)
            whole.update(f"{name}\n{','.join(columns)}\n".encode())
            lines = []
            for row in frames[name][columns].itertuples(index=False):
                parts = []
                for cell in row:
                    if pd.isna(cell):
                        parts.append("")
                    elif isinstance(cell, float):
                        parts.append(f"{cell + 0.0:.12g}")
                    elif isinstance(cell, dt.date):
                        parts.append(cell.strftime("%Y-%m-%d"))
                    else:
                        parts.append(str(cell).replace("\x1f", " ").replace("\n", " "))
                lines.append("\x1f".join(parts))
            whole.update("".join(line + "\n" for line in sorted(lines)).encode())
        return whole.hexdigest()

    first = fingerprint(tables(cells), schema)
    assert first == plain(tables(cells))
    shuffled = list(cells)
    order.shuffle(shuffled)
    assert fingerprint(tables(shuffled), schema) == first
