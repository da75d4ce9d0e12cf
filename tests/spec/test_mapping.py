"""What a mapping page means, by small tables: raw rows → canonical rows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from y90outcomes.registry import Registry, read_registry

PATIENTS = "      patients: {patient_id: id, distinct: true}\n"


def read(tmp_path: Path, raw: str, tables: str, head: str = "", file: str = "") -> Registry:
    """`raw` is a text table cut by `|`; `tables` the page's tables."""
    lines = [line.strip().split("|") for line in raw.strip().splitlines()]
    text = "\n".join(";".join(cell.strip() for cell in line) for line in lines) + "\n"
    (tmp_path / "centres").mkdir()
    (tmp_path / "raw.csv").write_text(text, encoding="utf-8")
    page = f"centre: c\norigin: synthetic\n{head}files:\n  - path: raw.csv\n{file}    tables:\n{PATIENTS}{tables}"
    (tmp_path / "centres" / "c.yaml").write_text(page, encoding="utf-8")
    return read_registry(tmp_path)


def show(frame: pd.DataFrame, columns: str) -> list[str]:
    """Rows as `a | b`, blanks for missing, numbers in their shortest form."""

    def cell(value: object) -> str:
        if pd.isna(value):  # type: ignore[call-overload]
            return ""
        if isinstance(value, pd.Timestamp):
            return value.date().isoformat()
        return f"{value:.12g}" if isinstance(value, float) else str(value)

    return [" | ".join(map(cell, row)).strip() for row in frame[columns.split()].itertuples(index=False)]


def test_a_plain_word_renames_and_codes_recode(tmp_path):
    registry = read(
        tmp_path,
        """
        id | Nature | Geste
        A  | verre  | 1
        B  | résine | 1
        """,
        "      treatments: {patient_id: id, treatment_number: Geste,"
        " device: {from: Nature, codes: {verre: glass, résine: resin}}}\n",
    )
    assert show(registry.tables["treatments"], "patient_id treatment_number device source_row") == [
        "A | 1 | glass | 2",
        "B | 1 | resin | 3",
    ]


@pytest.mark.parametrize(
    ("unit", "raw", "canonical"),
    [
        ("bilirubin, unit: mg/dL", "1.1", "18.8144"),
        ("bilirubin, unit: µmol/L", "18.8144", "18.8144"),
        ("bilirubin, unit: μmol/L", "18.8144", "18.8144"),
        ("albumin, unit: g/dL", "3.5", "35"),
        ("creatinine, unit: mg/dL", "1.3", "114.92"),
        ("platelets, unit: /mm³", "150000", "150"),
        ("ast, unit: µkat/L", "0.5", "30"),
        ("afp, unit: IU/mL, ng_per_iu: 1.21", "100", "121"),
    ],
)
def test_units_are_converted(tmp_path, unit, raw, canonical):
    registry = read(
        tmp_path,
        f"id | v\nA | {raw}",
        f"      labs: {{patient_id: id, long: [{{analyte: {unit}, visit: baseline, value: v}}]}}\n",
    )
    assert show(registry.tables["labs"], "value") == [canonical]


def test_months_become_days_and_dates_stay_dates(tmp_path):
    registry = read(
        tmp_path,
        """
        id | debut      | mois | semaines
        A  | 01/02/2020 | 2    | 4
        B  | 15/03/2020 | 0,5  |
        """,
        "      treatments: {patient_id: id, treatment_number: 1, date: {from: debut, dates: '%d/%m/%Y'}}\n"
        "      follow_up:\n        patient_id: id\n        long:\n"
        "          - {event: recurrence, occurrence: {constant: yes}, day: {from: mois, unit: months}}\n"
        "          - {event: progression, occurrence: {constant: yes}, day: {from: semaines, unit: weeks}}\n"
        "          - {event: death, occurrence: {constant: yes},"
        " day: {from: mois, unit: months, days_per_month: 30}}\n",
        file='    dialect: {decimal: ","}\n',
    )
    assert registry.issues == ()
    assert show(registry.tables["treatments"], "patient_id date day") == ["A | 2020-02-01 |", "B | 2020-03-15 |"]
    assert show(registry.tables["follow_up"], "patient_id event day") == [
        "A | death | 60",
        "A | progression | 28",
        "A | recurrence | 60.875",
        "B | death | 15",
        "B | recurrence | 15.21875",
    ]


