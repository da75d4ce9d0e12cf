"""`y90 trace`, `y90 schema variables` and the long tables of `y90 cohort`, as a user calls them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from y90outcomes.derivations.catalogue import VARIABLES

MEERUN = Path(__file__).parents[2] / "analyses" / "meerun"


def test_a_trace_names_the_value_the_rule_and_the_row_of_the_raw_file(y90):
    said = y90("trace", MEERUN, "montpellier/1", "tumour_size")
    assert said.code == 0
    first, *rest = said.out.splitlines()
    assert first.startswith("tumour_size = ")
    assert "data/patients_carcinome.csv, row " in first or "data/tumeurs_dosimetrie.xlsx" in first
    assert any("rule: Longest diameter; window baseline" in line for line in rest)
    assert any(line.rstrip().endswith("]") and ": counts" in line for line in rest)
    assert list(Path.cwd().iterdir()) == [], "a trace writes nothing"


def test_a_trace_without_a_variable_lists_eligibility_and_every_value(y90):
    said = y90("trace", MEERUN, "montpellier/1")
    assert said.code == 0
    assert "Resection or transplantation after radioembolisation: meets" in said.out
    assert "surgery = event at " in said.out


@pytest.mark.parametrize(
    ("subject", "name", "message"),
    [("nobody", "tad", "no such patient or lesion"), ("montpellier/1", "tda", "not in the protocol")],
)
def test_a_trace_of_nothing_exits_2_with_one_message(y90, subject, name, message):
    said = y90("trace", MEERUN, subject, name)
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "Traceback" not in said.err


def test_episodes_are_written_with_their_keys_and_nothing_else_is(y90):
    said = y90("cohort", MEERUN, "--episodes", "surgery", "recurrence", "--out", "e.csv")
    assert said.code == 0, said.err
    with Path("e.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert set(rows[0]) >= {"centre", "patient_id", "start", "stop", "recurrence", "status"}
    assert all(float(row["start"]) < float(row["stop"]) for row in rows)
    assert [path.name for path in Path.cwd().iterdir()] == ["e.csv"]


def test_a_variable_without_visits_behind_it_is_refused(y90):
    said = y90("cohort", MEERUN, "--visits", "tad", "--out", "v.csv")
    assert said.code == 2
    assert "has no visits behind it" in said.err
    assert list(Path.cwd().iterdir()) == []
    assert y90("cohort", MEERUN, "--visits", "tad", "--episodes", "surgery", "recurrence").code == 2


def test_the_reference_names_every_derivation_with_its_rules(y90, tmp_path):
    said = y90("schema", "variables")
    assert said.code == 0
    page = tmp_path / "reference" / "variables.html"
    assert y90("schema", "variables", "--out", page).code == 0
    html = page.read_text(encoding="utf-8")
    for name, variable in VARIABLES.items():
        assert f"\n{name}: {variable.label} (per {variable.grain}" in "\n" + said.out
        assert f'id="{name}"' in html
        for rule in variable.rules:
            assert f"<code>{rule.name}</code>" in html
            assert f"  rule {rule.name} = " in said.out
