"""Meerun 2022 re-run: every printed number its patient table can give, recomputed, judged and addressed."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from y90outcomes.pipeline import load
from y90outcomes.results import Results
from y90outcomes.results.addresses import lookup, numbers, shortest

ROOT = Path(__file__).resolve().parents[2]
STUDIES = sorted(path.parent for path in ROOT.glob("analyses/*/study.yaml"))
ORDER = ["agrees", "last_digit", "method_differs", "disagrees", "not_checkable"]


def page() -> dict[str, dict[str, Any]]:
    """The entries of published.yaml by id, read without the package."""
    with (ROOT / "analyses" / "meerun" / "published.yaml").open(encoding="utf-8") as file:
        entries = YAML(typ="safe", pure=True).load(file)["statistics"]
    return {entry["id"]: entry for entry in entries}


@pytest.fixture(scope="module")
def published() -> dict[str, dict[str, Any]]:
    return page()


@pytest.fixture(scope="module")
def results(meerun: Path) -> Results:
    return load(meerun)


@pytest.fixture(scope="module")
def lines(meerun: Path) -> list[dict[str, str]]:
    with (meerun / "tables" / "reproduction.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def line(lines: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    return {one["id"]: one for one in lines}


def part(printed: Decimal, value: str, decimals: int) -> str:
    """The verdict on one number, from the words of its definition."""
    exact = Decimal(format(float(value), ".12g"))
    unit = Decimal(10) ** -decimals
    if printed in {exact.quantize(unit, ROUND_HALF_UP), exact.quantize(unit, ROUND_HALF_EVEN)}:
        return "agrees"
    return "last_digit" if abs(exact - printed) <= unit else "disagrees"


def printed_numbers(entry: dict[str, Any]) -> list[Any]:
    """What the paper prints for one statistic: value, sd or low, high."""
    limits = entry.get("range") or entry.get("ci") or {}
    found = [entry.get("value"), entry.get("sd"), limits.get("low"), limits.get("high")]
    return [number for number in found if number is not None]


def test_every_statistic_of_the_patient_table_has_its_line(lines, published):
    wanted = [key for key, entry in published.items() if entry["recomputable_from"] == "patient_table"]
    assert len(wanted) == 86
    assert [one["id"] for one in lines] == wanted


def test_the_columns_are_those_of_the_contract(meerun):
    first = (meerun / "tables" / "reproduction.csv").read_text(encoding="utf-8").splitlines()[0]
    assert first == "id,printed,recomputed,verdict,address"


def test_printed_is_what_the_paper_prints_in_order(lines, published):
    for one in lines:
        entry = published[one["id"]]
        assert [Decimal(text) for text in one["printed"].split("; ")] == [
            Decimal(str(number)) for number in printed_numbers(entry)
        ], one["id"]


def test_every_address_shows_the_recomputed_text(lines, results, y90, meerun):
    for one in lines:
        places = one["address"].split("; ")
        texts = one["recomputed"].split("; ")
        assert len(places) == len(texts) == len(one["printed"].split("; ")), one["id"]
        for place, text in zip(places, texts, strict=True):
            value = lookup(results, place).value
            assert isinstance(value, int | float), place
            assert shortest(value) == text, place
    for one in lines[::20]:
        said = y90("show", meerun, one["address"].split("; ")[0])
        assert (said.code, said.out) == (0, one["recomputed"].split("; ")[0] + "\n")


def test_every_verdict_follows_from_its_numbers(lines, published):
    for one in lines:
        entry = published[one["id"]]
        precision = int(entry.get("precision", 0))
        each = []
        for text, value in zip(one["printed"].split("; "), one["recomputed"].split("; "), strict=True):
            printed = Decimal(text)
            each.append(part(printed, value, max(precision, -int(printed.as_tuple().exponent))))
        worst = max(each, key=ORDER.index)
        if one["verdict"] == "method_differs":
            assert entry.get("alternatives"), one["id"]
            assert worst in {"last_digit", "disagrees"}, one["id"]
        else:
            assert one["verdict"] == worst, one["id"]


def test_dose_by_necrosis_is_what_the_paper_prints(results, line):
    group = "tad_by_necrosis/tad"
    medians = [lookup(results, f"{group}/{name}#median").value for name in ("complete", "extensive", "partial")]
    assert medians == [445.5, 320, 186.5]
    assert [lookup(results, f"{group}/{name}#n").value for name in ("complete", "extensive", "partial")] == [8, 10, 4]
    p = lookup(results, "tad_by_necrosis.tests/kruskal_wallis/tad")
    assert p.field == "p"
    assert p.value == pytest.approx(0.045101726763712796, rel=1e-9)
    for name, printed in {
        "tad_post_cpn": "446; 293; 1131",
        "tad_post_extensive": "320; 169; 678",
        "tad_post_partial": "187; 31; 340",
        "tad_post_p": "0.045",
    }.items():
        assert (line[name]["printed"], line[name]["verdict"]) == (printed, "agrees")


def test_how_many_agree(lines, meerun):
    counts = Counter(one["verdict"] for one in lines)
    assert set(counts) <= set(ORDER)
    assert counts == {"agrees": 71, "last_digit": 6, "disagrees": 9}
    items = {item["id"]: item for item in json.loads((meerun / "results.json").read_text(encoding="utf-8"))["items"]}
    assert items["reproduction"]["n"] == 86
    assert "121 more" in items["reproduction"]["caption"]  # of 207 printed statistics


@pytest.mark.parametrize(
    ("name", "printed", "recomputed", "verdict"),
    [
        ("multifocal_share", "11", "16.666666666666668", "disagrees"),  # patients 11, 13 and 15
        ("multifocal_sum_3", "110", "100", "disagrees"),  # 37 + 29 + 34 mm
        ("size_partial", "56; 29; 150", "44; 29; 150", "disagrees"),
        ("size_p", "0.24", "0.10538579686374583", "disagrees"),
        ("cpn_all_pvtt_discussion", "8", "6", "disagrees"),
        ("mve_recurred", "57", "66.66666666666667", "disagrees"),  # 4 of 6
        ("pfs_cr_none_recurred", "0", "1", "last_digit"),  # patient 1 recurred
        ("tts_all", "6.2; 2; 14.6", "6.2; 2.1; 14.6", "last_digit"),
    ],
)
def test_where_the_table_does_not_give_the_printed_number_the_verdict_says_so(line, name, printed, recomputed, verdict):
    found = line[name]
    assert (found["printed"], found["verdict"]) == (printed, verdict)
    assert [float(text) for text in found["recomputed"].split("; ")] == pytest.approx(
        [float(text) for text in recomputed.split("; ")], rel=1e-12
    )


def test_nothing_is_tuned_to_agree(meerun, study, y90):
    """The printed numbers take no part in computing: with every one of them changed, all others stay as they were."""
    path = study / "published.yaml"
    with path.open(encoding="utf-8") as file:
        body = YAML(typ="safe", pure=True).load(file)
    for entry in body["statistics"]:
        if isinstance(entry.get("value"), int | float):
            entry["value"] = entry["value"] + 1000
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(body, file)
    from y90outcomes import pipeline

    before, after = load(meerun), pipeline.run(study)
    moved = [entry.address for entry in pipeline.compare(before, after)]
    assert moved
    assert all(address.startswith("reproduction/") for address in moved)
    assert not any(address.endswith("/recomputed#value") for address in moved)
    assert {row[3] for row in after["reproduction"].rows} == {"disagrees"}  # type: ignore[attr-defined]


def test_the_facts_of_the_table_by_hand(results):
    """Read off Table 5 of the paper with a pencil."""
    by_hand = {
        "flow": 18,
        "necrosis_tumour#n": 22,
        "baseline/afp/all#median": 16.15,
        "baseline/tumour_size/all#low": 20,
        "baseline/tumour_size/all#high": 150,
        "response/response=CR/all": 7,
        "response/response=PR/all": 10,
        "response/response=SD/all": 1,
        "necrosis_tumour/necrosis=complete/all": 8,
        "necrosis_patient/necrosis=complete/all": 5,
        "baseline/pvtt=yes/all": 14,
        "recurrence/recurrence=yes/all": 7,
        "surgery#events": 18,
        "surgery/all/0": 1,
        "surgery/all/2.1#at_risk": 18,
        "surgery/all/14.6": 0,
        "surgery.estimates/median/all": 6.2,
    }
    assert {place: lookup(results, place).value for place in by_hand} == by_hand


def test_the_only_curve_is_time_to_surgery(results):
    assert [item.id for item in results.items if item.shape == "curves"] == ["surgery", "surgery_by_cpn"]
    assert sum(row.censored or 0 for row in results["surgery"].rows) == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("folder", STUDIES, ids=lambda folder: folder.name)
def test_every_study_runs_and_every_number_is_addressable(folder: Path, reports: Callable[[Path], Path]):
    report = reports(folder)
    results = load(report)
    found = list(numbers(results))
    assert len({one.long for one in found}) == len(found) > 0
    for one in found[:: max(1, len(found) // 1500)]:  # a long study is sampled evenly
        again = lookup(results, one.long)
        assert (again.value, again.field, again.address) == (one.value, one.field, one.address), one.long
        assert (one.value is None) == bool(one.reason), one.long
    assert results.study["id"] == folder.name


@pytest.mark.parametrize("folder", STUDIES, ids=lambda folder: folder.name)
def test_the_manifest_lists_every_file_and_the_page_needs_no_network(folder: Path, reports: Callable[[Path], Path]):
    report = reports(folder)
    listed = json.loads((report / "manifest.json").read_text(encoding="utf-8"))["files"]
    there = {path.relative_to(report).as_posix() for path in report.rglob("*") if path.is_file()} - {"manifest.json"}
    assert {entry["path"] for entry in listed} == there
    for entry in listed:
        assert hashlib.sha256((report / entry["path"]).read_bytes()).hexdigest() == entry["sha256"]
    html = (report / "report.html").read_text(encoding="utf-8")
    for attribute in ("src", "href"):
        targets = re.findall(rf'{attribute}="([^"]*)"', html)
        loaded = [target for target in targets if not target.startswith(("data:", "#"))]
        assert not [target for target in loaded if attribute == "src" or not target.startswith("https://doi.org/")]
    assert not re.search(r"url\((?!['\"]?(data:|#))|@import|<script[^>]*src", html)
