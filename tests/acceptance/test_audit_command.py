"""`y90 audit` on the four papers: everything that can be checked is, the known misprints are found."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from y90outcomes.cli import main
from y90outcomes.published.statistics import read_published, read_published_page

ANALYSES = Path(__file__).parents[2] / "analyses"
PAPERS = ("dosisphere01", "meerun", "target", "watanabe_nen")
CHECKABLE = ("counts", "patient_table", "consistency")


@cache
def found(paper: str) -> dict[str, Any]:
    done = CliRunner().invoke(main, ["audit", str(ANALYSES / paper / "published.yaml"), "--format", "json"])
    assert done.exit_code == 1, done.stderr  # each of the four prints something that cannot be
    return json.loads(done.stdout)


def verdicts(paper: str) -> dict[str, str]:
    return {entry["id"]: entry["verdict"] for entry in found(paper)["statistics"]}


def test_every_statistic_that_can_be_checked_is():
    checked = wanted = 0
    for paper in PAPERS:
        page = read_published_page(ANALYSES / paper / "published.yaml")
        said = verdicts(paper)
        assert set(said) == set(page.statistics)
        for name, statistic in page.statistics.items():
            if statistic.source in CHECKABLE:
                wanted += 1
                checked += said[name] != "not_checkable"
    assert checked == wanted >= 468


@pytest.mark.parametrize(
    ("paper", "name"),
    [
        ("dosisphere01", "os_pvt_hr"),  # 0.52 (0.26-0.1)
        ("dosisphere01", "t3_multifocal_hr"),  # 20.3 (1.13-3.65)
        ("dosisphere01", "age_sda"),  # 62.5 +- 63.7 years
        ("dosisphere01", "os_median_pda_discussion"),  # 22.9 for 24.8 months
        ("dosisphere01", "t2_not_resected_3y"),  # 15 (7.8-30.5)
        ("watanabe_nen", "patient_spec"),  # 71.2 % (5/7)
        ("watanabe_nen", "t2_events_hepatic_pfs"),  # 24 events, 35 deaths
        ("meerun", "mve_recurred"),  # 57 % (4/7) against six patients
        ("meerun", "orr_pr_share_discussion"),  # 52 % (10/18)
        ("meerun", "tad_pre_all"),  # from 169 Gy, the groups from 205
        ("meerun", "s2_platelets_baseline"),  # 184 per microlitre
        ("target", "tumour_volume_median_text"),  # to 1688.5 mL, to 1932.8 in the table
        ("target", "perfused_volume_mean"),  # parts of 1180.7 mL in 1178.8
        ("target", "bclc_c_pvt_ecog0"),  # 45 and 27 are not 74
    ],
)
def test_a_known_misprint_is_found(paper, name):
    assert verdicts(paper)[name] == "disagrees"
    assert any(name in finding["ids"] for finding in found(paper)["findings"])


@pytest.mark.parametrize(
    ("paper", "name", "verdict", "method"),
    [
        ("target", "orr_mrecist_all", "agrees", "Wilson"),
        ("target", "gm_p_mrecist", "agrees", "pooled"),
        ("target", "t1_ecog_ge2", "last_digit", "printed counts"),  # 7/209 is 3.349 %
        ("dosisphere01", "t2_pda_2y", "agrees", "log"),
        ("dosisphere01", "interim_response_p", "agrees", "chi-square"),
        ("dosisphere01", "os_hr_arm_p", "agrees", "Wald"),
        ("dosisphere01", "t3_cirrhosis_p", "method_differs", "log-rank"),
        ("meerun", "os_1y", "agrees", "log-log"),
        ("watanabe_nen", "hepatic_pfs_uni_g2_p", "agrees", "Wald"),
    ],
)
def test_the_method_that_prints_a_number_is_named(paper, name, verdict, method):
    entry = next(entry for entry in found(paper)["statistics"] if entry["id"] == name)
    assert entry["verdict"] == verdict
    assert method.lower() in " ".join([entry["method"], *(check["method"] for check in entry["checks"])]).lower()


def test_a_finding_has_what_the_contract_says():
    for paper in PAPERS:
        for entry in found(paper)["statistics"]:
            assert {"id", "verdict", "printed", "recomputed", "method", "detail"} <= set(entry)
        for finding in found(paper)["findings"]:
            assert finding["ids"]
            assert finding["kind"]
            assert len(finding["detail"]) > 10
            assert finding["verdict"] in ("disagrees", "last_digit", "remark")


def test_the_page_is_written_and_reads_as_published_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(ANALYSES / "target" / "published.yaml", "manuscript.yaml")
    done = CliRunner().invoke(main, ["audit", "manuscript.yaml"])
    assert done.exit_code == 1
    assert "disagrees: bclc_c_split_ecog_no_pvt" in done.stdout
    page = Path("reports/manuscript-audit/report.html").read_text(encoding="utf-8")
    assert "What does not hang together" in page
    assert "Published data" in page
    rows = Path("reports/manuscript-audit/tables/statistics.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "id,where,printed,recomputed,method,verdict,detail"
    assert len(rows) == 1 + len(read_published(ANALYSES / "target" / "published.yaml"))


def test_a_new_page_audits_clean_and_a_wrong_one_says_where(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    assert runner.invoke(main, ["init", "mine", "--published"]).exit_code == 0
    done = runner.invoke(main, ["audit", "mine"])
    assert done.exit_code == 0, done.output
    page = Path("mine/published.yaml")
    page.write_text(page.read_text(encoding="utf-8").replace("kind: p_of, p: os_hr_p", "kind: p_of, p: os_hr_q"))
    done = runner.invoke(main, ["audit", "mine"])
    assert done.exit_code == 2
    assert "no statistic has the id 'os_hr_q'" in done.stderr
    assert runner.invoke(main, ["audit", "nowhere.yaml"]).exit_code == 2


CURVES = """\
group,time,survival_percent,at_risk,total_events,source,sampling
a,0,100,4,4,Figure 1,steps
a,2,75,,,,
a,5,50,,,,
a,6,,2,,,
a,8,25,,,,
a,9,0,,,,
b,0,100,4,2,Figure 1,steps
b,3,75,,,,
b,6,,3,,,
b,7,50,,,,
"""


def test_curves_become_pseudo_patients_that_say_so(tmp_path, monkeypatch):
    """Four patients who die at 2, 5, 8 and 9, and four of whom two die at 3 and 7, read off by eye."""
    monkeypatch.chdir(tmp_path)
    Path("curves.csv").write_text(CURVES, encoding="utf-8")
    done = CliRunner().invoke(main, ["reconstruct", "curves.csv"])
    assert done.exit_code == 0, done.output
    assert all(line.startswith("reconstructed: ") for line in done.stdout.splitlines()[:-1])
    rows = [line.split(",") for line in Path("curves-reconstructed.csv").read_text(encoding="utf-8").splitlines()]
    assert rows[0] == ["pseudo_patient", "group", "time", "event", "origin"]
    deaths = {group: [float(row[2]) for row in rows[1:] if row[1] == group and row[3] == "1"] for group in "ab"}
    assert deaths == {"a": [2.0, 5.0, 8.0, 9.0], "b": [3.0, 7.0]}
    assert {row[4] for row in rows[1:]} == {"reconstructed"}
    Path("curves.csv").write_text(CURVES.replace("survival_percent", "survival"), encoding="utf-8")
    done = CliRunner().invoke(main, ["reconstruct", "curves.csv"])
    assert done.exit_code == 2
    assert "curves.csv, group 'a': heights up to 100" in done.stderr
