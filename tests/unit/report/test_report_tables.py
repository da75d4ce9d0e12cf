"""What a table on the page says for each shape."""

from __future__ import annotations

from dataclasses import replace

from fixtures import sample_results as samples
from y90outcomes.report.document import build, origin_label, places
from y90outcomes.report.tables import effects_view, flow_by_centre, summary_view, table_view
from y90outcomes.report.view import View
from y90outcomes.results import EffectRow, Effects, Note


def grid(view: View) -> dict[str, list[str]]:
    return {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in view.rows}


def footnotes(view: View) -> dict[str, str]:
    return {note.mark: note.text for note in view.notes if note.mark}


def test_summary_has_groups_as_columns_in_order_and_empty_ones_kept():
    view = summary_view(samples.dose_summary(), samples.dose_tests())
    assert [(cell.text, cell.sub) for cell in view.head] == [
        ("", ""), ("Complete", "n\u00a0=\u00a08"),
        ("Extensive (50–99%)", "n\u00a0=\u00a09"), ("Partial (<50%)", "n\u00a0=\u00a04"),
        ("Not graded", ""), ("p", ""),
    ]  # fmt: skip
    assert view.spanner
    assert (view.spanner.first, view.spanner.columns) == (1, 4)


def test_summary_prints_each_show_in_its_own_way():
    cells = grid(summary_view(samples.dose_summary(), samples.dose_tests()))
    assert cells["Tumour absorbed dose, Gy"] == ["402 [342–484]", "304 [215–368]", "180 [85–275]", "—", "0.045"]
    assert cells["Baseline AFP, ng/mL"] == ["16.3 [2.3–3071]", "15.5 [3.4–1032]", "—", "—", "—"]
    assert cells["Largest diameter, mm"][:3] == ["53\u00a0±\u00a013", "71\u00a0±\u00a020", "61\u00a0±\u00a09"]
    assert cells["Vp2"] == ["3 (38%)", "4/8 (50%)", "1/3 (33%)", "—", ""]
    assert cells["Microvascular embolism: present"] == ["6 (75%)", "4 (44%)", "0 (0%)", "—", "<0.001"]


def test_missing_has_a_row_only_where_something_is_missing():
    view = summary_view(samples.dose_summary())
    rows = [[cell.text for cell in row.cells] for row in view.rows if row.cells[0].text == "Missing"]
    assert rows == [["Missing", "1", "1", "4", "—"], ["Missing", "0", "1", "1", "—"]]


def test_a_null_has_the_letter_of_its_reason():
    view = summary_view(samples.dose_summary(), samples.dose_tests())
    afp = next(row for row in view.rows if row.cells[0].text.startswith("Baseline AFP"))
    notes = footnotes(view)
    assert notes[afp.cells[3].mark] == "No value in this group."
    assert "a group has no value" in notes[afp.cells[5].mark]


def test_the_footnote_of_p_names_the_test_and_what_other_conventions_give():
    view = summary_view(samples.dose_summary(), samples.dose_tests())
    note = footnotes(view)[view.rows[0].cells[-1].mark]
    assert note.startswith("Kruskal–Wallis test, tie-corrected")
    assert "exact permutation distribution" in note
    assert "p\u00a0=\u00a00.075" in note


def test_without_tests_there_is_no_p_column():
    assert [cell.text for cell in summary_view(samples.dose_summary()).head][-1] == "Not graded"


def test_population_conventions_and_notes_stand_below():
    notes = summary_view(samples.dose_summary()).notes
    assert "Treated and resected lesions; n\u00a0=\u00a021." in [note.text for note in notes]
    assert "Quantiles of type 7." in [note.text for note in notes]
    assert [note.text for note in notes if note.level == "caution"] == ["One AFP was taken after day 0."]


def test_estimates_by_group_pivot_into_columns():
    view = effects_view(samples.curve_estimates())
    assert [cell.text for cell in view.head] == [
        "Pathological necrosis", "n", "events", "Median, months", "Survival at 12 months", "Survival at 60 months",
    ]  # fmt: skip
    assert [cell.text for cell in view.rows[0].cells] == [
        "Complete necrosis",
        "8",
        "2",
        "NR (14.6–NR)",
        "88% (39–98)",
        "—",
    ]
    assert [cell.text for cell in view.rows[1].cells][3:] == ["10.1 (2.1–40.0)", "50% (15–77)", "0%"]
    assert "NR, not reached." in [note.text for note in view.notes]
    assert any(note.text.startswith("Log-rank test") and "0.049" in note.text for note in view.notes)


