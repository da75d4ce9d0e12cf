"""Every fault of a protocol: its line, what was got, the nearest names; all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from y90outcomes.errors import Fault, InputError
from y90outcomes.study import Study, read_study

Faults = Callable[..., list[Fault]]

ONE_FAULT = {
    "unknown key": ("grain: patient}", "grain: patient, amog: {}}", 15, "unknown key 'amog'", "'among'"),
    "key of the page": ("title: Demo", "title: Demo\ntitel: Demo", 3, "unknown key 'titel'", "'title'"),
    "method": ("method: summary", "method: sumary", 21, "unknown word 'sumary'", "'summary'"),
    "origin": ("origin: synthetic", "origin: syntetic", 3, "unknown word 'syntetic'", "'synthetic'"),
    "variable": ("variables: [afp, size]", "variables: [afp, sise]", 21, "unknown variable 'sise'", "'size'"),
    "variable of a criterion": ("variable: size, min", "variable: siz, min", 13, "unknown variable 'siz'", "'size'"),
    "variable of a cut": ("of: size", "of: sizes", 11, "unknown variable 'sizes'", "'size'"),
    "derivation": ("derive: afp", "derive: apf", 7, "unknown derivation 'apf'", "'afp'"),
    "window": ("derive: afp, window: baseline", "derive: afp, window: basline", 7, "unknown window 'basline'",
        "'baseline'"),
    "level": ("event: [small]", "event: [smal]", 19, "unknown level of 'large' 'smal'", "'small'"),
    "event": ("event: [death]", "event: [deaths]", 18, "unknown event 'deaths'", "'death'"),
    "endpoint": ("endpoint: os", "endpoint: pfs", 22, "unknown endpoint 'pfs'", "'os'"),
    "endpoint named as a variable": ("  free:", "  size:", 19, "'size' is a variable too", "no variable has"),
    "analysis set": ("title: Baseline", "title: B, set: tumors", 21, "unknown analysis set 'tumors'", "'tumours'"),
    "code of an option": ("y90_pet_ct", "y90_pet", 9, "unknown source 'y90_pet'", "'y90_pet_ct'"),
    "option not taken": ("derive: necrosis", "derive: necrosis, window: baseline",
        10, "'necrosis' does not take 'window'", "no option"),
    "option needed": (", source: y90_pet_ct", "", 9, "'tad_lesion' needs 'source'", ""),
    "unit": ("unit: cm", "unit: inch", 13, "unknown unit 'inch' for 'size'", "mm, cm"),
    "no roll-up": ("variables: [afp, size]", "variables: [dose]",
        21, "'dose' belongs to a lesion and this is about patients", "rollup"),
    "roll-up of a patient": ("derive: afp,", "derive: afp, rollup: lowest,", 7, "nothing to roll up", ""),
    "roll-up of levels": ("rollup: poorest", "rollup: sum", 10, "'sum' needs a number", "poorest, best"),
    "roll-up of a number": ("rollup: largest", "rollup: best", 8, "'best' needs ordered levels", "lowest"),
    "cuts": ("cuts: [50], labels: [small,", "cuts: [50, 20], labels: [tiny, small,", 11, "cuts must increase", ""),
    "labels": ("labels: [small, large]", "labels: [small]", 11, "1 cuts need 2 different labels", ""),
    "reserved": ("labels: [small, large]", "labels: [small, all]", 11, "cannot be called 'all'", ""),
    "number needed": ("variable: size, min: 3, unit: cm", "variable: large, min: 3", 13, "'large' has levels", ""),
    "levels needed": ("by: large", "by: size", 22, "'size' is a number", "grouped or cut"),
    "level of a number": ("min: 3, unit: cm", "equals: big", 13, "'size' is a number", "min, max"),
    "empty level": ("variable: size, min: 3, unit: cm",
        'variable: large, equals: ""', 13, "unknown level of 'large' ''", ""),
    "wrong endpoint": ("endpoint: os", "endpoint: free", 22, "needs a time_to_event endpoint", "os"),
    "test without groups": ("by: large, ", "", 22, "there is no 'by'", ""),
    "twice": ("[afp, size]", "[afp, size, afp]", 21, "'afp' is given twice", ""),
    "no criterion": ("min: 3, unit: cm", "reason: none", 13, "give either limits", ""),
    "two criteria": ("min: 3, unit: cm", "min: 3, recorded: true", 13, "give either limits", ""),
    "empty any_of": ("{variable: size, min: 3, unit: cm}", "{any_of: {}}", 13, "at least 1", ""),
    "missing key": ("title: Demo\n", "", 1, "'title' is missing", ""),
    "no kind": ("{kind: cut, of", "{of", 11, "'kind' is missing", ""),
    "name": ("  big:", "  Big one:", 13, "'Big one' cannot be a name", "lower-case"),
    "window reversed": ("from: -30, to: 0", "from: 30, to: 0", 5, "ends before it starts", ""),
    "not a number": ("cuts: [50]", "cuts: [fifty]", 11, "number", ""),
    "no reason": ("origin: synthetic", "origin: synthetic\ndata: {on_invalid_cell: missing}", 4, "needs a reason", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE_FAULT)
def test_one_fault_is_said_with_its_line_and_what_is_allowed(case: str, faults: Faults) -> None:
    old, new, line, problem, allowed = ONE_FAULT[case]
    found = faults((old, new))
    assert [fault for fault in found if problem in fault.problem], [str(fault) for fault in found]
    fault = next(fault for fault in found if problem in fault.problem)
    assert f"study.yaml, line {line}" in fault.place
    assert allowed in fault.allowed
    assert len(found) == 1, [str(fault) for fault in found]


def test_every_fault_is_said_at_once(faults: Faults) -> None:
    found = faults(
        ("derive: afp", "derive: apf"), ("variable: size, min", "variable: siz, min"), ("endpoint: os", "endpoint: pfs")
    )
    assert [fault.place.split("line ")[1].split(" ")[0] for fault in found] == ["7", "13", "22"]


def test_what_stands_on_a_broken_variable_is_not_reported_again(faults: Faults) -> None:
    assert len(faults(("derive: longest_diameter", "derive: longest_diametre"))) == 1


def test_a_circular_variable_is_a_fault(faults: Faults) -> None:
    found = faults(
        ("of: size, cuts: [50], labels: [small, large]}", "of: b, cuts: [50], labels: [small, large]}\n"
         "  b: {kind: cut, of: large, cuts: [1], labels: [x, y]}")
    )  # fmt: skip
    assert {fault.problem for fault in found} >= {"'large' is defined by itself", "'b' is defined by itself"}


@pytest.mark.parametrize(
    ("analysis", "problem", "allowed"),
    [
        ("{method: compare_groups, title: T, variable: afp, by: large, test: mann_whitney, convention: exakt}",
         "unknown convention 'exakt'", "'exact'"),
        ("{method: compare_groups, title: T, variable: afp, by: large, test: t_test, also: [{test: chi_square}]}",
         "compare_groups cannot use 'chi_square'", "kruskal_wallis, mann_whitney, t_test"),
        ("{method: cross_table, title: T, rows: large, columns: necrosis, also: [{test: t_test}]}",
         "cross_table cannot use 't_test'", "chi_square, fisher"),
        ("{method: cross_table, title: T, rows: large, columns: necrosis, test: fisher, convention: yates}",
         "fisher has no conventions", ""),
        ("{method: cox, title: T, endpoint: os, terms: [afp], per: {size: 10}}", "unknown term 'size'", "'afp'"),
        ("{method: cox, title: T, endpoint: os, terms: [afp, afp]}", "'afp' is given twice", ""),
        ("{method: proportion, title: T, endpoint: os}", "proportion needs a binary endpoint", "free"),
        ("{method: summary, title: T, variables: []}", "at least 1", ""),
        ("{method: kaplan_meier, title: T, endpoint: os, times: [-1]}", "greater than or equal to 0", ""),
        ("{method: proportion, title: T, endpoint: free, level: 95}", "less than 1", ""),
    ],
)  # fmt: skip
def test_faults_of_analyses(analysis: str, problem: str, allowed: str, faults: Faults) -> None:
    found = faults(("variants:\n", f"  extra: {analysis}\nvariants:\n"))
    assert len(found) == 1, [str(fault) for fault in found]
    assert problem in found[0].problem
    assert allowed in found[0].allowed
    assert "line 23" in found[0].place


def test_a_fault_of_the_second_further_test_names_its_own_line(faults: Faults) -> None:
    extra = """\
  extra:
    method: compare_groups
    title: T
    variable: afp
    by: large
    test: t_test
    also:
      - {test: kruskal_wallis}
      - {test: t_test, convention: poled}
