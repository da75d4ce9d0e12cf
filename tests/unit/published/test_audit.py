"""The audit on small invented pages: each relation holds, fails, and says so; nothing is accused within rounding."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from y90outcomes.errors import InputError
from y90outcomes.published.audit import RELATION_CHECKS, Audit, audit
from y90outcomes.published.checks.base import Check
from y90outcomes.published.statistics import read_published_page
from y90outcomes.published.template import write_template

NUMBERS = (Path(__file__).parents[2] / "fixtures/published/invented.yaml").read_text(encoding="utf-8")


def made(tmp_path: Path, relations: str, numbers: str = NUMBERS) -> Audit:
    page = tmp_path / "published.yaml"
    page.write_text(numbers + dedent(relations), encoding="utf-8")
    return audit(read_published_page(page))


def verdict(found: Audit, name: str) -> str:
    return next(line.worst.verdict for line in found.lines if line.statistic.id == name)


HOLDS = [
    "- {kind: sum, parts: [a, b], equals: all#numerator}",
    '- {kind: sum, parts: ["sexes#item1", "sexes#item2"], equals: 30}',
    "- {kind: sum, parts: [a, {of: b, times: 2}, -3], equals: 13}",
    "- {kind: sum, parts: [a#denominator], equals: all#denominator, relation: '<='}",
    "- {kind: same, of: [size#value, size_cm]}",
    "- {kind: same, of: [low#n, a#denominator]}",
    "- {kind: ascending, of: [low#value, size#value, high#value]}",
    "- {kind: within, part: low, whole: size}",
    "- {kind: groups, whole: size, groups: [low, high]}",
    "- {kind: reduction, percent: reduction, ratio: hr}",
    '- {kind: curve, rates: {"12": rate_1, "24": rate_2}, median: median, n: 28}',
    "- {kind: extremes, range: rates, of: [rate_1, rate_2]}",
    "- {kind: p_of, p: hr_p, effect: hr}",
    "- {kind: plausible, of: [size], low: 5, high: 300}",
    "- {kind: entered, limit: 0.05, candidates: {hr_p: [hr]}}",
    "- {kind: strata, rates: [a, b], of: 30, responders: all#numerator}",
    "- {kind: differ, of: [low, high]}",
]


@pytest.mark.parametrize("relation", HOLDS)
def test_a_relation_that_holds_accuses_nobody(tmp_path, relation):
    found = made(tmp_path, relation + "\n")
    assert found.findings == ()
    assert "disagrees" not in found.counts


@pytest.mark.parametrize(
    ("relation", "kind", "ids", "accused"),
    [
        ("{kind: sum, parts: [a, b], equals: 12, accuse: [b]}", "sum", {"a", "b"}, "b"),
        ("{kind: sum, parts: [a, b], equals: all#denominator, relation: '>='}", "sum", {"a", "b", "all"}, "all"),
        ("{kind: same, of: [low#value, high#value]}", "repeated", {"low", "high"}, "high"),
        ("{kind: same, of: [size#value, median#value]}", "unit", {"size", "median"}, "median"),
        ("{kind: ascending, of: [high#value, low#value]}", "order", {"high", "low"}, "low"),
        ("{kind: within, part: high, whole: low}", "range", {"low", "high"}, "high"),
        ("{kind: groups, whole: low, groups: [size, high]}", "groups", {"low", "high", "size"}, "low"),
        ("{kind: reduction, percent: reduction, ratio: rate_1}", "reduction", {"reduction", "rate_1"}, "reduction"),
        ("{kind: extremes, range: rates, of: [rate_1, all]}", "extremes", {"rates", "rate_1", "all"}, "rates"),
        ("{kind: plausible, of: [size], low: 50, high: 60}", "plausible", {"size"}, "size"),
        ("{kind: entered, limit: 0.01, candidates: {hr_p: [hr]}}", "entry", {"hr_p", "hr"}, "hr_p"),
        ("{kind: strata, rates: [a, b], of: 31, responders: 12}", "strata", {"a", "b"}, "a"),
    ],
)  # fmt: skip
def test_a_relation_that_fails_is_a_finding_with_its_reason(tmp_path, relation, kind, ids, accused):
    found = made(tmp_path, f"- {relation[:-1]}, why: so it must be}}\n")
    finding = next(entry for entry in found.findings if entry.kind == kind)
    assert set(finding.ids) == ids
    assert finding.detail.endswith("So it must be.")
    assert verdict(found, accused) in ("disagrees", "last_digit")


BOUNDED = """\
statistics:
- {id: sens, what: sensitivity, kind: sens_spec, value: 66.7, precision: 1, counts: {numerator: 14, denominator: 21}}
- {id: spec, what: specificity, kind: sens_spec, value: 71.4, precision: 1, counts: {numerator: 5, denominator: 7}}
- {id: auc, what: area, kind: auc, value: 0.76, precision: 2, positives: 21, negatives: 7}
- {id: hr, what: hazard ratio, kind: hazard_ratio, value: 0.77, precision: 2, ci: {low: 0.44, high: 1.35}}
- {id: target, what: target volume, kind: mean_sd, value: 299.3, sd: 322.0, precision: 1, n: 209}
- {id: tumour, what: tumour volume, kind: mean_sd, value: 307.1, sd: 322.7, precision: 1, n: 209}
- {id: targets, what: target volume, kind: median_range, value: 182.8, precision: 1, range: {low: 7.9, high: 1600.0}}
- {id: tumours, what: tumour volume, kind: median_range, value: 190.0, precision: 1, range: {low: 7.9, high: 1932.8}}
relations:
- {kind: accuracy, sensitivity: sens, specificity: spec, auc: auc, youden: true}
- {kind: events, effect: hr, at_most: 48}
- {kind: contained, part: target, whole: tumour, least: targets, differing: 64}
- {kind: contained, part: targets, whole: tumours}
"""


def test_numbers_within_the_bounds_others_set_are_not_accused(tmp_path):
    found = made(tmp_path, "", BOUNDED)
    assert found.findings == ()
    assert found.counts == {"agrees": 8}


@pytest.mark.parametrize(
    ("old", "new", "said", "ids", "accused"),
    [
        ("0.76", "0.78", ("remark", "youden"), ("sens", "spec", "auc"), ()),
        ("0.76", "0.82", ("disagrees", "accuracy"), ("sens", "spec", "auc"), ("auc",)),
        ("at_most: 48", "at_most: 40", ("disagrees", "events"), ("hr",), ("hr",)),
        ("sd: 322.0", "sd: 330.0", ("disagrees", "contained"), ("target", "tumour"), ("target", "tumour")),
        ("value: 299.3", "value: 309.3", ("disagrees", "order"), ("target", "tumour"), ("tumour",)),
        ("high: 1600.0", "high: 1990.0", ("disagrees", "order"), ("targets", "tumours"), ("tumours",)),
        ("low: 7.9, high: 1932", "low: 6.0, high: 1932", ("disagrees", "order"), ("targets", "tumours"), ("tumours",)),
    ],
)
def test_a_number_beyond_what_others_allow_is_found(tmp_path, old, new, said, ids, accused):
    assert BOUNDED.count(old) == 1
    found = made(tmp_path, "", BOUNDED.replace(old, new))
    assert [(entry.verdict, entry.kind, entry.ids) for entry in found.findings] == [(*said, ids)]
    assert tuple(line.statistic.id for line in found.lines if line.worst.verdict == "disagrees") == accused


def test_a_number_one_unit_off_another_with_more_decimals_is_that(tmp_path):
    numbers = NUMBERS.replace("value: 4.5, precision: 1, unit: cm", "value: 46, precision: 0, unit: mm").replace(
        "value: 45, precision: 0", "value: 45.2, precision: 1"
    )
    found = made(tmp_path, "- {kind: same, of: [size#value, size_cm]}\n", numbers)
    assert verdict(found, "size_cm") == "last_digit"
    found = made(tmp_path, "- {kind: same, of: [size#value, size_cm]}\n", numbers.replace("value: 46", "value: 47"))
    assert verdict(found, "size_cm") == "disagrees"


def test_a_threshold_that_changes_sides_is_a_remark(tmp_path):
    numbers = NUMBERS.replace("relations:", (
        "- {id: top, what: limit, where: Methods, kind: cutoff, value: 300, precision: 0, operator: '>='}\n"
        "- {id: again, what: limit again, where: Results, kind: cutoff, value: 300, precision: 0, operator: '>'}\n"
        "relations:"))  # fmt: skip
    found = made(tmp_path, "- {kind: same, of: [top, again]}\n", numbers)
    assert [(entry.verdict, entry.kind, entry.detail) for entry in found.findings] == [
        ("remark", "threshold", "The threshold is \u2265300 in Methods and >300 in Results.")
    ]
    agree = made(tmp_path, "- {kind: same, of: [top, again]}\n", numbers.replace("'>'", "'>='"))
    assert agree.findings == ()
    open_sided = made(tmp_path, "- {kind: same, of: [top, again]}\n", numbers.replace(", operator: '>'}", "}"))
    assert open_sided.findings == ()
    with pytest.raises(InputError, match="unknown operator"):
        made(tmp_path, "", numbers.replace("'>'", "'=>'"))


def test_a_remark_accuses_no_number(tmp_path):
    found = made(tmp_path, "- {kind: sum, parts: [a], equals: 7, remark: true}\n")
    assert [entry.verdict for entry in found.findings] == ["remark"]
    assert verdict(found, "a") == "agrees"


def test_a_dropped_zero_of_a_limit_is_told_from_rounding(tmp_path):
    numbers = NUMBERS.replace("relations:", (
        "- {id: text, what: adjusted, kind: hazard_ratio, value: 0.15, precision: 2, ci: {low: 0.06, high: 0.43}}\n"
        "- {id: table, what: adjusted as well, kind: hazard_ratio, value: 0.15, precision: {value: 2, low: 2, high: 1},"
        " ci: {low: 0.06, high: 0.4}}\n"
        "- {id: short, what: adjusted too, kind: hazard_ratio, value: 0.2, precision: 1, ci: {low: 0.06, high: 0.43}}\n"
        "relations:"))  # fmt: skip
    found = made(
        tmp_path, "- {kind: same, of: [text, table]}\n- {kind: same, of: [text#value, short#value]}\n", numbers
    )
    assert verdict(found, "table") == "disagrees"
    assert [entry.ids for entry in found.findings if entry.kind == "repeated"] == [("text", "table")]


def test_a_median_after_a_rate_of_half_is_the_middle_of_a_flat(tmp_path):
    late = NUMBERS.replace("value: 11.8", "value: 12.4")
    found = made(tmp_path, '- {kind: curve, rates: {"12": rate_1, "24": rate_2}, median: median}\n', late)
    assert verdict(found, "median") == "method_differs"
    assert [entry.verdict for entry in found.findings if "median" in entry.ids] == ["remark"]


def test_p_values_and_repeats_are_found_without_a_relation(tmp_path):
    numbers = NUMBERS.replace("value: 0.02, precision: 3", "value: 0.2, precision: 3").replace("relations:", (
        "- {id: median_text, what: median survival (text), kind: km_median_ci, value: 12.1, precision: 1, "
        "unit: months}\nrelations: []"))  # fmt: skip
    found = made(tmp_path, "", numbers)
    assert verdict(found, "hr_p") == "disagrees"
    assert verdict(found, "median_text") == "disagrees"


def test_numbers_of_other_places_and_names_are_read(tmp_path):
    numbers = NUMBERS.replace("unit: mm, n: 30,", "unit: mm, n: 30, also_in: [Discussion (4.5 cm), Abstract (5.5 cm)],")
    numbers = numbers.replace("relations:", (
        "- {id: gm, what: dose, kind: geometric_mean_ci, value: 225.5, precision: 1, unit: Gy, n: 129, "
        "ci: {low: 201.0, high: 253.0}, also_in: [Discussion (there called a median)]}\nrelations: []"))  # fmt: skip
    found = made(tmp_path, "", numbers)
    assert [(entry.kind, entry.verdict) for entry in found.findings] == [("repeated", "disagrees"), ("name", "remark")]


def test_an_interval_quoted_for_another_study_that_is_an_own_one_is_a_remark(tmp_path):
    found = made(tmp_path, "", NUMBERS.replace("relations:", (
        "quoted_from_other_studies:\n- {study: another, what: median, value: 19.4, ci: [9, 26]}\nrelations: []"
    )))  # fmt: skip
    assert [(entry.kind, entry.ids) for entry in found.findings] == [("identical", ("median",))]


def test_recomputed_numbers_of_real_patients_are_checks_too(tmp_path):
    page = tmp_path / "published.yaml"
    page.write_text(NUMBERS.replace("relations:", "relations: []"), encoding="utf-8")
    found = audit(read_published_page(page), {"median": Check("disagrees", "14.2", "patient table", "printed 11.8")})
    assert verdict(found, "median") == "disagrees"
    assert found.findings[0].ids == ("median",)


def test_means_of_whole_numbers_are_tested_by_their_granularity(tmp_path):
    lines = (
        "- {id: age, what: age, kind: mean_sd, value: 5.19, precision: 2, sd: 1.2, n: 28, granularity: 1}\n"
        "- {id: other, what: score, kind: mean_sd, value: 5.18, precision: {value: 2, sd: 1}, sd: 1.2, n: 28, "
        "granularity: 1}\n"
        "- {id: area, what: area, kind: auc, value: 0.88, precision: 2, ci: {low: 0.91, high: 0.97}}\nrelations: []"
    )
    found = made(tmp_path, "", NUMBERS.replace("relations:", lines))
    assert {entry.ids[0] for entry in found.findings} == {"age", "area"}
    assert verdict(found, "other") == "agrees"


def test_what_cannot_be_checked_is_said(tmp_path):
    found = made(tmp_path, "", NUMBERS.replace("relations:", "relations: []"))
    line = next(line for line in found.lines if line.statistic.id == "size")
    assert line.worst.verdict == "not_checkable"
    assert "patients" in line.worst.detail


@pytest.mark.parametrize(
    ("relation", "words"),
    [
        ("{kind: summ, parts: [a], equals: 6}", ["unknown word 'summ'", "'sum'"]),
        ("{kind: sum, parts: [aa], equals: 6}", ["no statistic has the id 'aa'", "line 20"]),
        ("{kind: sum, parts: [a#values], equals: 6}", ["'a#values' names no number", "'value'"]),
        ("{kind: sum, parts: [a]}", ["'equals' is missing"]),
        ("{kind: same, of: [a]}", ["relations"]),
        ("{kind: sum, parts: [a], equals: 6, whyy: b}", ["unknown key 'whyy'"]),
    ],
)
def test_a_relation_that_cannot_be_read_is_a_fault_with_its_line(tmp_path, relation, words):
    with pytest.raises(InputError) as caught:
        made(tmp_path, f"- {relation}\n")
    for word in words:
        assert word in str(caught.value)


def test_the_template_explains_every_kind_of_relation(tmp_path):
    said = write_template(tmp_path / "new").read_text(encoding="utf-8")
    lines = said[said.index("# Every kind") :].splitlines()[1:]
    explained = [line.split()[1] for line in lines if line.startswith("#")]
    assert sorted(explained) == sorted(RELATION_CHECKS)


def test_the_template_audits_without_a_finding(tmp_path):
    found = audit(read_published_page(write_template(tmp_path / "new")))
    assert found.findings == ()
    assert set(found.counts) == {"agrees"}
    with pytest.raises(InputError):
        write_template(tmp_path / "new")
