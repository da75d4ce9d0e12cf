"""Raw sheets to the files a centre sends. The same sheets give the same bytes: no time, no machine stands in a file."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import re
import sqlite3
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape

import pandas as pd

from y90outcomes.simulate.centres import Style
from y90outcomes.simulate.languages import title
from y90outcomes.simulate.sheets import Sheet

Writer = Callable[[Style, Sequence[Sheet], Path], None]
MOMENT = (2020, 1, 1, 0, 0, 0)
NOTE = "Synthetic data: invented patients (y90 simulate)"


def write_files(style: Style, sheets: Sequence[Sheet], folder: Path) -> None:
    """Write a centre's files under `folder`/data and note in each sheet its file, sheet and first data row."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    WRITERS[style.form](style, sheets, folder)


def _place(sheet: Sheet, file: str, name: str, first_row: int) -> None:
    sheet.file, sheet.sheet, sheet.first_row = file, name, first_row


def _text(style: Style, sheets: Sequence[Sheet], folder: Path) -> None:
    for sheet in sheets:
        file = f"data/{style.name}_{title(style.language, sheet.name)}.{style.form}"
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=style.delimiter, lineterminator="\r\n")
        writer.writerow(sheet.frame.columns)
        writer.writerows(sheet.frame.itertuples(index=False, name=None))
        (folder / file).write_bytes(out.getvalue().encode(style.encoding))
        _place(sheet, file, "", 2)


def _value(kind: str, text: str) -> Any:
    """A cell as a typed file stores it; a text that is no number or date there stays text."""
    if text == "":
        return None
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if kind == "date" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        with contextlib.suppress(ValueError):
            return dt.date.fromisoformat(text)
    return text


def _rows(style: Style, sheet: Sheet) -> list[list[Any]]:
    kinds = [sheet.kinds[name] if style.typed else "text" for name in sheet.frame.columns]
    return [
        [_value(kind, cell) for kind, cell in zip(kinds, row, strict=True)]
        for row in sheet.frame.itertuples(index=False, name=None)
    ]


def _xlsx(style: Style, sheets: Sequence[Sheet], folder: Path) -> None:
    import openpyxl

    file = f"data/{style.name}_registry.xlsx"
    book = openpyxl.Workbook()
    book.remove(book.active)
    moment = dt.datetime(*MOMENT)
    book.properties.creator, book.properties.created, book.properties.modified = NOTE, moment, moment
    for sheet in sheets:
        name = title(style.language, sheet.name)
        page = book.create_sheet(name)
        if style.header > 1:
            page.append([NOTE])
            for _ in range(style.header - 2):
                page.append([])
            for position, head in enumerate(sheet.frame.columns, start=1):
                page.cell(row=style.header, column=position, value=head)
        else:
            page.append(list(sheet.frame.columns))
        for i, row in enumerate(_rows(style, sheet), start=style.header + 1):
            for j, cell in enumerate(row, start=1):
                if cell is not None:
                    page.cell(row=i, column=j, value=cell)
        _place(sheet, file, name, style.header + 1)
    out = io.BytesIO()
    book.save(out)
    (folder / file).write_bytes(_timeless(out.getvalue()))


