"""What each word of a mapping page means, by small tables: raw rows → canonical rows. The manual of the mapping."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from y90outcomes.errors import InputError
from y90outcomes.registry import Registry, read_registry

PATIENTS = "      patients: {patient_id: id, distinct: true}\n"


def study(folder: Path, raws: dict[str, str], page: str) -> Path:
    """A study folder: each raw text table (cells cut by `|`) a file, and the page of centre c."""
    (folder / "centres").mkdir()
    for name, raw in raws.items():
        lines = [[cell.strip() for cell in line.split("|")] for line in raw.strip().splitlines()]
        (folder / name).write_text("\n".join(";".join(line) for line in lines) + "\n", encoding="utf-8")
    (folder / "centres" / "c.yaml").write_text("centre: c\norigin: synthetic\n" + page, encoding="utf-8")
    return folder


def read(folder: Path, raw: str, tables: str, head: str = "", file: str = "", patients: str = PATIENTS) -> Registry:
    page = f"{head}files:\n  - path: raw.csv\n{file}    tables:\n{patients}{tables}"
    return read_registry(study(folder, {"raw.csv": raw}, page))


def faults(folder: Path, tables: str, head: str = "", raw: str = "id | a\nA | 1", file: str = "") -> str:
    with pytest.raises(InputError) as caught:
        read(folder, raw, tables, head, file)
    return str(caught.value)


def show(frame: pd.DataFrame, columns: str) -> list[str]:
    """Rows as `a | b`, blanks for missing, numbers in their shortest form."""

    def cell(value: object) -> str:
        if pd.isna(value):  # type: ignore[call-overload]
            return ""
        if isinstance(value, pd.Timestamp):
            return value.date().isoformat()
        return f"{value:.12g}" if isinstance(value, float) else str(value)

    return [" | ".join(map(cell, row)).strip() for row in frame[columns.split()].itertuples(index=False)]


def found(registry: Registry) -> list[tuple[str, int | None, str]]:
    return [(item.rule, item.row, item.column) for item in registry.issues]


def counted(registry: Registry, table: str, column: str) -> dict[str, int]:
    rows = registry.missing.query("table == @table and column == @column")
    return dict(zip(rows["reason"], rows["n"], strict=True))


ETIOLOGY = (
    "      patients: {patient_id: id, etiology: {from: [VHB, VHC, OH], tick: [hepatitis_b, hepatitis_c, alcohol],"
    " ticked: [Oui, '1'], unticked: [Non, '0', '']%s}}\n"
)


def test_tick_several_boxes_become_one_cell_of_codes(tmp_path):
    registry = read(
        tmp_path,
        """
        id | VHB | VHC | OH
        A  | Non | Oui | 1
        B  | Oui |     | 0
        C  | Non | Non | Non
        D  | NSP | Non |
        E  | x   | Oui |
        """,
        "",
        head="missing: {NSP: unknown}\n",
        patients=ETIOLOGY % "",
    )
    assert show(registry.tables["patients"], "patient_id etiology") == [
        "A | hepatitis_c;alcohol", "B | hepatitis_b", "C |", "D |", "E |",
    ]  # fmt: skip
    assert found(registry) == [("unmapped_code", 6, "etiology")]
    assert registry.issues[0].source_column == "VHB, VHC, OH"
    assert registry.issues[0].value == "x | Oui | "
    assert counted(registry, "patients", "etiology") == {"none_ticked": 1, "unknown": 1, "invalid": 1}


def test_none_ticked_names_the_code_of_no_box(tmp_path):
    registry = read(tmp_path, "id | VHB | VHC | OH\nA | 0 | 0 | 0", "", patients=ETIOLOGY % ", none_ticked: none")
    assert show(registry.tables["patients"], "etiology") == ["none"]


def test_tick_into_a_column_of_one_code_takes_one_box(tmp_path):
    registry = read(
        tmp_path,
        "id | H | F\nA | x |\nB | | x\nC | x | x",
        "",
        patients="      patients: {patient_id: id, sex: {from: [H, F], tick: [male, female], ticked: x}}\n",
    )
    assert show(registry.tables["patients"], "sex") == ["male", "female", ""]
    assert found(registry) == [("several_ticked", 4, "sex")]


def test_separator_cuts_one_cell_into_several_codes(tmp_path):
    registry = read(
        tmp_path,
        "id | cause\nA | OH + VHC\nB | VHC\nC | OH + ?\nD |",
        "",
        patients="      patients: {patient_id: id, etiology: {from: cause, separator: '+',"
        " codes: {VHC: hepatitis_c, OH: alcohol}}}\n",
    )
    assert show(registry.tables["patients"], "etiology") == ["hepatitis_c;alcohol", "hepatitis_c", "", ""]
    assert found(registry) == [("unmapped_code", 4, "etiology")]


def test_join_builds_a_key_and_first_filled_takes_what_there_is(tmp_path):
    registry = read(
        tmp_path,
        "site | no | f | m\nX | 1 | 10 |\nX | 2 | ND | 3,5\nY | 1 | | ND",
        "      labs: {patient_id: {from: [site, no], join: '-'}, analyte: {constant: afp}, visit: {constant: baseline},"
        " value: {from: [f, m], first_filled: true, unit: ng/mL}}\n",
        head="missing: {ND: not_done}\n",
        file="    dialect: {decimal: ','}\n",
        patients="      patients: {patient_id: {from: [site, no], join: '-'}}\n",
    )
    assert show(registry.tables["patients"], "patient_id") == ["X-1", "X-2", "Y-1"]
    assert show(registry.tables["labs"], "patient_id value") == ["X-1 | 10", "X-2 | 3.5", "Y-1 |"]
    assert counted(registry, "labs", "value") == {"not_done": 1}


def test_split_and_part_take_two_columns_from_one_cell(tmp_path):
    registry = read(
        tmp_path,
        "id | viable\nA | 32 x 28\nB | 40\nC | ND",
        "      imaging: {patient_id: id, visit: {constant: baseline},"
        " viable_diameter: {from: viable, split: x, part: 1, unit: mm},"
        " viable_perpendicular: {from: viable, split: x, part: 2, unit: mm}}\n",
        head="missing: {ND: not_done}\n",
    )
    assert show(registry.tables["imaging"], "viable_diameter viable_perpendicular") == ["32 | 28", "40 |", "|"]
    assert registry.issues == ()
    assert counted(registry, "imaging", "viable_perpendicular") == {"not_done": 1, "not_recorded": 1}


def test_one_raw_column_may_feed_several(tmp_path):
    registry = read(
        tmp_path,
        "id | cp\nA | A5\nB | B7",
        "",
        patients="      patients: {patient_id: id, child_pugh_reported: {from: cp, codes: {A5: 5, B7: 7}},"
        " child_pugh_class_reported: {from: cp, codes: {A5: A, B7: B}}}\n",
    )
    assert show(registry.tables["patients"], "child_pugh_reported child_pugh_class_reported") == ["5 | A", "7 | B"]


DATES = "      treatments: {patient_id: id, treatment_number: 1, date: %s}\n"


def test_dates_in_parts_and_their_precision(tmp_path):
    registry = read(
        tmp_path,
        """
        id | an   | mois | jour
        A  | 2019 | 4    | 7
        B  | 2019 | avr. |
        C  | 2019 |      |
        D  |      |      |
        E  | 2019 |      | 7
        """,
        DATES % "{from: {year: an, month: mois, day: jour}, partial: {month: middle, year: first}}",
    )
    assert show(registry.tables["treatments"], "patient_id date date_precision") == [
        "A | 2019-04-07 |", "B | 2019-04-15 | month", "C | 2019-01-01 | year", "D |  |", "E |  |",
    ]  # fmt: skip
    assert found(registry) == [("date_completed", None, "date"), ("bad_date", 6, "date")]
    assert registry.issues[0].severity == "note"
    assert "2 dates" in registry.issues[0].message


@pytest.mark.parametrize(
    ("rule", "month", "year"),
    [
        ("first", "2020-02-01", "2020-01-01"),
        ("middle", "2020-02-15", "2020-07-01"),
        ("last", "2020-02-29", "2020-12-31"),
    ],
)
def test_a_partial_date_is_completed_by_the_rule_named(tmp_path, rule, month, year):
    registry = read(
        tmp_path,
        "id | d\nA | 02/2020\nB | 2020\nC | 05/02/2020\nD | 00/02/2020\nE | 00/00/2020",
        DATES % f"{{from: d, dates: ['%d/%m/%Y', '%m/%Y', '%Y'], partial: {rule}}}",
    )
    assert show(registry.tables["treatments"], "date date_precision") == [
        f"{month} | month", f"{year} | year", "2020-02-05 |", f"{month} | month", f"{year} | year",
    ]  # fmt: skip


def test_without_a_rule_a_partial_date_is_no_date(tmp_path):
    registry = read(tmp_path, "id | d\nA | 02/2020\nB | 00/02/2020", DATES % "{from: d, dates: '%d/%m/%Y'}")
    assert found(registry) == [("bad_date", 2, "date"), ("bad_date", 3, "date")]


@pytest.mark.parametrize(
    "text", ["07APR2019", "7 avr 2019", "7 Avril 2019", "07 Apr. 2019", "7 nisan 2019", "7 NİSAN 2019", "7 aprile 2019"]
)
def test_a_month_may_be_written_as_a_word_in_six_languages(tmp_path, text):
    registry = read(tmp_path, f"id | d\nA | {text}", DATES % "{from: d, dates: ['%d%b%Y', '%d %b %Y']}")
    assert show(registry.tables["treatments"], "date") == ["2019-04-07"]


def test_unit_from_reads_the_unit_beside_the_value(tmp_path):
    registry = read(
        tmp_path,
        """
        id | bili | u
        A  | 1    | mg/dl
        B  | 20   | µmol/L
        C  | 20   | mumol
        D  | 20   |
        E  | 20   | furlong
        F  |      | furlong
        """,
        "      labs: {patient_id: id, analyte: {constant: bilirubin}, visit: {constant: baseline},"
        " value: {from: bili, unit_from: u, units: {mumol: µmol/L}}}\n",
    )
    assert show(registry.tables["labs"], "patient_id value") == [
        "A | 17.104", "B | 20", "C | 20", "D |", "E |", "F |",
    ]  # fmt: skip
    assert [item for item in found(registry) if item[0] != "required_missing"] == [
        ("unit_missing", 5, "value"), ("unknown_unit", 6, "value"),
    ]  # fmt: skip


def test_unit_from_with_a_unit_for_empty_cells_and_an_analyte_per_row(tmp_path):
    registry = read(
        tmp_path,
        "id | test | v | u\nA | BILI | 1 | mg/dL\nA | ALB | 4 | g/dL\nA | AFP | 10 | UI/mL\nA | NA | 140 |",
        "      labs: {patient_id: id, visit: {constant: baseline},"
        " analyte: {from: test, codes: {BILI: bilirubin, ALB: albumin, AFP: afp, NA: sodium}},"
        " value: {from: v, unit_from: u, unit: {sodium: mmol/L}, ng_per_iu: 1.21}}\n",
    )
    assert registry.blocking == ()
    assert show(registry.tables["labs"], "analyte value") == [
        "afp | 12.1", "albumin | 40", "bilirubin | 17.104", "sodium | 140",
    ]  # fmt: skip


REPEAT = (
    "      labs:\n        patient_id: id\n        repeat:\n"
    "          analyte: {BILI: bilirubin, ALB: albumin}\n"
    "          visit: {J0: baseline, M3: month_3}\n"
    "        absent: [ALB_M3]\n"
    "        value: {from: '{analyte}_{visit}', unit: {bilirubin: mg/dL, albumin: g/L}}\n"
    "        date: {from: 'D_{visit}', dates: '%d/%m/%Y'}\n"
)
WIDE = (
    "id | BILI_J0 | BILI_M3 | ALB_J0 | D_J0 | D_M3\nA | 1 | 2 | 40 | 01/02/2020 | 03/05/2020\nB | 1 | | | 02/02/2020 |"
)


def test_repeat_makes_one_row_per_word_of_the_headings(tmp_path):
    registry = read(tmp_path, WIDE, REPEAT)
    assert registry.issues == ()
    assert show(registry.tables["labs"], "patient_id analyte visit date value") == [
        "A | albumin | baseline | 2020-02-01 | 40",
        "A | bilirubin | baseline | 2020-02-01 | 17.104",
        "A | bilirubin | month_3 | 2020-05-03 | 34.208",
        "B | bilirubin | baseline | 2020-02-02 | 17.104",
    ]


def test_repeat_over_lesions_and_visits(tmp_path):
    registry = read(
        tmp_path,
        "id | L1 J0 | L2 J0 | L1 M3 | L2 M3 | Nouv M3\nA | 30 | 20 | 15 | 0 | non",
        "      lesions: {patient_id: id, repeat: {lesion_id: {L1: 1, L2: 2}}, organ: {constant: liver},"
        " segment: {from: '{lesion_id} J0'}}\n"
        "      imaging: {patient_id: id, repeat: {lesion_id: {L1: 1, L2: 2}, visit: {J0: baseline, M3: month_3}},"
        " longest_diameter: {from: '{lesion_id} {visit}', unit: mm}}\n",
    )
    assert show(registry.tables["imaging"], "lesion_id visit longest_diameter") == [
        "1 | baseline | 30", "1 | month_3 | 15", "2 | baseline | 20", "2 | month_3 | 0",
    ]  # fmt: skip


def test_limits_give_the_laboratory_its_normal_range(tmp_path):
    registry = read(
        tmp_path,
        "id | BILI | ALB | borne\nA | 10 | 40 | 25\nB | 11 | 41 |",
        "      labs:\n        patient_id: id\n        long:\n"
        "          - {analyte: bilirubin, visit: baseline, value: BILI, unit: µmol/L, uln: borne}\n"
        "          - {analyte: albumin, visit: baseline, value: ALB, unit: g/L}\n",
        head="limits:\n  bilirubin: {uln: 1.2, unit: mg/dL}\n  albumin: {lln: 35, uln: 50, unit: g/L}\n",
    )
    assert show(registry.tables["labs"], "patient_id analyte uln lln") == [
        "A | albumin | 50 | 35", "A | bilirubin | 25 |", "B | albumin | 50 | 35", "B | bilirubin | 20.5248 |",
    ]  # fmt: skip
    assert counted(registry, "labs", "lln") == {"not_provided": 2}


def test_only_and_except_choose_the_raw_rows(tmp_path):
    registry = read(
        tmp_path,
        "id | bras | statut\nA | TARE | inclus\nB | TACE | inclus\nC | TARE | exclu\nD | SIRT | inclus",
        "",
        patients="      patients: {patient_id: id, only: {bras: [TARE, SIRT]}, except: {statut: exclu}}\n",
    )
    assert show(registry.tables["patients"], "patient_id source_row") == ["A | 2", "D | 5"]


MERGE = """\
files:
  - path: a.csv
    tables:
      patients: {patient_id: id, sex: {from: sexe, codes: {F: female, M: male}}, ecog: {from: oms}, merge: true}
  - path: b.csv
    tables:
      patients: {patient_id: pat, birth_year: ne, ecog: {from: ps}, merge: true}
