"""How rows of estimates and tests become a table a reader knows from journals."""

from __future__ import annotations

from typing import Any

import pytest

from y90outcomes.report.document import build
from y90outcomes.report.format import decimals_of, sentence, span, unlimited
from y90outcomes.report.tables import effects_view, table_view
from y90outcomes.report.tables.cells import capital
from y90outcomes.report.view import View
from y90outcomes.results import EffectRow, Effects, Note, Results, Table, TableColumn

NBSP = "\u00a0"


def grid(view: View) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in view.rows]


def ratio(
    term: str, contrast: str | None = None, label: str = "", quantity: str = "odds_ratio", **more: Any
) -> EffectRow:
    known = {"estimate": 2.0, "lower": 1.0, "upper": 4.0, "level": 0.95, "p": 0.04, "n": 60, "events": 20}
    return EffectRow(quantity, term, contrast, label, **{**known, **more})


def proved(quantity: str, term: str, label: str = "", contrast: str | None = None, **more: Any) -> EffectRow:
    known = {"statistic": 3.0, "df": 1, "p": 0.08, "n": 60}
    return EffectRow(quantity, term, contrast, label, is_test=True, **{**known, **more})


def effects(*rows: EffectRow, **more: Any) -> Effects:
    return Effects(id="m", title="Model", rows=rows, **more)


def test_levels_stand_under_their_factor_with_its_test():
    view = effects_view(
        effects(
            ratio("dose", label="Dose", unit="per 100 Gy"),
            ratio("pvtt", "vp1_vs_none", "PVTT class: VP1 vs None"),
            ratio("pvtt", "vp2_vs_none", "PVTT class: VP2 vs None"),
            ratio("sex", "m_vs_f", "Sex: Male vs Female"),
            proved("term_test", "pvtt", "PVTT class: all levels", df=2, convention="cox_ties=efron"),
            proved("likelihood_ratio", "model", "Likelihood-ratio test of the model", convention="cox_ties=efron"),
            conventions={"cox_ties": "efron"},
        )
    )
    assert [cell.text for cell in view.head] == ["", "n", "events", "Odds ratio (95% CI)", "p"]
    shown = "2.00 (1.00–4.00)"
    assert grid(view) == [
        ["Dose, per 100 Gy", "60", "20", shown, "0.040"],
        ["PVTT class", "", "", f"χ²{NBSP}3.00 (df{NBSP}2)", "0.080"],
        ["VP1 vs None", "60", "20", shown, "0.040"],
        ["VP2 vs None", "60", "20", shown, "0.040"],
        ["Sex: Male vs Female", "60", "20", shown, "0.040"],
        ["Likelihood-ratio test of the model", "60", "", f"χ²{NBSP}3.00 (df{NBSP}1)", "0.080"],
    ]
    assert [row.kind for row in view.rows] == ["plain", "group", "level", "level", "plain", "plain"]
    assert "At a factor's name, the test of all its levels." in [note.text for note in view.notes]


def test_a_unit_every_row_has_stands_in_the_head():
    view = effects_view(effects(ratio("dose", label="Dose", unit="per 10 Gy")))
    assert view.head[3].text == "Odds ratio, per 10 Gy (95% CI)"
    assert view.rows[0].cells[0].text == "Dose"


def test_the_penalised_estimate_stands_beside():
    rows = (ratio("dose", label="Dose"), ratio("dose", label="Dose", quantity="odds_ratio_firth", estimate=1.8, p=0.06))
    view = effects_view(effects(*rows))
    assert [cell.text for cell in view.head][3:] == ["Odds ratio (95% CI)", "p", "Firth (95% CI)", "p, Firth"]
    assert grid(view) == [["Dose", "60", "20", "2.00 (1.00–4.00)", "0.040", "1.80 (1.00–4.00)", "0.060"]]


def test_adjusted_p_values_stand_beside_their_tests():
    pairs = [("a", "a_vs_b"), ("c", "c_vs_b")]
    rows = [proved("log_rank", "g", label, pair) for label, pair in pairs]
    rows += [proved("log_rank_adjusted", "g", label, pair, statistic=None, df=None, p=0.16) for label, pair in pairs]
    view = effects_view(effects(*rows))
    assert [cell.text for cell in view.head] == ["", "n", "Statistic", "p", "Adjusted p"]
    assert [row[-2:] for row in grid(view)] == [["0.080", "0.16"]] * 2


