"""What is held of the 2022 recommendations, addressable, and the paper's printed numbers beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from y90outcomes.dosimetry.recommendations import guideline
from y90outcomes.methods.recommendation_facts import consistency_table, named_table, rules_table
from y90outcomes.methods.recommendation_pages import grading, worked_example
from y90outcomes.published.statistics import read_published
from y90outcomes.published.verdict import verdict
from y90outcomes.results import Results
from y90outcomes.results.addresses import addresses, lookup

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "analyses" / "recommendations_2022" / "published.yaml"
MADE = (
    rules_table("attainment.rules"),
    named_table("attainment.named"),
    consistency_table("attainment.consistency"),
    worked_example("attainment.worked_example"),
    grading("attainment.grading"),
)
RESULTS = Results(study={}, prose=(), quality=(), inputs=(), environment={}, items=MADE)
STATISTICS = {entry.id: entry for entry in read_published(PAGE)}


def value(address: str) -> float:
    found = lookup(RESULTS, address).value
    assert isinstance(found, int | float), address
    return found


@pytest.mark.parametrize("name", [name for name, entry in STATISTICS.items() if entry.addresses])
def test_every_printed_number_is_the_one_held_or_computed(name: str) -> None:
    entry = STATISTICS[name]
    assert entry.source in {"rules", "counts"}
    assert verdict(entry.parts, entry.decimals, [value(at) for at in entry.addresses], relation=entry.relation) == (
        "agrees"
    )


def test_a_limit_that_were_another_would_be_told() -> None:
    entry = STATISTICS["s3_normal"]
    assert verdict(entry.parts, entry.decimals, [119.0]) == "last_digit"
    assert verdict(entry.parts, entry.decimals, [110.0]) == "disagrees"


def test_only_what_nobody_printed_has_no_address() -> None:
    without = {name for name, entry in STATISTICS.items() if not entry.addresses}
    assert without == {"scenarios_before", "quoted_resected_thrombus_single", "quoted_response_doubled"}
    assert {STATISTICS[name].source for name in without} == {"patient_data_only"}


def test_every_limit_and_every_named_number_has_its_printed_number() -> None:
    beside = {at for entry in STATISTICS.values() for at in entry.addresses}
    held = {at for item in MADE[:2] for at in addresses(item) if at.endswith(("/limit", "/number"))}
    assert held == {at for at in beside if at.startswith(("attainment.rules/", "attainment.named/"))}


def test_every_rule_of_every_scenario_has_a_limit() -> None:
    guide = guideline()
    keys = {str(row[0]).rpartition(":")[0] for row in MADE[0].rows}
    assert keys == {f"{number}:{name}" for number in guide.scenarios for name in guide.rules_of(number)}


def test_the_worked_example_by_hand() -> None:
    assert value("attainment.worked_example/net_activity/value") == pytest.approx(2.2 * 0.99 * 0.95, rel=1e-12)
    assert value("attainment.worked_example/residual_factor/value") == pytest.approx(0.99)
    assert value("attainment.worked_example/lung_shunt_factor/value") == pytest.approx(0.95)


def test_statements_on_other_publications_by_hand() -> None:
    assert value("attainment.consistency/resected_multi/percent") == pytest.approx(100 * 10 / 28)
    assert value("attainment.consistency/resected_thrombus/percent") == pytest.approx(100 * 8 / 18)
    cited = [*range(1, 7), 16, 17, 19, 20, *range(24, 27), *range(28, 32), 35, 36, 41, 47, 48, *range(50, 59)]
    assert value("attainment.consistency/new_references/n") == len(cited) == 31


def test_the_counts_quoted_are_those_the_trial_prints_where_its_page_is_here() -> None:
    quoted = guideline().quoted
    assert quoted["resected_multi"]["denominator"] == quoted["resected_single"]["denominator"] == 28
    for page in ROOT.glob("analyses/dosisphere01/published.yaml"):
        with page.open(encoding="utf-8") as file:
            printed = {entry["id"]: entry for entry in YAML(typ="safe", pure=True).load(file)["statistics"]}
        both = quoted["resected_multi"]["numerator"] + quoted["resected_single"]["numerator"]
        assert printed["resected_n"]["value"] == both
