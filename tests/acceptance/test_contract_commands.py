"""The commands as the contract has them: show, compare, report, check, cohort, schema, init, and what --help costs."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
from ruamel.yaml import YAML

from y90outcomes.pipeline import load
from y90outcomes.results import Effects, Summary
from y90outcomes.results.addresses import numbers, shortest
from y90outcomes.results.store import dumps

ROOT = Path(__file__).resolve().parents[2]
MEERUN = ROOT / "analyses" / "meerun"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["tad_by_necrosis/tad/complete"], "445.5"),  # a number's default is its median
        (["tad_by_necrosis/tad/complete", "--field", "high"], "1131"),
        (["tad_by_necrosis/tad/complete#high"], "1131"),
        (["tad_by_necrosis/tad/complete#low", "--field", "high"], "1131"),
        (["response/response=CR/all"], "7"),  # a level's default is its n
        (["response/response=CR/all#percent"], "38.888888888888886"),
        (["tad_by_necrosis.tests/kruskal_wallis/tad"], "0.0451017267637128"),  # a test's default is its p
        (["objective_response/rate/all"], "94.44444444444444"),  # an effect's is its estimate
        (["necrosis_tumour"], "22"),  # a result's is its n
        (["surgery#events"], "18"),
        (["surgery/all/0"], "1"),
        (["surgery/all/2.1#events"], "1"),
        (["surgery/all/2.10#at_risk"], "18"),
        (["surgery/all/3"], "0.9444444444444444"),  # the step in force between two times
        (["surgery/all/3#at_risk"], "17"),
        (["surgery/all/3#events"], "0"),
        (["surgery/all/200"], "0"),  # everybody has been operated by then
        (["flow/disease/all"], "18"),
        (["reproduction/tad_post_p/verdict"], "agrees"),
    ],
    ids=lambda item: " ".join(item) if isinstance(item, list) else "",
)
def test_show_prints_one_number(meerun, y90, arguments, text):
    said = y90("show", meerun, *arguments)
    assert (said.code, said.err) == (0, "")
    if text.replace(".", "").isdigit() and "." in text:
        assert float(said.out) == pytest.approx(float(text), rel=1e-12)
        assert said.out == repr(float(said.out)) + "\n"
    else:
        assert said.out == text + "\n"


def test_show_reads_results_json_as_well(meerun, y90):
    assert y90("show", meerun / "results.json", "surgery").out == "18\n"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("surgery_by_cpn.estimates/median/CPN#upper", "not reached"),
        ("surgery_by_cpn/CPN/3#lower", "does not exist where the curve is at 1"),
        ("flow#events", "not defined here"),
        ("recurrence_time_by_cpn/years_to_recurrence/CPN", "no value in this group"),
    ],
)
def test_a_null_exits_1_with_its_reason(meerun, y90, address, reason):
    said = y90("show", meerun, address)
    assert (said.code, said.out) == (1, "")
    assert reason in said.err
    assert said.err.startswith(address.split("#")[0])


def test_beyond_a_curve_that_has_not_fallen_to_zero_nothing_is_known(starter_report, y90):
    results = load(starter_report)
    last = max(row.x for row in results["survival"].rows)  # type: ignore[attr-defined]
    group = results["survival"].rows[-1].group  # type: ignore[attr-defined]
    said = y90("show", starter_report, f"survival/{group}/{shortest(last + 5)}")
    assert (said.code, said.out) == (1, "")
    assert "beyond the last time of the curve" in said.err


def test_show_lists_addresses_and_each_of_them_is_one(meerun, y90):
    every = y90("show", meerun).out.splitlines()
    assert len(every) == len(set(every))
    own = y90("show", meerun, "tad_by_necrosis/").out.splitlines()
    assert own[0] == "tad_by_necrosis"
    assert set(own) < set(every)
    for address in own:
        assert y90("show", meerun, address).code in {0, 1}


def renamed(meerun: Path, folder: Path) -> Path:
    """The run with names that need percent-encoding."""
    results = load(meerun)
    items = []
    for item in results.items:
        if item.id == "response":
            assert isinstance(item, Summary)
            rows = tuple(replace(row, variable="a/b%", level="=>#1") for row in item.rows[:1])
            item = replace(item, id="res/ponse#1", rows=rows)
        elif item.id == "surgery":
            item = replace(item, rows=tuple(replace(row, group="g=1/2") for row in item.rows))  # type: ignore[attr-defined]
        items.append(item)
    folder.mkdir()
    (folder / "results.json").write_text(dumps(replace(results, items=tuple(items))), encoding="utf-8")
    return folder


def test_names_are_percent_encoded(meerun, y90, tmp_path):
    run = renamed(meerun, tmp_path / "renamed")
    assert y90("show", run, "res%2Fponse%231/a%2Fb%25=%3D>%231/all").out == "7\n"
    assert y90("show", run, "surgery/g%3D1%2F2/3").out == "0.9444444444444444\n"
    assert "surgery/g%3D1%2F2/2.1" in y90("show", run, "surgery/").out
    said = y90("show", run, "surgery/g%3D1%2F2/3#lower", "--field", "se")
    assert said.code == 2
    before = y90("show", run, "surgery/g%3D1%2F2/1#lower")
    assert before.code == 1
    assert before.err.startswith("surgery/g%3D1%2F2/1#lower")


def test_compare_of_equal_runs(meerun, y90):
    said = y90("compare", meerun, meerun)
    assert (said.code, said.out, said.err) == (0, "", "No number differs.\n")


def moved(meerun: Path, folder: Path, by: float) -> Path:
    """The run with one p value moved by a relative amount."""
    results = load(meerun)
    items = []
    for item in results.items:
        if item.id == "tad_by_necrosis.tests":
            assert isinstance(item, Effects)
            item = replace(item, rows=tuple(replace(row, p=row.p * (1 + by)) for row in item.rows))  # type: ignore[operator]
        items.append(item)
    folder.mkdir()
    (folder / "results.json").write_text(dumps(replace(results, items=tuple(items))), encoding="utf-8")
    return folder


def test_compare_names_what_moved(meerun, y90, tmp_path):
    other = moved(meerun, tmp_path / "moved", 1e-6)
    said = y90("compare", meerun, other)
    assert said.code == 1
    address = "tad_by_necrosis.tests/kruskal_wallis/tad#p"
    before, after = (y90("show", run, address).out.strip() for run in (meerun, other))
    assert said.out == f"{address}  {before} → {after}\n"
    assert said.err == "1 numbers differ.\n"
    assert y90("compare", meerun, other, "--tolerance", "1e-5").code == 0
    assert y90("compare", meerun, other, "--tolerance", "1e-8").code == 1
    assert y90("compare", meerun, other, "--tolerance", "-1").code == 2


def test_compare_names_what_only_one_run_has(meerun, y90, tmp_path):
    results = load(meerun)
    fewer = tmp_path / "fewer"
    fewer.mkdir()
    kept = tuple(item for item in results.items if item.id != "necrosis_tumour")
    (fewer / "results.json").write_text(dumps(replace(results, items=kept)), encoding="utf-8")
    said = y90("compare", meerun, fewer)
    assert said.code == 1
    assert "necrosis_tumour#n (only in the first)" in said.out
    assert "necrosis_tumour#n (only in the second)" in y90("compare", fewer, meerun).out


def test_report_renders_the_same_files_from_results_alone(meerun, y90, read, tmp_path):
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(meerun / "results.json", alone)
    again = tmp_path / "again"
    said = y90("report", alone, "--out", again, "--format", "html")
    assert (said.code, said.out) == (0, f"{again / 'report.html'}\n")
    assert read(again) == read(meerun)


def test_report_in_place_and_public(starter_report, y90, read, tmp_path):
    run = Path(shutil.copytree(starter_report, tmp_path / "run"))
    before = read(run)
    assert y90("report", run).code == 0
    assert read(run) == before
    assert "tables/doses.csv" in before
    public = tmp_path / "public"
    assert y90("report", run, "--public", "--out", public).code == 0
    assert "tables/doses.csv" not in read(public)
    listed = json.loads((public / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert not any(entry["contains_points"] for entry in listed)
    assert y90("show", public, "doses").code == 2


def test_check_says_the_protocol_and_that_nothing_is_open(y90):
    said = y90("check", MEERUN)
    assert (said.code, said.err) == (0, "")
    assert "No open issue." in said.out
    assert "montpellier: data/tumeurs_dosimetrie.xlsx, Tumeurs: 22 rows" in said.out
    assert not list(Path.cwd().iterdir())


def test_check_as_json_has_the_fields_of_an_issue_and_no_value(study, y90, tmp_path):
    patients = study / "data" / "patients_carcinome.csv"
    patients.write_bytes(patients.read_bytes().replace(b"8;VP1;", b"8;VPzz9;"))
    listed = tmp_path / "issues.csv"
    said = y90("check", study, "--format", "json", "--issues", listed)
    assert said.code == 1
    (issue,) = json.loads(said.out)["issues"]
    fields = ["id", "severity", "rule", "centre", "file", "sheet", "row", "table", "column", "source_column", "message"]
    assert list(issue) == fields
    assert (issue["rule"], issue["row"], issue["source_column"]) == ("unmapped_code", 9, "TVP")
    assert "VPzz9" not in said.console
    assert "VPzz9" in listed.read_text(encoding="utf-8-sig")
    with listed.open(encoding="utf-8-sig", newline="") as file:
        assert csv.DictReader(file).fieldnames == [*fields, "value"]


def test_cohort_is_one_row_per_subject_or_lesion_with_a_dictionary(y90, tmp_path):
    target = tmp_path / "deep" / "patients.csv"
    said = y90("cohort", MEERUN, "--out", target)
    beside = target.with_name("patients-dictionary.csv")
    assert (said.code, said.out) == (0, f"{target}\n{beside}\n")
    patients = pd.read_csv(target, dtype={"patient_id": "string"})
    assert len(patients) == 18
    assert patients["patient_id"].is_unique
    known = pd.read_csv(beside).set_index("column")
    assert list(known.index) == list(patients.columns)
    assert known.loc["tad", "unit"] == "Gy"
    assert known.loc["necrosis", "levels"] == "complete=CPN | extensive=Extensive | partial=Partial"
    # patient 15 has two tumours: the lowest dose, the poorest necrosis, the largest size
    tumours = tmp_path / "tumours.parquet"
    assert y90("cohort", MEERUN, "--out", tumours, "--set", "per_tumour").code == 0
    lesions = pd.read_parquet(tumours)
    assert len(lesions) == 22
    assert not lesions.duplicated(["patient_id", "lesion_id"]).any()
    lowest = lesions.groupby("patient_id")["tad"].min()
    assert (patients.set_index("patient_id")["tad"] == lowest.reindex(patients["patient_id"])).all()
    assert tumours.with_name("tumours-dictionary.csv").is_file()
    assert patients["surgery"].eq(1).all()
    assert patients["surgery_source"].notna().all()


def test_cohort_by_default_goes_to_the_current_folder(y90):
    assert y90("cohort", MEERUN).code == 0
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["meerun-cohort-dictionary.csv", "meerun-cohort.csv"]


def test_the_cohort_does_not_depend_on_the_order_of_rows(study, y90):
    path = study / "data" / "patients_carcinome.csv"
    first, *rest = path.read_bytes().splitlines(keepends=True)
    assert y90("cohort", study, "--out", "as-sent.csv").code == 0
    path.write_bytes(first + b"".join(reversed(rest)))
    assert y90("cohort", study, "--out", "reversed.csv").code == 0
    sent, turned = (pd.read_csv(name) for name in ("as-sent.csv", "reversed.csv"))
    sources = [column for column in sent if column.endswith("_source")]
    pd.testing.assert_frame_equal(sent.drop(columns=sources), turned.drop(columns=sources))


def test_every_variant_has_its_own_report(young, y90, tmp_path):
    """`all` is the protocol and each of its variants; a variant by name goes where --out says."""
    study = young / "study.yaml"
    page = YAML(typ="safe", pure=True).load(study.read_text(encoding="utf-8"))
    page["analyses"] = {"baseline": page["analyses"]["baseline"]}  # no figures: quick
    with study.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(page, file)
    said = y90("run", young, "--variant", "all")
    assert said.code == 0, said.err
    folders = [Path("reports") / name for name in ("my_study", "my_study-highest_dose", "my_study-sensitivity")]
    assert said.out.splitlines() == [str(folder / "report.html") for folder in folders]
    own, variant, together = map(load, folders)
    assert [item.id for item in together.items] == ["sensitivity"]
    assert (own.study["variant"], variant.study["variant"]) == ("", "highest_dose")
    assert own.study["protocol_fingerprint"] != variant.study["protocol_fingerprint"]
    assert own.study["fingerprint"] != variant.study["fingerprint"]
    said = y90("run", young, "--variant", "highest_dose", "--out", tmp_path / "named")
    assert said.out == f"{tmp_path / 'named' / 'report.html'}\n"
    assert y90("compare", folders[1], tmp_path / "named").code == 0
    moved = y90("compare", *folders[:2]).out
    assert "baseline/tad/" in moved
    assert "baseline/afp/all" not in moved


def test_only_one_analysis(y90, tmp_path):
    out = tmp_path / "one"
    assert y90("run", MEERUN, "--only", "necrosis_tumour", "--out", out).code == 0
    assert [item.id for item in load(out).items] == ["flow", "necrosis_tumour"]


def test_schema_export_completes_the_pages_of_a_study(y90, starter):
    said = y90("schema", "export")
    assert said.code == 0
    assert {Path(line).name for line in said.out.splitlines()} == {
        "dictionary.csv",
        "dictionary.html",
        "mapping.schema.json",
        "study.schema.json",
        "variables.html",
        "centre.yaml",
        "clinical.xlsx",
        "laboratory.xlsx",
        "tumours.xlsx",
    }

    def page(path: Path) -> Any:
        return json.loads(json.dumps(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")), default=str))

    for name, pages in {
        "study": [*ROOT.glob("analyses/*/study.yaml"), starter / "study.yaml"],
        "mapping": [*ROOT.glob("analyses/*/centres/*.yaml"), *starter.glob("centres/*.yaml")],
    }.items():
        schema = json.loads(Path(f"schema/{name}.schema.json").read_text(encoding="utf-8"))
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        assert kind is jsonschema.Draft202012Validator
        for path in pages:
            faults = [fault.message[:200] for fault in kind(schema).iter_errors(page(path))]
            assert not faults, path
            assert list(kind(schema).iter_errors(page(path) | {"analises": 1})), "an unknown key must not pass"
    with Path("schema/dictionary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["table"] for row in rows} >= {"patients", "treatments", "lesions", "dosimetry", "labs", "follow_up"}
    for row in rows:
        assert row["type"], row
        assert row["description"], row
        assert row["source"], row


def test_init_writes_a_study_that_runs(starter, starter_report, y90, read):
    files = read(starter)
    assert {"study.yaml", "README.md", "centres/example.yaml"} <= set(files)
    assert y90("init", "mine").code == 0
    assert read(Path("mine")) == files
    assert y90("init", "mine").code == 2
    results = load(starter_report)
    assert results.study["origin"] == "synthetic"
    assert "ynthetic" in (starter_report / "report.html").read_text(encoding="utf-8")
    assert results["survival"].events
    assert any(found.value is not None for found in numbers(results))


def test_no_subject_key_or_date_enters_a_report(starter_report, starter):
    with (starter / "data" / "patients.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    private = (
        {row["patient"] for row in rows} | {row["treated"] for row in rows} | {row["last_contact"] for row in rows}
    )
    private -= {"2024-12-31", ""}  # the data cut-off of the protocol
    texts = [path.read_text(encoding="utf-8") for path in starter_report.rglob("*.csv")]
    texts.append((starter_report / "results.json").read_text(encoding="utf-8"))
    for value in private:
        assert not any(value in text for text in texts), value


def test_help_loads_no_numeric_library():
    """`y90 --help` answers in under 0.3 s because nothing heavy is imported."""
    code = (
        "import sys\nfrom y90outcomes.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'pandas', 'numpy', 'matplotlib', 'lifelines', 'scipy', 'statsmodels', 'sklearn', 'pyarrow'}\n"
        "heavy |= {'pydantic', 'ruamel', 'jinja2'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("run", "check", "cohort", "report", "show", "compare", "schema", "init"):
        assert f"\n  {name} " in done.stdout


def test_a_reader_that_goes_away_is_no_fault(meerun):
    """`y90 show RUN | head -1`"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.Popen(
        [sys.executable, "-m", "y90outcomes.cli", "show", str(meerun)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.stdout is not None
    assert done.stderr is not None
    assert done.stdout.readline() == b"flow\n"
    done.stdout.close()
    assert done.stderr.read() == b""
    done.stderr.close()
    assert done.wait(60) == 0


@pytest.mark.parametrize("name", ["run", "check", "cohort", "report", "show", "compare", "schema", "init"])
def test_every_command_explains_itself(y90, name):
    said = y90(name, "--help")
    assert (said.code, said.err) == (0, "")
    assert "Usage: " in said.out