def test_wide_becomes_long_and_an_empty_value_makes_no_row(tmp_path):
    registry = read(
        tmp_path,
        """
        id | Bili J0 | Bili M3 | Alb J0 | Date J0
        A  | 10      | 20      | 40     | 2020-01-01
        B  | ND      |         |        | 2020-01-02
        """,
        "      labs:\n        patient_id: id\n        long:\n"
        "          - {analyte: bilirubin, visit: baseline, value: Bili J0, unit: µmol/L, date: Date J0, uln: 21}\n"
        "          - {analyte: bilirubin, visit: month_3, value: Bili M3, unit: µmol/L, uln: 21}\n"
        "          - {analyte: albumin, visit: baseline, value: Alb J0, unit: g/L, date: Date J0}\n",
        head="missing: {ND: not_done}\n",
    )
    assert show(registry.tables["labs"], "patient_id analyte visit date value uln") == [
        "A | albumin | baseline | 2020-01-01 | 40 |",
        "A | bilirubin | baseline | 2020-01-01 | 10 | 21",
        "A | bilirubin | month_3 |  | 20 | 21",
        "B | bilirubin | baseline | 2020-01-02 |  | 21",
    ]
    counted = registry.missing.query("column == 'value'")[["reason", "n"]].to_numpy().tolist()
    assert counted == [["not_done", 1], ["not_recorded (no row)", 2]]


def test_a_long_laboratory_table_names_a_unit_per_analyte(tmp_path):
    registry = read(
        tmp_path,
        """
        id | test | v
        A  | BILT | 1
        A  | ALB  | 3.5
        A  | INR  | 1.1
        """,
        "      labs:\n        patient_id: id\n        visit: {constant: baseline}\n"
        "        analyte: {from: test, codes: {BILT: bilirubin, ALB: albumin, INR: inr}}\n"
        "        value: {from: v, unit: {bilirubin: mg/dL, albumin: g/dL}}\n",
    )
    assert show(registry.tables["labs"], "analyte value") == ["albumin | 35", "bilirubin | 17.104", "inr |"]
    assert [(item.rule, item.row, item.severity) for item in registry.issues] == [("unit_missing", 4, "blocking")]


def test_only_when_chooses_the_raw_rows(tmp_path):
    registry = read(
        tmp_path,
        """
        id | type | quand
        A  | TACE | 10
        B  | -    |
        C  | RFA  | 20
        """,
        "      therapies: {patient_id: id, therapy_number: 1, only_when: {column: type, one_of: [TACE, RFA]},"
        " therapy: {from: type, codes: {TACE: tace, RFA: ablation}}, day: {from: quand, unit: d}}\n"
        "      follow_up: {patient_id: id, event: {constant: progression}, occurrence: {constant: yes},"
        " only_when: {column: quand, filled: true}, day: {from: quand, unit: d}}\n",
    )
    assert show(registry.tables["therapies"], "patient_id therapy day") == ["A | tace | 10", "C | ablation | 20"]
    assert show(registry.tables["follow_up"], "patient_id event day") == [
        "A | progression | 10",
        "C | progression | 20",
    ]


def test_a_blank_may_be_given_a_meaning_and_a_missing_code_a_reason(tmp_path):
    registry = read(
        tmp_path,
        """
        id | rechute | ascite | oms
        A  | x       | n.d.   | -9
        B  |         | 0      | 1
        """,
        "      follow_up: {patient_id: id, event: {constant: recurrence},"
        " occurrence: {from: rechute, codes: {x: yes, '': no}}, day: {constant: 3}}\n"
        "      imaging: {patient_id: id, visit: {constant: baseline}, new_lesion:"
        " {from: oms, codes: {1: yes}, missing: {-9: lost}}, thrombus_enhancement: {from: ascite, codes: {0: no},"
        " missing: {n.d.: not_done}}}\n",
    )
    assert show(registry.tables["follow_up"], "patient_id occurrence") == ["A | yes", "B | no"]
    assert show(registry.tables["imaging"], "patient_id lesion_id new_lesion thrombus_enhancement") == [
        "A |  |  |",
        "B |  | yes | no",
    ]
    reasons = registry.missing.query("table == 'imaging' and reason != 'not_provided'")
    assert reasons[["column", "reason", "n"]].to_numpy().tolist() == [
        ["new_lesion", "lost", 1],
        ["thrombus_enhancement", "not_done", 1],
    ]


def test_a_patient_table_drawn_from_a_lesion_file(tmp_path):
    registry = read(
        tmp_path,
        """
        id | n | mm
        A  | 1 | 30
        A  | 2 | 4
        """,
        "      lesions: {patient_id: id, lesion_id: n}\n"
        "      imaging: {patient_id: id, lesion_id: n, visit: {constant: baseline},"
        " longest_diameter: {from: mm, unit: cm}}\n",
    )
    assert show(registry.tables["patients"], "patient_id source_row") == ["A | 2"]
    assert show(registry.tables["imaging"], "patient_id lesion_id longest_diameter") == ["A | 1 | 300", "A | 2 | 40"]