def test_subgroups_have_the_p_of_interaction_at_their_name():
    view = effects_view(
        effects(
            ratio("all", label="All"),
            ratio("sex", "f", "Sex: Female"),
            ratio("sex", "m", "Sex: Male"),
            proved("interaction", "sex", "Interaction with Sex", p=0.31),
            layout={"headings": {"sex": "Sex"}},
        )
    )
    assert view.head[-1].text == "p, interaction"
    assert [(row[0], row[-1]) for row in grid(view)] == [("All", ""), ("Sex", "0.31"), ("Female", ""), ("Male", "")]


def test_quantities_have_headings_and_tests_that_name_themselves_none():
    view = effects_view(
        effects(
            ratio("pvtt", "x_vs_y", "PVTT: x vs y", "risk_difference", unit="%", estimate=21.2),
            ratio("pvtt", "x_vs_y", "PVTT: x vs y", "risk_ratio"),
            proved("heterogeneity", "centre", "Cochran's Q", n=13),
            ratio("centre", "a", "Centre: a", "risk_ratio"),
            ratio("centre", label="I²", quantity="i_squared", unit="%", estimate=0.0, lower=0.0, upper=57.0, n=13),
            layout={"headings": {"centre": "Centre"}},
        )
    )
    assert [row[0] for row in grid(view)] == [
        "Difference of rates", "PVTT: x vs y", "Ratio of rates", "PVTT: x vs y", "Centre", "a",
        "Cochran's Q, 13 estimates", "I²",
    ]  # fmt: skip
    assert view.rows[-1].cells[1].text == ""  # 13 estimates are not 13 subjects


def test_the_title_of_groups_is_not_said_in_every_row():
    rows = [ratio("pvtt", pair, f"PVTT: {pair}", "risk_ratio") for pair in ("x vs y", "z vs y")]
    view = effects_view(effects(*rows, group_title="PVTT"))
    assert [view.head[0].text, *(row[0] for row in grid(view))] == ["PVTT", "x vs y", "z vs y"]


def test_a_contrast_is_printed_only_where_labels_do_not_tell_rows_apart():
    rows = [ratio("all", time, "All", "survival") for time in ("12", "24")]
    assert [row[0] for row in grid(effects_view(effects(*rows, ratio("b", "x", "B", "survival"))))] == [
        "All: 12", "All: 24", "B",
    ]  # fmt: skip


def test_many_columns_are_stacked_by_quantity():
    kinds, times = ("cumulative_incidence", "kaplan_meier_complement"), ("6", "12", "24")
    rows = [
        ratio(group, time, group, kind, unit="%", estimate=26.0, lower=18.0, upper=36.0, n=91)
        for group in ("low", "high")
        for kind in kinds
        for time in times
    ]
    view = effects_view(
        effects(*rows, groups={"low": "<200 Gy", "high": "≥200 Gy"}, group_title="dose"), None, "months"
    )
    assert [cell.text for cell in view.head] == ["Dose", "n", "events", *(f"At {time}{NBSP}months" for time in times)]
    assert [row[0] for row in grid(view)] == [
        "Cumulative incidence", "<200 Gy", "≥200 Gy", "1 − Kaplan–Meier", "<200 Gy", "≥200 Gy",
    ]  # fmt: skip
    assert grid(view)[1] == ["<200 Gy", "91", "20", *["26% (18–36)"] * 3]


def test_cutoffs_stand_beside_each_other():
    rows = [
        ratio(term, None, f"{term}: ≥ 205 Gy", kind, unit="%" if kind != "lr_positive" else "", estimate=62.5,
              lower=53.9, upper=70.4, n=128, events=80, p=None)
        for term in ("fixed", "Youden")
        for kind in ("cutoff", "sensitivity", "lr_positive")
    ]  # fmt: skip
    view = effects_view(effects(*rows))
    assert [cell.text for cell in view.head] == ["Measure", "Fixed: ≥ 205 Gy", "Youden: ≥ 205 Gy"]
    assert grid(view) == [
        ["Sensitivity"] + ["62.5% (53.9–70.4); 80/128"] * 2,
        ["Positive likelihood ratio"] + ["62.50 (53.90–70.40)"] * 2,
    ]


