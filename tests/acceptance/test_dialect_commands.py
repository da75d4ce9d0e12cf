"""Dialects and variants from the command line: `run --dialect`, `run --variants all`, `explain`, `schema`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from tests.fixtures.study_page import PAGE

from y90outcomes.dialects import DIALECTS, spoken_items
from y90outcomes.pipeline import load
from y90outcomes.results import Effects, Table
from y90outcomes.study.reference import reference_page

ROOT = Path(__file__).resolve().parents[2]
MEERUN = ROOT / "analyses" / "meerun"


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter study with two variants that move something."""
    from tests.acceptance.conftest import command

    folder = tmp_path_factory.mktemp("varied") / "study"
    command("init", folder)
    page = folder / "study.yaml"
    text = page.read_text(encoding="utf-8")
    data = YAML(typ="safe", pure=True).load(text)
    survival = next(name for name, spec in data["analyses"].items() if spec["method"] == "kaplan_meier")
    if "variants" in data:
        text = text[: text.index("\nvariants:")] + "\n"
    page.write_text(
        text
        + f"\nvariants:\n  like_r: {{dialect: r}}\n  wide: {{analyses: {{{survival}: {{level: 0.9, times: [6]}}}}}}\n",
        encoding="utf-8",
    )
    return folder


def test_a_dialect_goes_into_a_folder_of_its_own(y90):
    said = y90("run", MEERUN, "--dialect", "r", "--only", "surgery")
    assert (said.code, said.err) == (0, "")
    assert said.out == f"{Path('reports') / 'meerun_2018-r' / 'report.html'}\n" or said.out.endswith("-r/report.html\n")
    (folder,) = Path("reports").iterdir()
    results = load(folder)
    assert (results.study["dialect"], results.study["rounding"]) == ("r", "half_even")
    assert results["surgery"].conventions["kaplan_meier_interval"] == "log"
    assert "Conventions are those of R 4.2" in (folder / "report.html").read_text(encoding="utf-8")


def test_out_is_taken_as_it_is_said(y90, tmp_path):
    said = y90("run", MEERUN, "--dialect", "prism", "--only", "response", "--out", tmp_path / "mine")
    assert (said.code, said.out) == (0, f"{tmp_path / 'mine' / 'report.html'}\n")


def test_numbers_printed_in_the_paper_are_not_compared_in_a_dialect(y90, tmp_path):
    y90("run", MEERUN, "--dialect", "stata", "--out", tmp_path / "mine")
    assert "reproduction" not in {item.id for item in load(tmp_path / "mine").items}


@pytest.mark.parametrize("arguments", [["run", MEERUN, "--dialect"], ["explain", MEERUN, "own"]])
def test_a_wrong_dialect_exits_2_and_says_which_there_are(y90, arguments):
    said = y90(*arguments, "lifeline")
    assert said.code == 2
    assert "'lifeline' is not one of" in said.err
    assert "lifelines" in said.err
    assert not Path("reports").exists()


def test_a_wrong_dialect_of_the_protocol_exits_2_with_the_nearest(y90, tmp_path):
    (tmp_path / "study.yaml").write_text(PAGE + "dialect: lifeline\n", encoding="utf-8")
    said = y90("run", tmp_path)
    assert said.code == 2
    assert "study.yaml, line" in said.err
    assert "lifelines" in said.err


def test_every_variant_and_the_sensitivity_table(y90, varied, tmp_path):
    out = tmp_path / "k" / "mine"
    said = y90("run", varied, "--variants", "all", "--out", out)
    assert (said.code, said.err) == (0, "")
    folders = [out.with_name(f"mine{end}") for end in ("", "-like_r", "-wide", "-sensitivity")]
    assert said.out.splitlines() == [str(folder / "report.html") for folder in folders]
    together = load(folders[-1])
    table = together["sensitivity"]
    assert isinstance(table, Table)
    names = [column.name for column in table.columns]
    lines = [dict(zip(names, row, strict=True)) for row in table.rows]
    assert lines
    assert {line["variant"] for line in lines} == {"Protocol", "like r", "wide"}
    runs = {"Protocol": load(out), "like r": load(folders[1]), "wide": load(folders[2])}
    for line in lines:
        assert line["analysis"]
        assert line["effect"]
        found = [
            row
            for item in runs[str(line["variant"])].items
            if isinstance(item, Effects) and str(line["address"]).startswith(item.id + "/")
            for row in item.rows
            if (row.quantity, row.term) == tuple(str(line["address"]).split("/")[1:3])
            and (row.contrast or "") == "/".join(str(line["address"]).split("/")[3:])
        ]
        if line["said"] == "not in this run":
            assert not found
        else:
            assert [row.p if row.is_test else row.estimate for row in found] in (
                [line["estimate"]], [line["p"]],
            )  # fmt: skip
            assert [row.lower for row in found] == [line["lower"]]
    order = list(load(out).items)
    places = [next(i for i, item in enumerate(order) if item.id == str(line["address"]).split("/")[0]) for line in lines
              if any(item.id == str(line["address"]).split("/")[0] for item in order)]  # fmt: skip
    assert places == sorted(places)
    page = (folders[-1] / "report.html").read_text(encoding="utf-8")
    assert "like r: dialect: r." in page
    assert json.loads((folders[-1] / "results.json").read_text(encoding="utf-8"))["study"]["variant"] == "all"


