"""A paper's tables as printed, with the percentages their counts give: by hand, and on the pages of the studies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from y90outcomes.errors import InputError
from y90outcomes.published.counts_table import as_printed, printed_tables
from y90outcomes.results import Results, Table
from y90outcomes.results.addresses import addresses, lookup

MEERUN = Path(__file__).resolve().parents[3] / "analyses" / "meerun" / "published.yaml"
PAGE = """\
statistics:
- {id: male, what: male, kind: percent, where: Table 1, value: 89, unit: '%', precision: 0, recomputable_from: counts,
   counts: {numerator: 16, denominator: 18}}
- {id: age, what: age, kind: median_range, where: 'Table 1', value: 68, unit: years, range: {low: 49, high: 85}, n: 18,
   recomputable_from: patient_data_only}
- {id: ulcer, what: ulcer, kind: count, where: Table S1, value: 2, recomputable_from: patient_data_only}
- {id: late, what: late, kind: percent, where: Table 10, value: 5.5, precision: 1, unit: '%', recomputable_from: counts,
   counts: {numerator: 1, denominator: 18}, count: 1}
- {id: orr, what: ORR, kind: percent, where: Results, value: 94, unit: '%', recomputable_from: patient_table,
   counts: {numerator: 17, denominator: 18}}
- {id: limit, what: limit, kind: number, where: Table 2, value: 205, unit: Gy, recomputable_from: rules}
- {id: p, what: p, kind: p_value, where: Results, value: 0.001, precision: 3, relation: '<'}
"""
BESIDE = """\
titles: {Table 1: baseline}
totals: {Table S1: 18}
statistics:
- {id: female, what: female, kind: count, where: Table 1, value: 2, counts: {numerator: 2, denominator: 18},
   after: male}