def test_what_is_infinite_prints_so_and_what_is_not_reached_too():
    rows = (
        ratio("a", label="A", upper=None, not_reached=("upper",)),
        ratio("b", label="B", estimate=None, lower=1.3, upper=None, not_reached=("estimate", "upper")),
        ratio("c", label="C", quantity="median", unit="months", upper=None, not_reached=("upper",)),
    )
    view = effects_view(effects(*rows))
    texts = [row.cells[3].text for row in view.rows if len(row.cells) > 1]
    assert texts == ["2.00 (1.00–∞)", "∞ (1.30–∞)", "2.0 (1.0–NR)"]
    assert "NR, not reached." in [note.text for note in view.notes]
    assert unlimited("dose_for", "Gy") == "∞"
    assert span(None, 3.0, 0, ("lower",), beyond="∞") == "\u2212∞ to 3"


def test_a_search_is_traced_with_an_aic_that_can_be_compared():
    columns = (
        TableColumn("key", "Key"), TableColumn("stage", "Stage"), TableColumn("step", "Step", "integer"),
        TableColumn("p", "p", "number"), TableColumn("aic", "AIC", "number"), TableColumn("reason", "Reason"),
    )  # fmt: skip
    rows = (("1", "Backward", 1, 0.00012, 1115.04, ""), ("2", "Backward", 2, 0.43, 1114.96, None))
    view = table_view(Table(id="t", title="Trace", columns=columns, rows=rows, layout={"heading": "stage"}))
    assert [cell.text for cell in view.head] == ["Step", "p", "AIC"]
    assert grid(view)[0] == ["Backward"]
    assert [row[2].replace("\u202f", "") for row in grid(view)[1:]] == ["1115.0", "1115.0"]


def test_runs_stand_under_what_they_estimate():
    names = ("address", "variant", "estimate", "lower", "upper", "p", "n", "events", "said")
    text = {"address", "variant", "said"}
    columns = tuple(TableColumn(name, name, "text" if name in text else "number") for name in names)
    rows = (
        ("m/odds_ratio/dose", "Protocol", 0.84, 0.7, 1.02, 0.07, 209, 128, ""),
        ("m/odds_ratio/dose", "log dose", None, None, None, None, None, None, "not in this run"),
        ("s/log_rank/pvtt", "Protocol", None, None, None, 0.0004, 209, 128, "moved"),
    )
    table = Table(id="sensitivity", title="S", columns=columns, rows=rows, layout={"headings": {rows[0][0]: "Dose"}})
    assert grid(table_view(table)) == [
        ["Dose"],
        ["Protocol", "209", "128", "0.84 (0.70–1.02)", "0.070", ""],
        ["log dose", "", "", "", "", "not in this run"],
        ["s, log-rank test: pvtt"],
        ["Protocol", "209", "128", "", "<0.001", "moved"],
    ]


def test_one_analysis_says_a_remark_once_and_names_its_tables_apart():
    note = Note("few", "Few events.", "caution")
    items = [
        Effects(id=id, title="Response", n=20, method="Rates of response", notes=(note,), rows=(ratio("a", label="A"),))
        for id in ("r", "r.estimates", "r.by_year")
    ]
    made = Results({"id": "s", "title": "S"}, (), (), (), {}, tuple(items))
    (block,) = build(made, {}).results
    captions = [part.caption for part in block.parts]
    assert captions == ["Response", "Response: estimates", "Response: by year"]
    texts = [[footnote.text for footnote in part.view.notes] for part in block.parts if part.view]
    assert texts[0] == [f"n{NBSP}={NBSP}20.", "Rates of response.", "Few events."]
    assert texts[1] == texts[2] == [f"n{NBSP}={NBSP}20."]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("objective response", "Objective response"),
        ("mRECIST", "mRECIST"),
        ("ch1", "ch1"),
        ("t test", "t test"),
        ("", ""),
    ],
)
def test_only_a_word_takes_a_capital(text: str, said: str):
    assert capital(text) == said


def test_decimals_and_stops():
    assert decimals_of("auc", "", [0.5871]) == 2
    assert decimals_of("cause_specific_hazard_ratio", "", [12.3]) == 2
    assert sentence("fewer than 10 each. (The search itself.)") == "Fewer than 10 each. (The search itself.)"


def test_a_test_without_a_name_above_its_levels_keeps_its_own_line():
    rows = [ratio("g", pair, pair) for pair in ("a_vs_b", "c_vs_b")]
    tests = [proved("term_test", "g", "g: all levels"), proved("interaction_adjusted", "g", "Adjusted")]
    view = effects_view(effects(*rows, *tests, proved("interaction", "x", "Interaction with x")))
    named = [row[0] for row in grid(view)]
    assert {"a_vs_b", "c_vs_b", "g: all levels", "Interaction with x"} <= set(named)
    assert any(name.startswith("Adjusted") for name in named)