def test_one_variant_still_runs_alone(y90, varied, tmp_path):
    said = y90("run", varied, "--variants", "wide", "--out", tmp_path / "mine")
    assert (said.code, said.out) == (0, f"{tmp_path / 'mine' / 'report.html'}\n")
    assert y90("run", varied, "--variant", "wyde").code == 2


def test_the_protocol_names_what_is_set_side_by_side(y90, varied, tmp_path):
    import shutil

    folder = shutil.copytree(varied, tmp_path / "study")
    page = folder / "study.yaml"
    analyses = YAML(typ="safe", pure=True).load(page)["analyses"]
    survival = next(name for name, spec in analyses.items() if spec["method"] == "kaplan_meier")
    text = page.read_text(encoding="utf-8")
    page.write_text(text + f"sensitivity: [{survival}]\n", encoding="utf-8")
    assert y90("run", folder, "--variants", "all", "--out", tmp_path / "mine").code == 0
    table = load(tmp_path / "mine-sensitivity")["sensitivity"]
    assert {str(row[1]).split("/")[0].split(".")[0] for row in table.rows} == {survival}  # type: ignore[attr-defined]
    page.write_text(text + f"sensitivity: [{survival[:-1]}]\n", encoding="utf-8")
    said = y90("run", folder, "--variants", "all", "--out", tmp_path / "mine")
    assert said.code == 2
    assert survival in said.err
    page.write_text(text + f"sensitivity: [{survival}.estimates/medium]\n", encoding="utf-8")
    said = y90("run", folder, "--variants", "all", "--out", tmp_path / "mine")
    assert said.code == 2
    assert "no run has such an estimate or test" in said.err


def test_explain_names_the_convention_behind_a_number(y90):
    said = y90("explain", MEERUN, "r", "prism", "--only", "response")
    assert said.code == 0
    assert said.err.splitlines()[-1] == f"{said.out.count(' → ') // 2} numbers differ between r and prism."
    assert "proportion_interval: wilson_cc → wilson" in said.out
    assert "  several conventions" not in said.out


def test_explain_says_when_nothing_differs(y90):
    said = y90("explain", MEERUN, "r", "r", "--only", "surgery")
    assert (said.code, said.out, said.err) == (0, "", "0 numbers differ between r and r.\n")


def test_explain_of_an_analysis_that_does_not_exist(y90):
    said = y90("explain", MEERUN, "r", "sas", "--only", "surgeri")
    assert said.code == 2
    assert "'surgery'" in said.err or "surgery" in said.err


def test_schema_protocol_prints_the_reference(y90, tmp_path):
    assert y90("schema", "protocol").out == reference_page()
    said = y90("schema", "protocol", "--out", tmp_path / "new" / "page.yaml")
    assert (said.code, said.out) == (0, f"{tmp_path / 'new' / 'page.yaml'}\n")
    assert (tmp_path / "new" / "page.yaml").read_text(encoding="utf-8") == reference_page()


def test_schema_dialects_prints_every_choice_with_its_evidence(y90):
    said = y90("schema", "dialects")
    assert said.code == 0
    lines = said.out.splitlines()
    assert len(lines) == len(DIALECTS) * (1 + len(spoken_items()))
    assert sum("measured" in line and line.startswith("  ") for line in lines) == sum(
        choice.evidence == "measured" for dialect in DIALECTS.values() for choice in dialect.choices.values()
    )
    assert "sas: SAS (no claim of equality)" in lines