def _timeless(content: bytes) -> bytes:
    """A zip archive with every member at one moment."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            body = old.read(member.filename)
            if member.filename == "docProps/core.xml":  # openpyxl puts the hour of saving there
                body = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2020-01-01T00:00:00Z", body)
            new.writestr(zipfile.ZipInfo(member.filename, MOMENT), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _ods(style: Style, sheets: Sequence[Sheet], folder: Path) -> None:
    file = f"data/{style.name}_registry.ods"
    tables = []
    for sheet in sheets:
        name = title(style.language, sheet.name)
        rows = [list(sheet.frame.columns), *_rows(style, sheet)]
        body = "".join(
            "<table:table-row>" + "".join(_ods_cell(cell) for cell in row) + "</table:table-row>" for row in rows
        )
        tables.append(f'<table:table table:name="{escape(name)}">{body}</table:table>')
        _place(sheet, file, name, 2)
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<office:document-content xmlns:office="{office}office:1.0" xmlns:table="{office}table:1.0" '
        f'xmlns:text="{office}text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        + "".join(tables)
        + "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<manifest:manifest xmlns:manifest="{office}manifest:1.0" manifest:version="1.2">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype", MOMENT), kind, zipfile.ZIP_STORED)
        for member, text in (("content.xml", content), ("META-INF/manifest.xml", manifest)):
            archive.writestr(zipfile.ZipInfo(member, MOMENT), text, zipfile.ZIP_DEFLATED)
    (folder / file).write_bytes(out.getvalue())


def _ods_cell(cell: Any) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, float):
        shown = repr(cell).removesuffix(".0")
        kind = f'office:value-type="float" office:value="{shown}"'
        return f"<table:table-cell {kind}><text:p>{shown}</text:p></table:table-cell>"
    if isinstance(cell, dt.date):
        day = cell.isoformat()
        kind = f'office:value-type="date" office:date-value="{day}"'
        return f"<table:table-cell {kind}><text:p>{day}</text:p></table:table-cell>"
    return f'<table:table-cell office:value-type="string"><text:p>{escape(str(cell))}</text:p></table:table-cell>'


def _columns(style: Style, sheet: Sheet) -> tuple[dict[str, list[Any]], dict[str, str]]:
    """Typed columns and their kinds; a column of numbers or dates that holds a text becomes text."""
    rows = _rows(style, sheet)
    data = {name: [row[i] for row in rows] for i, name in enumerate(sheet.frame.columns)}
    kinds = {}
    for name, cells in data.items():
        wanted = {"number": float, "date": dt.date}.get(sheet.kinds[name], str)
        plain = all(cell is None or isinstance(cell, wanted) for cell in cells)
        kinds[name] = sheet.kinds[name] if plain else "text"
        if not plain:
            data[name] = sheet.frame[name].tolist()
    return data, kinds


def _parquet(style: Style, sheets: Sequence[Sheet], folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"number": pa.float64(), "date": pa.date32()}
    for sheet in sheets:
        file = f"data/{style.name}_{title(style.language, sheet.name)}.parquet"
        data, kinds = _columns(style, sheet)
        arrays = {name: pa.array(cells, types.get(kinds[name], pa.string())) for name, cells in data.items()}
        pq.write_table(pa.table(arrays), folder / file)
        _place(sheet, file, "", 1)


def _coded(
    sheet: Sheet, data: Mapping[str, list[Any]], kinds: Mapping[str, str]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A frame whose coded columns are numbers, and their value labels; with a text outside the list it is text."""
    frame: dict[str, Any] = {}
    labels: dict[str, Any] = {}
    for name, cells in data.items():
        if kinds[name] == "code" and set(sheet.frame[name]) - {""} <= set(sheet.codes[name]):
            number = {text: float(i) for i, text in enumerate(sheet.codes[name], start=1)}
            frame[name] = pd.Series([number.get(cell) for cell in cells], dtype="float64")
            labels[name] = {value: text for text, value in number.items()}
        elif kinds[name] == "number":
            frame[name] = pd.Series(cells, dtype="float64")
        elif kinds[name] == "date":
            frame[name] = pd.Series(cells, dtype="object")
        else:
            frame[name] = pd.Series(["" if cell is None else str(cell) for cell in cells], dtype="object")
    return pd.DataFrame(frame), labels


