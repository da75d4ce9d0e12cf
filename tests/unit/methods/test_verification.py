"""Double programming: every method's numbers equal a second engine's; a planted fault is found; nothing is skipped."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.spec.tables import build
from tests.unit.methods.test_methods_nasty import ANALYSES, PARTS, WORLDS

from y90outcomes import pipeline
from y90outcomes.cohort import Cohort
from y90outcomes.methods import METHODS
from y90outcomes.methods.verification import SECOND
from y90outcomes.methods.verification.reasons import UNKNOWN
from y90outcomes.pipeline.verify import NOT_VERIFIED, REFUSED, verify_cohort
from y90outcomes.study.analyses.facts import FACTS

MEERUN = Path(__file__).resolve().parents[3] / "analyses" / "meerun"
PAGE = {name: {"method": name, "title": name, **spec} for name, spec in ANALYSES.items()}
HARD = ("no patient at all", "one patient", "all missing", "separation", "switches", "tiny and huge")
"""Worlds of the nasty tests run here; fits of a library are slow."""
FIRST = {name: entry for name, entry in PAGE.items() if name != "family"}


@cache
def many() -> Cohort:
    """Forty synthetic patients with ties, censoring, competing deaths and every level."""
    rng = np.random.default_rng(20)
    ids = [f"P{i:02d}" for i in range(40)]
    rows: dict[str, list[str]] = {
        "labs": ["patient | day | value"], "imaging": ["patient | lesion | day | pvtt_class"],
        "assessments": ["patient | response"], "follow_up": ["patient | event | day"],
    }  # fmt: skip
    for i, patient in enumerate(ids):
        afp, dead = int(rng.integers(5, 400)), rng.random() < 0.6
        day = int(rng.integers(2, 30)) * 30
        rows["labs"].append(f"{patient} | 0 | {afp}")
        rows["imaging"].append(f"{patient} | | 0 | {('none', 'VP1', 'VP3')[i % 3]}")
        rows["assessments"].append(f"{patient} | {rng.choice(['CR', 'PR', 'SD', 'PD'])}")
        rows["follow_up"].append(f"{patient} | {'death' if dead else 'last_contact'} | {day}")
        if rng.random() < 0.5:
            rows["follow_up"].append(f"{patient} | progression | {max(day - 60, 1)}")
    texts = {name: "\n".join(lines) for name, lines in rows.items()}
    return build({**PARTS, "analyses": FIRST}, **texts)


def test_every_method_with_numbers_has_a_second_engine():
    assert set(METHODS) - set(SECOND) == {"subject_bars"}
    assert set(SECOND) <= set(FACTS)


@pytest.mark.parametrize("name", list(FIRST))
def test_every_method_agrees_with_its_second_engine(name: str):
    made = verify_cohort(many(), name)
    assert [(line.address, line.engine, line.ours, line.theirs) for line in made.disagreements] == []
    assert UNKNOWN not in made.reasons()
    if name != "subject_bars":
        assert made.numbers["verified"] > 0


@pytest.mark.parametrize("world", HARD)
def test_nasty_data_neither_break_it_nor_part_the_engines(world: str):
    cohort = build({**PARTS, "analyses": FIRST}, **WORLDS[world])
    assert verify_cohort(cohort).disagreements == ()


@pytest.mark.parametrize(
    ("place", "name", "analysis", "address"),
    [
        ("kaplan_meier", "estimate", "kaplan_meier", "kaplan_meier/all/"),
        ("proportion", "estimate", "proportion", "proportion/rate/all#lower"),
        ("describe", "describe", "summary", "summary/afp/all#mean"),
    ],
)
def test_a_planted_fault_is_found(monkeypatch: pytest.MonkeyPatch, place: str, name: str, analysis: str, address: str):
    import importlib

    module = importlib.import_module(f"y90outcomes.methods.{place}")
    right = getattr(module, name)

    def wrong(*given: Any, **options: Any) -> Any:
        made = right(*given, **options)
        field = {"kaplan_meier": "survival", "proportion": "lower", "describe": "mean"}[place]
        return replace(made, **{field: getattr(made, field) * (1.0 + 1e-4)})

    monkeypatch.setattr(module, name, wrong)
    found = [line.address for line in verify_cohort(many(), analysis).disagreements]
    assert any(line.startswith(address) for line in found)


def test_the_whole_of_meerun():
    made = verify_cohort(pipeline.prepare(MEERUN))
    assert made.disagreements == ()
    assert made.numbers == {"verified": 2377, NOT_VERIFIED: 203, REFUSED: 0}
    assert UNKNOWN not in made.reasons()
    table = made.table()
    assert table.id == "verification"
    assert len({row[0] for row in table.rows}) == len(table.rows) == len(made.lines)
    assert {"lifelines", "statsmodels", "scikit-learn"} <= set(made.environment)


def test_a_family_is_verified_with_its_members():
    both = {"tests": ["means.tests/t_test/afp", "correlation/spearman/afp"], "method": "family", "title": "F"}
    cohort = many()
    pages = {"means": FIRST["means"], "correlation": FIRST["correlation"], "family": both}
    study = type(cohort.study).model_validate(
        {**cohort.study.model_dump(mode="json", by_alias=True), "analyses": pages}
    )
    made = verify_cohort(replace(cohort, study=study), "family")
    assert made.disagreements == ()
    assert sum("family/adjusted_p/" in line.address and line.status == "agrees" for line in made.lines) == 2


@pytest.mark.parametrize("small_sample", ["none", "clusters_minus_1", "mancl_derouen"])
@pytest.mark.parametrize(("correlation", "moments"), [("exchangeable", "minus_p"), ("independence", "plain")])
def test_clustered_odds_ratios_agree_where_statsmodels_has_the_convention(
    correlation: str, moments: str, small_sample: str
):
    made = verify_cohort(clustered(correlation, moments, small_sample), "g")
    assert made.disagreements == ()
    assert UNKNOWN not in made.reasons()
    verified = {line.address for line in made.lines if line.status == "agrees"}
    assert {f"g/odds_ratio/afp#{name}" for name in ("estimate", "lower", "upper", "se", "p")} <= verified


def test_pairs_counted_otherwise_are_not_verified():
    made = verify_cohort(clustered("exchangeable", "plain", "none"), "g")
    assert any("pairs less parameters" in why for why in made.reasons())


def clustered(correlation: str, moments: str, small_sample: str) -> Cohort:
    """A hundred and twenty synthetic patients of twelve centres."""
    rng = np.random.default_rng(3)
    labs, response = ["patient | day | value | centre"], ["patient | response | centre"]
    for i in range(120):
        afp, centre = int(rng.integers(5, 400)), i % 12
        labs.append(f"P{i} | 0 | {afp} | c{centre}")
        share = 0.2 + 0.001 * afp + 0.02 * centre
        response.append(f"P{i} | {'CR' if rng.random() < share else 'PD'} | c{centre}")
    page = {"method": "logistic", "title": "G", "endpoint": "orr", "terms": ["afp"], "per": {"afp": 100},
            "cluster": "centre", "correlation": correlation, "moments": moments,
            "small_sample": small_sample}  # fmt: skip
    return build({**PARTS, "analyses": {"g": page}}, labs="\n".join(labs), assessments="\n".join(response))