variants:
"""
    (fault,) = faults(("variants:\n", extra))
    assert "line 31" in fault.place
    assert "'pooled'" in fault.allowed


def test_a_duplicate_key_names_its_line(faults: Faults) -> None:
    (fault,) = faults(("  tumours: {grain: lesion}", "  everyone: {grain: lesion}"))
    assert "line 16" in fault.place
    assert fault.problem == "'everyone' is given twice"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id: [1", "not valid YAML"),
        ("", "the page is empty"),
        ("- a\n- b\n", "not a list of"),
        ("id: !!python/object:os.system x\n", "tag"),
    ],
)
def test_a_page_that_is_no_protocol(text: str, problem: str, folder: Callable[[str], Path]) -> None:
    with pytest.raises(InputError, match=problem):
        read_study(folder(text))


def test_a_folder_without_a_protocol(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such study"):
        read_study(tmp_path / "nowhere")


def test_words_that_older_yaml_would_turn_into_something_else_stay_words(folder: Callable[[str], Path]) -> None:
    page = """\
id: demo
title: NO
origin: synthetic
variables:
  died: {kind: occurrence, event: death}
eligibility:
  alive: {variable: died, equals: no}
analysis_sets: {all_of_them: {grain: patient, label: yes}}
analyses: {a: {method: summary, title: 2020, variables: [died]}}
"""
    with pytest.raises(InputError) as caught:
        read_study(folder(page))
    (fault,) = caught.value.faults  # 2020 is a number and a title is a text; nothing else is wrong
    assert "line 9" in fault.place
    study = read_study(folder(page.replace("title: 2020", "title: on")))
    criterion = study.eligibility["alive"].model_dump()
    assert (study.title, criterion["equals"], study.analysis_sets["all_of_them"].label) == ("NO", "no", "yes")
    assert study.analyses["a"].title == "on"


def test_python_is_checked_as_yaml_is() -> None:
    with pytest.raises(ValueError, match=r"variables\.afp\.derive: unknown derivation 'apf' did you mean 'afp'"):
        Study(
            id="s",
            title="S",
            origin="synthetic",
            variables={"afp": {"kind": "derived", "derive": "apf"}},
            analysis_sets={"e": {"grain": "patient"}},
            analyses={"a": {"method": "summary", "title": "A", "variables": ["afp"]}},
        )