def _sav(style: Style, sheets: Sequence[Sheet], folder: Path) -> None:
    import pyreadstat

    for sheet in sheets:
        file = f"data/{style.name}_{title(style.language, sheet.name)}.sav"
        frame, labels = _coded(sheet, *_columns(style, sheet))
        missing = float(style.missing)
        ranges: dict[str, list[Any]] = {
            name: [missing]
            for name in map(str, frame)
            if (frame[name] == missing).any() and frame[name].dtype == "float64"
        }
        for name in ranges:
            labels.setdefault(name, {})[missing] = "not recorded"
        pyreadstat.write_sav(frame, str(folder / file), variable_value_labels=labels, missing_ranges=ranges)
        body = bytearray((folder / file).read_bytes())
        body[92:101], body[101:109] = b"01 Jan 20", b"00:00:00"
        (folder / file).write_bytes(bytes(body))
        _place(sheet, file, "", 1)


def _dta(style: Style, sheets: Sequence[Sheet], folder: Path) -> None:
    import pyreadstat

    for sheet in sheets:
        file = f"data/{style.name}_{title(style.language, sheet.name)}.dta"
        frame, labels = _coded(sheet, *_columns(style, sheet))
        special: dict[str, list[str]] = {}
        for name in map(str, frame):
            gone = frame[name] == float(style.missing) if frame[name].dtype == "float64" else pd.Series(dtype=bool)
            if gone.any():  # Stata keeps a reason apart from the numbers, as .a
                frame[name] = frame[name].astype(object).mask(gone, "a")
                labels.setdefault(name, {})["a"] = "not recorded"
                special[name] = ["a"]
        labels = {
            name: {int(k) if isinstance(k, float) else k: v for k, v in found.items()} for name, found in labels.items()
        }
        pyreadstat.write_dta(frame, str(folder / file), variable_value_labels=labels, missing_user_values=special)
        body = (folder / file).read_bytes()
        body = re.sub(rb"(<timestamp>\x11)[^<]{17}", rb"\g<1>01 Jan 2020 00:00", body)
        (folder / file).write_bytes(body)
        _place(sheet, file, "", 1)


def _xpt(style: Style, sheets: Sequence[Sheet], folder: Path) -> None:
    import pyreadstat

    for sheet in sheets:
        file = f"data/{style.name}_{title(style.language, sheet.name)}.xpt"
        data, kinds = _columns(style, sheet)
        frame = pd.DataFrame({
            name: pd.Series(cells, dtype="float64") if kinds[name] == "number"
            else pd.Series(cells, dtype="object") if kinds[name] == "date"
            else pd.Series(["" if cell is None else str(cell) for cell in cells], dtype="object")
            for name, cells in data.items()
        })  # fmt: skip
        pyreadstat.write_xport(frame, str(folder / file), table_name=sheet.name[:8].upper(), file_format_version=5)
        body = (folder / file).read_bytes()
        body = re.sub(rb"\d\d[A-Z]{3}\d\d:\d\d:\d\d:\d\d", b"01JAN20:00:00:00", body)
        (folder / file).write_bytes(body)
        _place(sheet, file, "", 1)


def _sqlite(style: Style, sheets: Sequence[Sheet], folder: Path) -> None:
    file = f"data/{style.name}_registry.sqlite"
    types = {"number": "REAL", "date": "TEXT"}
    (folder / file).unlink(missing_ok=True)
    connection = sqlite3.connect(folder / file)
    try:
        for sheet in sheets:
            name = title(style.language, sheet.name)
            data, kinds = _columns(style, sheet)
            columns = ", ".join(f'"{head}" {types.get(kinds[head], "TEXT")}' for head in data)
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
            rows = zip(*([cell.isoformat() if isinstance(cell, dt.date) else cell for cell in cells]
                         for cells in data.values()), strict=True)  # fmt: skip
            marks = ", ".join("?" * len(data))
            connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', list(rows))  # noqa: S608  (our own names)
            _place(sheet, file, name, 1)
        connection.commit()
    finally:
        connection.close()