def test_a_bare_number_as_time_takes_the_unit_of_the_curve():
    estimates = samples.curve_estimates()
    rows = tuple(replace(row, contrast=row.contrast.split()[0]) if row.contrast else row for row in estimates.rows)
    assert "Survival at 12\u00a0months" in [
        cell.text for cell in effects_view(replace(estimates, rows=rows), None, "months").head
    ]


def test_a_model_is_printed_row_by_row():
    view = effects_view(samples.cox())
    assert [cell.text for cell in view.head] == ["", "n", "events", "Hazard ratio (95% CI)", "p"]
    assert [cell.text for cell in view.rows[0].cells] == ["Dose, per 100 Gy", "17", "8", "0.62 (0.39–0.99)", "0.043"]
    assert view.rows[1].cells[3].text == "—"
    assert "runs to infinity" in footnotes(view)[view.rows[1].cells[3].mark]


def test_tests_alone_show_their_statistic_and_convention():
    rows = (EffectRow("chi_square", "sex", statistic=3.845, df=1, p=0.0499, is_test=True, convention="plain"),)
    view = effects_view(Effects(id="sex", title="Sex", rows=rows))
    assert [cell.text for cell in view.rows[0].cells] == [
        "sex – Pearson's χ² test without continuity correction", "3.85 (df\u00a01)", "0.0499",
    ]  # fmt: skip


def test_verdicts_are_worded_and_counted():
    view = table_view(samples.reproduction())
    assert view.lead == (
        "6 printed statistics: agrees\u00a02, last digit\u00a01, method differs\u00a01, disagrees\u00a01, "
        "not checkable\u00a01."
    )
    assert [row.cells[3].text for row in view.rows][2:5] == ["last digit", "method differs", "disagrees"]
    assert view.rows[1].cells[4].link == "dose_by_necrosis.tests"


def test_flow_by_centre_needs_two_centres():
    flow = samples.flow()
    view = flow_by_centre(flow)
    assert view
    assert [cell.text for cell in view.rows[1].cells] == [
        "Resection or transplantation after treatment", "25 (65; 2)", "14 (35; 1)", "11 (30; 1)",
    ]  # fmt: skip
    assert flow_by_centre(replace(flow, rows=tuple(row for row in flow.rows if row.centre == "all"))) is None


def test_companions_share_a_heading_and_numbers_follow_the_page():
    document = build(samples.sample(), {"dose_by_necrosis.points": 1, "dose_bars": 1, "pfs": 1})
    blocks = {block.title: [part.number or part.kind for part in block.parts] for block in document.results}
    assert blocks["Tumour absorbed dose by pathological necrosis"] == ["Table\u00a02", "Figure\u00a02"]
    assert blocks["Progression-free survival"] == ["Figure\u00a04", "Table\u00a03"]
    assert blocks["Overall survival"] == ["notes"]
    assert [part.number for block in document.flow for part in block.parts] == ["Figure\u00a01", "Table\u00a01"]


def test_the_flow_chart_starts_with_all_who_were_judged():
    (flow,) = build(samples.sample(), {}).flow
    steps = flow.parts[0].steps
    assert [(step.label, step.left) for step in steps][:2] == [("Recorded", "116"), ("Hepatocellular carcinoma", "92")]
    assert steps[2].lost == (("Criterion not met", "65"), ("Value missing", "2"))


def test_centres_without_a_sum_have_no_chart_of_one_of_them():
    flow = samples.flow()
    item = replace(flow, rows=tuple(row for row in flow.rows if row.centre != "all"))
    (block,) = build(replace(samples.sample(), items=(item,)), {}).flow
    assert [part.kind for part in block.parts] == ["table"]


def test_merged_tests_are_found_under_their_heading():
    found = places(build(samples.sample(), {}))
    assert found["dose_by_necrosis.tests"] == "r-dose_by_necrosis-section"
    assert found["pfs.estimates"] == "r-pfs.estimates"


def test_only_clinical_and_published_data_go_without_a_label():
    assert origin_label(samples.sample("clinical")) == ("Clinical data", False)
    assert origin_label(samples.sample("reconstructed")) == ("Reconstructed data", True)
    assert origin_label(samples.sample("")) == ("Origin not stated", True)


def test_a_warning_keeps_its_level():
    view = effects_view(replace(samples.cox(), notes=(Note("events", "Five events only", "warning"),)))
    assert [(note.level, note.text) for note in view.notes if note.level != "info"] == [
        ("warning", "Five events only.")
    ]
