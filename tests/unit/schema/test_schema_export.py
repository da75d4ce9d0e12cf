"""What `y90 schema export` writes beside the dictionary: an HTML page, and blank workbooks that read back."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from openpyxl import load_workbook
from pydantic import ValidationError
from ruamel.yaml import YAML

from y90outcomes.registry import export_schema, mapping_json_schema, read_registry
from y90outcomes.registry.blanks import SETS, asked, blank_workbook, dictionary_html, template_page
from y90outcomes.registry.mapping import CentreMapping
from y90outcomes.schema import load_schema

SCHEMA = load_schema()


class Page(HTMLParser):
    """Open elements, ids and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.counts: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            if name in ("href", "src"):
                self.links.append(str(value))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_html_dictionary_is_whole_and_links_only_to_itself():
    text = dictionary_html(SCHEMA)
    page = Page()
    page.feed(text)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    for table in SCHEMA.tables.values():
        assert f"table-{table.name}" in page.ids
        assert {f"{table.name}-{column}" for column in table.columns} <= set(page.ids)
    assert {f"list-{name}" for name in SCHEMA.codelists} <= set(page.ids)
    assert page.counts["caption"] == page.counts["table"] == len(SCHEMA.tables) + len(SCHEMA.codelists)
    assert '<html lang="en">' in text
    assert "http" not in text.replace("https://", "").split("<body>")[0]


@pytest.mark.parametrize("name", SETS)
def test_a_blank_workbook_has_a_sheet_per_table_with_notes_and_drop_downs(name):
    book = load_workbook(io.BytesIO(blank_workbook(name, SCHEMA)))
    assert book.sheetnames == [*SETS[name], "Codes"]
    for table in SETS[name]:
        sheet, columns = book[table], asked(SCHEMA.tables[table])
        assert [cell.value for cell in sheet[1]] == [column.name for column in columns]
        assert all(cell.comment is not None for cell in sheet[1])
        for cell, column in zip(sheet[1], columns, strict=True):
            if column.quantity:
                assert f"Unit: {column.unit}." in cell.comment.text
        lists = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
        assert len(lists) == sum(column.type == "code" for column in columns)
        for rule in lists:
            column = columns[next(iter(rule.sqref.ranges)).min_col - 1]
            codes = [row[0].value for row in book["Codes"][rule.formula1.split("!")[1].replace("$", "")]]
            assert codes == list(SCHEMA.codes(column))


def test_every_table_is_asked_for_once():
    assert sorted(table for tables in SETS.values() for table in tables) == sorted(SCHEMA.tables)


def test_a_filled_workbook_reads_back_through_its_own_page(tmp_path: Path):
    rows = {
        "patients": {"patient_id": "A", "sex": "female", "etiology": "hepatitis_b;alcohol", "height": 170},
        "treatments": {"patient_id": "A", "treatment_number": 1, "date": "2020-01-31", "device": "glass"},
    }
    book = load_workbook(io.BytesIO(blank_workbook("clinical", SCHEMA)))
    for table, values in rows.items():
        book[table].append([values.get(column.name) for column in asked(SCHEMA.tables[table])])
    (tmp_path / "data").mkdir()
    (tmp_path / "centres").mkdir()
    book.save(tmp_path / "data" / "clinical.xlsx")
    head, *entries = re.split(r"(?m)^(?=  - path:)", template_page(SCHEMA))
    kept = [entry for entry in entries if re.search(r"sheet: (\w+)", entry)[1] in rows]  # type: ignore[index]
    (tmp_path / "centres" / "centre.yaml").write_text(head + "".join(kept), encoding="utf-8")
    registry = read_registry(tmp_path)
    assert registry.blocking == ()
    assert registry.tables["patients"].loc[0, ["sex", "etiology", "height"]].tolist() == [
        "female", "hepatitis_b;alcohol", 170.0,
    ]  # fmt: skip
    assert registry.tables["treatments"]["date"].dt.strftime("%Y-%m-%d").tolist() == ["2020-01-31"]


def test_the_template_page_has_no_fault_for_any_table(tmp_path: Path):
    (tmp_path / "centres").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "centres" / "centre.yaml").write_text(template_page(SCHEMA), encoding="utf-8")
    for name, tables in SETS.items():
        book = load_workbook(io.BytesIO(blank_workbook(name, SCHEMA)))
        for table in tables:
            fixed = {"patient_id": "A", "lesion_id": "1" if table == "lesions" else None}
            codes = {
                c.name: next(iter(SCHEMA.codes(c)))
                for c in asked(SCHEMA.tables[table])
                if c.type == "code" and c.required
            }
            numbers = {c.name: 1 for c in asked(SCHEMA.tables[table]) if c.type == "integer" and c.required}
            values = fixed | codes | numbers | ({"value": 20} if table == "labs" else {})
            book[table].append([values.get(column.name) for column in asked(SCHEMA.tables[table])])
        book.save(tmp_path / "data" / f"{name}.xlsx")
    registry = read_registry(tmp_path)
    assert registry.blocking == ()
    assert all(len(frame) == 1 for frame in registry.tables.values())


def test_export_writes_every_file(tmp_path: Path):
    names = [path.relative_to(tmp_path).as_posix() for path in export_schema(tmp_path)]
    assert names == [
        "dictionary.csv", "mapping.schema.json", "dictionary.html", "templates/clinical.xlsx", "templates/tumours.xlsx",
        "templates/laboratory.xlsx", "templates/centre.yaml",
    ]  # fmt: skip
    assert all((tmp_path / name).stat().st_size > 500 for name in names)


WORDS = """
centre: c
origin: synthetic
limits: {bilirubin: {uln: 21, unit: µmol/L}}
files:
  - path: a.csv
    partial: {month: middle}
    tables:
      patients:
        patient_id: {from: [site, no], join: "-"}
        etiology: {from: [VHB, OH], tick: [hepatitis_b, alcohol], ticked: Oui, unticked: [Non, ""]}
        prior_therapies: {from: avant, separator: ",", codes: {CEL: tace}}
        diagnosis_date: {from: {year: an, month: mois}, partial: first}
        only: {bras: [TARE]}
        except: {statut: exclu}
        merge: true
      labs:
        patient_id: id
        repeat: {analyte: {BILI: bilirubin}, visit: {J0: baseline}}
        absent: [x]
        value: {from: "{analyte}_{visit}", unit_from: u, units: {mumol: µmol/L}}
      imaging:
        patient_id: id
        visit: {constant: baseline}
        viable_diameter: {from: v, split: x, part: 1, unit: mm}
        longest_diameter: {from: [a, b], first_filled: true, unit: mm}
"""


@pytest.mark.parametrize(
    ("old", "new", "valid"),
    [
        ("", "", True),
        ("ticked: Oui", "tiked: Oui", False),
        ("tick: [hepatitis_b", "tick: [hepatite_b", False),
        ("partial: first", "partial: soon", False),
        ("visit: {J0: baseline}", "visit: {J0: start}", False),
        ("limits: {bilirubin", "limits: {bili", False),
        ("split: x", "splitt: x", False),
    ],
)
def test_the_editor_knows_every_word_of_a_mapping(old, new, valid):
    page = YAML(typ="safe", pure=True).load(WORDS.replace(old, new))
    errors = list(jsonschema.Draft202012Validator(mapping_json_schema(SCHEMA)).iter_errors(page))
    assert (errors == []) == valid, errors
    try:
        model = CentreMapping.model_validate(page)
    except ValidationError:
        assert not valid
    else:
        assert [item.merge for item in model.files[0].tables.values()] == [True, False, False]