"""


def page(folder: Path, text: str = PAGE, beside: str = "") -> Path:
    (folder / "published.yaml").write_text(text, encoding="utf-8")
    if beside:
        (folder / "printed.yaml").write_text(beside, encoding="utf-8")
    return folder / "published.yaml"


def rows(table: Table) -> dict[str, dict[str, Any]]:
    names = [column.name for column in table.columns]
    return {str(row[0]): dict(zip(names, row, strict=True)) for row in table.rows}


def test_one_table_per_printed_table_and_one_for_the_text(tmp_path):
    made = printed_tables(page(tmp_path))
    assert [table.id for table in made] == [
        "reproduction.table_1", "reproduction.table_10", "reproduction.table_s1", "reproduction.text",
    ]  # fmt: skip
    assert all("printed counts" in table.title for table in made)
    assert list(rows(made[3])) == ["orr"]  # a p value in the text is no count
    assert "limit" not in {row for table in made for row in rows(table)}  # a setting is no count


def test_sixteen_of_eighteen_by_hand(tmp_path):
    male = rows(printed_tables(page(tmp_path))[0])["male"]
    z = 1.959963984540054
    p, n = 16 / 18, 18
    centre, half = (p + z * z / (2 * n)), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    assert (male["printed"], male["n"], male["of"]) == ("89%", 16, 18)
    assert male["percent"] == pytest.approx(100 * p, rel=1e-12)
    assert male["lower"] == pytest.approx(100 * (centre - half) / (1 + z * z / n), rel=1e-12)
    assert male["upper"] == pytest.approx(100 * (centre + half) / (1 + z * z / n), rel=1e-12)
    assert male["source"] == "Printed counts"


def test_what_has_no_count_of_a_total_stands_as_printed_and_is_not_computed(tmp_path):
    made = printed_tables(page(tmp_path))
    age, ulcer = rows(made[0])["age"], rows(made[2])["ulcer"]
    assert (age["printed"], age["of"], age["source"]) == ("68 [49–85] years", 18, "Printed only")
    assert (ulcer["printed"], ulcer["n"], ulcer["of"], ulcer["source"]) == ("2", 2, None, "Printed only")
    assert {line[name] for line in (age, ulcer) for name in ("percent", "lower", "upper")} == {None}
    assert made[2].conventions == {}


def test_a_page_beside_adds_cells_titles_and_totals(tmp_path):
    made = printed_tables(page(tmp_path, beside=BESIDE))
    assert made[0].title == "Table 1 of the paper, printed counts: baseline"
    assert list(rows(made[0])) == ["male", "female", "age"]
    ulcer = rows(made[2])["ulcer"]
    assert (ulcer["n"], ulcer["of"], ulcer["source"]) == (2, 18, "Printed counts")
    assert ulcer["percent"] == pytest.approx(100 / 9)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"value": 0.32, "precision": 3}, "0.320"),
        ({"value": 0.001, "precision": 3, "relation": "<"}, "<0.001"),
        ({"value": 61.8, "precision": 1, "unit": "months", "ci": {"low": 31.4, "high": "not reached"}},
         "61.8 (31.4–not reached) months"),
        ({"value": 16.2, "precision": 1, "range": {"low": 2.2, "high": 3071}}, "16.2 [2.2–3071]"),
        ({"value": 66, "sd": 12.5, "unit": "years"}, "66 ± 12.5 years"),
        ({"value": 38.0, "precision": 1, "unit": "%"}, "38.0%"),
        ({"unit": "Gy", "range": {"low": 120, "high": 150}}, "[120–150] Gy"),
        ({"unit": "Gy"}, ""),
    ],
)  # fmt: skip
def test_a_number_is_written_as_a_paper_writes_it(entry, text):
    assert as_printed(entry) == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("statistics: [{id: a, what: a}]", "lacks kind"),
        ("statistics: [{id: a, what: a, kind: count}, {id: a, what: a, kind: count}]", "stands twice"),
        ("statistics: [words]", "lacks id, what, kind"),
        ("statistics: words", "not a list"),
    ],
)
def test_a_page_that_cannot_be_read_says_where(tmp_path, text, problem):
    with pytest.raises(InputError, match=problem):
        printed_tables(page(tmp_path, text))


def test_a_page_without_counts_or_tables_has_no_table(tmp_path):
    assert printed_tables(page(tmp_path, "statistics: [{id: a, what: a, kind: median, value: 3}]")) == ()
    assert printed_tables(page(tmp_path, "paper: x")) == ()


def test_nobody_of_nobody_has_no_percentage(tmp_path):
    text = "statistics: [{id: a, what: a, kind: percent, where: Table 1, counts: {numerator: 0, denominator: 0}}]"
    assert rows(printed_tables(page(tmp_path, text))[0])["a"]["percent"] is None


def test_the_tables_of_meerun_are_whole_and_every_cell_has_its_own_address():
    made = printed_tables(MEERUN)
    assert [table.id.removeprefix("reproduction.") for table in made] == [
        "table_1", "table_2", "table_3", "table_4", "table_6", "table_s1", "table_s2", "table_s3", "text",
    ]  # fmt: skip
    results = Results(study={}, prose=(), quality=(), inputs=(), environment={}, items=made)
    every = [place for table in made for place in addresses(table)]
    assert len(set(every)) == len(every)
    assert lookup(results, "reproduction.table_1/t1_male/percent").value == pytest.approx(800 / 9)
    assert lookup(results, "reproduction.table_2/t2_biloma_3b/printed").value == "12%"
    assert lookup(results, "reproduction.table_2/t2_biloma_3b/percent").value == pytest.approx(100 / 9)
    assert lookup(results, "reproduction.table_s1/s1_lymph_g1/of").value == 18
    assert list(rows(made[1]))[5:9] == ["t2_phlf_absent", "t2_phlf_a", "t2_phlf_b", "t2_phlf_c"]
    six = rows(made[4])
    for part in (("liver_only", "liver_then", "liver_and_bone", "heart"),
                 ("surgery", "systemic", "infusion", "supportive"),
                 ("died_hcc", "died_other", "response", "stable", "awaiting", "not_said")):  # fmt: skip
        assert sum(six[f"t6_{name}"]["n"] for name in part) == 7


def test_a_count_above_its_total_is_printed_without_a_percentage(tmp_path):
    page = tmp_path / "published.yaml"
    page.write_text(
        "statistics: [{id: a, what: a, kind: percent, where: Table 1, counts: {numerator: 5, denominator: 4}}]", "utf-8"
    )
    (table,) = printed_tables(page)
    assert table.rows[0][table_column(table, "percent")] is None


def table_column(table, name):
    return [column.name for column in table.columns].index(name)