"""


def test_merge_makes_one_row_of_complementary_files(tmp_path):
    raws = {
        "a.csv": "id | sexe | oms\nA | F | 0\nB | M |\nC | F | 1",
        "b.csv": "pat | ne | ps\nB | 1950 | 1\nA | 1960 | 0",
    }
    registry = read_registry(study(tmp_path, raws, MERGE))
    assert registry.issues == ()
    assert show(registry.tables["patients"], "patient_id sex birth_year ecog source_file source_row") == [
        "A | female | 1960 | 0 | a.csv | 2", "B | male | 1950 | 1 | a.csv | 3", "C | female |  | 1 | a.csv | 4",
    ]  # fmt: skip
    assert counted(registry, "patients", "birth_year") == {"not_provided": 1}
    assert counted(registry, "patients", "ecog") == {}


def test_merge_reports_cells_that_differ_and_keys_given_twice(tmp_path):
    raws = {
        "a.csv": "id | sexe | oms\nA | F | 0\nB | M | 2\nB | M | 2",
        "b.csv": "pat | ne | ps\nA | 1960 | 1\nB | 1950 | 2",
    }
    folder = study(tmp_path, raws, MERGE)
    registry = read_registry(folder)
    assert [(item.rule, item.file, item.row, item.source_column) for item in registry.issues] == [
        ("merge_conflict", "a.csv", 2, "oms"),
        ("duplicate_key", "a.csv", 3, "id"),
        ("duplicate_key", "a.csv", 4, "id"),
        ("merge_conflict", "b.csv", 2, "ps"),
        ("duplicate_key", "b.csv", 3, "pat"),
    ]
    relaxed = read_registry(folder, on_invalid_cell="missing", reason="agreed")
    assert counted(relaxed, "patients", "ecog") == {"invalid: agreed": 1}
    assert show(relaxed.tables["patients"], "patient_id ecog")[0] == "A |"


LAB = "      labs: {patient_id: id, analyte: {constant: bilirubin}, visit: {constant: baseline}, value: %s}\n"


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        (ETIOLOGY.replace("patients", "therapies") % "", "table 'therapies' has no column 'etiology'"),
        (LAB % "{from: [a, b], unit: mg/dL}", "exactly one of 'tick', 'join' and 'first_filled'"),
        (LAB % "{from: [a, b], tick: [x], unit: mg/dL}", "'tick' gives 1 codes for 2 headings"),
        (LAB % "{from: a, join: '-', unit: mg/dL}", "'join' needs a list of headings"),
        (LAB % "{from: a, split: x, unit: mg/dL}", "'split' and 'part' go together"),
        (LAB % "{from: a, separator: x, unit: mg/dL}", "'separator' given for 'value'"),
        (LAB % "{from: a, unit_from: u}", "has no column 'u'"),
        (LAB % "{from: a, unit_from: id, units: {x: furlong}}", "unknown unit 'furlong'"),
        (LAB % "{from: a, units: {x: mg/dL}}", "'units' goes with 'unit_from'"),
        (DATES % "{from: a, dates: '%m/%Y'}", "no rule completes it"),
        (DATES % "{from: a, dates: '%d/%Y'}", "a date format needs %Y"),
        (DATES % "{from: {month: a, day: id}}", "'year' is missing"),
        (DATES % "{from: {year: a, day: id}}", "a day of the month needs its 'month'"),
        (DATES % "{from: a, partial: soon}", "unknown word 'soon'"),
        ("      lesions: {patient_id: id, lesion_id: a, segment: {from: a, partial: first}}\n", "not a raw date"),
        (REPEAT.replace("BILI_", "x").replace("analyte: {BILI: bilirubin", "analyte: {BILI: bilirubine"), "not a code"),
        (REPEAT.replace("'{analyte}_{visit}'", "'BILI_{visit}'"), "no heading of the table holds {analyte}"),
        (REPEAT.replace("visit: {J0", "value: {J0"), "cannot be repeated over"),
        (REPEAT.replace("bilirubin: mg/dL, ", ""), "a number with a unit, and none is given"),
        (REPEAT.replace("[ALB_M3]", "[a]"), "listed as absent"),
        (LAB % "{from: a, unit: mg/dL, prat: 1}", "unknown key 'prat'"),
        ("      treatments: {patient_id: id, treatment_number: 1, date_precision: a}\n", "is not mapped"),
        ("      lesions: {patient_id: id, lesion_id: a, only: {colour: red}}\n", "has no column 'colour'"),
    ],
)
def test_a_slip_is_named_with_its_line(tmp_path, tables, said):
    text = faults(tmp_path, tables)
    assert said in text
    assert "centres/c.yaml, line " in text


def test_limits_are_checked(tmp_path):
    text = faults(
        tmp_path, "",
        head="limits:\n  bilirubine: {uln: 20, unit: µmol/L}\n  albumin: {uln: 50, unit: kg/m}\n"
        "  alt: {lln: 50, uln: 40, unit: U/L}\n  ast: {uln: high, unit: U/L}\n",
    )  # fmt: skip
    for said in (
        "unknown analyte 'bilirubine'",
        "unknown unit 'kg/m'",
        "lln of 'alt' is not below",
        "uln of 'ast' is not a",
    ):
        assert said in text
    assert "line 7" in text


def test_no_message_holds_a_value(tmp_path):
    registry = read(
        tmp_path,
        "id | VHB | VHC | OH\nA | geheim | Oui | 1",
        "",
        patients=ETIOLOGY % "",
    )
    assert "geheim" not in registry.issues[0].message