def _duckdb(style: Style, sheets: Sequence[Sheet], folder: Path) -> None:
    import duckdb
    import pyarrow as pa

    file = f"data/{style.name}_registry.duckdb"
    types = {"number": pa.float64(), "date": pa.date32()}
    (folder / file).unlink(missing_ok=True)
    with duckdb.connect(":memory:", config={"threads": "1"}) as connection:
        # the smallest block: a table takes at least one, and these tables are small
        connection.execute(f"ATTACH '{folder / file}' AS made (BLOCK_SIZE 16384)")
        connection.execute("USE made")
        for sheet in sheets:
            name = title(style.language, sheet.name)
            data, kinds = _columns(style, sheet)
            arrays = {head: pa.array(cells, types.get(kinds[head], pa.string())) for head, cells in data.items()}
            connection.register("incoming", pa.table(arrays))
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM incoming')  # noqa: S608  (our own names)
            connection.unregister("incoming")
            _place(sheet, file, name, 1)


def _redcap(style: Style, sheets: Sequence[Sheet], folder: Path) -> None:
    """One export, coded as raw numbers, its repeating instruments below each other, and its data dictionary."""
    file = f"data/{style.name}_registry.csv"
    record = "record_id"
    fields: list[tuple[str, str, str, str, str]] = []
    names: dict[str, dict[str, str]] = {}
    for sheet in sheets:
        form = title(style.language, sheet.name)
        key = sheet.keys["patient_id"]
        names[sheet.name] = {head: record if head == key else f"{form[:3]}_{head}" for head in sheet.frame.columns}
        if sheet.name == sheets[0].name:
            fields.append((record, form, "text", "Record", ""))
        for head, name in names[sheet.name].items():
            if name == record:
                continue
            coded = sheet.kinds[head] == "code"
            listed = " | ".join(f"{i}, {text}" for i, text in enumerate(sheet.codes[head], start=1)) if coded else ""
            fields.append((name, form, "radio" if coded else "text", f"{form} {head}", listed))
    columns = [record, "redcap_repeat_instrument", "redcap_repeat_instance", *(f[0] for f in fields if f[0] != record)]
    lines: list[dict[str, str]] = []
    for sheet in sheets:
        form = title(style.language, sheet.name)
        main = sheet.name == sheets[0].name
        count: dict[str, int] = {}
        first = len(lines) + 2
        number = {
            str(head): {text: str(i) for i, text in enumerate(sheet.codes.get(str(head), []), start=1)}
            for head in sheet.frame
        }
        for row in sheet.frame.to_dict("records"):
            line = {names[sheet.name][str(head)]: number[str(head)].get(cell, cell) for head, cell in row.items()}
            if not main:
                count[line[record]] = count.get(line[record], 0) + 1
                line |= {"redcap_repeat_instrument": form, "redcap_repeat_instance": str(count[line[record]])}
            lines.append(line)
        sheet.frame = sheet.frame.rename(columns=names[sheet.name])
        sheet.kinds = {names[sheet.name][head]: kind for head, kind in sheet.kinds.items()}
        sheet.codes = {names[sheet.name][head]: found for head, found in sheet.codes.items()}
        sheet.keys = {key: names[sheet.name][head] for key, head in sheet.keys.items()}
        for placed in sheet.placed:
            placed.headings = {column: tuple(names[sheet.name][head] for head in heads)
                               for column, heads in placed.headings.items()}  # fmt: skip
        _place(sheet, file, "" if main else form, first)
    _write_csv(folder / file, columns, [[line.get(name, "") for name in columns] for line in lines])
    headings = ["Variable / Field Name", "Form Name", "Field Type", "Field Label",
                "Choices, Calculations, OR Slider Labels"]  # fmt: skip
    _write_csv(folder / file.replace(".csv", "_dictionary.csv"), headings, fields)


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    path.write_bytes(out.getvalue().encode())


WRITERS: Mapping[str, Writer] = MappingProxyType({
    "csv": _text, "tsv": _text, "xlsx": _xlsx, "ods": _ods, "parquet": _parquet, "sav": _sav, "dta": _dta, "xpt": _xpt,
    "sqlite": _sqlite, "duckdb": _duckdb, "redcap": _redcap,
})  # fmt: skip
"""Form -> writer."""
